"""Forged and altered tokens, and tokens signed with the right key whose claims are wrong.

The function that reads access tokens refuses each of them. Some of each kind also go through the API.
"""

import pytest
from rest_framework_simplejwt.exceptions import TokenError

from accounts.authentication.bearer import InvalidToken, authenticate_session
from accounts.authentication.tokens import AUDIENCE, ISSUER, AccessToken, RefreshToken
from accounts.models import ApiToken, Session, User
from accounts.tests.altered_tokens import alterations
from accounts.tests.forged_claims import GENERATIONS, claim, claims
from accounts.tests.forged_tokens import World, claims_with, header_with, headers, keys, signed

FORGERIES = dict([*headers(), *keys(), *claims(), *alterations()])
SOME = ["alg-none-unsigned", "alg-HS512-by-our-key", "kid-0-signed", "kid-removed-key", "header-repeats-0", "key-empty",
        "sub-of-another", "sid-of-another", "sub-0", "exp-past", "aud-0", "iss-0", "jti-0", "type-0", "payload-0",
        "sub-repeated-last", "cut-1-from-the-end", "bit-1-at-1-of-signature", "form-dot-after"]  # fmt: skip


@pytest.fixture
def session(alice):
    return Session.objects.create(user=alice, generation=2)


@pytest.fixture
def world_of(session, alice, bob):
    """`world_of(AccessToken)`: a token of Alice's of that type, and what Mallory knows of others."""
    secret = ApiToken.objects.issue(session, "Script", ["notes:read"]).secret
    other = Session.objects.create(user=bob)

    def world_of(kind):
        token = kind.of(session)
        claims = {**token.payload, "iss": ISSUER, "aud": AUDIENCE}
        return World(str(token), claims, str(bob.pk), str(other.pk), secret)

    return world_of


def rows():
    return [list(model.objects.order_by("pk").values()) for model in (User, Session, ApiToken)]


def encoded(token):
    return token.encode("utf-8", "surrogatepass")


def is_read(token):
    try:
        return authenticate_session(encoded(token))
    except InvalidToken:
        return None


def bearer(token):
    return {"Authorization": f"Bearer {encoded(token).decode('latin-1')}"}


def refresh(client, token):
    return client.post("/login/refresh", {"refresh_token": token})


def test_the_token_to_imitate_is_valid(world_of, session):
    world = world_of(AccessToken)

    assert authenticate_session(encoded(world.token)) == session
    assert authenticate_session(encoded(signed(header_with(), claims_with(world)))) == session


@pytest.mark.parametrize("kind", sorted({forgery.partition("-")[0] for forgery in FORGERIES}))
def test_a_forged_token_is_not_read(world_of, kind):
    """All forgeries of a kind share a test, because arranging one takes ten times as long as reading the token."""
    world = world_of(AccessToken)
    tokens = {name: forge(world) for name, forge in FORGERIES.items() if name.partition("-")[0] == kind}

    assert {name for name, token in tokens.items() if is_read(token)} == set()


@pytest.mark.parametrize("path", ["/users/me", "/changes/stream"])
def test_a_request_with_a_forged_token_is_refused(client, world_of, path, subtests):
    for forgery in SOME:
        with subtests.test(forgery=forgery):
            token = FORGERIES[forgery](world_of(AccessToken))
            before = rows()

            response = client.get(path, headers=bearer(token))

            assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
            assert rows() == before


def test_the_refresh_token_to_imitate_is_valid(client, world_of):
    assert refresh(client, signed(header_with(), claims_with(world_of(RefreshToken)))).status_code == 200


def test_a_forged_refresh_token_is_refused(client, world_of, subtests):
    for forgery in SOME:
        with subtests.test(forgery=forgery):
            token = FORGERIES[forgery](world_of(RefreshToken))
            before = rows()

            response = refresh(client, token)

            assert (response.status_code, response.json()["error"]) == (401, "invalid_grant")
            assert rows() == before


def test_a_generation_that_was_never_issued_is_refused(world_of, session, subtests):
    for generation in GENERATIONS:
        with subtests.test(generation=generation):
            token = GENERATIONS[generation](world_of(RefreshToken))

            with pytest.raises((TokenError, Session.DoesNotExist)):
                session.rotate(RefreshToken.read(token).generation)
            assert Session.objects.get(pk=session.pk).revoked_at is None


@pytest.mark.parametrize("generation", ["future", "beyond-every-column", "text"])
def test_a_request_with_a_generation_that_was_never_issued_is_refused(client, world_of, generation):
    token = GENERATIONS[generation](world_of(RefreshToken))
    before = rows()

    response = refresh(client, token)

    assert (response.status_code, response.json()["error"]) == (401, "invalid_grant")
    assert rows() == before


@pytest.mark.parametrize("generation", [0, 1])
def test_an_exchanged_generation_ends_its_session_and_no_other(client, world_of, session, generation):
    token = claim("generation", generation)(world_of(RefreshToken))
    before = list(Session.objects.exclude(pk=session.pk).values())

    assert refresh(client, token).status_code == 401
    assert Session.objects.get(pk=session.pk).revoked_at
    assert list(Session.objects.exclude(pk=session.pk).values()) == before


def test_a_refresh_token_is_not_an_access_token(client, world_of):
    response = client.get("/users/me", headers=bearer(world_of(RefreshToken).token))

    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")


def test_an_access_token_is_not_a_refresh_token(client, world_of):
    response = refresh(client, world_of(AccessToken).token)

    assert (response.status_code, response.json()["error"]) == (401, "invalid_grant")
