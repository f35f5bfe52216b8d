"""GET /notes?q=: which notes are found, and that nothing typed is anything but text."""

import pytest
from django.db import connection, models
from django.db.migrations import AddField
from django.db.migrations.loader import MigrationLoader

from conftest import START
from notes.models import Note
from notes.search import signature
from notes.tests.factories import copies, make_note
from notes.tests.lists import titles
from notes.tests.search_cases import FOUND, find, make_library
from notes_api.tests.cpu_time import cpu_seconds
from notes_api.tests.responses import invalid_fields

MEBIBYTE = 1_048_576
INVALID_QUERIES = [
    "\0", "milk\0", "x" * 501, " or ".join(map(str, range(11))), " ".join(f"-{number}" for number in range(11)),
    " or ".join(f"{number} -x{number} -y{number}" for number in range(6)), " ".join(map(str, range(101))),
]  # fmt: skip
LONGEST_QUERIES = [
    " ".join(map(chr, range(0x4E00, 0x4E64))), "milk " * 100, "-tea " * 100, "milk or " * 62, '"milk" ' * 71,
    " or ".join(f"{number} a b c d e f g -x{number}" for number in range(10)),
]  # fmt: skip


@pytest.mark.parametrize("shortest", [0, signature.MIN_LENGTH], ids=["with signatures", "without signatures"])
def test_each_query_of_the_table_finds_its_notes_in_order(as_user, alice, time_machine, monkeypatch, shortest):
    time_machine.move_to(START, tick=False)
    monkeypatch.setattr(signature, "MIN_LENGTH", shortest)
    monkeypatch.setattr(signature, "MAX_RATIO", signature.MAX_RATIO if shortest else 100)
    names, client = make_library(alice, time_machine), as_user(alice)

    found = {query: [names[title] for title in find(client, query)] for query, _ in FOUND}

    assert found == dict(FOUND)


QUOTATION_MARKS = "“”„‟«»‹›＂〝〞〟「」『』﹁﹂﹃﹄《》〈〉"


def test_every_quotation_mark_makes_a_phrase(as_user, alice, subtests):
    make_note(owner=alice, title="Bread before milk")
    make_note(owner=alice, title="Before bread")

    for mark in QUOTATION_MARKS:
        with subtests.test(mark=mark):
            assert find(as_user(alice), f"{mark}bread before{mark}") == ["Bread before milk"]


DASHES = "‐‑‒–—―−﹘﹣－"


def test_every_dash_excludes_a_word(as_user, alice, subtests):
    make_note(owner=alice, title="Bread")
    make_note(owner=alice, title="Bread and milk")

    for dash in DASHES:
        with subtests.test(dash=dash):
            assert find(as_user(alice), f"bread {dash}milk") == ["Bread"]


def test_an_apostrophe_is_not_a_quotation_mark(as_user, alice):
    make_note(owner=alice, title="Don’t forget the milk")
    make_note(owner=alice, title="Milk")

    assert find(as_user(alice), "don’t milk") == ["Don’t forget the milk"]
    assert find(as_user(alice), "’forget milk") == ["Don’t forget the milk"]
    assert find(as_user(alice), "’milk forget") == ["Don’t forget the milk"]


def test_a_blank_query_lists_every_note(as_user, alice):
    make_note(owner=alice, title="Milk")
    client = as_user(alice)

    responses = [client.get("/notes", {"q": blank}) for blank in ("", " ", "\t", "\u3000")]

    assert [titles(response) for response in responses] == [["Milk"]] * 4
    assert not [response for response in responses if "match" in response.json()["results"][0]]


def test_an_invalid_query_is_rejected(as_user, alice):
    client = as_user(alice)

    fields = [invalid_fields(client.get("/notes", {"q": query})) for query in INVALID_QUERIES]

    assert fields == [["q"]] * len(INVALID_QUERIES)


def test_the_longest_query_is_not_an_error(as_user, alice):
    make_note(owner=alice, title="Milk", content=" ".join(map(chr, range(0x4E00, 0x4E64))))
    client = as_user(alice)

    found = [find(client, query, count="true") for query in LONGEST_QUERIES]

    assert found == [["Milk"], ["Milk"], ["Milk"], ["Milk"], ["Milk"], []]
    assert [find(client, query, ordering="title") for query in LONGEST_QUERIES] == found


def test_a_query_reaches_no_query_language(as_user, alice, bob):
    make_note(owner=bob, title="Bob's milk")
    make_note(owner=alice, title="Tea")
    client = as_user(alice)
    queries = ["' or '1'='1", '" or ""="', "%", "_", "milk%", "\\", "\\'", "%s", "%(x)s", "{}", "(("]

    assert [query for query in queries if find(client, query)] == []


