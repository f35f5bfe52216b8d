"""Enrolling an authenticator app, confirming it and switching it off."""

import base64
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.utils.dateparse import parse_datetime
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_L

from accounts.models import SecondFactor, Session, User
from accounts.tests.authenticator import code
from accounts.tests.codes import START, switch_on, unlike
from conftest import PASSWORD

HOUR = 3600


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(START, tick=False)


def enrol(client, password=PASSWORD):
    return client.post("/users/me/otp", {"password": password})


def confirm(client, otp):
    return client.post("/users/me/otp/confirm", {"otp": otp})


def disable(client, password=PASSWORD):
    return client.post("/users/me/otp/disable", {"password": password})


def secret_of(enrolment):
    """As the app reads it, where it is typed."""
    return base64.b32decode(enrolment.json()["secret"])


def squares(svg):
    """Where the drawing is dark: column and row."""
    return {(int(x), int(y)) for x, y in re.findall(r"M(\d+),(\d+)H", svg)}


def errors_of(response):
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def test_enrolling_answers_a_secret_that_is_not_on_yet(as_user, alice):
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


@pytest.mark.parametrize("email", ["a+b%c@example.com", "a?b#c&d=e@example.com", "a/b@exämple.com"])
def test_the_link_takes_whatever_an_address_may_hold(as_user, email):
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
    longest = "a" * 18 + "@" + ".".join(["あ" * 57] * 4) + ".com"
    alice = User.objects.create_user(longest, PASSWORD)

    assert enrol(as_user(alice)).status_code == 200


def test_enrolling_wants_the_password(as_user, alice):
    response = enrol(as_user(alice), "a wrong guess")

    assert response.status_code == 400
    assert errors_of(response) == [("password", "wrong")]
    assert not SecondFactor.objects.exists()


def test_enrolling_without_a_password_is_refused(as_user, alice):
    assert errors_of(as_user(alice).post("/users/me/otp", {})) == [("password", "required")]


def test_a_code_confirms_and_recovery_codes_are_shown(as_user, alice):
    client = as_user(alice)
    secret = secret_of(enrol(client))

    response = confirm(client, code(secret))

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    codes = response.json()["recovery_codes"]
    assert len(set(codes)) == 10
    assert [one for one in codes if not re.fullmatch("[a-z2-7]{4}(-[a-z2-7]{4}){3}", one)] == []
    assert client.get("/users/me/otp").json() == {"is_enabled": True, "recovery_codes_left": 10}


def test_confirming_ends_no_session(as_user, alice):
    client, other = as_user(alice), as_user(alice)

    confirm(client, code(secret_of(enrol(client))))

    assert client.get("/notes").status_code == 200
    assert other.get("/notes").status_code == 200


def test_a_wrong_code_confirms_nothing(as_user, alice):
    client = as_user(alice)
    secret = secret_of(enrol(client))

    response = confirm(client, unlike(code(secret)))

    assert response.status_code == 400
    assert errors_of(response) == [("otp", "wrong")]
    assert client.get("/users/me/otp").json()["is_enabled"] is False


def test_enrolling_again_before_confirming_replaces_the_secret(as_user, alice):
    client = as_user(alice)
    first, second = secret_of(enrol(client)), secret_of(enrol(client))

    assert first != second
    assert confirm(client, code(first)).status_code == 400
    assert confirm(client, code(second)).status_code == 200


def test_where_it_is_on_nothing_more_can_be_enrolled(as_user, alice):
    secret, _ = switch_on(alice)

    response = enrol(as_user(alice))

    assert (response.status_code, response.json()["code"]) == (409, "otp_enabled")
    assert SecondFactor.objects.on().get().secret == secret


def test_a_confirmation_cannot_be_repeated(as_user, alice):
    client = as_user(alice)
    secret = secret_of(enrol(client))
    confirm(client, code(secret))
    left = SecondFactor.objects.get().recovery_digests

    response = confirm(client, code(secret, 1))

    assert (response.status_code, response.json()["code"]) == (409, "otp_not_pending")
    assert SecondFactor.objects.get().recovery_digests == left


def test_nothing_can_be_confirmed_that_was_not_enrolled(as_user, alice):
    response = confirm(as_user(alice), "123456")

    assert (response.status_code, response.json()["code"]) == (409, "otp_not_pending")


def test_the_secret_of_another_account_confirms_nothing(as_user, alice, bob):
    secret = secret_of(enrol(as_user(alice)))
    enrol(as_user(bob))

    assert confirm(as_user(bob), code(secret)).status_code == 400


