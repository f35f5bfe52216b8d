"""Third-party clients of OAuth 2's password grant can log in, call and refresh."""

import base64
from urllib.parse import urlsplit

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import InvalidGrantError, LegacyApplicationClient
from requests_oauthlib import OAuth2Session

from accounts.tests.authenticator_app import code
from notes_api.tests.live_server import PASSWORD, connected, log_in, logged_in


@pytest.fixture
def address(product):
    """The e-mail address of a new account."""
    with logged_in(product) as client:
        return client.email


@pytest.fixture
def _plain_http(monkeypatch):
    # oauthlib requires HTTPS unless this variable is set.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def authlib_client(product, **options):
    return AuthlibSession("any-client", token_endpoint=f"{product.url}/login", **options)


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post"])
def test_authlib_logs_in_however_it_names_itself(product, address, method):
    with authlib_client(product, client_secret="", token_endpoint_auth_method=method, scope="notes") as client:
        token = client.fetch_token(f"{product.url}/login", username=address, password=PASSWORD, grant_type="password")

        assert token["token_type"] == "bearer"
        assert client.post(f"{product.url}/notes", json={"title": "Milk"}).status_code == 201


@pytest.fixture
def secret(product, address):
    """The secret of the account's second factor, which is on."""
    with connected(product) as client:
        client.headers["Authorization"] = f"Bearer {log_in(client, address).json()['access_token']}"
        secret = base64.b32decode(client.post("/users/me/otp", json={"password": PASSWORD}).json()["secret"])
        client.post("/users/me/otp/confirm", json={"otp": code(secret)}).raise_for_status()
    return secret


def test_authlib_sends_a_one_time_code(product, address, secret):
    with authlib_client(product, token_endpoint_auth_method="none") as client:
        token = client.fetch_token(f"{product.url}/login", username=address, password=PASSWORD, otp=code(secret, 1))

        assert token["token_type"] == "bearer"
        assert client.get(f"{product.url}/users/me/otp").json()["is_enabled"] is True


def test_authlib_gets_the_error_for_a_missing_code(product, address, secret):
    with authlib_client(product, token_endpoint_auth_method="none") as client, pytest.raises(OAuthError) as refusal:
        client.fetch_token(f"{product.url}/login", username=address, password=PASSWORD)

    assert refusal.value.error == "mfa_required"


@pytest.mark.usefixtures("_plain_http")
def test_requests_oauthlib_sends_a_one_time_code(product, address, secret):
    with OAuth2Session(client=LegacyApplicationClient("any-client")) as client:
        token = client.fetch_token(f"{product.url}/login", username=address, password=PASSWORD, otp=code(secret, 1))

        assert token["token_type"] == "bearer"


def test_authlib_refreshes(product, address):
    with authlib_client(product, token_endpoint_auth_method="none") as client:
        first = client.fetch_token(f"{product.url}/login", username=address, password=PASSWORD)
        second = client.refresh_token(f"{product.url}/login/refresh", refresh_token=first["refresh_token"])

        assert second["access_token"] != first["access_token"]
        assert client.get(f"{product.url}/users/me").json()["email"] == address


def test_authlib_refreshes_and_revokes_with_nothing_but_the_metadata(product, address):
    with connected(product) as client:
        metadata = client.get("/.well-known/oauth-authorization-server").json()
    endpoints = {name: product.url + urlsplit(metadata[f"{name}_endpoint"]).path for name in ("token", "revocation")}
    with AuthlibSession("any-client", token_endpoint_auth_method="none") as client:
        first = client.fetch_token(f"{product.url}/login", username=address, password=PASSWORD)
        second = client.refresh_token(endpoints["token"], refresh_token=first["refresh_token"])

        revoked = client.revoke_token(endpoints["revocation"], second["refresh_token"], "refresh_token")

        assert (second["access_token"] != first["access_token"], revoked.status_code) == (True, 200)
        assert client.get(f"{product.url}/users/me").status_code == 401


def test_authlib_refreshes_by_itself_when_the_token_has_expired(product, address):
    stored = []
    with authlib_client(product, token_endpoint_auth_method="none") as client:
        token = client.fetch_token(f"{product.url}/login", username=address, password=PASSWORD)
        client.metadata["token_endpoint"] = f"{product.url}/login/refresh"
        client.update_token = lambda token, **_: stored.append(token["access_token"])
        client.token = {**token, "expires_at": 1}

        assert client.get(f"{product.url}/users/me").status_code == 200
        assert stored == [client.token["access_token"]]
        assert stored != [token["access_token"]]


@pytest.mark.usefixtures("_plain_http")
def test_requests_oauthlib_logs_in_and_refreshes(product, address):
    with OAuth2Session(client=LegacyApplicationClient("any-client")) as client:
        first = client.fetch_token(f"{product.url}/login", username=address, password=PASSWORD, client_secret="")
        made = client.post(f"{product.url}/notes", json={"title": "Milk"})
        second = client.refresh_token(f"{product.url}/login/refresh", client_id="any-client")

        assert made.status_code == 201
        assert second["refresh_token"] != first["refresh_token"]
        assert client.get(made.url + "/" + made.json()["id"]).json()["title"] == "Milk"


@pytest.mark.usefixtures("_plain_http")
def test_requests_oauthlib_refreshes_by_itself_when_the_token_has_expired(product, address):
    stored = []
    options = {"auto_refresh_url": f"{product.url}/login/refresh", "token_updater": stored.append}
    with OAuth2Session(client=LegacyApplicationClient("any-client"), **options) as client:
        token = client.fetch_token(f"{product.url}/login", username=address, password=PASSWORD)
        client.token = {**token, "expires_in": -1, "expires_at": 1}

        assert client.get(f"{product.url}/users/me").status_code == 200
        assert stored[0]["access_token"] != token["access_token"]


@pytest.mark.usefixtures("_plain_http")
def test_a_wrong_password_is_an_invalid_grant(product, address):
    with OAuth2Session(client=LegacyApplicationClient("any-client")) as client, pytest.raises(InvalidGrantError):
        client.fetch_token(f"{product.url}/login", username=address, password="a wrong guess")
