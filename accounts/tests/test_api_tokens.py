"""GET, POST and DELETE /tokens."""

import re
import string

import pytest
from django.utils import timezone

from accounts.models import ApiToken, Session
from accounts.models.api_token import MOST_TOKENS, SessionEnded

START = "2026-01-05T09:00:00Z"
SCRIPT = {"name": "Night watch", "scopes": ["notes:read"]}


def listed(client):
    return [token["id"] for token in client.get("/tokens").json()["results"]]


def refused(response):
    assert response.status_code == 400
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


@pytest.fixture
def phone(as_user, alice, time_machine):
    """Alice's phone, at nine."""
    time_machine.move_to(START, tick=False)
    return as_user(alice)


def test_a_token_is_shown_whole_once(phone):
    response = phone.post("/tokens", {**SCRIPT, "expires_at": "2026-02-01T00:00:00+01:00"})

    token = ApiToken.objects.get()
    secret = response.json()["token"]
    assert response.status_code == 201
    assert response.headers["Location"] == f"/tokens/{token.pk}"
    assert response.json() == {
        "id": str(token.pk),
        "name": "Night watch",
        "prefix": secret[:15],
        "scopes": ["notes:read"],
        "created_at": "2026-01-05T09:00:00Z",
        "last_used_at": None,
        "expires_at": "2026-01-31T23:00:00Z",
        "token": secret,
    }


def test_afterwards_all_is_shown_but_the_secret(phone):
    made = phone.post("/tokens", SCRIPT)
    shown = {name: value for name, value in made.json().items() if name != "token"}

    assert phone.get(made.headers["Location"]).json() == shown
    assert phone.get("/tokens").json() == {"results": [shown], "next": None}


def test_the_answer_with_the_secret_is_not_to_be_stored_by_caches(phone):
    assert phone.post("/tokens", SCRIPT).headers["Cache-Control"] == "no-store"


def test_a_secret_is_recognisable_and_long(phone):
    secret = phone.post("/tokens", SCRIPT).json()["token"]

    assert re.fullmatch(r"cn_pat_[0-9A-Za-z]{49}", secret)


def test_a_secret_ends_with_a_checksum_that_anybody_can_verify(phone):
    secret = phone.post("/tokens", SCRIPT).json()["token"]

    # As docs/decisions/api-tokens.md says it, in words of its own.
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
    secrets = {phone.post("/tokens", SCRIPT).json()["token"] for _ in range(10)}

    assert len(secrets) == 10


def test_a_token_that_is_given_no_end_has_none(phone):
    assert phone.post("/tokens", SCRIPT).json()["expires_at"] is None
    assert phone.post("/tokens", {**SCRIPT, "expires_at": None}).json()["expires_at"] is None


def test_scopes_come_in_one_order(phone):
    scopes = ["notes:append", "notes:write", "notes:read"]

    response = phone.post("/tokens", {"name": "All", "scopes": scopes})

    assert response.json()["scopes"] == ["notes:read", "notes:write", "notes:append"]


@pytest.mark.parametrize("name", ["x", "x" * 100, " Küche ☕ 👩‍💻 ", "نام", "a\u00a0b"])
def test_a_name_is_1_to_100_characters_kept_as_they_are(phone, name):
    assert phone.post("/tokens", {**SCRIPT, "name": name}).json()["name"] == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u2003",
        "x" * 101,
        "a\nb",
        "a\tb",
        "\x1b[2J",
        "\x7f",
        "\x85",
        "a\u2028b",
        "\u202eeman",
        "\u2066x",
        5,
        None,
    ],
)
def test_any_other_name_is_refused(phone, name):
    assert {field for field, _ in refused(phone.post("/tokens", {**SCRIPT, "name": name}))} == {"name"}


@pytest.mark.parametrize(
    ("scopes", "field"),
    [
        ([], "scopes"),
        (["notes:read", "notes:read"], "scopes"),
        (["notes"], "scopes.0"),
        (["notes:read", "account"], "scopes.1"),
        (["Notes:Read"], "scopes.0"),
        (["notes:read "], "scopes.0"),
        ([""], "scopes.0"),
        ([None], "scopes.0"),
        ([["notes:read"]], "scopes.0"),
        ([5], "scopes.0"),
        ("notes:read", "scopes"),
        ({"notes:read": True}, "scopes"),
        (None, "scopes"),
    ],
)
def test_scopes_must_be_such_as_there_are_each_once(phone, scopes, field):
    assert {named for named, _ in refused(phone.post("/tokens", {**SCRIPT, "scopes": scopes}))} == {field}


@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-05T09:00:00Z",
        "2026-01-05T08:59:59Z",
        "2020-01-01T00:00:00Z",
        "2026-02-01T00:00:00",
        "2026-02-01 00:00:00Z",
        "2026-02-01",
        "20260201T000000Z",
        "2026-W06-1T00:00:00Z",
        "2026-02-01T00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-02-01T25:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "２０２６-02-01T00:00:00Z",
        "tomorrow",
        "",
        1798761600,
        True,
        ["2026-02-01T00:00:00Z"],
    ],
)
def test_the_end_is_a_moment_to_come(phone, moment):
    assert {field for field, _ in refused(phone.post("/tokens", {**SCRIPT, "expires_at": moment}))} == {"expires_at"}
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("missing", ["name", "scopes"])
def test_what_a_token_cannot_do_without_is_missed(phone, missing):
    body = {name: value for name, value in SCRIPT.items() if name != missing}

    assert refused(phone.post("/tokens", body)) == [(missing, "required")]


