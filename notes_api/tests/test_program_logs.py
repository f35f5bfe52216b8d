"""What the log shows of programs with `LOG_LEVEL=DEBUG`."""

import pytest

from accounts.flows.oauth.grant_types import DEVICE_CODE
from accounts.models import DeviceRequest
from accounts.tests.link_pages import BROWSER
from accounts.tests.programs import Program
from conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_secret_of_a_program_is_logged(client, alice, log):
    program = Program(client)
    program.log_in(program.open(), password=f"{PASSWORD}!")
    code = program.get_code()
    program.exchange(code, code_verifier="x" * 43)
    tokens = program.exchange(code).json()
    program.call(tokens)
    refreshed = program.refresh(tokens["refresh_token"]).json()
    program.refresh(refreshed["refresh_token"], scope="notes:purge")
    program.exchange(code)
    device_tokens, device_code = use_device(program)
    client.post("/login/revoke", {"token": device_tokens["refresh_token"]})

    secrets = [PASSWORD, code, program.verifier, device_code]
    secrets += [each[name] for each in (tokens, refreshed, device_tokens) for name in ("access_token", "refresh_token")]
    assert log.getvalue().count("/token ") == 7
    assert [secret for secret in secrets if secret in log.getvalue()] == []


def use_device(program):
    """Return the tokens of a device that the user has allowed, and its code."""
    body = {"client_id": program.client_id, "scope": "notes:read"}
    codes = program.client.post("/device/authorization", body, format="json").json()
    program.token(grant_type=DEVICE_CODE, device_code=codes["device_code"])
    page = program.browser.get(f"/device?user_code={codes['user_code']}", headers=BROWSER)
    page = program.submit(page, "/device/login", email="alice@example.com", password=PASSWORD)
    program.submit(page, "/device", decision="allow", scope="notes:read")
    DeviceRequest.objects.update(asked_at=None)
    tokens = program.token(grant_type=DEVICE_CODE, device_code=codes["device_code"]).json()
    return tokens, codes["device_code"]
