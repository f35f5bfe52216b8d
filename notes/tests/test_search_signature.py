"""GET /notes?q=: a long content is read only if its signature may hold the words."""

import pytest

from notes.models import Note
from notes.search.query import Term
from notes.tests.factories import make_note
from notes.tests.search_cases import find


def test_a_changed_long_note_is_found_by_its_new_words_only(as_user, alice):
    note = make_note(owner=alice, title="Milk", content="two litres " * 200)
    client = as_user(alice)
    assert find(client, "litres") == ["Milk"]

    client.patch(f"/notes/{note.pk}", {"content": "three bottles " * 200})

    assert find(client, "bottles") == ["Milk"]
    assert find(client, "litres") == []


@pytest.mark.parametrize("unit", ["one two three four five. ", "one two three four five. " * 100])
def test_all_words_of_a_query_must_be_in_the_note_though_few_are_compared_with_its_filter(as_user, alice, unit):
    make_note(owner=alice, title="Milk", content=unit)
    client = as_user(alice)

    assert find(client, "one two three four five milk") == ["Milk"]
    assert find(client, "one two three four five six") == []
    assert find(client, "milk -one -two -three -four -five") == []
    assert find(client, "milk -six -seven -eight -nine -four") == []


def test_no_character_of_a_mark_is_special_to_the_database(as_user, alice):
    words = {special: word_whose_mark_holds(special) for special in "%_\\'\"?*["}
    make_note(owner=alice, title="Bread", content="two loaves " * 200)
    for special, word in words.items():
        make_note(owner=alice, title=special, content=f"two {word} " * 200)
    client = as_user(alice)

    assert {special: find(client, word) for special, word in words.items()} == {special: [special] for special in words}
    assert {special: special in find(client, f"two -{word}") for special, word in words.items()} == dict.fromkeys(
        words, False
    )


def word_whose_mark_holds(special):
    return next(word for word in map("x{:x}".format, range(100_000)) if special in Term(word).marks[0])


def test_content_that_its_signature_rules_out_is_not_read(as_user, alice):
    make_note(owner=alice, title="Milk", content="two litres " * 200)
    Note.objects.update(content_words=" ruled out ")

    assert find(as_user(alice), "ruled") == []


def test_a_purged_note_keeps_no_words(alice):
    make_note(owner=alice, title="Milk", content="two litres " * 200).trash().purge()

    left = Note.objects.values_list("title_words", "content_words", "content_signature", "tags")
    assert list(left) == [("", "", None, [])]
