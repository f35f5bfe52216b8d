"""Attacks on the device flow (RFC 8628, section 5)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.flows.oauth.grant_types import DEVICE_CODE
from accounts.models import DeviceRequest, Grant
from accounts.tests.link_pages import BROWSER, heading
from accounts.tests.programs import Program, hidden_form
from notes_api.config.rate import Rate


@pytest.fixture
def television(client, alice, at_nine):
    return Program(client, client_name="Television")


@pytest.fixture
def other(client):
    return Program(client, client_name="Mallory's")


def begin(program, **values):
    response = program.client.post("/device/authorization", {"client_id": program.client_id, **values}, format="json")
    return response.json()


def poll(program, codes):
    return program.token(grant_type=DEVICE_CODE, device_code=codes["device_code"])


def error(response):
    return response.status_code, response.json()["error"]


def open_device(program, user_code):
    return program.browser.get("/device", {"user_code": user_code}, headers=BROWSER)


def answer(program, codes, decision="allow"):
    page = program.submit(open_device(program, codes["user_code"]), "/device/login", **LOG_IN)
    return program.submit(page, "/device", decision=decision, scope=["notes:read"])


LOG_IN = {"email": "alice@example.com", "password": "correct horse battery"}


@pytest.fixture
def wait(time_machine):
    return lambda seconds: time_machine.move_to(timezone.now() + timedelta(seconds=seconds), tick=False)


def test_brute_force_of_user_codes_is_limited(television, settings):
    settings.THROTTLE_REGISTER = Rate(3, 3600)
    codes = begin(television)

    guesses = [open_device(television, f"BCDF-GH{a}{b}").status_code for a in "JKLMN" for b in "JKLMN"]

    assert guesses[0] == 400
    assert guesses[-1] == 429
    # Not even with the right code.
    assert open_device(television, codes["user_code"]).status_code == 429


def test_a_device_code_of_another_program_is_refused(television, other, wait):
    codes = begin(television)
    answer(television, codes)
    wait(6)

    assert error(poll(other, codes)) == (400, "invalid_grant")
    # The attempt costs the rightful device nothing.
    assert poll(television, codes).status_code == 200


def test_polling_too_fast_is_slowed_down(television, wait):
    codes = begin(television)

    assert error(poll(television, codes)) == (400, "authorization_pending")
    assert error(poll(television, codes)) == (400, "slow_down")
    wait(6)
    assert error(poll(television, codes)) == (400, "authorization_pending")


def test_a_device_code_expires(television, wait):
    codes = begin(television)
    wait(codes["expires_in"] + 1)

    assert error(poll(television, codes)) == (400, "expired_token")
    assert open_device(television, codes["user_code"]).status_code == 400


def test_an_answer_after_the_expiry_is_refused(television, wait):
    codes = begin(television)
    page = television.submit(open_device(television, codes["user_code"]), "/device/login", **LOG_IN)
    wait(codes["expires_in"] + 1)

    assert television.submit(page, "/device", decision="allow", scope=["notes:read"]).status_code == 400
    assert Grant.objects.count() == 0


def test_a_device_code_works_once(television, wait):
    codes = begin(television)
    answer(television, codes)
    tokens = poll(television, codes).json()
    wait(6)

    assert error(poll(television, codes)) == (400, "invalid_grant")
    assert television.call(tokens).status_code == 200


def test_a_user_code_is_answered_once(television):
    codes = begin(television)
    answer(television, codes, "refuse")

    assert open_device(television, codes["user_code"]).status_code == 400
    assert error(poll(television, codes)) == (400, "access_denied")
    assert Grant.objects.count() == 0


def test_a_user_code_alone_leads_to_no_tokens(television):
    codes = begin(television)
    answer(television, codes)

    assert error(poll(television, {"device_code": codes["user_code"]})) == (400, "invalid_grant")


def test_a_stranger_cannot_refuse_for_the_user(television):
    codes = begin(television)
    page = open_device(television, codes["user_code"])
    television.submit(page, "/device/login", decision="refuse")
    television.submit(page, "/device", decision="refuse")

    assert error(poll(television, codes)) == (400, "authorization_pending")


def test_the_page_of_a_code_in_the_link_warns_of_strangers(television):
    """Mallory starts a device and sends Alice the link (RFC 8628, section 5.4)."""
    page = open_device(television, begin(television)["user_code"])

    assert heading(page) == "Log in to decide"
    assert b"Television" in page.content
    assert b"only if you have just started this yourself" in page.content


def test_a_form_of_a_device_cannot_answer_another_question(television):
    codes = begin(television)
    page = television.submit(open_device(television, codes["user_code"]), "/device/login", **LOG_IN)

    answered = television.post("/authorize", form=hidden_form(page), decision="allow", scope=["notes:read"])

    assert answered.status_code == 400
    assert Grant.objects.count() == 0


def test_unknown_programs_cannot_begin_a_device_flow(television, subtests):
    for client_id in ["unknown", "", "\x00", None, 5]:
        with subtests.test(client_id=client_id):
            values = {} if client_id is None else {"client_id": client_id}
            response = television.client.post("/device/authorization", values, format="json")

            assert response.status_code in (400, 401)
            assert DeviceRequest.objects.count() == 0


@pytest.mark.parametrize("scope", ["account", "unknown", "notes:read account"])
def test_a_device_gets_no_scope_beyond_notes(television, scope):
    codes = begin(television, scope=scope)

    assert codes.get("error") == "invalid_scope" or DeviceRequest.objects.get().scopes == ["notes:read"]


def test_two_answers_to_one_code_in_two_browsers_create_one_grant(television, client, bob):
    codes = begin(television)
    mine = television.submit(open_device(television, codes["user_code"]), "/device/login", **LOG_IN)
    other = Program(client)
    log_in = {**LOG_IN, "email": "bob@example.com"}
    bobs = other.submit(open_device(other, codes["user_code"]), "/device/login", **log_in)

    television.submit(mine, "/device", decision="allow", scope=["notes:read"])
    late = other.submit(bobs, "/device", decision="allow", scope=["notes:read"])

    assert late.status_code == 400
    assert [grant.user.email for grant in Grant.objects.all()] == ["alice@example.com"]
