"""How text is folded, for any text."""

import sys
import unicodedata
from collections import Counter
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notes.search.folding import (
    MARKS,
    MAX_LENGTH,
    SPACELESS,
    TOKEN,
    FoldedText,
    characters_in,
    fold,
    normalize,
)
from notes.search.query import parse
from notes_api.tests.cpu_time import cpu_seconds

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
# What real notes mix: letters with marks, runs without spaces, emoji, jamo, half-width forms.
MIXED = st.text(
    st.sampled_from(
        "aZ9 _-.\"'é\u0301ßİıŁĳﬁ½™Ωςя\u0308كـאָ\u093f\u094d北京\ufe0fバ\u3099ﾊﾞ한\u1112\u1161\u11abㅎㅏ\uffa1ปู้👩\u200d💻🇩"
    )
)
TEXTS = ANY_TEXT | MIXED
RUNS = st.text(st.sampled_from("北京大学今日はタワー한국어ร้านอาหาร"), min_size=1, max_size=20)

FOLDED = {
    "": " ",
    "...": " ",
    "Milk, BREAD": " milk bread ",
    "foo_bar v1.2 a@b.co": " foo bar v1 2 a b co ",
    "Straße CAFÉ": " strasse cafe ",
    "İI ıi": " ii ii ",
    "Łódź Ærø": " lodz aero ",
    "ΟΔΥΣΣΕΎΣ": " οδυσσευσ ",
    "Ёлка": " елка ",
    "كِتَـابٌ": " كتاب ",
    "שָׁלוֹם": " שלום ",
    "हिन्दी": " हिनदी ",
    "我的iPhone手机": " 我的 iphone 手机 ",
    "ﾊﾞﾅﾅ": " バナナ ",
    "ม้า มา": " ม้า มา ",
    "❤️👍🏽👩‍💻": " ❤ 👍 👩 💻 ",
    "1️⃣ ½": " 1 1 2 ",
    "Milky™": " milky ",
}


def is_found(query, text):
    (terms,) = parse(query).alternatives
    return all(term.pattern in fold(text) for term in terms)


def test_every_mark_and_symbol_of_unicode_is_known():
    every = Counter(map(unicodedata.category, map(chr, range(sys.maxunicode + 1))))

    assert len(MARKS) == every["Mn"] + every["Mc"] + every["Me"]
    assert len(characters_in("So")) == every["So"]


@given(TEXTS)
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_folded_words_are_separated_by_single_spaces(text):
    words = fold(text)

    assert words == " " or words[0] == words[-1] == " "
    assert "  " not in words


@given(TEXTS)
def test_folding_with_positions_gives_the_same_words(text):
    assert FoldedText(text, normalize(text)).text == fold(text)


@given(TEXTS)
def test_positions_are_within_the_text_and_in_order(text):
    words = FoldedText(text, normalize(text))

    spans = [words.span(position) for position in range(1, len(words.text))]

    assert [start for start, _ in spans] == sorted(start for start, _ in spans)
    assert [end for _, end in spans] == sorted(end for _, end in spans)
    assert all(0 <= start <= end <= len(text) for start, end in spans)


@given(TEXTS)
def test_a_text_is_found_by_each_of_its_words(text):
    assert [word for word in TOKEN.findall(normalize(text)) if not is_found(f'"{word}"', text)] == []


@given(RUNS, st.data())
def test_a_run_without_spaces_is_found_by_any_part(run, data):
    start = data.draw(st.integers(0, len(run) - 1))
    end = data.draw(st.integers(start + 1, len(run)))

    assert is_found(f'"{run[start:end]}"', f"before {run} after")


@given(MIXED)
def test_the_normal_forms_of_a_text_fold_alike(text):
    text = text.replace("™", "")

    forms = {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}

    assert forms == {fold(text)}


def test_words_are_folded():
    assert {text: fold(text) for text in FOLDED} == FOLDED


def test_accents_of_other_scripts_are_not_part_of_runs():
    assert "\u0301" not in SPACELESS


def test_a_mebibyte_is_folded_within_2_seconds(subtests):
    for letters in ["a", "北", "\ufdfa", "e\u0301", "👍", " é"]:
        with subtests.test(letters=letters):
            text = (letters * 1_048_576).encode()[:1_048_576].decode(errors="ignore")

            seconds, words = cpu_seconds(partial(fold, text))

            assert seconds < 2
            assert len(words) <= 2_200_000


@pytest.mark.parametrize("text", ["\ufdfa" * 349_525, "\ufdfa" * 60_000 + "milk " * 100_000])
def test_a_text_of_too_many_sentences_is_cut_before_it_is_folded(text):
    folded = normalize(text)

    assert len(folded) <= MAX_LENGTH // 2
    assert normalize(text[:80_000]).startswith(folded[:200_000])


def test_a_text_with_some_sentences_is_folded_as_a_whole():
    assert fold("\ufdfa" * 10_000 + " milk").endswith(" milk ")