def test_a_second_before_the_end_of_the_hour_a_code_confirms(as_user, alice, time_machine):
    client = as_user(alice)
    enrolment = enrol(client)
    time_machine.shift(HOUR - 1)
    client = as_user(alice)

    assert confirm(client, code(secret_of(enrolment))).status_code == 200


def test_after_an_hour_a_secret_can_no_longer_be_confirmed(as_user, alice, time_machine):
    enrolment = enrol(as_user(alice))
    time_machine.move_to(parse_datetime(enrolment.json()["expires_at"]), tick=False)
    client = as_user(alice)

    response = confirm(client, code(secret_of(enrolment)))

    assert (response.status_code, response.json()["code"]) == (409, "otp_not_pending")
    assert enrol(client).status_code == 200


def test_switching_off_wants_the_password_and_forgets_everything(as_user, alice, client):
    switch_on(alice)
    owner = as_user(alice)

    wrong = disable(owner, "a wrong guess")
    assert (wrong.status_code, errors_of(wrong)) == (400, [("password", "wrong")])
    assert SecondFactor.objects.on().exists()
    response = disable(owner)

    assert response.status_code == 204
    assert not SecondFactor.objects.exists()
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 200


def test_switching_off_ends_no_session(as_user, alice):
    switch_on(alice)
    owner, other = as_user(alice), as_user(alice)

    disable(owner)

    assert owner.get("/notes").status_code == 200
    assert other.get("/notes").status_code == 200


def test_switching_off_can_be_repeated(as_user, alice):
    switch_on(alice)
    client = as_user(alice)

    assert (disable(client).status_code, disable(client).status_code) == (204, 204)


def test_switching_off_also_forgets_what_was_never_confirmed(as_user, alice):
    client = as_user(alice)
    secret = secret_of(enrol(client))

    disable(client)

    assert confirm(client, code(secret)).status_code == 409


def test_switching_off_one_account_leaves_another(as_user, alice, bob):
    switch_on(alice)
    switch_on(bob)

    disable(as_user(alice))

    assert SecondFactor.objects.get().user == bob


def test_switched_off_and_on_again_the_old_codes_are_void(as_user, alice):
    client = as_user(alice)
    old_secret, old_codes = switch_on(alice)
    disable(client)
    switch_on(alice)

    factor = SecondFactor.objects.get()
    assert not factor.accept(code(old_secret))
    assert not factor.accept(old_codes[0])


def test_an_account_that_goes_takes_its_second_factor_along(alice):
    switch_on(alice)

    alice.erase()

    assert not SecondFactor.objects.exists()


def test_an_account_that_is_shut_meanwhile_enrols_nothing(as_user, alice, monkeypatch):
    client = as_user(alice)
    check = User.check_password
    monkeypatch.setattr(User, "check_password", lambda user, raw: (check(user, raw), alice.deactivate())[0])

    assert enrol(client).status_code == 401
    assert not SecondFactor.objects.exists()


@pytest.mark.parametrize("otp", [123456, None, "", ["123456"], {"code": "123456"}, True, "1" * 65, "1\x0023456"])
def test_what_is_no_code_is_refused_before_it_is_looked_at(as_user, alice, otp):
    client = as_user(alice)
    enrol(client)

    assert confirm(client, otp).status_code == 400
    assert not SecondFactor.objects.on().exists()


def test_a_member_that_is_unknown_is_refused(as_user, alice):
    client = as_user(alice)

    assert errors_of(client.post("/users/me/otp", {"password": PASSWORD, "digits": 8})) == [("digits", "unknown")]


def test_the_database_holds_neither_secret_nor_recovery_codes(alice):
    secret, codes = switch_on(alice)

    row = repr(SecondFactor.objects.values().get())

    shown = [secret.hex(), base64.b32encode(secret).decode(), repr(secret)[2:-1], *codes]
    shown += [one.replace("-", "") for one in codes]
    assert [text for text in shown if text in row] == []


def test_reading_an_account_tells_nothing_of_it(as_user, alice):
    switch_on(alice)

    assert as_user(alice).get("/users/me").json().keys() == {"id", "email", "email_verified", "created_at"}


def test_refreshing_a_session_asks_for_no_code(alice, client):
    tokens = client.post("/login", {"username": alice.email, "password": PASSWORD}).json()
    switch_on(alice)

    assert client.post("/login/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 200
    assert Session.objects.get().generation == 1
