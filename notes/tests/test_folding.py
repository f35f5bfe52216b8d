"""How text is folded, for every text there is."""

import sys
import time
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notes.folding import MARKS, SPACELESS, TOKEN, Located, characters, folded, normal
from notes.search import parse

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
# What real notes mix: letters with marks, runs without spaces, emoji, jamo, half-width forms.
TELLING = st.text(
    st.sampled_from(
        "aZ9 _-.\"'é\u0301ßİıŁĳﬁ½™Ωςя\u0308كـאָ\u093f\u094d北京\ufe0fバ\u3099ﾊﾞ한\u1112\u1161\u11abㅎㅏ\uffa1ปู้👩\u200d💻🇩"
    )
)
TEXTS = ANY_TEXT | TELLING
RUNS = st.text(st.sampled_from("北京大学今日はタワー한국어ร้านอาหาร"), min_size=1, max_size=20)


def is_found(query, text):
    (terms,) = parse(query).alternatives
    return all(term.pattern in folded(text) for term in terms)


def test_no_mark_and_no_symbol_is_left_out():
    every = Counter(map(unicodedata.category, map(chr, range(sys.maxunicode + 1))))

    assert len(MARKS) == every["Mn"] + every["Mc"] + every["Me"]
    assert len(characters("So")) == every["So"]


@given(TEXTS)
def test_what_is_folded_stays_as_it_is_when_folded_again(text):
    assert folded(folded(text)) == folded(text)


@given(TEXTS)
def test_words_stand_between_single_spaces(text):
    words = folded(text)

    assert words == " " or words[0] == words[-1] == " "
    assert "  " not in words


@given(TEXTS)
def test_folding_with_positions_gives_the_same_words(text):
    assert Located(text, normal(text)).text == folded(text)


@given(TEXTS)
def test_positions_lie_within_the_text_and_in_order(text):
    words = Located(text, normal(text))

    spans = [words.span(position) for position in range(1, len(words.text))]

    assert [start for start, _ in spans] == sorted(start for start, _ in spans)
    assert [end for _, end in spans] == sorted(end for _, end in spans)
    assert all(0 <= start <= end <= len(text) for start, end in spans)


@given(TEXTS)
def test_every_word_of_a_text_finds_the_text(text):
    assert [word for word in TOKEN.findall(normal(text)) if not is_found(f'"{word}"', text)] == []


@given(RUNS, st.data())
def test_any_part_of_a_run_without_spaces_finds_it(run, data):
    start = data.draw(st.integers(0, len(run) - 1))
    end = data.draw(st.integers(start + 1, len(run)))

    assert is_found(f'"{run[start:end]}"', f"before {run} behind")


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@given(TELLING)
def test_the_normal_forms_of_a_text_fold_alike(form, text):
    text = text.replace("™", "")

    assert folded(unicodedata.normalize(form, text)) == folded(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", " "),
        ("...", " "),
        ("Milk, BREAD", " milk bread "),
        ("foo_bar v1.2 a@b.co", " foo bar v1 2 a b co "),
        ("Straße CAFÉ", " strasse cafe "),
        ("İI ıi", " ii ii "),
        ("Łódź Ærø", " lodz aero "),
        ("ΟΔΥΣΣΕΎΣ", " οδυσσευσ "),
        ("Ёлка", " елка "),
        ("كِتَـابٌ", " كتاب "),
        ("שָׁלוֹם", " שלום "),
        ("हिन्दी", " हिनदी "),
        ("我的iPhone手机", " 我的 iphone 手机 "),
        ("ﾊﾞﾅﾅ", " バナナ "),
        ("ม้า มา", " ม้า มา "),
        ("❤️👍🏽👩‍💻", " ❤ 👍 👩 💻 "),
        ("1️⃣ ½", " 1 1 2 "),
        ("Milky™", " milky "),
    ],
)
def test_words_lose_what_does_not_tell_them_apart(text, words):
    assert folded(text) == words


def test_the_marks_of_other_scripts_are_no_part_of_runs():
    assert "\u0301" not in SPACELESS


@pytest.mark.parametrize("letters", ["a", "é", "я", "北", "한", "\ufdfa", "e\u0301", "👍", " a", " é"])
def test_a_mebibyte_is_folded_in_about_a_second(letters):
    text = (letters * 1_048_576).encode()[:1_048_576].decode(errors="ignore")
    started = time.process_time()

    words = folded(text)

    assert time.process_time() - started < 2
    assert len(words) <= 2_200_000
