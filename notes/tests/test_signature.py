"""A signature never rules out a text that matches, and is short."""

import random

from hypothesis import given
from hypothesis import strategies as st

from notes.search.folding import fold
from notes.search.query import Term, parse
from notes.search.signature import MAX_RATIO, MIN_LENGTH, mark_of, signature_of
from notes.tests.test_folding import RUNS, TEXTS


@st.composite
def texts_and_queries(draw):
    """Draw a text and a query for a part of it, as words, a prefix or a phrase."""
    text = " ".join(draw(st.lists(TEXTS | RUNS, max_size=5)))
    first, last = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    part = text[first:last].replace('"', " ")
    return text, draw(st.sampled_from([part, f"{part}*", f'"{part}"']))


def terms_of(query):
    return [term for terms in parse(query).alternatives for term in terms]


def signed(text):
    """Return the signature of the text, repeated until it is long enough to have one."""
    return signature_of(fold(text) * (1 + MIN_LENGTH // max(1, len(fold(text)) - 1)) * 40)


@given(texts_and_queries())
def test_a_signature_never_rules_out_a_term_of_the_text(case):
    text, query = case
    signature = signed(text)

    held = [term for term in terms_of(query) if term.pattern in fold(text)]

    assert signature is not None
    assert [term for term in held if not all(each in signature for each in term.marks)] == []


def test_a_signature_rules_out_98_of_100_other_words():
    generator = random.Random(1)
    words = ["".join(generator.choices("abcdefghij", k=6)) for _ in range(20_000)]
    signature = signed(" ".join(words[:1000]))

    others = [Term(word) for word in words[1000:] if all(each in signature for each in Term(word).marks)]

    assert len(others) < 0.02 * len(words)


def test_a_signature_is_less_than_a_fifth_of_the_text():
    text = "The quick brown fox jumps over the lazy dog, and nobody minds. " * 20

    assert len(signed(text)) < len(fold(text)) / 5


def test_a_prefix_is_marked_by_its_first_three_letters_or_its_first():
    assert Term("milkshake", is_prefix=True).marks == [mark_of("mil")]
    assert Term("mi", is_prefix=True).marks == [mark_of("m")]


def test_a_short_text_has_no_signature():
    assert signature_of("a" * (MIN_LENGTH - 1)) is None


def test_a_text_whose_signature_would_be_long_has_no_signature():
    text = fold(" ".join(f"{number:x}" for number in range(5_000)))

    assert len(text) > MIN_LENGTH
    assert signature_of(text) is None
    assert len(signature_of(text * 20)) < len(text * 20) * MAX_RATIO
