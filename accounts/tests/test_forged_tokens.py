"""Hundreds of tokens that are forged, altered, or wrong though well signed: none opens or changes anything."""

import pytest

from accounts.models import ApiToken, Session, User
from accounts.tests.alterations import alterations
from accounts.tests.forgeries import World, claim, claims, claims_with, header_with, headers, keys, raw_number, signed
from accounts.tokens import AUDIENCE, ISSUER, AccessToken, RefreshToken

FORGERIES = dict([*headers(), *keys(), *claims(), *alterations()])
# The current generation is 2, and the one before was exchanged long ago.
GENERATIONS = {
    "future": claim("generation", 3),
    "far-future": claim("generation", 10**9),
    "beyond-the-column": claim("generation", 2**31),
    "beyond-every-column": claim("generation", 2**63),
    "beyond-everything": claim("generation", 10**400),
    "text": claim("generation", "2"),
    "float": claim("generation", 2.0),
    "true": claim("generation", True),
    "null": claim("generation", None),
    "list": claim("generation", [2]),
    "negative": claim("generation", -1),
    "very-negative": claim("generation", -(2**63)),
    "NaN": raw_number("generation", "NaN"),
    "Infinity": raw_number("generation", "Infinity"),
    "absent": lambda world: signed(header_with(), {k: v for k, v in world.claims.items() if k != "generation"}),
}


@pytest.fixture
def session(alice):
    return Session.objects.create(user=alice, generation=2)


@pytest.fixture
def world_of(session, alice, bob, mallory):
    """What there is to imitate: a token of Alice's of one type or the other."""
    secret = ApiToken.objects.issue(session, "Script", ["notes:read"]).secret
    erased = str(mallory.pk)
    mallory.erase()
    others = Session.objects.create(user=bob)

    def world_of(kind):
        token = kind.of(session)
        claims = {**token.payload, "iss": ISSUER, "aud": AUDIENCE}
        return World(str(token), claims, str(bob.pk), str(others.pk), erased, secret)

    return world_of


def rows():
    return [list(model.objects.order_by("pk").values()) for model in (User, Session, ApiToken)]


def bearer(token):
    return {"Authorization": f"Bearer {token}".encode("utf-8", "surrogatepass").decode("latin-1")}


def refresh(client, token):
    return client.post("/login/refresh", {"refresh_token": token})


def test_there_are_more_than_three_hundred():
    assert len(FORGERIES) > 300


def test_what_they_imitate_is_good(client, world_of):
    access, renewal = world_of(AccessToken), world_of(RefreshToken)

    assert client.get("/users/me", headers=bearer(access.token)).status_code == 200
    assert client.get("/users/me", headers=bearer(signed(header_with(), claims_with(access)))).status_code == 200
    assert refresh(client, signed(header_with(), claims_with(renewal))).status_code == 200


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_opens_nothing(client, world_of, forgery):
    token = FORGERIES[forgery](world_of(AccessToken))
    before = rows()

    answers = [client.get(path, headers=bearer(token)) for path in ("/users/me", "/changes/stream")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "invalid_token")] * 2
    assert rows() == before


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_renews_nothing(client, world_of, forgery):
    token = FORGERIES[forgery](world_of(RefreshToken))
    before = rows()

    response = refresh(client, token)

    assert (response.status_code, response.json()["error"]) in [(401, "invalid_grant"), (400, "invalid_request")]
    assert rows() == before


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_generation_that_never_was_renews_nothing(client, world_of, generation):
    token = GENERATIONS[generation](world_of(RefreshToken))
    before = rows()

    response = refresh(client, token)

    assert (response.status_code, response.json()["error"]) == (401, "invalid_grant")
    assert rows() == before


@pytest.mark.parametrize("generation", [0, 1])
def test_a_generation_that_was_exchanged_ends_its_session_and_nothing_else(client, world_of, session, generation):
    token = claim("generation", generation)(world_of(RefreshToken))
    before = Session.objects.exclude(pk=session.pk).values()

    assert refresh(client, token).status_code == 401
    assert Session.objects.get(pk=session.pk).revoked_at
    assert list(Session.objects.exclude(pk=session.pk).values()) == list(before)


@pytest.mark.parametrize("kind", [AccessToken, RefreshToken])
def test_a_token_of_the_other_type_is_refused(client, world_of, kind):
    token = world_of(kind).token
    before = rows()
    answer = refresh(client, token) if kind is AccessToken else client.get("/users/me", headers=bearer(token))

    assert answer.status_code == 401
    assert rows() == before
