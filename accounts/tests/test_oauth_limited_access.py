"""Access tokens for less than the grant allows (RFC 6749, section 6, and RFC 8707, section 2.2)."""

import pytest

from accounts.tests.programs import Program


@pytest.fixture
def program(client, alice):
    return Program(client)


def test_a_refresh_limits_only_the_next_access_token_to_scopes(program):
    tokens = program.exchange(program.get_code(scope=["notes:write"])).json()

    assert program.refresh(tokens["refresh_token"], scope="account").json()["error"] == "invalid_scope"
    limited = program.refresh(tokens["refresh_token"], scope="notes:read").json()
    assert limited["scope"] == "notes:read"
    assert program.call(limited, method="post", data={"title": "x"}, format="json").status_code == 403
    full = program.refresh(limited["refresh_token"]).json()
    assert full["scope"] == "notes:write"
    assert program.call(full, method="post", data={"title": "x"}, format="json").status_code == 201


def test_a_refresh_limits_only_the_next_access_token_to_a_resource(program):
    tokens = program.exchange(program.get_code(), resource="http://testserver/mcp").json()

    assert program.call(tokens).status_code == 401
    full = program.refresh(tokens["refresh_token"], resource="http://testserver").json()
    assert program.call(full).status_code == 200
    assert program.call(program.refresh(full["refresh_token"]).json()).status_code == 200
