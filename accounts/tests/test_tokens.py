"""Access tokens: ours, unaltered, of this type, not expired, of an active session."""

import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.hashes import SHA512
from django.conf import settings as django_settings

from accounts.authentication.signing_keys import current_key, signing_key
from accounts.authentication.tokens import AUDIENCE, ISSUER, AccessToken, RefreshToken
from accounts.flows.deactivation import deactivate, reactivate
from accounts.models import Session
from accounts.tests.credentials import read_me
from accounts.tests.forged_tokens import part
from notes_api.config.secret_keys import derive_key


def test_a_token_in_our_format_is_accepted(client, forge):
    assert read_me(client, forge()).status_code == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_in_any_letter_case(client, forge, scheme):
    response = client.get("/users/me", headers={"Authorization": f"{scheme} {forge()}"})

    assert response.status_code == 200


def test_a_token_names_its_key(session):
    header = jwt.get_unverified_header(str(AccessToken.of(session)))

    assert header == {"alg": "HS256", "typ": "JWT", "kid": current_key().id}


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_server_with_another_algorithm_accepts_its_own_tokens(client, session, settings, algorithm):
    settings.ALGORITHM = algorithm
    token = str(AccessToken.of(session))

    assert jwt.get_unverified_header(token)["alg"] == algorithm
    assert read_me(client, token).status_code == 200


def test_a_token_has_only_the_expected_claims(session, alice, time_machine):
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


def test_a_cached_token_still_expires(client, session, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    token = str(AccessToken.of(session))
    assert read_me(client, token).status_code == 200

    time_machine.move_to("2026-01-05T09:30:00Z", tick=False)

    assert read_me(client, token).status_code == 401


def test_a_cached_token_is_refused_after_its_key_was_removed(client, session, settings):
    token = str(AccessToken.of(session))
    assert read_me(client, token).status_code == 200

    settings.SECRET_KEY = "another secret, as long as a secret has to be"

    assert read_me(client, token).status_code == 401


def test_the_key_of_the_tokens_is_not_the_secret_key(client, forge):
    assert read_me(client, forge(key=django_settings.SECRET_KEY)).status_code == 401


def test_a_token_of_another_key_is_refused(client, forge):
    assert read_me(client, forge(key=signing_key("another secret").key)).status_code == 401


def test_a_token_of_a_key_for_another_purpose_is_refused(client, forge):
    assert (
        read_me(client, forge(key=derive_key(django_settings.SECRET_KEY, b"cursor", SHA512(), 64))).status_code == 401
    )


@pytest.mark.parametrize("kid", ["0000000000000000", "../../dev/null", ""])
def test_a_token_that_names_an_unknown_key_is_refused(client, forge, kid):
    assert read_me(client, forge(headers={"kid": kid})).status_code == 401


def test_a_token_that_names_no_key_is_refused(client, session):
    claims = {**AccessToken.of(session).payload, "iss": ISSUER, "aud": AUDIENCE}

    assert read_me(client, jwt.encode(claims, current_key().key, "HS256")).status_code == 401


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_of_another_algorithm_is_refused(client, forge, algorithm):
    assert read_me(client, forge(algorithm=algorithm)).status_code == 401


def test_an_unsigned_token_is_refused(client, forge, subtests):
    for name in ["none", "None", "NONE", "", "RS256", "hs256"]:
        with subtests.test(name=name):
            header = part({"alg": name, "typ": "JWT", "kid": current_key().id})
            _, payload, _ = forge().split(".")

            assert read_me(client, f"{header}.{payload}.").status_code == 401


def test_a_signature_does_not_verify_another_header(client, forge):
    header = part({"alg": "none", "typ": "JWT", "kid": current_key().id})
    _, payload, signature = forge().split(".")

    assert read_me(client, f"{header}.{payload}.{signature}").status_code == 401


WRONG_CLAIMS = [
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
]


def test_a_token_with_a_wrong_claim_is_refused(client, forge, subtests):
    for claims in WRONG_CLAIMS:
        with subtests.test(claims=claims):
            assert read_me(client, forge(**claims)).status_code == 401


def test_an_expired_access_token_is_refused(client, session, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    token = AccessToken.of(session)
    time_machine.move_to("2026-01-05T09:30:01Z", tick=False)

    assert read_me(client, token).status_code == 401


def test_an_access_token_works_until_it_expires(client, alice, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    token = AccessToken.of(Session.objects.create(user=alice))
    time_machine.move_to("2026-01-05T09:29:59Z", tick=False)

    assert read_me(client, token).status_code == 200


def test_the_session_of_another_account_is_refused(client, forge, bob):
    assert read_me(client, forge(sub=str(bob.pk))).status_code == 401


def test_the_session_must_belong_to_the_account_of_the_token(client, forge, bob):
    assert read_me(client, forge(sid=str(Session.objects.create(user=bob).pk))).status_code == 401


def test_a_session_that_has_ended_is_refused(client, forge, session):
    session.revoke()

    assert read_me(client, forge()).status_code == 401


def test_a_session_that_has_expired_is_refused(client, forge, session):
    Session.objects.filter(pk=session.pk).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    assert read_me(client, forge()).status_code == 401


def test_a_deactivated_account_is_refused_even_with_an_active_session(client, forge, alice):
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)

    assert read_me(client, forge()).status_code == 401


def test_an_account_that_was_deleted_is_refused(client, forge, alice):
    token = forge()
    alice.delete()

    assert read_me(client, token).status_code == 401


def test_reactivating_an_account_restores_no_session(client, forge, alice):
    deactivate(alice)
    reactivate(alice)

    assert read_me(client, forge()).status_code == 401


def test_a_refresh_token_is_refused_as_an_access_token(client, session):
    assert read_me(client, RefreshToken.of(session)).status_code == 401


def test_every_access_token_has_its_own_id(session):
    assert uuid.UUID(AccessToken.of(session)["jti"]) != uuid.UUID(AccessToken.of(session)["jti"])
