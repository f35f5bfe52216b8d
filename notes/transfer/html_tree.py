"""HTML of any quality to a tree, in linear time. Python's own parser takes quadratic time for some malformed HTML.

Nothing in the text is fetched or executed, and no entities are defined: those that HTML itself knows are replaced.
"""

import html
import re
from collections.abc import Iterator
from itertools import islice

from notes.transfer.budget import ItemRefused

# Deeper elements are left out, and what they contain stays.
MAX_DEPTH = 60
MAX_TAGS = 30_000
MAX_ATTRIBUTES = 50
# More text cannot fit into a note.
MAX_TEXT = 3 << 19
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)(?:>|(?=<))")
ATTRIBUTE = re.compile(r"([A-Za-z_][\w:.-]{0,60})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
EMPTY = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "wbr", "source", "en-todo", "en-media"})
# Without these, a row is a child of its table.
TRANSPARENT = frozenset({"html", "body", "head", "thead", "tbody", "tfoot", "colgroup", "col", "font", "center"})
HIDDEN = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", ">"))
SPACES = " \t\r\n\f"


class Element:
    """An element with what `markdownify` asks of it. A child is an element or a text."""

    __slots__ = ("attrs", "children", "name", "parent")

    def __init__(self, name: str, attrs: dict[str, str], parent: "Element | None") -> None:
        self.name, self.attrs, self.parent = name, attrs, parent
        self.children: list[Element | str] = []

    def get(self, name: str) -> str | None:
        return self.attrs.get(name)

    def find_all(self, name: str, attrs: dict[str, bool]) -> "list[Element]":
        """Return the children of this name that have these attributes."""
        elements = (child for child in self.children if isinstance(child, Element) and child.name == name)
        return [element for element in elements if attrs.keys() <= element.attrs.keys()]


class Tree:
    """Builds the tree. An end tag ends the innermost element of its name with all elements in it."""

    def __init__(self) -> None:
        self.root = Element("[document]", {}, None)
        self.open = [self.root]
        self.texts: list[str] = []
        self.is_in_pre = False

    def add_text(self, text: str) -> None:
        self.texts.append(text)

    def end_text(self) -> None:
        if not self.texts:
            return
        text, self.texts = "".join(self.texts), []
        if not self.is_in_pre and not text.strip(SPACES):
            text = "\n" if "\n" in text else " "
        self.open[-1].children.append(text)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        is_empty = name in EMPTY
        if (len(self.open) > MAX_DEPTH and not is_empty) or (name == "pre" and self.is_in_pre):
            return
        self.end_text()
        element = Element(name, attributes, self.open[-1])
        self.open[-1].children.append(element)
        if not is_empty:
            self.open.append(element)
            self.is_in_pre = self.is_in_pre or name == "pre"

    def end(self, name: str) -> None:
        self.end_text()
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].name == name:
                self.is_in_pre = self.is_in_pre and all(element.name != "pre" for element in self.open[depth:])
                del self.open[depth:]
                return


def parse_html(markup: str) -> Element:
    """Return the document. Raises `ItemRefused` if it has too many tags or too much text."""
    if markup.count("<") > MAX_TAGS:
        raise ItemRefused("content_too_large", f"The HTML of the note has more than {MAX_TAGS:,} tags.")
    tree = Tree()
    size = 0
    for name, attributes, is_end in tags_and_texts(markup):
        if attributes is None:
            size += len(name)
            if size > MAX_TEXT:
                raise ItemRefused("content_too_large", f"The text of the note has more than {MAX_TEXT:,} characters.")
            tree.add_text(html.unescape(name))
        elif name in TRANSPARENT:
            continue
        elif is_end:
            tree.end(name)
        else:
            tree.start(name, attributes)
    tree.end_text()
    return tree.root


def tags_and_texts(markup: str) -> Iterator[tuple[str, dict[str, str] | None, bool]]:
    """Yield each tag with its attributes and whether it ends an element, and each text without attributes."""
    position = 0
    while (start := markup.find("<", position)) >= 0:
        if start > position:
            yield markup[position:start], None, False
        if tag := TAG.match(markup, start):
            position = tag.end()
            is_end, name, attributes = tag.groups()
            name = name.lower()
            yield name, attributes_of(attributes), bool(is_end)
            if attributes.endswith("/") and not is_end:
                yield name, {}, True
        elif (end := end_of_hidden(markup, start)) > start:
            position = end
        else:
            position = start + 1
            yield "<", None, False
    if position < len(markup):
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
