"""The secret of a second factor in the forms that authenticator apps read: text, link and QR code."""

from base64 import b32encode
from urllib.parse import quote, urlencode

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_L
from qrcode.image.svg import SvgPathFillImage

# The name that the app shows with the codes.
ISSUER = "Cloud Notes"


def encode_secret(secret: bytes) -> str:
    """Return the secret as the base32 text that users type. Secrets of a multiple of five bytes have no padding."""
    return b32encode(secret).decode()


def build_otpauth_uri(secret: bytes, email: str) -> str:
    """Return the link that authenticator apps open (Google's Key Uri Format).

    Spaces are percent-encoded, because some apps show a `+` as it is.
    """
    label = f"{quote(ISSUER)}:{quote(email, safe='@')}"
    parameters = {"secret": encode_secret(secret), "issuer": ISSUER, "algorithm": "SHA1", "digits": 6, "period": 30}
    return f"otpauth://totp/{label}?{urlencode(parameters, quote_via=quote)}"


def render_qr_svg(uri: str) -> str:
    """Render the link as a QR code on a white background, so that it can be scanned on a dark page too."""
    # A screen needs little error correction; fewer and larger squares are easier to scan.
    code = QRCode(image_factory=SvgPathFillImage, error_correction=ERROR_CORRECT_L)
    code.add_data(uri)
    drawing: str = code.make_image().to_string(encoding="unicode")
    return drawing
