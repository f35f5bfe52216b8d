"""GET /notes?q=: what is found, in which order, and that nothing typed is anything but text."""

import time

import pytest
from django.db import connection, models
from django.db.migrations import AddField
from django.db.migrations.loader import MigrationLoader

from notes import signature
from notes.models import Note
from notes.search import Term
from notes.tests.making import make_note
from notes.tests.searching import FOUND, NOTES

START = "2026-01-05T09:00:00Z"
MEBIBYTE = 1_048_576


def titles(response):
    assert response.status_code == 200, response.json()
    return [note["title"] for note in response.json()["results"]]


def found(client, query, **parameters):
    return titles(client.get("/notes", {"q": query, **parameters}))


def walk(client, page):
    following = page.json()["next"]
    return titles(page) + (walk(client, client.get(following)) if following else [])


@pytest.fixture
def library(alice, time_machine):
    """The notes of the table, a second apart, and the name of each by its title."""
    time_machine.move_to(START, tick=False)
    for title, content in NOTES.values():
        make_note(owner=alice, title=title, content=content)
        time_machine.shift(1)
    return {title: name for name, (title, _) in NOTES.items()}


@pytest.fixture
def signed(monkeypatch):
    """Notes have a signature however short they are."""
    monkeypatch.setattr(signature, "SHORTEST", 0)
    monkeypatch.setattr(signature, "MOST_OF_TEXT", 100)


@pytest.mark.parametrize(("query", "expected"), FOUND)
def test_a_query_finds_just_these_notes_in_this_order(as_user, alice, library, query, expected):
    assert [library[title] for title in found(as_user(alice), query)] == expected


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(("query", "expected"), FOUND)
def test_a_query_finds_the_same_where_signatures_are_asked_first(as_user, alice, library, query, expected):
    assert [library[title] for title in found(as_user(alice), query)] == expected


def test_the_table_has_sixty_cases():
    assert len(FOUND) >= 60


