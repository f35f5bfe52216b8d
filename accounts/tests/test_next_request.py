"""Ending a session or an account takes effect on the next request, for every kind of credentials."""

import pytest

from accounts.authentication.tokens import AccessToken, RefreshToken
from accounts.flows.deactivation import deactivate
from accounts.flows.erasure import erase
from accounts.flows.password_change import replace_password
from accounts.models import Session

ENDINGS = {
    "log-out": lambda user, session: session.revoke(),
    "password-set-by-staff": lambda user, session: replace_password(user, "another horse battery", is_reset=True),
    "deactivation": lambda user, session: deactivate(user),
    "erasure": lambda user, session: erase(user),
}


@pytest.fixture
def session(alice):
    return Session.objects.create(user=alice)


def get(client, token, path="/users/me"):
    return client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("path", ["/users/me", "/changes/stream"])
def test_the_access_token_is_refused_immediately(client, alice, session, ending, path):
    token = AccessToken.of(session)
    assert get(client, token) == 200

    ENDINGS[ending](alice, session)

    assert get(client, token, path) == 401


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_refresh_token_is_refused_immediately(client, alice, session, ending):
    token = str(RefreshToken.of(session))

    ENDINGS[ending](alice, session)

    assert client.post("/login/refresh", {"refresh_token": token}).status_code == 401


@pytest.mark.parametrize("ending", ["password-set-by-staff", "deactivation", "erasure"])
def test_the_api_token_is_refused_immediately(by_token, alice, session, ending):
    script = by_token(alice, "notes:read")
    assert script.get("/users/me").status_code == 200

    ENDINGS[ending](alice, session)

    assert script.get("/users/me").status_code == 401
