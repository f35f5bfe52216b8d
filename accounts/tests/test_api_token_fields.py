"""POST /tokens: the name, scopes and end of a token."""

import pytest

from accounts.models import ApiToken
from accounts.scopes import TOKEN_SCOPES
from accounts.tests.credentials import NIGHT_WATCH
from notes_api.tests.responses import field_errors


def test_a_token_without_an_end_does_not_expire(phone):
    assert phone.post("/tokens", NIGHT_WATCH).json()["expires_at"] is None
    assert phone.post("/tokens", {**NIGHT_WATCH, "expires_at": None}).json()["expires_at"] is None


def test_scopes_come_in_one_order(phone):
    scopes = ["notes:append", "notes:write", "notes:read"]

    response = phone.post("/tokens", {"name": "All", "scopes": scopes})

    assert response.json()["scopes"] == ["notes:read", "notes:write", "notes:append"]


def test_a_name_is_1_to_100_characters_kept_as_they_are(phone, subtests):
    for name in ["x", "x" * 100, " Küche ☕ 👩‍💻 ", "نام", "a\u00a0b"]:
        with subtests.test(name=name):
            assert phone.post("/tokens", {**NIGHT_WATCH, "name": name}).json()["name"] == name


INVALID_NAMES = [
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
]


def test_any_other_name_is_refused(phone, subtests):
    for name in INVALID_NAMES:
        with subtests.test(name=name):
            assert {field for field, _ in field_errors(phone.post("/tokens", {**NIGHT_WATCH, "name": name}))} == {
                "name"
            }


INVALID_SCOPES = [
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
]


def test_scopes_must_exist_and_be_unique(phone, subtests):
    for scopes, field in INVALID_SCOPES:
        with subtests.test(scopes=scopes, field=field):
            assert {named for named, _ in field_errors(phone.post("/tokens", {**NIGHT_WATCH, "scopes": scopes}))} == {
                field
            }


INVALID_ENDS = [
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
]


def test_an_end_that_is_not_in_the_future_is_refused(phone, subtests):
    for moment in INVALID_ENDS:
        with subtests.test(moment=moment):
            assert {
                field for field, _ in field_errors(phone.post("/tokens", {**NIGHT_WATCH, "expires_at": moment}))
            } == {"expires_at"}
            assert not ApiToken.objects.exists()


@pytest.mark.parametrize("missing", ["name", "scopes"])
def test_a_token_without_a_required_claim_is_refused(phone, missing):
    body = {name: value for name, value in NIGHT_WATCH.items() if name != missing}

    assert field_errors(phone.post("/tokens", body)) == [(missing, "required")]


@pytest.mark.parametrize("member", ["scope", "token", "user"])
def test_an_unknown_member_is_refused(phone, member):
    assert field_errors(phone.post("/tokens", {**NIGHT_WATCH, member: "x"})) == [(member, "unknown")]


def test_read_only_members_are_accepted_and_ignored(phone):
    first = phone.get(phone.post("/tokens", NIGHT_WATCH).headers["Location"]).json()

    second = phone.post("/tokens", first).json()

    assert second["id"] != first["id"]
    assert second["prefix"] != first["prefix"]


def test_a_token_has_the_tags_that_it_is_limited_to(phone):
    token = phone.post("/tokens", {**NIGHT_WATCH, "tags": ["work", " te\u0301am ", "work"]}).json()

    assert token["tags"] == ["work", "t\u00e9am"]
    assert phone.get(f"/tokens/{token['id']}").json()["tags"] == ["work", "t\u00e9am"]
    assert phone.get("/tokens").json()["results"][0]["scopes"] == ["notes:read"]


@pytest.mark.parametrize("tags", [{}, {"tags": []}, {"tags": None}])
def test_a_token_without_tags_may_use_all_notes(phone, tags):
    assert phone.post("/tokens", {**NIGHT_WATCH, **tags}).json()["tags"] == []
    assert ApiToken.objects.get().tag_limit is None


def test_invalid_tags_are_rejected(phone, subtests):
    for tags in [[""], ["."], ["x" * 65], [5], "work", [f"t{number}" for number in range(9)]]:
        with subtests.test(tags=tags):
            response = phone.post("/tokens", {**NIGHT_WATCH, "tags": tags})

            assert {field.partition(".")[0] for field, *_ in field_errors(response)} == {"tags"}


def test_a_version_that_knows_no_limits_grants_a_limited_token_nothing(phone):
    phone.post("/tokens", {**NIGHT_WATCH, "tags": ["work"]})

    # Such a version compares the stored names with those of scopes.
    assert set(ApiToken.objects.get().scopes).isdisjoint(TOKEN_SCOPES)
