"""How a secret gets into the app that shows the codes: typed, as a link, or as a QR code to scan."""

from base64 import b32encode
from urllib.parse import quote, urlencode

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_L
from qrcode.image.svg import SvgPathFillImage

# Whose codes they are, as the app shows it.
ISSUER = "Cloud Notes"


def as_text(secret: bytes) -> str:
    """As it is typed; base32 without padding for any multiple of five bytes."""
    return b32encode(secret).decode()


def as_uri(secret: bytes, email: str) -> str:
    """The link that authenticator apps open (Google's Key Uri Format).

    Everything is percent-encoded, spaces as well: some apps would show a `+`.
    """
    label = f"{quote(ISSUER)}:{quote(email, safe='@')}"
    parameters = {"secret": as_text(secret), "issuer": ISSUER, "algorithm": "SHA1", "digits": 6, "period": 30}
    return f"otpauth://totp/{label}?{urlencode(parameters, quote_via=quote)}"


def as_svg(uri: str) -> str:
    """The link as a QR code on white ground, so that it can be scanned on a dark page too."""
    # A screen has no stains against which more redundancy would help: fewer and larger squares do.
    code = QRCode(image_factory=SvgPathFillImage, error_correction=ERROR_CORRECT_L)
    code.add_data(uri)
    drawing: str = code.make_image().to_string(encoding="unicode")
    return drawing
