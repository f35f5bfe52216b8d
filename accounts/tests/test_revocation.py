"""POST /login/revoke (RFC 7009), refreshing at /login, and the metadata of RFC 8414."""

import pytest

from accounts.authentication.tokens import AccessToken, RefreshToken
from accounts.models import ApiToken, Session
from conftest import PASSWORD
from notes_api.config.base_url import BaseUrl
from notes_api.tests.responses import FORM

PAIR = {"access_token", "token_type", "expires_in", "refresh_token"}


@pytest.fixture
def session(alice):
    return Session.objects.create(user=alice)


def revoke(client, token, **more):
    return client.post("/login/revoke", {"token": str(token), **more})


def is_live(session):
    return Session.objects.live().filter(pk=session.pk).exists()


@pytest.mark.parametrize("kind", [RefreshToken, AccessToken])
@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "", "nonsense", None])
def test_a_token_ends_its_session_whatever_the_hint_says(client, session, kind, hint):
    response = revoke(client, kind.of(session), **({} if hint is None else {"token_type_hint": hint}))

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Cache-Control"] == "no-store"
    assert not is_live(session)


@pytest.mark.parametrize("copied", [" {}", "{}\n", "\t{} \r\n", "\u00a0{}", "{}\u2028"])
def test_spaces_around_a_token_do_not_leave_its_session_alive(client, session, copied):
    assert revoke(client, copied.format(RefreshToken.of(session))).status_code == 200
    assert not is_live(session)


ADDRESSES = ["/login", "/login/refresh", "/login/revoke"]
MEMBERS = ["grant_type", "refresh_token", "token", "token_type_hint", "unknown"]


def test_a_form_has_each_member_once(client, session, subtests):
    for address in ADDRESSES:
        for name in MEMBERS:
            with subtests.test(address=address, name=name):
                token = RefreshToken.of(session)
                form = f"grant_type=refresh_token&refresh_token={token}&token={token}&{name}=x&{name}=y"

                response = client.post(address, form, content_type=FORM)

                assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
                assert is_live(session)


def test_only_the_session_of_the_token_ends(client, session, as_user, alice, bob):
    others = [as_user(alice), as_user(bob)]

    revoke(client, RefreshToken.of(session))

    assert [other.get("/users/me").status_code for other in others] == [200, 200]


def test_the_token_decides_and_not_the_credentials_of_the_request(as_user, session, bob):
    browser = as_user(bob)

    revoke(browser, RefreshToken.of(session))

    assert not is_live(session)
    assert browser.get("/users/me").status_code == 200


def test_the_tokens_of_the_session_no_longer_work(client, session):
    access, refresh = str(AccessToken.of(session)), str(RefreshToken.of(session))
    revoke(client, refresh)

    assert client.get("/users/me", headers={"Authorization": f"Bearer {access}"}).status_code == 401
    assert client.post("/login/refresh", {"refresh_token": refresh}).status_code == 401


def forged(token):
    head, _, signature = str(token).rpartition(".")
    return f"{head}.{signature[::-1]}"


def test_an_unknown_token_is_200_and_ends_nothing(client, session, subtests):
    for unknown in ["nonsense", "a.b.c", "x" * 50_000, "\u00e9", "{}", "null"]:
        with subtests.test(unknown=unknown):
            assert [revoke(client, token).status_code for token in (unknown, forged(RefreshToken.of(session)))] == [
                200,
                200,
            ]
            assert is_live(session)


def test_a_token_that_is_revoked_already_is_200(client, session):
    token = RefreshToken.of(session)

    assert [revoke(client, token).status_code for _ in range(2)] == [200, 200]


def test_a_request_without_a_token_is_an_invalid_request(client, subtests):
    for body in [{}, {"token": ""}, {"token": 5}, {"token": None}, {"token": ["a"]}, []]:
        with subtests.test(body=body):
            response = client.post("/login/revoke", body)

            assert response.status_code == 400
            assert (response.json()["code"], response.json()["error"]) == ("invalid_request", "invalid_request")


def test_an_api_token_is_not_revoked_by_anyone_who_sees_it(client, session):
    token = ApiToken.objects.issue(session, "Guest book", ["notes:append"])

    response = revoke(client, token.secret)

    assert response.status_code == 400
    assert (response.json()["code"], response.json()["error"]) == ("unsupported_token_type",) * 2
    assert ApiToken.objects.live().get() == token


