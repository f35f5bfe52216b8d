"""`match`: the ranges that matched, in code points, and the snippet of the content that shows them."""

import pytest

from notes.search import highlights
from notes.search.folding import fold, normalize
from notes.search.highlights import highlight
from notes.search.query import parse
from notes.tests.factories import make_note

# The query, the text, and what the ranges cut out of it.
CUT_OUT = [
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
]


def matched(title, content, query):
    return highlight(title, content, fold(content), parse(query))


def shown(query, title="", content=""):
    """Return what the ranges cut out of title and snippet."""
    found = matched(title, content, query)
    in_title = [title[start:end] for start, end in found.title]
    return in_title, [found.snippet[start:end] for start, end in found.ranges]


def test_ranges_cut_out_the_words_that_match():
    found = [(query, title, shown(query, title, title)) for query, title, _ in CUT_OUT]

    assert found == [(query, title, (expected, expected)) for query, title, expected in CUT_OUT]


def test_a_search_result_holds_ranges_and_snippet(as_user, alice):
    make_note(owner=alice, title="👍🏽 Café", content="Un café, please.\n")

    response = as_user(alice).get("/notes?q=cafe")

    found = response.json()["results"][0]["match"]
    assert found == {"title": [[3, 7]], "snippet": "Un café, please.\n", "ranges": [[3, 7]]}


def test_a_snippet_begins_with_a_whole_word_shortly_before_the_first_match():
    content = "word " * 5000 + "needle " + "word " * 5000

    found = matched("", content, "needle")

    assert len(found.snippet) == 160
    assert found.snippet.startswith("word ")
    assert found.ranges == [(35, 41)]


def test_a_snippet_without_a_match_is_the_beginning_of_the_content():
    found = matched("Milk", "word " * 100, "milk")

    assert found.snippet == ("word " * 100)[:160]
    assert found.ranges == []


def test_a_match_is_shown_at_every_position():
    contents = ["x" * position + " a needle in it " + "y" * 400 for position in range(240, 280)]

    assert [content for content in contents if shown('"a needle in"', "", content)[1] != ["a needle in"]] == []


def test_half_a_word_at_the_edge_of_a_snippet_does_not_match():
    content = "milk " + "word " * 30 + "milkshake"

    assert matched("", content[: 155 + 9], "milk").ranges == [(0, 4)]


def test_a_range_at_the_edge_ends_with_the_snippet():
    content = "milk " + "x" * 152 + " milky"

    assert matched("", content, "milk*").ranges == [(0, 4), (158, 160)]


def test_a_match_at_the_end_of_a_long_content_is_shown():
    content = "word " * 50_000 + "needle"

    assert shown("needle", "", content)[1] == ["needle"]


def test_a_match_is_shown_if_words_are_unevenly_spread():
    content = "word " * 2000 + "- " * 5000 + "needle" + " .,;:" * 5000

    assert shown("needle", "", content)[1] == ["needle"]


def test_a_match_is_shown_before_much_text_without_words():
    content = "word " * 6000 + "needle " + "- " * 250_000

    assert shown("needle", "", content)[1] == ["needle"]


def test_a_match_is_shown_if_punctuation_misleads_the_estimate_of_its_place():
    content = "word, - " * 1000 + "needle " + "- " * 250_000

    assert shown("needle", "", content)[1] == ["needle"]


@pytest.mark.parametrize(
    ("ending", "query", "limit"),
    [("rare", "rare or " + "\ufdfa" * 492, 40_000), ("\ufdfa" * 492, "\ufdfa" * 492, 60_000)],
)
def test_a_snippet_reads_a_bounded_part_of_the_content_even_if_letters_fold_into_sentences(
    monkeypatch, ending, query, limit
):
    content, lengths = ("…" * 99 + "\U00010100") * 400 + " " + ending, []
    monkeypatch.setattr(highlights, "normalize", lambda text: lengths.append(len(text)) or normalize(text))

    matched("", content, query)

    assert 0 < sum(lengths) < limit


def test_a_match_among_tens_of_thousands_of_punctuation_marks_is_found_but_not_shown():
    content = "." * 200_000 + "needle" + "." * 200_000 + "word " * 60_000

    assert matched("", content, "needle") == ([], content[:160], [])


def test_a_long_word_without_spaces_is_searched_to_its_end():
    content = "文" * 3000 + "北京" + "字" * 3000

    found = matched("", content, "北京")

    assert [found.snippet[start:end] for start, end in found.ranges] == ["北京"]


def test_markup_is_plain_text():
    assert matched("<b>milk</b>", "", "milk").title == [(3, 7)]
