"""Access tokens: only ours, unaltered, of this type, in time, of a session that stands."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from django.conf import settings as django_settings

from accounts.keys import current_key, derive_key
from accounts.models import Session
from accounts.tokens import AUDIENCE, ISSUER, AccessToken, RefreshToken


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def read_me(client, token):
    return client.get("/users/me", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def session(alice):
    return Session.objects.create(user=alice)


@pytest.fixture
def forge(session):
    """Alice's token, with other claims, another header or another key."""

    def forge(key=None, algorithm="HS256", headers=None, **claims):
        ours = current_key()
        payload = {**AccessToken.of(session).payload, "iss": ISSUER, "aud": AUDIENCE, **claims}
        payload = {name: value for name, value in payload.items() if value is not None}
        headers = {"kid": ours.id, **(headers or {})}
        return jwt.encode(payload, ours.key if key is None else key, algorithm, headers=headers)

    return forge


def test_a_token_like_ours_is_accepted(client, forge):
    assert read_me(client, forge()).status_code == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_in_any_letter_case(client, forge, scheme):
    response = client.get("/users/me", headers={"Authorization": f"{scheme} {forge()}"})

    assert response.status_code == 200


def test_a_token_names_its_key(session):
    header = jwt.get_unverified_header(str(AccessToken.of(session)))

    assert header == {"alg": "HS256", "typ": "JWT", "kid": current_key().id}


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_server_with_another_algorithm_takes_what_it_signs_with_it(client, session, settings, algorithm):
    settings.ALGORITHM = algorithm
    token = str(AccessToken.of(session))

    assert jwt.get_unverified_header(token)["alg"] == algorithm
    assert read_me(client, token).status_code == 200


def test_a_token_says_what_it_is_and_no_more(session, alice, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)

    claims = jwt.decode(str(AccessToken.of(session)), options={"verify_signature": False})

    assert claims == {
        "iss": "cloud-notes-api",
        "aud": "cloud-notes-api",
        "sub": str(alice.pk),
        "sid": str(session.pk),
        "token_type": "access",
        "jti": claims["jti"],
        "iat": 1767603600,
        "exp": 1767605400,
    }


def test_a_token_that_was_good_expires_all_the_same(client, session, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    token = str(AccessToken.of(session))
    assert read_me(client, token).status_code == 200

    time_machine.move_to("2026-01-05T09:30:00Z", tick=False)

    assert read_me(client, token).status_code == 401


def test_a_token_that_was_good_is_refused_once_its_key_is_forgotten(client, session, settings):
    token = str(AccessToken.of(session))
    assert read_me(client, token).status_code == 200

    settings.SECRET_KEY = "another secret, as long as a secret has to be"

    assert read_me(client, token).status_code == 401


def test_the_key_of_the_tokens_is_not_the_secret_key(client, forge):
    assert read_me(client, forge(key=django_settings.SECRET_KEY)).status_code == 401


def test_a_token_of_another_key_is_refused(client, forge):
    assert read_me(client, forge(key=derive_key("another secret", "jwt"))).status_code == 401


def test_a_token_of_a_key_for_another_purpose_is_refused(client, forge):
    assert read_me(client, forge(key=derive_key(django_settings.SECRET_KEY, "cursor"))).status_code == 401


@pytest.mark.parametrize("kid", ["0000000000000000", "../../dev/null", ""])
def test_a_token_that_names_an_unknown_key_is_refused(client, forge, kid):
    assert read_me(client, forge(headers={"kid": kid})).status_code == 401


def test_a_token_that_names_no_key_is_refused(client, session):
    claims = {**AccessToken.of(session).payload, "iss": ISSUER, "aud": AUDIENCE}

    assert read_me(client, jwt.encode(claims, current_key().key, "HS256")).status_code == 401


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_of_another_algorithm_is_refused(client, forge, algorithm):
    assert read_me(client, forge(algorithm=algorithm)).status_code == 401


@pytest.mark.parametrize("name", ["none", "None", "NONE", "", "RS256", "hs256"])
def test_an_unsigned_token_is_refused(client, forge, name):
    header = encoded({"alg": name, "typ": "JWT", "kid": current_key().id})
    _, payload, _ = forge().split(".")

    assert read_me(client, f"{header}.{payload}.").status_code == 401


def test_a_signature_does_not_vouch_for_another_header(client, forge):
    header = encoded({"alg": "none", "typ": "JWT", "kid": current_key().id})
    _, payload, signature = forge().split(".")

    assert read_me(client, f"{header}.{payload}.{signature}").status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-api"},
        {"aud": None},
        {"aud": 5},
        {"iss": "another-api"},
        {"iss": None},
        {"token_type": "refresh"},
        {"token_type": "sliding"},
        {"token_type": None},
        {"exp": None},
        {"exp": "never"},
        {"exp": 0},
        {"nbf": 9999999999},
        {"jti": None},
        {"sub": None},
        {"sub": "alice@example.com"},
        {"sub": 5},
        {"sid": None},
        {"sid": "1"},
        {"sid": 5},
        {"sid": ["1"]},
        {"sid": "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"},
    ],
)
def test_every_claim_must_be_right(client, forge, claims):
    assert read_me(client, forge(**claims)).status_code == 401


