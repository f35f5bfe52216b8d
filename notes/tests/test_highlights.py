"""`match`: where the words are, in code points, and the part of the content that shows them."""

import pytest

from notes import highlights
from notes.folding import folded, normal
from notes.highlights import match
from notes.search import parse
from notes.tests.making import make_note


def matched(title, content, query):
    return match(title, content, folded(content), parse(query))


def shown(query, title="", content=""):
    """What the ranges cut out of title and snippet."""
    found = matched(title, content, query)
    in_title = [title[start:end] for start, end in found.title]
    return in_title, [found.snippet[start:end] for start, end in found.ranges]


@pytest.mark.parametrize(
    ("query", "title", "expected"),
    [
        ("milk", "Milk, more milk, milkshake", ["Milk", "milk"]),
        ("mil*", "Milk, more milk, milkshake", ["Milk", "milk", "milkshake"]),
        ('"more milk"', "Milk, more -- milk", ["more -- milk"]),
        ("milk bread -tea", "Bread, tea, milk", ["Bread", "milk"]),
        ("milk or bread", "Bread, milk", ["Bread", "milk"]),
        ("strasse", "Die Straße", ["Straße"]),
        ("istanbul", "İstanbul", ["İstanbul"]),
        ("file", "A \ufb01le", ["\ufb01le"]),
        ("cafe", "Un cafe\u0301 noir", ["cafe\u0301"]),
        ("e", "👩‍💻 e\u0301 👍🏽 é", ["e\u0301", "é"]),
        ("💻", "👩‍💻!", ["💻"]),
        ("🇩🇪", "In 🇩🇪!", ["🇩🇪"]),
        ("北京", "在北京大学, 北京", ["北京", "北京"]),
        ("机", "我的手机壳", ["机"]),
        ("iphone 手机", "买iPhone手机壳", ["iPhone手机"]),
        ("ラーメン", "昨日はﾗｰﾒﾝを", ["ﾗｰﾒﾝ"]),
        ("국어", "한국어는", ["국어"]),
        ("국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165", ["\u1100\u116e\u11a8\u110b\u1165"]),
        ("v1.2", "Release V1.2.3", ["V1.2"]),
        ("foo_bar", "def foo_bar():", ["foo_bar"]),
        ("a@b.co", "Mail A@B.co!", ["A@B.co"]),
        ("x", "", []),
        ("-milk", "Tea", []),
    ],
)
def test_ranges_cut_out_what_was_found(query, title, expected):
    assert shown(query, title, title) == (expected, expected)


def test_an_answer_says_where_the_words_are(as_user, alice):
    make_note(owner=alice, title="👍🏽 Café", content="Un café, please.\n")

    response = as_user(alice).get("/notes?q=cafe")

    found = response.json()["results"][0]["match"]
    assert found == {"title": [[3, 7]], "snippet": "Un café, please.\n", "ranges": [[3, 7]]}


def test_a_snippet_begins_shortly_before_the_first_match_with_a_whole_word():
    content = "word " * 5000 + "needle " + "word " * 5000

    found = matched("", content, "needle")

    assert len(found.snippet) == 160
    assert found.snippet.startswith("word ")
    assert found.ranges == [(35, 41)]


def test_a_snippet_without_a_match_is_the_beginning():
    found = matched("Milk", "word " * 100, "milk")

    assert found.snippet == ("word " * 100)[:160]
    assert found.ranges == []


@pytest.mark.parametrize("position", range(240, 280))
def test_a_match_is_shown_wherever_it_stands(position):
    content = "x" * position + " a needle in it " + "y" * 400

    assert shown('"a needle in"', "", content)[1] == ["a needle in"]


def test_half_a_word_at_the_edge_of_a_snippet_is_no_match():
    content = "milk " + "word " * 30 + "milkshake"

    assert matched("", content[: 155 + 9], "milk").ranges == [(0, 4)]


def test_a_match_at_the_edge_ends_with_the_snippet():
    content = "milk " + "x" * 152 + " milky"

    assert matched("", content, "milk*").ranges == [(0, 4), (158, 160)]


def test_a_match_far_behind_is_shown_as_well():
    content = "word " * 50_000 + "needle"

    assert shown("needle", "", content)[1] == ["needle"]


def test_a_match_is_shown_where_words_and_text_differ_in_density():
    content = "word " * 2000 + "- " * 5000 + "needle" + " .,;:" * 5000

    assert shown("needle", "", content)[1] == ["needle"]


def test_a_match_is_shown_however_much_without_words_stands_behind():
    content = "word " * 6000 + "needle " + "- " * 250_000

    assert shown("needle", "", content)[1] == ["needle"]


def test_a_match_is_shown_where_signs_between_the_words_and_behind_them_mislead():
    content = "word, - " * 1000 + "needle " + "- " * 250_000

    assert shown("needle", "", content)[1] == ["needle"]


@pytest.mark.parametrize(
    ("behind", "query", "most"),
    [("rare", "rare or " + "\ufdfa" * 492, 40_000), ("\ufdfa" * 492, "\ufdfa" * 492, 60_000)],
)
def test_no_more_than_a_stretch_is_looked_at_however_long_words_fold(monkeypatch, behind, query, most):
    content, looked_at = ("…" * 99 + "\U00010100") * 400 + " " + behind, []
    monkeypatch.setattr(highlights, "normal", lambda text: looked_at.append(len(text)) or normal(text))

    matched("", content, query)

    assert 0 < sum(looked_at) < most


def test_a_match_between_tens_of_thousands_of_signs_is_found_but_not_shown():
    content = "." * 200_000 + "needle" + "." * 200_000 + "word " * 60_000

    assert matched("", content, "needle") == ([], content[:160], [])


def test_a_long_word_without_spaces_is_searched_to_its_end():
    content = "文" * 3000 + "北京" + "字" * 3000

    found = matched("", content, "北京")

    assert [found.snippet[start:end] for start, end in found.ranges] == ["北京"]


def test_markup_is_text():
    assert matched("<b>milk</b>", "", "milk").title == [(3, 7)]
