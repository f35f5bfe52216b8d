"""How the databases find a page: along an index that begins with the owner, from the end of the page before."""

import re
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notes.tests.factories import make_note, make_trashed
from notes_api.db.compiled import MAX_CUSTOM_PLAN, compile_once, compile_once_for_custom_plans

EXPLAIN = {"postgresql": "EXPLAIN ", "sqlite": "EXPLAIN QUERY PLAN "}
FOLLOWS = {
    "postgresql": r"using {index} on notes_note.*\n\s+Index Cond: \(+owner_id = ['$][^\n]*{key}",
    "sqlite": r"SEARCH \w+ USING (COVERING )?INDEX {index} \(owner_id=\?[^\n]*{key}",
}
SORTED = re.compile(r"Sort|TEMP B-TREE")
# There the best plan depends on the times.
HAS_TIME_FILTER = re.compile("(after|before)=")
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
# Numbers of wanted and excluded words, for as many searches as are kept compiled.
SHAPES = list(product(range(1, 7), range(6)))[:MAX_CUSTOM_PLAN]
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
        # PostgreSQL would scan so few notes from end to end: keep it from that.
        with connection.cursor() as cursor:
            for choice in ("enable_seqscan", "enable_bitmapscan", "enable_sort", "jit"):
                cursor.execute(f"SET LOCAL {choice} = off")
            # In a table of six rows, the index for the admin costs the same as those for an owner.
            cursor.execute("DROP INDEX newest_note")
    return as_user(alice)


def plans(client, address):
    """Return the response and the query plans of the statements that read notes."""
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
    """Return the address of the next page."""
    return page["next"] if "results" in page else f"{address}&since={page['next']}"


def follows(plan, index, key=""):
    return re.search(FOLLOWS[connection.vendor].format(index=index, key=key), plan) is not None


def test_a_page_is_read_along_an_index_from_the_end_of_the_last(phone, subtests):
    for address, index, key in LISTS:
        with subtests.test(address=address, index=index, key=key):
            path = f"{address}{'&' if '?' in address else '?'}limit=1"
            page, (first,) = plans(phone, path)
            _, (second,) = plans(phone, following(path, page))

            assert follows(first, index), first
            assert follows(second, index, key), second
            assert not SORTED.search(first + second), first + second


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no plan")
def test_a_generic_plan_is_kept_only_if_it_follows_the_index(phone, subtests):
    for address, index, key in LISTS:
        with subtests.test(address=address, index=index, key=key):
            path = f"{address}{'&' if '?' in address else '?'}limit=1"
            following_page = following(path, phone.get(path).json())
            with connection.cursor() as cursor:
                cursor.execute("DISCARD PLANS")
                before = kept_plans(cursor)
                phone.get(following_page)
                kept = [explained_for_all(cursor, *statement) for statement in kept_plans(cursor) - before]

            follow_index = [follows(plan, index, key) and not SORTED.search(plan) for plan in kept]
            assert follow_index == ([] if HAS_TIME_FILTER.search(path) else [True]), kept


def kept_plans(cursor):
    """Return the name, parameter count and generic plan count of each prepared statement that reads notes."""
    cursor.execute(
        "SELECT name, cardinality(parameter_types), generic_plans FROM pg_prepared_statements"
        """ WHERE statement LIKE '%FROM "notes_note"%'"""
    )
    return set(cursor.fetchall())


def explained_for_all(cursor, name, count, times):
    return explained(cursor, f'EXECUTE "{name}"({", ".join(["NULL"] * count)})')


def test_a_search_reads_only_the_notes_of_its_owner(phone, subtests):
    for address in SEARCHES:
        with subtests.test(address=address):
            page, first = plans(phone, f"{address}&limit=1")
            _, second = plans(phone, page["next"])

            assert [plan for plan in first + second if not follows(plan, r"\w+")] == []


def test_a_search_without_matching_titles_follows_the_index(phone):
    _, (_, plan) = plans(phone, "/notes?q=litres&limit=1")

    assert follows(plan, "note_by_update"), plan


def test_the_list_of_tags_reads_no_note_and_follows_the_index_of_counts(phone):
    with CaptureQueriesContext(connection) as queries:
        phone.get("/tags")
    (read,) = [query["sql"] for query in queries if "tagcount" in query["sql"]]
    with connection.cursor() as cursor:
        plan = explained(cursor, read)

    assert not [query for query in queries if "notes_note" in query["sql"]]
    assert re.search("one_count_a_tag.*owner_id|USING INDEX .*tagcount.* \\(owner_id=", plan, re.DOTALL), plan
    assert not SORTED.search(plan), plan


def test_searches_of_the_same_shape_are_compiled_once(phone):
    phone.get("/notes?q=milk -tea")
    known = compile_once_for_custom_plans.cache_info().misses

    found = [
        len(phone.get(f"/notes?q={query}").json()["results"]) for query in ("litres -milk", "Two -1", "two -three")
    ]

    assert found == [0, 2, 3]
    assert compile_once_for_custom_plans.cache_info().misses == known


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite prepares nothing that lasts")
def test_the_plan_of_a_search_is_never_kept(phone):
    for _ in range(3):
        phone.get("/notes?q=milk")

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%STRPOS(%content_words%'")
        assert cursor.fetchone() == (0,)


def test_many_searches_evict_no_statement_of_other_requests(phone):
    phone.get("/notes")
    known = compile_once.cache_info().misses

    for wanted, excluded in SHAPES:
        words = [*(f"milk{number}" for number in range(wanted)), *(f"-tea{number}" for number in range(excluded))]
        phone.get("/notes?q=" + " ".join(words))
    phone.get("/notes")

    assert compile_once.cache_info().misses == known
    assert compile_once_for_custom_plans.cache_info().currsize == MAX_CUSTOM_PLAN