def test_a_token_stops_working_when_its_time_is_up(client, session, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    token = AccessToken.of(session)
    time_machine.move_to("2026-01-05T09:30:01Z", tick=False)

    assert read_me(client, token).status_code == 401


def test_a_token_works_until_its_time_is_up(client, alice, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    token = AccessToken.of(Session.objects.create(user=alice))
    time_machine.move_to("2026-01-05T09:29:59Z", tick=False)

    assert read_me(client, token).status_code == 200


def test_the_session_of_another_account_is_refused(client, forge, bob):
    assert read_me(client, forge(sub=str(bob.pk))).status_code == 401


def test_the_session_of_a_token_must_be_its_own(client, forge, bob):
    assert read_me(client, forge(sid=str(Session.objects.create(user=bob).pk))).status_code == 401


def test_a_session_that_has_ended_is_refused(client, forge, session):
    session.revoke()

    assert read_me(client, forge()).status_code == 401


def test_a_session_that_has_expired_is_refused(client, forge, session):
    Session.objects.filter(pk=session.pk).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    assert read_me(client, forge()).status_code == 401


def test_an_account_that_was_deactivated_is_refused_even_if_its_session_stands(client, forge, alice):
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)

    assert read_me(client, forge()).status_code == 401


def test_an_account_that_was_deleted_is_refused(client, forge, alice):
    token = forge()
    alice.delete()

    assert read_me(client, token).status_code == 401


def test_reactivating_an_account_revives_no_session(client, forge, alice):
    alice.deactivate()
    alice.reactivate()

    assert read_me(client, forge()).status_code == 401


def test_a_refresh_token_is_no_access_token(client, session):
    assert read_me(client, RefreshToken.of(session)).status_code == 401


@pytest.mark.parametrize("characters", [1, 5, 40, 100])
def test_a_truncated_token_is_refused(client, forge, characters):
    assert read_me(client, forge()[:-characters]).status_code == 401


@pytest.mark.parametrize("part", [0, 1, 2])
def test_an_altered_token_is_refused(client, forge, part):
    parts = forge().split(".")
    parts[part] = parts[part][:10] + ("A" if parts[part][10] != "A" else "B") + parts[part][11:]

    assert read_me(client, ".".join(parts)).status_code == 401


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        "....",
        "null",
        "e30.e30.e30",
        "two words",
        "\xff\xfe",
        "%00",
        "a" * 100_000,
        f"{encoded({'alg': 'HS256'})}.{encoded([])}.c2ln",
        f"{encoded([])}.{encoded({})}.c2ln",
        f"{encoded(5)}.{encoded({})}.c2ln",
        f"{encoded({'alg': 'HS256', 'kid': 5})}.{encoded({})}.c2ln",
        f"{encoded({'alg': ['HS256'], 'kid': {}})}.{encoded({})}.c2ln",
    ],
)
def test_garbage_is_refused(client, token):
    response = read_me(client, token)

    assert response.status_code == 401
    assert response.json()["code"] == "invalid_token"


def test_a_header_nested_without_end_is_refused(client):
    deep = base64.urlsafe_b64encode(b"[" * 100_000).rstrip(b"=").decode()

    assert read_me(client, f"{deep}.e30.c2ln").status_code == 401


def test_a_token_in_the_address_is_refused(client, forge):
    assert client.get(f"/users/me?access_token={forge()}").status_code == 401


def test_a_token_in_a_cookie_is_refused(client, forge):
    client.cookies["access_token"] = forge()

    assert client.get("/users/me").status_code == 401


def test_a_session_of_the_admin_does_not_open_the_api(client, staff):
    client.force_login(staff)

    assert client.get("/users/me").status_code == 401


@pytest.mark.parametrize("credentials", ["", "Basic YWxpY2U6c2VjcmV0", "Token abc", "nonsense"])
def test_without_a_bearer_token_the_challenge_names_no_error(client, credentials):
    response = client.get("/users/me", headers={"Authorization": credentials})

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_with_a_bad_token_the_challenge_says_so(client):
    response = read_me(client, "nonsense")

    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_logging_out_with_a_bad_token_is_challenged_the_same_way(client):
    response = client.post("/logout", headers={"Authorization": "Bearer nonsense"})

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_every_access_token_has_an_id_of_its_own(session):
    assert uuid.UUID(AccessToken.of(session)["jti"]) != uuid.UUID(AccessToken.of(session)["jti"])
