"""The snippets of a page share a budget, whatever the notes say."""

import pytest

from notes.search.folding import MAX_CACHED_LENGTH, fold, normalize_cluster, normalize_short
from notes.search.highlights import PAGE_BUDGET, WORDS_READ, Budget, highlight
from notes.search.query import parse
from notes.tests.factories import make_note
from notes_api.tests.cpu_time import cpu_seconds

# Longer than what is folded around an estimated position, so that the first match has to be looked for.
HEAD = "\ufb01" + "!" * 10_000 + " needle "
SLOW = {
    "letters that fold into sentences": HEAD + "\ufdfa" * 16_000,
    "signs": HEAD + "!" * 22_000,
    "accents": HEAD + "\u00e9" * 22_000,
    "decomposed accents": HEAD + "e\u0301" * 11_000,
    "ideographs": HEAD + "".join(chr(0x4E00 + number % 20_000) for number in range(22_000)),
    "emoji": HEAD + "\U0001f600" * 11_000,
    "words like the query": HEAD + "needle " * 4_000,
}
ORDINARY = ["one two three " * 100, "un caf\u00e9 no\u0308ir " * 100, "\u4eca\u5929\u53bb\u5317\u4eac" * 100]
# CPU seconds. Without a budget a page takes 3 to 16.
MAX_SECONDS = 1


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_a_page_of_slow_texts_spends_its_budget_and_then_shows_plain_beginnings(text):
    words, search, budget = fold(text)[:WORDS_READ], parse("needle"), Budget()

    seconds, matches = cpu_seconds(lambda: [highlight("Title", text, words, search, budget) for _ in range(100)])

    assert seconds < MAX_SECONDS
    assert budget.is_spent()
    assert matches[-1] == ([], text[:160], [])


@pytest.mark.parametrize("text", ORDINARY)
def test_the_budget_is_enough_for_a_page_of_ordinary_texts(text):
    content, search, budget = f"{text} needle {text}", parse("needle"), Budget()

    matches = [highlight("Title", content, fold(content), search, budget) for _ in range(100)]

    assert all(match.ranges for match in matches)
    assert budget.units > PAGE_BUDGET / 2


def test_each_page_has_a_budget_of_its_own(as_user, alice, monkeypatch):
    monkeypatch.setattr("notes.serializers.notes.Budget", lambda: Budget(200))
    for number in range(3):
        make_note(alice, f"Note {number}", content="\u00e9 " * 200 + "needle")
    client = as_user(alice)

    pages = [client.get("/notes?q=needle").json()["results"] for _ in range(2)]

    assert [bool(note["match"]["ranges"]) for note in pages[0]] == [True, False, False]
    assert pages[0] == pages[1]


def test_long_clusters_are_not_cached():
    normalize_short.cache_clear()

    normalize_cluster("e" + "\u0301" * 30)
    normalize_cluster("e\u0301")

    assert normalize_short.cache_info().currsize == 1
    assert MAX_CACHED_LENGTH >= 2
