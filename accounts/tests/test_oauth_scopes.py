"""What programs are told to ask for, and what they get without asking."""

import pytest

from accounts.models import DeviceRequest
from accounts.tests.programs import Program, register

pytestmark = pytest.mark.usefixtures("on_commit")

PROPOSED = ["notes:read", "notes:append", "notes:edit", "notes:trash"]


@pytest.mark.parametrize("resource", ["", "/mcp"])
def test_a_protected_resource_does_not_propose_to_delete_permanently(client, resource):
    metadata = client.get(f"/.well-known/oauth-protected-resource{resource}").json()

    assert metadata == {
        "resource": f"http://testserver{resource}",
        "authorization_servers": ["http://testserver"],
        "scopes_supported": PROPOSED,
        "bearer_methods_supported": ["header"],
        "resource_name": "Cloud Notes",
        "resource_documentation": "http://testserver/docs",
    }


@pytest.mark.parametrize(
    ("asked", "scope"),
    [
        ({}, " ".join(PROPOSED)),
        ({"scope": "notes:read offline_access"}, "notes:read"),
        ({"scope": "openid"}, " ".join(PROPOSED)),
    ],
)
def test_a_registration_names_the_scopes_that_the_program_wants(client, asked, scope):
    assert register(client, **asked).json()["scope"] == scope


def test_a_program_that_asks_for_no_scope_may_only_read(client, alice):
    program = Program(client)

    assert b'value="notes:read" checked' in (page := program.ask(scope=None)).content
    assert page.content.count(b'name="scope"') == 1


def test_a_device_that_asks_for_no_scope_may_only_read(client):
    client_id = register(client).json()["client_id"]
    client.post("/device/authorization", {"client_id": client_id}, format="json")

    assert DeviceRequest.objects.get().scopes == ["notes:read"]