def test_a_phrase_does_not_match_across_title_and_content(as_user, alice):
    make_note(owner=alice, title="over", content="lap")

    assert find(as_user(alice), '"over lap"') == []
    assert find(as_user(alice), "over lap") == ["over"]


def test_the_notes_of_others_are_neither_found_nor_counted(as_user, alice, bob):
    make_note(owner=alice, title="Milk")
    make_note(owner=bob, title="Milk of Bob")

    response = as_user(bob).get("/notes?q=milk&count=true&is_archived=any")

    assert titles(response) == ["Milk of Bob"]
    assert response.json()["total"] == 1


def test_tags_are_not_searched(as_user, alice):
    make_note(owner=alice, title="Tea", tags=["milk"])

    assert find(as_user(alice), "milk") == []


def test_a_trashed_note_is_not_found_until_it_is_restored(as_user, alice):
    note = make_note(owner=alice, title="Milk").trash()
    client = as_user(alice)

    assert find(client, "milk") == []
    note.restore()
    assert find(client, "milk") == ["Milk"]


def test_a_changed_note_is_found_by_its_new_words_only(as_user, alice):
    note = make_note(owner=alice, title="Milk", content="two litres")
    client = as_user(alice)
    client.patch(f"/notes/{note.pk}", {"title": "Tea"})
    client.post(f"/notes/{note.pk}/append", {"text": " of water"})
    client.post(f"/notes/{note.pk}/edit", {"edits": [{"old": "two", "new": "three"}]})

    assert find(client, "tea three litres of water") == ["Tea"]
    assert find(client, "milk or two") == []


def test_a_mebibyte_of_distinct_words_is_saved_and_found_within_5_seconds(as_user, alice):
    content = " ".join(f"wörd{number:x}" for number in range(200_000)).encode()[:MEBIBYTE].decode(errors="ignore")
    client = as_user(alice)
    body = {"title": "Die große Liste", "content": content}

    seconds, response = cpu_seconds(lambda: client.post("/notes", body))

    assert response.status_code == 201
    assert seconds < 5
    assert find(client, "grosse liste") == ["Die große Liste"]
    assert find(client, "wordffff") == ["Die große Liste"]


def test_texts_that_repeat_themselves_are_searched_quickly_for_a_long_repetition(as_user, alice):
    """U+FDFA becomes four words. The text contains all of the long phrase but the space after it, at each U+FDFA."""
    assert [make_note(owner=alice, content="\ufdfa" * 20_000) for _ in range(5)]

    seconds, response = cpu_seconds(lambda: as_user(alice).get("/notes", {"q": "\ufdfa" * 500}))

    assert response.status_code == 200
    assert seconds < 0.5


@pytest.mark.parametrize("text", [{"title": "Milk"}, {"title": "Shopping", "content": "milk"}])
@pytest.mark.parametrize("count", [1, 100])
def test_a_search_runs_three_queries_for_1_and_for_100_results(as_user, alice, django_assert_num_queries, count, text):
    Note.objects.bulk_create(copies(alice, count, **text))
    client = as_user(alice)

    with django_assert_num_queries(3):
        response = client.get("/notes?q=milk&limit=100")

    assert len(titles(response)) == count


def test_a_page_filled_by_matching_titles_reads_no_content(as_user, alice, django_assert_num_queries):
    for title in ("Milk", "Milk", "Bread"):
        make_note(owner=alice, title=title, content="milk")
    client = as_user(alice)

    with django_assert_num_queries(2):
        response = client.get("/notes?q=milk&limit=1")

    assert titles(response) == ["Milk"]


@pytest.mark.django_db(transaction=True)
def test_a_change_of_the_table_keeps_the_words(as_user, alice):
    """SQLite rebuilds the table when Django alters a column."""
    make_note(owner=alice, title="Milk", content="two litres")
    before = MigrationLoader(connection).project_state()
    addition = AddField("note", "extra", models.CharField(max_length=9, null=True, unique=True))
    after = before.clone()
    addition.state_forwards("notes", after)
    with connection.schema_editor() as editor:
        addition.database_forwards("notes", editor, before, after)
    with connection.schema_editor() as editor:
        addition.database_backwards("notes", editor, after, before)
    client = as_user(alice)
    client.post("/notes", {"title": "Bread", "content": "two loaves"})

    assert find(client, "milk litres") == ["Milk"]
    assert find(client, "two") == ["Bread", "Milk"]
