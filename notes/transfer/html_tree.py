"""HTML of any quality to a tree, in linear time. Python's own parser takes quadratic time for some malformed HTML.

Nothing in the text is fetched or executed, and no entities are defined: those that HTML itself knows are replaced.
"""

import html
import re
from collections.abc import Iterator
from itertools import islice

from bs4 import BeautifulSoup

from notes.transfer.budget import ItemRefused

# Deeper elements are left out, and what they contain stays.
MAX_DEPTH = 60
MAX_PARTS = 30_000
MAX_ATTRIBUTES = 50
# More text cannot fit into a note.
MAX_TEXT = 3 << 19
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)(?:>|(?=<))")
ATTRIBUTE = re.compile(r"([A-Za-z_][\w:.-]{0,60})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
EMPTY = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "wbr", "source", "en-todo", "en-media"})
# Without these, a row is a child of its table.
TRANSPARENT = frozenset({"html", "body", "head", "thead", "tbody", "tfoot", "colgroup", "col", "font", "center"})
HIDDEN = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", ">"))


def parse_html(markup: str) -> BeautifulSoup:
    tree = BeautifulSoup("", "html.parser")
    tree.reset()
    depth = size = 0
    for name, attributes, is_end in tags_and_texts(markup):
        if attributes is None:
            size += len(name)
            if size > MAX_TEXT:
                raise ItemRefused("content_too_large", f"The text of the note has more than {MAX_TEXT:,} characters.")
            tree.handle_data(html.unescape(name))
        elif name in TRANSPARENT or (name == "pre" and tree.preserve_whitespace_tag_stack and not is_end):
            continue
        elif is_end:
            tree.handle_endtag(name)
            depth = len(tree.tagStack)
        elif depth <= MAX_DEPTH or name in EMPTY:
            tree.handle_starttag(name, None, None, attributes)
            if name in EMPTY:
                tree.handle_endtag(name)
            depth = len(tree.tagStack)
    tree.endData()
    return tree


def tags_and_texts(markup: str) -> Iterator[tuple[str, dict[str, str] | None, bool]]:
    """Yield each tag with its attributes and whether it ends an element, and each text without attributes.

    Raises `ItemRefused` if there are too many.
    """
    position = count = 0
    while (start := markup.find("<", position)) >= 0:
        count += 1
        if count > MAX_PARTS:
            raise ItemRefused("content_too_large", f"The HTML of the note has more than {MAX_PARTS:,} tags.")
        if start > position:
            yield markup[position:start], None, False
        if tag := TAG.match(markup, start):
            position = tag.end()
            yield tag[2].lower(), attributes_of(tag[3]), bool(tag[1])
            if tag[3].endswith("/") and not tag[1]:
                yield tag[2].lower(), {}, True
        elif (end := end_of_hidden(markup, start)) > start:
            position = end
        else:
            position = start + 1
            yield "<", None, False
    yield markup[position:], None, False


def end_of_hidden(markup: str, start: int) -> int:
    """Return where a comment, declaration or processing instruction ends; the same place if there is none."""
    for opening, closing in HIDDEN:
        if markup.startswith(opening, start):
            end = markup.find(closing, start + len(opening))
            return end + len(closing) if end >= 0 else len(markup)
    return start


def attributes_of(text: str) -> dict[str, str]:
    if "=" not in text:
        return {}
    found = islice(ATTRIBUTE.finditer(text), MAX_ATTRIBUTES)
    return {each[1].lower(): html.unescape(each[2] or each[3] or each[4] or "") for each in found}
