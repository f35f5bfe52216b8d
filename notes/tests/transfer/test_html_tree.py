"""The commonest elements are read and converted in one step each, with the same result as any other."""

import pytest

from notes.tests.transfer.test_enex import markdown_of

TEXTS = ["a", " a ", "# a", "a_b", "1. a", "\n", "   ", "a\tb", "a > b"]
# The last two are at the greatest depth, and below.
AROUND = ["", "<pre>", "<h1>", "<code>", "<ul>", "<div>" * 59, "<b>" * 61]
NAMES = ["div", "p", "li", "td", "b", "i", "u", "em", "strong", "span"]


def all_elements(around, text):
    return f"{around}c{''.join(f'<{name}>{text}</{name}>' for name in NAMES)}d"


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("text", TEXTS)
def test_an_element_with_only_a_text_is_read_as_one_with_a_comment(text, around):
    assert markdown_of(all_elements(around, text)) == markdown_of(all_elements(around, f"{text}<!---->"))


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("text", TEXTS)
def test_an_element_with_only_a_text_is_converted_as_one_with_an_element(text, around):
    assert markdown_of(all_elements(around, text)) == markdown_of(all_elements(around, f"{text}<wbr>"))
