"""That a signature rules out nothing that is found, and is short."""

import random

from hypothesis import given
from hypothesis import strategies as st

from notes.folding import folded
from notes.search import Term, parse
from notes.signature import MOST_OF_TEXT, SHORTEST, mark, signature_of
from notes.tests.test_folding import RUNS, TEXTS


@st.composite
def looked_for(draw):
    """A text, and what somebody may type of it: a part from anywhere, as words, a beginning or a phrase."""
    text = " ".join(draw(st.lists(TEXTS | RUNS, max_size=5)))
    first, last = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    part = text[first:last].replace('"', " ")
    return text, draw(st.sampled_from([part, f"{part}*", f'"{part}"']))


def terms_of(query):
    return [term for terms in parse(query).alternatives for term in terms]


def signed(text):
    """The signature of a text that is long enough to have one."""
    return signature_of(folded(text) * (1 + SHORTEST // max(1, len(folded(text)) - 1)) * 40)


@given(looked_for())
def test_it_rules_out_nothing_that_the_text_holds(case):
    text, query = case
    signature = signed(text)

    held = [term for term in terms_of(query) if term.pattern in folded(text)]

    assert signature is not None
    assert [term for term in held if not all(each in signature for each in term.marks)] == []


def test_it_rules_out_most_of_what_the_text_does_not_hold():
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghij", k=6)) for _ in range(20_000)]
    signature = signed(" ".join(words[:1000]))

    others = [Term(word) for word in words[1000:] if all(each in signature for each in Term(word).marks)]

    assert len(others) < 0.02 * len(words)


def test_it_is_a_fraction_of_the_text():
    text = "The quick brown fox jumps over the lazy dog, and nobody minds. " * 20

    assert len(signed(text)) < len(folded(text)) / 5


def test_a_beginning_is_told_by_its_first_three_letters_or_its_first():
    assert Term("milkshake", is_prefix=True).marks == [mark("mil")]
    assert Term("mi", is_prefix=True).marks == [mark("m")]


def test_a_short_text_has_none_and_is_looked_at_itself():
    assert signature_of("a" * (SHORTEST - 1)) is None


def test_a_text_whose_signature_would_be_long_has_none():
    text = folded(" ".join(f"{number:x}" for number in range(5_000)))

    assert len(text) > SHORTEST
    assert signature_of(text) is None
    assert len(signature_of(text * 20)) < len(text * 20) * MOST_OF_TEXT