@pytest.mark.parametrize("member", ["scope", "token", "user"])
def test_a_member_that_there_is_not_is_refused(phone, member):
    assert refused(phone.post("/tokens", {**SCRIPT, member: "x"})) == [(member, "unknown")]


def test_what_is_read_only_may_be_repeated_and_counts_for_nothing(phone):
    first = phone.get(phone.post("/tokens", SCRIPT).headers["Location"]).json()

    second = phone.post("/tokens", first).json()

    assert second["id"] != first["id"]
    assert second["prefix"] != first["prefix"]


def test_an_account_has_only_so_many_tokens(phone, alice):
    rows = [ApiToken(user=alice, name="x", prefix="x", digest=str(number), scopes=[]) for number in range(MOST_TOKENS)]
    ApiToken.objects.bulk_create(rows)

    response = phone.post("/tokens", SCRIPT)

    assert response.status_code == 409
    assert response.json()["code"] == "too_many_tokens"
    assert response.json()["detail"] == "An account has at most 100 API tokens: revoke one first."
    assert ApiToken.objects.count() == MOST_TOKENS


def test_tokens_that_are_over_and_those_of_others_do_not_count(phone, alice, bob):
    past = {"revoked_at": timezone.now()}, {"expires_at": timezone.now()}
    rows = [
        ApiToken(user=user, name="x", prefix="x", digest=f"{user}{kind}{number}", scopes=[], **values)
        for kind, (user, values) in enumerate([(alice, past[0]), (alice, past[1]), (bob, {})])
        for number in range(MOST_TOKENS)
    ]
    ApiToken.objects.bulk_create(rows)

    assert phone.post("/tokens", SCRIPT).status_code == 201


def test_the_newest_token_comes_first(phone):
    first, second = phone.post("/tokens", SCRIPT).json(), phone.post("/tokens", SCRIPT).json()

    assert listed(phone) == [second["id"], first["id"]]


def test_tokens_come_in_pages(phone):
    first, second = phone.post("/tokens", SCRIPT).json(), phone.post("/tokens", SCRIPT).json()

    page = phone.get("/tokens?limit=1")
    rest = phone.get(page.json()["next"]).json()

    assert page.headers["Link"] == f'<{page.json()["next"]}>; rel="next"'
    assert [page.json()["results"][0]["id"], rest["results"][0]["id"]] == [second["id"], first["id"]]
    assert rest["next"] is None


@pytest.mark.parametrize("others", [0, 9])
def test_the_list_of_tokens_takes_two_queries(phone, alice, django_assert_num_queries, others):
    phone.post("/tokens", SCRIPT)
    ApiToken.objects.bulk_create(
        [ApiToken(user=alice, name="x", prefix="x", digest=str(number), scopes=[]) for number in range(others)]
    )

    with django_assert_num_queries(2):
        response = phone.get("/tokens")

    assert len(response.json()["results"]) == 1 + others


def test_only_what_is_good_is_listed(phone, time_machine):
    phone.post("/tokens", {**SCRIPT, "expires_at": "2026-01-05T09:00:05Z"})
    phone.delete(phone.post("/tokens", SCRIPT).headers["Location"])
    kept = phone.post("/tokens", SCRIPT).json()
    time_machine.shift(5)

    assert listed(phone) == [kept["id"]]


def test_the_tokens_of_others_are_not_listed(phone, as_user, mallory):
    phone.post("/tokens", SCRIPT)

    assert listed(as_user(mallory)) == []


def test_a_token_is_revoked_only_once(phone):
    address = phone.post("/tokens", SCRIPT).headers["Location"]

    assert [phone.delete(address).status_code, phone.delete(address).status_code] == [204, 404]
    assert phone.get(address).status_code == 404


def test_a_stranger_cannot_tell_that_a_token_exists(phone, as_user, mallory):
    address = phone.post("/tokens", SCRIPT).headers["Location"]
    client, named = as_user(mallory), {"X-Request-ID": "same"}

    existing = client.delete(address, headers=named)
    missing = client.delete("/tokens/01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16", headers=named)

    assert (existing.status_code, existing.content) == (404, missing.content)
    assert len(listed(phone)) == 1


def test_a_session_that_ended_meanwhile_makes_no_token(alice):
    session, _ = [Session.objects.create(user=alice) for _ in range(2)]
    session.revoke()

    with pytest.raises(SessionEnded):
        ApiToken.objects.issue(session, "Night watch", ["notes:read"])


def test_an_account_that_was_deactivated_or_erased_meanwhile_makes_no_token(alice, bob):
    sessions = [Session.objects.create(user=user) for user in (alice, bob)]
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    bob.erase()

    with pytest.raises(SessionEnded):
        ApiToken.objects.issue(sessions[0], "Night watch", ["notes:read"])
    with pytest.raises(SessionEnded):
        ApiToken.objects.issue(sessions[1], "Night watch", ["notes:read"])
