"""What ends a log-in or an account counts from the very next request on, for every kind of credentials."""

import pytest

from accounts.models import Session
from accounts.tokens import AccessToken, RefreshToken

ENDINGS = {
    "log-out": lambda user, session: session.revoke(),
    "password-set-by-staff": lambda user, session: user.replace_password("another horse battery", is_reset=True),
    "deactivation": lambda user, session: user.deactivate(),
    "erasure": lambda user, session: user.erase(),
}


@pytest.fixture
def session(alice):
    return Session.objects.create(user=alice)


def get(client, token, path="/users/me"):
    return client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("path", ["/users/me", "/changes/stream"])
def test_the_access_token_is_refused_at_once(client, alice, session, ending, path):
    token = AccessToken.of(session)
    assert get(client, token) == 200

    ENDINGS[ending](alice, session)

    assert get(client, token, path) == 401


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_refresh_token_is_refused_at_once(client, alice, session, ending):
    token = str(RefreshToken.of(session))

    ENDINGS[ending](alice, session)

    assert client.post("/login/refresh", {"refresh_token": token}).status_code == 401


@pytest.mark.parametrize("ending", ["password-set-by-staff", "deactivation", "erasure"])
def test_the_api_token_is_refused_at_once(by_token, alice, session, ending):
    script = by_token(alice, "notes:read")
    assert script.get("/users/me").status_code == 200

    ENDINGS[ending](alice, session)

    assert script.get("/users/me").status_code == 401
