"""What an enrolment returns: the secret, the link and the QR code."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_L

from accounts.models import User
from accounts.tests.second_factors import enrol
from conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("at_nine")


def squares(svg):
    """The column and row of each dark square."""
    return {(int(x), int(y)) for x, y in re.findall(r"M(\d+),(\d+)H", svg)}


def test_enrolling_returns_a_secret_that_is_not_active_yet(as_user, alice):
    client = as_user(alice)

    response = enrol(client)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json()
    assert re.fullmatch("[A-Z2-7]{32}", body["secret"])
    assert body == {
        "secret": body["secret"],
        "otpauth_uri": "otpauth://totp/Cloud%20Notes:alice@example.com"
        f"?secret={body['secret']}&issuer=Cloud%20Notes&algorithm=SHA1&digits=6&period=30",
        "qr_svg": body["qr_svg"],
        "expires_at": "2026-01-05T10:00:00Z",
    }
    assert client.get("/users/me/otp").json() == {"is_enabled": False, "recovery_codes_left": 0}
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 200


def test_the_drawing_is_the_qr_code_of_the_link(as_user, alice):
    body = enrol(as_user(alice)).json()
    expected = QRCode(error_correction=ERROR_CORRECT_L)
    expected.add_data(body["otpauth_uri"])
    rows = expected.get_matrix()

    assert body["qr_svg"].startswith("<svg ")
    assert squares(body["qr_svg"]) == {
        (column, row) for row, cells in enumerate(rows) for column, is_dark in enumerate(cells) if is_dark
    }


def test_the_drawing_has_a_white_ground_and_loads_nothing(as_user, alice):
    drawing = enrol(as_user(alice)).json()["qr_svg"]

    assert '<rect fill="white" x="0" y="0" width="100%" height="100%"' in drawing
    assert set(re.findall("<([a-z]+)", drawing)) == {"svg", "rect", "path"}
    assert "href" not in drawing


@pytest.mark.parametrize("email", ["a+b%c@example.com", "a?b#c&d=e@example.com", "a/b@xn--exmple-cua.com"])
def test_the_link_encodes_special_characters_of_an_address(as_user, email):
    body = enrol(as_user(User.objects.create_user(email, PASSWORD))).json()

    link = urlsplit(body["otpauth_uri"])
    assert (link.scheme, link.netloc, link.fragment) == ("otpauth", "totp", "")
    assert unquote(link.path) == f"/Cloud Notes:{email}"
    assert parse_qs(link.query, strict_parsing=True) == {
        "secret": [body["secret"]],
        "issuer": ["Cloud Notes"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
    assert body["otpauth_uri"].isascii()
    assert "+" not in body["otpauth_uri"]


def test_the_longest_address_fits_into_the_drawing(as_user):
    longest = "a" * 64 + "@" + ".".join(["b" * 61] * 3) + ".com"
    alice = User.objects.create_user(longest, PASSWORD)

    assert enrol(as_user(alice)).status_code == 200
