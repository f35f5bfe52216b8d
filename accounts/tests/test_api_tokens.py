"""GET, POST and DELETE /tokens."""

import re
import string

import pytest
from django.utils import timezone

from accounts.exceptions import SessionEnded
from accounts.flows.erasure import erase
from accounts.models import ApiToken, Session
from accounts.models.api_token import MAX_TOKENS
from accounts.tests.credentials import NIGHT_WATCH


def listed_ids(client):
    return [token["id"] for token in client.get("/tokens").json()["results"]]


def test_a_token_is_shown_whole_once(phone):
    response = phone.post("/tokens", {**NIGHT_WATCH, "expires_at": "2026-02-01T00:00:00+01:00"})

    token = ApiToken.objects.get()
    secret = response.json()["token"]
    assert response.status_code == 201
    assert response.headers["Location"] == f"/tokens/{token.pk}"
    assert response.json() == {
        "id": str(token.pk),
        "name": "Night watch",
        "prefix": secret[:15],
        "scopes": ["notes:read"],
        "tags": [],
        "created_at": "2026-01-05T09:00:00Z",
        "last_used_at": None,
        "expires_at": "2026-01-31T23:00:00Z",
        "token": secret,
    }


def test_a_token_is_shown_later_without_its_secret(phone):
    made = phone.post("/tokens", NIGHT_WATCH)
    shown = {name: value for name, value in made.json().items() if name != "token"}

    assert phone.get(made.headers["Location"]).json() == shown
    assert phone.get("/tokens").json() == {"results": [shown], "next": None, "next_cursor": None}


def test_the_response_with_the_secret_is_not_cacheable(phone):
    assert phone.post("/tokens", NIGHT_WATCH).headers["Cache-Control"] == "no-store"


def test_a_secret_is_recognisable_and_long(phone):
    secret = phone.post("/tokens", NIGHT_WATCH).json()["token"]

    assert re.fullmatch(r"cn_pat_[0-9A-Za-z]{49}", secret)


def test_a_secret_ends_with_a_checksum_that_anybody_can_verify(phone):
    secret = phone.post("/tokens", NIGHT_WATCH).json()["token"]

    # docs/decisions/api-tokens.md describes the checksum.
    digits, crc = string.digits + string.ascii_uppercase + string.ascii_lowercase, 0xFFFFFFFF
    for byte in secret[:-6].encode():
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
    value = 0
    for digit in secret[-6:]:
        value = value * 62 + digits.index(digit)
    assert value == crc ^ 0xFFFFFFFF


def test_no_two_secrets_are_the_same(phone):
    secrets = {phone.post("/tokens", NIGHT_WATCH).json()["token"] for _ in range(10)}

    assert len(secrets) == 10


def test_the_number_of_tokens_of_an_account_is_limited(phone, alice):
    rows = [ApiToken(user=alice, name="x", prefix="x", digest=str(number), scopes=[]) for number in range(MAX_TOKENS)]
    ApiToken.objects.bulk_create(rows)

    response = phone.post("/tokens", NIGHT_WATCH)

    assert response.status_code == 409
    assert response.json()["code"] == "too_many_tokens"
    assert response.json()["detail"] == "An account can have at most 100 API tokens: revoke one first."
    assert ApiToken.objects.count() == MAX_TOKENS


def test_ended_tokens_and_tokens_of_others_do_not_count(phone, alice, bob):
    past = {"revoked_at": timezone.now()}, {"expires_at": timezone.now()}
    rows = [
        ApiToken(user=user, name="x", prefix="x", digest=f"{user}{kind}{number}", scopes=[], **values)
        for kind, (user, values) in enumerate([(alice, past[0]), (alice, past[1]), (bob, {})])
        for number in range(MAX_TOKENS)
    ]
    ApiToken.objects.bulk_create(rows)

    assert phone.post("/tokens", NIGHT_WATCH).status_code == 201


def test_the_newest_token_comes_first(phone):
    first, second = phone.post("/tokens", NIGHT_WATCH).json(), phone.post("/tokens", NIGHT_WATCH).json()

    assert listed_ids(phone) == [second["id"], first["id"]]


def test_tokens_come_in_pages(phone):
    first, second = phone.post("/tokens", NIGHT_WATCH).json(), phone.post("/tokens", NIGHT_WATCH).json()

    page = phone.get("/tokens?limit=1")
    rest = phone.get(page.json()["next"]).json()

    assert page.headers["Link"] == f'<{page.json()["next"]}>; rel="next"'
    assert [page.json()["results"][0]["id"], rest["results"][0]["id"]] == [second["id"], first["id"]]
    assert rest["next"] is None


@pytest.mark.parametrize("others", [0, 9])
def test_the_list_of_tokens_takes_two_queries(phone, alice, django_assert_num_queries, others):
    phone.post("/tokens", NIGHT_WATCH)
    ApiToken.objects.bulk_create(
        [ApiToken(user=alice, name="x", prefix="x", digest=str(number), scopes=[]) for number in range(others)]
    )

    with django_assert_num_queries(2):
        response = phone.get("/tokens")

    assert len(response.json()["results"]) == 1 + others


def test_only_valid_tokens_are_listed(phone, time_machine):
    phone.post("/tokens", {**NIGHT_WATCH, "expires_at": "2026-01-05T09:00:05Z"})
    phone.delete(phone.post("/tokens", NIGHT_WATCH).headers["Location"])
    kept = phone.post("/tokens", NIGHT_WATCH).json()
    time_machine.shift(5)

    assert listed_ids(phone) == [kept["id"]]


def test_the_tokens_of_others_are_not_listed(phone, as_user, mallory):
    phone.post("/tokens", NIGHT_WATCH)

    assert listed_ids(as_user(mallory)) == []


def test_a_token_is_revoked_only_once(phone):
    address = phone.post("/tokens", NIGHT_WATCH).headers["Location"]

    assert [phone.delete(address).status_code, phone.delete(address).status_code] == [204, 404]
    assert phone.get(address).status_code == 404


def test_a_stranger_cannot_tell_that_a_token_exists(phone, as_user, mallory):
    address = phone.post("/tokens", NIGHT_WATCH).headers["Location"]
    client, named = as_user(mallory), {"X-Request-ID": "same"}

    existing = client.delete(address, headers=named)
    missing = client.delete("/tokens/01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16", headers=named)

    assert (existing.status_code, existing.content) == (404, missing.content)
    assert len(listed_ids(phone)) == 1


def test_a_session_that_just_ended_cannot_create_a_token(alice):
    session, _ = [Session.objects.create(user=alice) for _ in range(2)]
    session.revoke()

    with pytest.raises(SessionEnded):
        ApiToken.objects.issue(session, "Night watch", ["notes:read"])


def test_an_account_that_was_just_deactivated_or_erased_cannot_create_a_token(alice, bob):
    sessions = [Session.objects.create(user=user) for user in (alice, bob)]
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    erase(bob)

    with pytest.raises(SessionEnded):
        ApiToken.objects.issue(sessions[0], "Night watch", ["notes:read"])
    with pytest.raises(SessionEnded):
        ApiToken.objects.issue(sessions[1], "Night watch", ["notes:read"])
