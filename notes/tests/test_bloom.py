"""A Bloom filter never rules out a text that matches, and rules out most others."""

import random

import pytest
from hypothesis import example, given

from notes.search.bloom import ALL_COLUMNS, COLUMN_MASK, MAX_LENGTH, bloom_of
from notes.search.folding import fold
from notes.search.query import Term
from notes.tests.test_signature import terms_of, texts_and_queries


def may_contain(words, term):
    """Return for each column whether it has all bits of the term."""
    filters = {**bloom_of("title", words), **bloom_of("content", words)}
    return [filters[name] & bits == bits for name, bits in zip(ALL_COLUMNS, term.bits, strict=True)]


@given(texts_and_queries())
@example(("Cafés in 東京 and \u0e01\u0e32 💻", "東*"))
@example(("milk", "m*"))
def test_a_filter_never_rules_out_a_term_of_the_text(case):
    text, query = case
    words = fold(text)

    held = [term for term in terms_of(query) if term.pattern in words]

    assert [term for term in held if not all(may_contain(words, term))] == []


def test_a_filter_rules_out_most_other_words():
    generator = random.Random(1)
    words = ["".join(generator.choices("abcdefghij", k=6)) for _ in range(4_000)]
    content, title = fold(" ".join(words[:70])), fold(" ".join(words[:5]))

    in_content = [word for word in words[70:] if all(may_contain(content, Term(word))[1:])]
    in_title = [word for word in words[70:] if may_contain(title, Term(word))[0]]

    assert len(in_content) < 0.25 * len(words)
    assert len(in_title) < 0.05 * len(words)


@pytest.mark.parametrize("field", ["title", "content"])
def test_the_filter_of_a_long_text_is_unknown(field):
    words = fold("word " * MAX_LENGTH)

    assert set(bloom_of(field, words).values()) == {None}


def test_the_numbers_of_a_filter_fit_the_columns():
    filters = bloom_of("content", fold(" ".join(map(str, range(400)))))

    assert all(0 < number <= COLUMN_MASK < 2**63 for number in filters.values())


def test_the_filter_of_a_text_never_changes():
    """What is stored must match what later versions compute: else `manage.py reindex` is needed."""
    assert bloom_of("title", fold("Milk, 東京")) == {"title_bloom": 1163406462656053256}
