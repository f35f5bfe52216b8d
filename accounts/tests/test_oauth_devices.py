"""The device flow (RFC 8628)."""

import pytest

from accounts.models import DeviceRequest
from accounts.tests.link_pages import BROWSER, heading
from accounts.tests.programs import Program

pytestmark = pytest.mark.django_db(transaction=True)

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


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


def test_a_device_that_asks_too_often_is_slowed_down(program, codes):
    poll(program, codes)

    response = program.token(grant_type=DEVICE_CODE, device_code=codes["device_code"])

    assert response.json()["error"] == "slow_down"


def test_a_wrong_code_is_an_error_on_the_page(program):
    assert open_page(program, "BBBB-BBBB").status_code == 400
    assert program.browser.get("/device", headers=BROWSER).status_code == 200
