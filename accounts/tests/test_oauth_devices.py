"""The device flow (RFC 8628)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.flows.oauth.grant_types import DEVICE_CODE
from accounts.models import DeviceRequest
from accounts.tests.link_pages import BROWSER, heading
from accounts.tests.programs import Program, register

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture
def program(client, alice):
    return Program(client)


@pytest.fixture
def codes(client, program):
    body = {"client_id": program.client_id, "scope": "notes:read"}
    return client.post("/device/authorization", body, format="json").json()


def poll(program, codes):
    DeviceRequest.objects.update(asked_at=None)
    return program.token(grant_type=DEVICE_CODE, device_code=codes["device_code"])


def open_page(program, code):
    return program.browser.get(f"/device?user_code={code}", headers=BROWSER)


def test_a_device_waits_until_the_user_allows_it(program, codes):
    assert poll(program, codes).json()["error"] == "authorization_pending"
    page = program.submit(open_page(program, codes["user_code"].lower()), "/device/login", email="alice@example.com",
                          password="correct horse battery")  # fmt: skip
    answer = program.submit(page, "/device", decision="allow", scope="notes:read")

    assert heading(answer) == "The device has access now"
    tokens = poll(program, codes).json()
    assert program.call(tokens).status_code == 200
    assert poll(program, codes).json()["error"] == "invalid_grant"


def test_a_device_learns_that_the_user_has_refused(program, codes):
    page = program.submit(open_page(program, codes["user_code"]), "/device/login", email="alice@example.com",
                          password="correct horse battery")  # fmt: skip
    program.submit(page, "/device", decision="refuse")

    assert poll(program, codes).json()["error"] == "access_denied"


def test_every_step_of_the_page_shows_the_code_of_the_device(program, codes):
    code = f"<dd>{codes['user_code']}</dd>"
    wrong = program.submit(open_page(program, codes["user_code"]), "/device/login", email="alice@example.com",
                           password="wrong password")  # fmt: skip
    question = program.submit(wrong, "/device/login", email="alice@example.com", password="correct horse battery")

    assert (wrong.status_code, code in wrong.content.decode()) == (401, True)
    assert (question.status_code, code in question.content.decode()) == (200, True)


def test_cancelling_the_log_in_decides_nothing(program, codes):
    answer = program.submit(open_page(program, codes["user_code"]), "/device/login", decision="refuse")

    assert heading(answer) == "You have not decided"
    assert poll(program, codes).json()["error"] == "authorization_pending"


def test_an_allowed_device_has_the_rest_of_its_ten_minutes_to_fetch_its_tokens(program, codes, time_machine):
    page = program.submit(open_page(program, codes["user_code"]), "/device/login", email="alice@example.com",
                          password="correct horse battery")  # fmt: skip
    program.submit(page, "/device", decision="allow", scope="notes:read")
    time_machine.move_to(timezone.now() + timedelta(minutes=9), tick=False)

    assert poll(program, codes).status_code == 200


def test_a_device_that_asks_too_often_is_slowed_down(program, codes):
    poll(program, codes)

    response = program.token(grant_type=DEVICE_CODE, device_code=codes["device_code"])

    assert response.json()["error"] == "slow_down"


def test_a_wrong_code_is_an_error_on_the_page(program):
    assert open_page(program, "BBBB-BBBB").status_code == 400
    assert program.browser.get("/device", headers=BROWSER).status_code == 200


def test_a_device_registers_without_an_address(client, alice):
    device = Program(client, grant_types=[DEVICE_CODE], redirect_uris=[])
    body = {"client_id": device.client_id, "scope": "notes:read"}
    codes = client.post("/device/authorization", body, format="json").json()
    page = device.submit(open_page(device, codes["user_code"]), "/device/login", email="alice@example.com",
                         password="correct horse battery")  # fmt: skip
    device.submit(page, "/device", decision="allow", scope="notes:read")

    assert (device.registered["grant_types"], device.registered["response_types"]) == (
        [DEVICE_CODE, "refresh_token"],
        [],
    )
    assert device.call(poll(device, codes).json()).status_code == 200


def test_a_device_that_registers_no_address_cannot_send_a_browser(client):
    metadata = {"grant_types": [DEVICE_CODE], "redirect_uris": ["http://127.0.0.1/callback"]}
    device = register(client, **metadata).json()

    assert device["redirect_uris"] == []
    assert (
        client.get(f"/authorize?response_type=code&client_id={device['client_id']}", headers=BROWSER).status_code == 400
    )


@pytest.mark.parametrize("grants", [None, ["authorization_code", DEVICE_CODE], ["refresh_token"], DEVICE_CODE])
def test_only_a_program_without_codes_registers_without_an_address(client, grants):
    body = {"client_name": "Assistant", "grant_types": grants}
    response = client.post("/register", body, format="json")

    assert (response.status_code, response.json()["error"]) == (400, "invalid_redirect_uri")