def test_a_form_is_read(client, session):
    response = client.post("/login/revoke", f"token={RefreshToken.of(session)}&client_id=x", content_type=FORM)

    assert response.status_code == 200
    assert not is_live(session)


def test_login_refreshes_too(client, session):
    body = f"grant_type=refresh_token&refresh_token={RefreshToken.of(session)}&client_id=x"

    response = client.post("/login", body, content_type=FORM)

    assert response.status_code == 200
    assert response.json().keys() == PAIR
    assert response.headers["Cache-Control"] == "no-store"
    assert Session.objects.get().generation == 1


@pytest.mark.parametrize("token", ["nonsense", "", "a.b.c"])
def test_login_refuses_an_invalid_refresh_token(client, token):
    response = client.post("/login", {"grant_type": "refresh_token", "refresh_token": token})

    assert response.json()["error"] == ("invalid_grant" if token else "invalid_request")


def test_login_needs_no_password_to_refresh_and_no_refresh_token_to_log_in(client, alice):
    log_in = {"username": alice.email, "password": PASSWORD}

    assert (
        client.post("/login", {**log_in, "grant_type": "refresh_token"}).json()["errors"][0]["field"] == "refresh_token"
    )
    assert client.post("/login", {"refresh_token": "x"}).json()["errors"][0]["field"] == "username"
    assert client.post("/login", {**log_in, "grant_type": ""}).status_code == 200


def test_login_names_the_grants_that_it_supports(client, subtests):
    for grant in ["authorization_code", "Password", ["password"], {"a": 1}, 5, True]:
        with subtests.test(grant=grant):
            response = client.post("/login", {"grant_type": grant})

            assert response.json()["error"] == "unsupported_grant_type"
            assert response.json()["detail"] == (
                "This endpoint supports only `grant_type=password` and `grant_type=refresh_token`."
            )


def test_the_metadata_names_addresses_under_the_public_address(client, settings):
    settings.PUBLIC_BASE_URL = BaseUrl("https", "notes.example.org", "notes.example.org")

    response = client.get("/.well-known/oauth-authorization-server")

    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {
        "issuer": "https://notes.example.org",
        "authorization_endpoint": "https://notes.example.org/authorize",
        "token_endpoint": "https://notes.example.org/token",
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint": "https://notes.example.org/login/revoke",
        "revocation_endpoint_auth_methods_supported": ["none"],
        "registration_endpoint": "https://notes.example.org/register",
        "device_authorization_endpoint": "https://notes.example.org/device/authorization",
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": [
            "notes:read",
            "notes:write",
            "notes:append",
            "notes:edit",
            "notes:trash",
            "notes:purge",
        ],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": True,
        "service_documentation": "https://notes.example.org/docs",
    }


def test_without_programs_the_metadata_describes_the_log_in(client, settings):
    settings.OAUTH = "off"

    metadata = client.get("/.well-known/oauth-authorization-server").json()

    assert metadata["token_endpoint"] == "http://testserver/login"
    assert metadata["grant_types_supported"] == ["password", "refresh_token"]
    assert metadata["response_types_supported"] == []
    assert "registration_endpoint" not in metadata


METADATA_PATHS = [
    ("/cloud", "", 200),
    ("/cloud", "/cloud", 200),
    ("/a/b", "/a/b", 200),
    ("/cloud", "/other", 404),
    ("/cloud", "/cloud/", 404),
    ("/cloud", "/", 404),
    ("/a/b", "/a", 404),
    ("", "/cloud", 404),
]


def test_the_path_of_the_public_address_comes_last(client, settings, subtests):
    for path, ending, status in METADATA_PATHS:
        with subtests.test(path=path, ending=ending, status=status):
            settings.PUBLIC_BASE_URL = BaseUrl("https", "example.org", "example.org", path)

            response = client.get(f"/.well-known/oauth-authorization-server{ending}")

            assert response.status_code == status
            assert status == 404 or response.json()["issuer"] == f"https://example.org{path}"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_metadata_can_only_be_read(client, method):
    assert getattr(client, method)("/.well-known/oauth-authorization-server").status_code == 405
