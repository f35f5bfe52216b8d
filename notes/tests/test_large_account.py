"""No request of a large account costs more than a bounded CPU time. `make soak` sends them to 100,000 notes."""

import os
import sys

import pytest
from django.db import transaction

from accounts.models import User
from notes.models import TagCount
from notes.tests.large_account import TAGS, WORDS, cost_below, fill

COUNT = int(os.environ.get("LARGE_ACCOUNT_NOTES", "500"))
# CPU seconds of the server and its database connection. In a small account, most is spent on making the SQL.
MAX_SECONDS = 0.5
ALL_TAGS = "&".join(f"tag={tag}" for tag in TAGS)
NO_TAG_TWICE = " or ".join(f"{word} -{other}" for word, other in zip("abcdefghij", "klmnopqrst", strict=True))
# Words that every note has, side by side as in no note: filters rule out nothing.
PHRASES = " or ".join(f'"{word} milk" -{word}s' for word in WORDS.split())
# Beginnings of words that every note has, and one that no note has.
PREFIXES = " ".join([*(f"{word[:end]}*" for word in WORDS.split() for end in range(1, len(word) + 1)), "zz*"])
READS = [
    "/notes",
    "/notes?limit=100",
    *(f"/notes?limit=100&ordering={order}" for order in ("updated_at", "-created_at", "created_at", "title", "-title")),
    "/notes?count=true",
    "/notes?is_pinned=true",
    "/notes?is_pinned=true&is_archived=true&count=true",
    "/notes?created_after=2020-01-01T00:00:00Z&updated_before=2020-01-02T00:00:00Z&ordering=title",
    "/notes?created_after=2020-01-01T00:00:00Z&updated_after=2020-01-02T00:00:00Z&ordering=title&count=true",
    "/notes?tag=none",
    "/notes?tag=u7&tag=u8",
    f"/notes?{ALL_TAGS}&tag=u7",
    f"/notes?{ALL_TAGS}&tag=none",
    f"/notes?{ALL_TAGS}&tag=none&count=true",
    f"/notes?{ALL_TAGS}&count=true",
    f"/notes?{ALL_TAGS}&tag=u8&tag=u7&ordering=title&is_archived=any",
    "/notes?q=milk",
    "/notes?q=milk&count=true&limit=100",
    "/notes?q=number77",
    "/notes?q=note number77",
    "/notes?q=absent",
    "/notes?q=absent&count=true",
    "/notes?q=absent&ordering=title",
    "/notes?q=milk -bread",
    "/notes?q=milk -bread&count=true",
    "/notes?q=-milk -absent",
    "/notes?q=absent or missing or gone",
    "/notes?q=absent or missing or gone&count=true",
    f"/notes?q={NO_TAG_TWICE}",
    '/notes?q="milk bread sugar"',
    '/notes?q="milk bread" "butter coffee" "sugar apples" "honey rice"&count=true',
    "/notes?q=abs*",
    "/notes?q=num*&count=true",
    "/notes?q=milk bread butter coffee sugar apples honey flour salt rice absent",
    "/notes?q=list&ordering=title",
    "/notes?q=list",
    "/notes?q=num* mil* bre* but* cof* sug* app* hon* flo* sal* ric* abs*&count=true",
    f"/notes?q=absent&{ALL_TAGS}&count=true",
    f"/notes?q={PHRASES}",
    f"/notes?q={PHRASES}&ordering=title&count=true",
    f"/notes?q={PREFIXES}&count=true",
    f"/notes?q={PREFIXES}&{ALL_TAGS}&ordering=created_at",
    "/tags",
    "/tags?limit=100",
    "/changes",
    "/changes?limit=500",
    "/trash",
    "/trash?limit=100",
]


# A token has at most eight tags.
LIMITS = {"all": [f"u{number}" for number in range(7)] + TAGS[:1], "few": [f"u{number}" for number in range(8)],
          "none": [f"none{number}" for number in range(8)]}  # fmt: skip
LIMITED_READS = [
    "/notes",
    "/notes?limit=100&ordering=title",
    "/notes?count=true",
    f"/notes?{ALL_TAGS}&count=true",
    "/notes?q=milk&count=true&limit=100",
    "/notes?q=absent&count=true",
    "/notes?q=milk -bread&count=true",
    f"/notes?q={PREFIXES}&count=true",
    f"/notes?q={PHRASES}",
    "/tags?limit=100",
    "/changes?limit=500",
    "/trash",
]


@pytest.fixture(scope="module")
def account(django_db_setup, django_db_blocker):
    """Fill the account once for all requests of the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        owner = User.objects.create_user("large@example.com", None)
        fill(owner, COUNT)
        yield owner
        transaction.set_rollback(True)


def test_a_read(account, as_user, subtests):
    for path in READS:
        with subtests.test(path=path):
            client = as_user(account)
            client.get("/notes?limit=1")

            response, seconds = cost_below(MAX_SECONDS, client.get, path)

            sys.stdout.write(f"\n{seconds:.2f} s: GET {path[:100]}")
            assert response.status_code == 200
            assert seconds < MAX_SECONDS


@pytest.mark.parametrize("limit", LIMITS)
def test_a_read_with_a_token_that_is_limited_to_tags(account, by_token, limit, subtests):
    for path in LIMITED_READS:
        with subtests.test(path=path):
            client = by_token(account, "notes:read", tags=LIMITS[limit])
            client.get("/notes?limit=1")

            response, seconds = cost_below(MAX_SECONDS, client.get, path)

            sys.stdout.write(f"\n{seconds:.2f} s: GET {path[:100]} limited to {limit}")
            assert response.status_code == 200
            assert seconds < MAX_SECONDS


def test_a_page_that_ends_early_with_a_token_that_is_limited_to_tags(account, by_token, monkeypatch):
    terms, tags = len(set(PREFIXES.split())), LIMITS["few"]
    known = TagCount.objects.of_owner(account.pk).total_of(tags)
    monkeypatch.setattr("notes.search.query.MAX_COMPARISONS", terms * (known - 1))
    client = by_token(account, "notes:read", tags=tags)
    client.get("/notes?limit=1")

    response, seconds = cost_below(MAX_SECONDS, client.get, f"/notes?q={PREFIXES}&count=true")

    sys.stdout.write(f"\n{seconds:.2f} s: GET {PREFIXES}&count=true, page ends early, limited to few")
    assert (response.json()["next"] is None, response.json()["total"]) == (False, None)
    assert seconds < MAX_SECONDS
