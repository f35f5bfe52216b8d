"""Generic OAuth clients, which know the server only by its metadata, get tokens by a code and by a device code."""

import pytest
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import AccessDeniedError, DeviceClient
from requests_oauthlib import OAuth2Session

from notes_api.tests.agents.consent import Person
from notes_api.tests.live_server import PASSWORD

CALLBACK = "http://127.0.0.1:39001/callback"
SCOPES = "notes:read notes:write"


@pytest.fixture
def metadata(stranger):
    return stranger.get("/.well-known/oauth-authorization-server").raise_for_status().json()


@pytest.fixture
def register(stranger, metadata):
    """`register()` returns the id of a new client."""

    def register(**values):
        body = {"client_name": "Generic", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none", **values}
        return stranger.post(metadata["registration_endpoint"], json=body).raise_for_status().json()["client_id"]

    return register


@pytest.fixture
def person(visitor):
    with Person(visitor.email, PASSWORD) as person:
        yield person


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch):
    # oauthlib requires HTTPS unless this variable is set.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def authlib_client(identifier, **options):
    return AuthlibSession(
        identifier,
        redirect_uri=CALLBACK,
        scope=SCOPES,
        code_challenge_method="S256",
        token_endpoint_auth_method="none",
        **options,
    )


def authorize_with_authlib(client, metadata, person):
    verifier = generate_token(48)
    page, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    answer = person.visit(page)
    return client.fetch_token(
        metadata["token_endpoint"], authorization_response=answer, code_verifier=verifier, state=state
    )


def test_authlib_gets_a_token_refreshes_and_revokes_it(product, metadata, register, person):
    with authlib_client(register()) as client:
        first = authorize_with_authlib(client, metadata, person)
        made = client.post(f"{product.url}/notes", json={"title": "Milk"})
        second = client.refresh_token(metadata["token_endpoint"], refresh_token=first["refresh_token"])
        read = client.get(f"{product.url}/notes/{made.json()['id']}")
        revoked = client.revoke_token(metadata["revocation_endpoint"], second["refresh_token"], "refresh_token")

        assert set(first["scope"].split()) == set(SCOPES.split())
        assert second["access_token"] != first["access_token"]
        assert (made.status_code, read.json()["title"], revoked.status_code) == (201, "Milk", 200)
        assert client.get(f"{product.url}/notes").status_code == 401


def test_authlib_refreshes_by_itself_when_the_token_has_expired(product, metadata, register, person):
    stored = []
    with authlib_client(register(), token_endpoint=metadata["token_endpoint"]) as client:
        client.update_token = lambda token, **_: stored.append(token["access_token"])
        token = authorize_with_authlib(client, metadata, person)
        client.token = {**token, "expires_at": 1}

        assert client.get(f"{product.url}/notes").status_code == 200
        assert stored == [client.token["access_token"]]
        assert stored != [token["access_token"]]


def test_requests_oauthlib_gets_a_token_and_refreshes_it(product, metadata, register, person):
    identifier = register()
    with OAuth2Session(identifier, redirect_uri=CALLBACK, scope=SCOPES.split(), pkce="S256") as client:
        page, _ = client.authorization_url(metadata["authorization_endpoint"], resource=product.url)
        answer = person.visit(page)
        first = client.fetch_token(
            metadata["token_endpoint"], authorization_response=answer, include_client_id=True, resource=product.url
        )
        made = client.post(f"{product.url}/notes", json={"title": "Milk"})
        second = client.refresh_token(metadata["token_endpoint"], client_id=identifier)

        assert made.status_code == 201
        assert second["refresh_token"] != first["refresh_token"]
        assert client.get(f"{product.url}/notes/{made.json()['id']}").json()["title"] == "Milk"


def test_requests_oauthlib_hears_that_the_user_refuses(metadata, register, visitor):
    with (
        Person(visitor.email, PASSWORD, decision="refuse") as person,
        OAuth2Session(register(), redirect_uri=CALLBACK, pkce="S256") as client,
    ):
        page, _ = client.authorization_url(metadata["authorization_endpoint"])
        answer = person.visit(page)
        with pytest.raises(AccessDeniedError):
            client.fetch_token(metadata["token_endpoint"], authorization_response=answer, include_client_id=True)


def test_requests_oauthlib_gets_a_token_for_a_device(product, stranger, metadata, register, person):
    identifier = register()
    asked = stranger.post(
        metadata["device_authorization_endpoint"], data={"client_id": identifier, "scope": "notes:read"}
    ).json()
    person.answer_device(asked["verification_uri_complete"])
    with OAuth2Session(client=DeviceClient(identifier)) as client:
        token = client.fetch_token(metadata["token_endpoint"], device_code=asked["device_code"], include_client_id=True)

        assert token["scope"] == ["notes:read"]
        assert client.get(f"{product.url}/notes").status_code == 200
        assert client.post(f"{product.url}/notes", json={"title": "Milk"}).status_code == 403