def test_the_best_comes_first_and_the_last_changed_breaks_ties(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    for title, content in [
        ("Words apart: milk, oat", ""),
        ("Else", "oat milk"),
        ("Oat milk", ""),
        ("Other", "oat milk"),
    ]:
        make_note(owner=alice, title=title, content=content)
        time_machine.shift(60)

    assert found(as_user(alice), "oat milk") == ["Oat milk", "Words apart: milk, oat", "Other", "Else"]


def test_notes_of_the_same_moment_are_ordered_by_id(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    notes = [make_note(owner=alice, title=f"Milk {number}") for number in range(5)]

    assert found(as_user(alice), "milk") == [note.title for note in sorted(notes, key=lambda note: note.pk)]


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("query", ["milk", "-nothing", "mil* or bread", "東京 or 购物 or milk"])
def test_a_ranked_walk_shows_every_note_once_and_in_order(as_user, alice, library, query, limit):
    client = as_user(alice)

    assert walk(client, client.get("/notes", {"q": query, "limit": limit})) == found(client, query)


def test_a_query_that_only_excludes_is_in_the_order_of_the_list(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    first, second, third = (make_note(owner=alice, title=title) for title in ("Milk", "Bread", "Tea"))
    for note in (third, second, first):
        time_machine.shift(60)
        note.change({"content": "changed"})
    client = as_user(alice)

    assert found(client, "-nothing") == ["Milk", "Bread", "Tea"]
    assert walk(client, client.get("/notes?q=-nothing&limit=1")) == ["Milk", "Bread", "Tea"]


def test_an_order_that_is_asked_for_comes_before_the_rank(as_user, alice, library):
    client = as_user(alice)

    assert found(client, "milk", ordering="title") == ["Bread and milk", "Milk", "Milkshake recipe", "The plan"]
    first = client.get("/notes", {"q": "milk", "ordering": "-created_at", "limit": 1})
    assert walk(client, first) == ["The plan", "Bread and milk", "Milkshake recipe", "Milk"]


def test_a_walk_goes_on_while_notes_come_and_go(as_user, alice, library):
    client = as_user(alice)
    first = client.get("/notes", {"q": "milk", "limit": 2})
    make_note(owner=alice, title="Milk, the newest")
    Note.objects.get(title="Milk").trash()

    assert titles(first) == ["Bread and milk", "Milk"]
    assert walk(client, client.get(first.json()["next"])) == ["The plan", "Milkshake recipe"]


@pytest.mark.parametrize("query", ["", " ", "\t", "\u3000"])
def test_a_blank_query_is_none(as_user, alice, library, query):
    client = as_user(alice)

    response = client.get("/notes", {"q": query})

    assert titles(response) == titles(client.get("/notes"))
    assert "match" not in response.json()["results"][0]


@pytest.mark.parametrize(
    "query",
    ["\0", "milk\0", "x" * 501, " or ".join(map(str, range(11))), " ".join(f"-{number}" for number in range(11)),
     " or ".join(f"{number} -x{number} -y{number}" for number in range(6)), " ".join(map(str, range(101)))],
)  # fmt: skip
def test_a_query_that_cannot_be_is_refused(as_user, alice, query):
    response = as_user(alice).get("/notes", {"q": query})

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == ["q"]


@pytest.mark.parametrize(
    "query",
    [" ".join(map(chr, range(0x4E00, 0x4E64))), "milk " * 100, "-tea " * 100, "milk or " * 62, '"milk" ' * 71,
     " or ".join(f"{number} a b c d e f g -x{number}" for number in range(10))],
)  # fmt: skip
def test_the_longest_query_is_no_error(as_user, alice, query):
    make_note(owner=alice, title="Milk", content=" ".join(map(chr, range(0x4E00, 0x4E64))))

    assert found(as_user(alice), query, count="true") in (["Milk"], [])
    assert found(as_user(alice), query, ordering="title") in (["Milk"], [])


@pytest.mark.parametrize(
    "query", ["' or '1'='1", '" or ""="', "%", "_", "milk%", "\\", "\\'", "%s", "%(x)s", "{}", "(("]
)
def test_what_is_typed_reaches_no_query_language(as_user, alice, bob, query):
    make_note(owner=bob, title="Bob's milk")
    make_note(owner=alice, title="Tea")

    assert found(as_user(alice), query) == []


def test_a_word_does_not_match_the_separator_of_others(as_user, alice):
    make_note(owner=alice, title="over", content="lap")

    assert found(as_user(alice), '"over lap"') == []
    assert found(as_user(alice), "over lap") == ["over"]


def test_the_notes_of_others_are_neither_found_nor_counted(as_user, alice, bob):
    make_note(owner=alice, title="Milk")
    make_note(owner=bob, title="Milk of Bob")

    response = as_user(bob).get("/notes?q=milk&count=true&is_archived=any")

    assert titles(response) == ["Milk of Bob"]
    assert response.json()["total"] == 1


def test_the_notes_of_others_do_not_change_the_order(as_user, alice, bob, library):
    before = found(as_user(alice), "milk or bread")
    for number in range(20):
        make_note(owner=bob, title="Milk milk bread", content=f"milk {number}")

    assert found(as_user(alice), "milk or bread") == before


def test_tags_are_not_searched(as_user, alice):
    make_note(owner=alice, title="Tea", tags=["milk"])

    assert found(as_user(alice), "milk") == []


def test_what_is_in_the_trash_is_not_found(as_user, alice):
    note = make_note(owner=alice, title="Milk").trash()
    client = as_user(alice)

    assert found(client, "milk") == []
    note.restore()
    assert found(client, "milk") == ["Milk"]


def test_a_change_is_found_and_what_it_replaced_is_not(as_user, alice):
    note = make_note(owner=alice, title="Milk", content="two litres")
    client = as_user(alice)
    client.patch(f"/notes/{note.pk}", {"title": "Tea"})
    client.post(f"/notes/{note.pk}/append", {"text": " of water"})
    client.post(f"/notes/{note.pk}/edit", {"edits": [{"old": "two", "new": "three"}]})

    assert found(client, "tea three litres of water") == ["Tea"]
    assert found(client, "milk or two") == []


def test_a_change_of_a_long_note_is_found_and_what_it_replaced_is_not(as_user, alice):
    note = make_note(owner=alice, title="Milk", content="two litres " * 200)
    client = as_user(alice)
    assert found(client, "litres") == ["Milk"]

    client.patch(f"/notes/{note.pk}", {"content": "three bottles " * 200})

    assert found(client, "bottles") == ["Milk"]
    assert found(client, "litres") == []


@pytest.mark.parametrize("special", "%_\\'\"?*[")
def test_no_character_of_a_mark_is_special_to_a_database(as_user, alice, special):
    word = next(word for word in map("x{:x}".format, range(100_000)) if special in Term(word).marks[0])
    make_note(owner=alice, title="Milk", content=f"two {word} " * 200)
    make_note(owner=alice, title="Bread", content="two loaves " * 200)

    assert found(as_user(alice), word) == ["Milk"]
    assert found(as_user(alice), f"two -{word}") == ["Bread"]


def test_a_content_that_its_signature_rules_out_is_not_looked_at(as_user, alice):
    make_note(owner=alice, title="Milk", content="two litres " * 200)
    Note.objects.update(content_words=" ruled out ")

    assert found(as_user(alice), "ruled") == []


def test_a_purged_note_leaves_no_words(as_user, alice):
    make_note(owner=alice, title="Milk", content="two litres " * 200).trash().purge()

    left = Note.objects.values_list("title_words", "content_words", "content_signature", "tags")
    assert list(left) == [("", "", None, [])]


def test_a_mebibyte_of_distinct_words_is_saved_and_found_by_its_title(as_user, alice):
    content = " ".join(f"wörd{number:x}" for number in range(200_000)).encode()[:MEBIBYTE].decode(errors="ignore")
    client = as_user(alice)
    started = time.process_time()

    response = client.post("/notes", {"title": "Die große Liste", "content": content})

    assert response.status_code == 201
    assert time.process_time() - started < 5
    assert found(client, "grosse liste") == ["Die große Liste"]
    assert found(client, "wordffff") == ["Die große Liste"]


@pytest.mark.parametrize("text", [{"title": "Milk"}, {"title": "Shopping", "content": "milk"}])
@pytest.mark.parametrize("count", [1, 100])
def test_a_search_takes_three_queries_however_much_it_finds(as_user, alice, django_assert_num_queries, count, text):
    for _ in range(count):
        make_note(owner=alice, **text)
    client = as_user(alice)

    with django_assert_num_queries(3):
        response = client.get("/notes?q=milk&limit=100")

    assert len(titles(response)) == count


def test_a_page_full_of_titles_is_found_without_a_look_at_any_content(as_user, alice, django_assert_num_queries):
    for title in ("Milk", "Milk", "Bread"):
        make_note(owner=alice, title=title, content="milk")
    client = as_user(alice)

    with django_assert_num_queries(2):
        response = client.get("/notes?q=milk&limit=1")

    assert titles(response) == ["Milk"]


def test_a_walk_goes_from_the_last_title_to_the_first_content(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    for title, content in [("Tea", "milk"), ("Milk", ""), ("Bread", "milk"), ("Soya milk", "")]:
        make_note(owner=alice, title=title, content=content)
        time_machine.shift(60)
    client = as_user(alice)

    assert walk(client, client.get("/notes?q=milk&limit=2")) == ["Soya milk", "Milk", "Bread", "Tea"]
    assert walk(client, client.get("/notes?q=milk&limit=3")) == ["Soya milk", "Milk", "Bread", "Tea"]


@pytest.mark.django_db(transaction=True)
def test_a_change_of_the_table_loses_no_words(as_user, alice):
    """SQLite makes the table anew where Django alters a column."""
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

    assert found(client, "milk litres") == ["Milk"]
    assert found(client, "two") == ["Bread", "Milk"]
