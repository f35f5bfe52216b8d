"""Normalization equals that of Python for ordinary text and takes linear time for any other."""

import itertools
import sys
import unicodedata
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notes_api.rest.unicode_text import LONG_RUN, MAX_MARKS, MIN_RUN, begins_with_mark, normalize
from notes_api.tests.cpu_time import cpu_seconds

FORMS = ["NFC", "NFD", "NFKC", "NFKD"]
# The longest of RUNS takes 0.1 s. Python alone takes half a minute for most.
LONG = 256 * 1024
MAX_CPU_SECONDS = 0.5
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
# Marks that are sorted, that compose with the letter before, that consist of two, and letters that end in marks.
MARKED = st.text(
    st.sampled_from("aüΐが한ᄒ\u0301\u0316\u0308\u0344\u0f73\u0345\u3099\U0001d165\U0001d16e🥛ﷺ"), max_size=200
)
# A thousand pairs take 2 ms, whatever their classes.
RUNS = {
    "alternating": "\u0301\u0316",
    "falling": "\u0301" * 1000 + "\u0316" * 1000,
    "marks of two": "\u0344\u0316",
    "plane 1": "\U0001d165\U0001d16d\u0316",
    "half-width marks": "\uff9e\u0316",
    "letters in between": "a" + "\u0301\u0316" * 16,
    "emoji": "🥛",
}


def has_long_run(text):
    """Return whether the text has more than MAX_MARKS marks in a row, in decomposed form."""
    count = 0
    for character in "".join(unicodedata.normalize("NFKD", each) for each in text):
        count = count + 1 if unicodedata.combining(character) else 0
        if count > MAX_MARKS:
            return True
    return False


@pytest.mark.parametrize("form", FORMS)
@given(text=TEXT | MARKED)
def test_text_without_long_runs_is_normalized_as_by_python(form, text):
    assert has_long_run(text) or normalize(form, text) == unicodedata.normalize(form, text)


@pytest.mark.parametrize("form", FORMS)
@given(text=TEXT | MARKED | MARKED.map(lambda text: text + "\u0301\u0344\u0316" * 40))
def test_normalizing_twice_changes_nothing(form, text):
    once = normalize(form, text)

    assert normalize(form, once) == once


@pytest.mark.parametrize("form", FORMS)
def test_a_run_up_to_the_limit_is_not_cut(form):
    text = "a" + "\u0301\u0316" * (MAX_MARKS // 2)

    assert normalize(form, text) == unicodedata.normalize(form, text)


def test_a_longer_run_is_cut_after_30_marks():
    text = "a" + "\u0301" * MAX_MARKS + "\u0316"

    assert normalize("NFD", text) == text


def test_marks_inside_the_letter_before_the_run_count():
    text = "\u0390" + "\u0301" * (MAX_MARKS - 2) + "\u0316"

    assert normalize("NFD", text) == unicodedata.normalize("NFD", "\u0390") + text[1:]


def test_a_long_text_of_marks_takes_linear_time(subtests):
    for (name, unit), form in itertools.product(RUNS.items(), ["NFC", "NFKD"]):
        with subtests.test(name=name, form=form):
            text = unit * (LONG // len(unit.encode()))

            seconds, _ = cpu_seconds(partial(normalize, form, text))

            assert seconds < MAX_CPU_SECONDS


def test_every_mark_belongs_to_a_run():
    characters = map(chr, range(sys.maxunicode + 1))
    marks = [each for each in characters if unicodedata.combining(each) or begins_with_mark(each)]

    assert all(LONG_RUN.fullmatch(mark * MIN_RUN) for mark in marks)


def test_the_shortest_run_that_is_examined_covers_every_character():
    decomposed = [unicodedata.normalize("NFKD", chr(code)) for code in range(0x20000)]
    marks = [len(text) for text in decomposed if unicodedata.combining(text[0])]
    endings = [len(text) - len(text.rstrip("".join(filter(unicodedata.combining, text)))) for text in decomposed]

    assert max(marks) * (MIN_RUN - 1) + max(endings) <= MAX_MARKS
