"""How the databases find a page: along an index that begins with the owner, from where the page before has ended."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notes.tests.making import make_note, make_trashed
from notes_api.compiled import KEPT_ANEW, statement, statement_anew

EXPLAIN = {"postgresql": "EXPLAIN ", "sqlite": "EXPLAIN QUERY PLAN "}
LED = {
    "postgresql": r"using {index} on notes_note.*\n\s+Index Cond: \(+owner_id = ['$][^\n]*{key}",
    "sqlite": r"SEARCH \w+ USING (COVERING )?INDEX {index} \(owner_id=\?[^\n]*{key}",
}
SORTED = re.compile(r"Sort|TEMP B-TREE")
# What is best there depends on the times.
BETWEEN = re.compile("(after|before)=")
YEARS = "created_after=2020-01-01T00:00:00Z&created_before=2099-01-01T00:00:00Z"
LISTS = [
    ("/notes", "note_by_update", "updated_at"),
    ("/notes?ordering=-updated_at", "note_by_update", "updated_at"),
    ("/notes?ordering=updated_at", "note_by_update", "updated_at"),
    ("/notes?ordering=-created_at", "note_by_creation", "created_at"),
    ("/notes?ordering=created_at", "note_by_creation", "created_at"),
    ("/notes?ordering=title", "note_by_title", "title"),
    ("/notes?ordering=-title", "note_by_title", "title"),
    ("/notes?is_archived=any", "note_by_update", "updated_at"),
    ("/notes?is_pinned=false&tag=home", "note_by_update", "updated_at"),
    ("/notes?ordering=title&created_after=2020-01-01T00:00:00Z", "note_by_title", "title"),
    ("/notes?ordering=-updated_at&created_before=2099-01-01T00:00:00Z", "note_by_update", "updated_at"),
    ("/notes?ordering=created_at&updated_after=2020-01-01T00:00:00Z", "note_by_creation", "created_at"),
    ("/notes?updated_after=2020-01-01T00:00:00Z", "note_by_update", "updated_at"),
    (f"/notes?ordering=title&{YEARS}", "note_by_title", "title"),
    (f"/notes?{YEARS}", "note_by_update", "updated_at"),
    ("/trash", "trash_by_time", "trashed_at"),
    ("/changes", "note_by_version", "version"),
]
SEARCHES = [
    "/notes?q=milk",
    "/notes?q=litres",
    "/notes?q=milk or litres -tea",
    "/notes?q=litres&ordering=title",
    "/notes?q=milk&ordering=-created_at&count=true",
]


@pytest.fixture
def phone(as_user, alice):
    for number in range(3):
        make_note(owner=alice, title=f"Milk {number}", content="two litres", tags=["home"])
        make_trashed(owner=alice)
    if connection.vendor == "postgresql":
        # So few notes are quickest read from end to end: what matters is how many would be found.
        with connection.cursor() as cursor:
            for choice in ("enable_seqscan", "enable_bitmapscan", "enable_sort", "jit"):
                cursor.execute(f"SET LOCAL {choice} = off")
    return as_user(alice)


def plans(client, address):
    """The answer, and how the notes in it were found."""
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    assert response.status_code == 200
    read = [query["sql"] for query in queries if "FROM notes_note" in query["sql"].replace('"', "")]
    with connection.cursor() as cursor:
        return response.json(), [explained(cursor, sql) for sql in read]


def explained(cursor, sql):
    cursor.execute(EXPLAIN[connection.vendor] + sql)
    return "\n".join(str(row[-1]) for row in cursor.fetchall())


def following(address, page):
    """Where the next page is."""
    return page["next"] if "results" in page else f"{address}&since={page['next']}"


def is_led(plan, index, key=""):
    return re.search(LED[connection.vendor].format(index=index, key=key), plan) is not None


@pytest.mark.parametrize(("address", "index", "key"), LISTS, ids=[address for address, *_ in LISTS])
def test_a_page_is_read_off_an_index_from_where_the_last_has_ended(phone, address, index, key):
    address += f"{'&' if '?' in address else '?'}limit=1"
    page, (first,) = plans(phone, address)
    _, (second,) = plans(phone, following(address, page))

    assert is_led(first, index), first
    assert is_led(second, index, key), second
    assert not SORTED.search(first + second), first + second


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no plan")
@pytest.mark.parametrize(("address", "index", "key"), LISTS, ids=[address for address, *_ in LISTS])
def test_a_plan_is_kept_for_all_accounts_if_it_is_as_good(phone, address, index, key):
    address += f"{'&' if '?' in address else '?'}limit=1"
    following_page = following(address, phone.get(address).json())
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
        before = kept_plans(cursor)
        phone.get(following_page)
        kept = [explained_for_all(cursor, *statement) for statement in kept_plans(cursor) - before]

    good = [is_led(plan, index, key) and not SORTED.search(plan) for plan in kept]
    assert good == ([] if BETWEEN.search(address) else [True]), kept


def kept_plans(cursor):
    """Of each prepared statement that reads notes: name, number of values, and how often its plan served for all."""
    cursor.execute(
        "SELECT name, cardinality(parameter_types), generic_plans FROM pg_prepared_statements"
        """ WHERE statement LIKE '%FROM "notes_note"%'"""
    )
    return set(cursor.fetchall())


def explained_for_all(cursor, name, count, times):
    return explained(cursor, f'EXECUTE "{name}"({", ".join(["NULL"] * count)})')


@pytest.mark.parametrize("address", SEARCHES)
def test_a_search_looks_at_the_notes_of_its_owner_only(phone, address):
    page, first = plans(phone, f"{address}&limit=1")
    _, second = plans(phone, page["next"])

    assert [plan for plan in first + second if not is_led(plan, r"\w+")] == []


def test_a_search_that_no_title_fits_goes_along_the_index(phone):
    _, (_, plan) = plans(phone, "/notes?q=litres&limit=1")

    assert is_led(plan, "note_by_update"), plan


def test_tags_are_counted_on_the_notes_of_their_owner_only(phone):
    _, (plan,) = plans(phone, "/tags")

    assert is_led(plan, r"\w+"), plan


def test_searches_that_are_alike_are_compiled_once(phone):
    phone.get("/notes?q=milk -tea")
    known = statement_anew.cache_info().misses

    found = [
        len(phone.get(f"/notes?q={query}").json()["results"]) for query in ("litres -milk", "Two -1", "two -three")
    ]

    assert found == [0, 2, 3]
    assert statement_anew.cache_info().misses == known


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite prepares nothing that lasts")
def test_no_plan_of_a_search_is_kept_for_accounts_of_another_size(phone):
    for _ in range(3):
        phone.get("/notes?q=milk")

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%STRPOS%'")
        assert cursor.fetchone() == (0,)


def test_a_flood_of_searches_drives_out_nothing_that_every_request_needs(phone):
    phone.get("/notes")
    known = statement.cache_info().misses

    for count in range(KEPT_ANEW):
        phone.get("/notes?q=" + " ".join(f"word{number}" for number in range(count + 1)))
    phone.get("/notes")

    assert statement.cache_info().misses == known
    assert statement_anew.cache_info().currsize == KEPT_ANEW
