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
MAX_ATTRIBUTES = 50
MAX_COLUMNS = 20
# More text cannot fit into a note.
MAX_TEXT = 3 << 19
# An element with only a text, which is the commonest; a tag; a comment, CDATA section, declaration or processing
# instruction, up to the end if it is not closed; a text.
TOKEN = re.compile(
    r"<(b|i|u|em|strong|span|div|p|li|td)>([^<&]++)</\1>"
    r"|<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)(?:>|(?=<))"
    r"|(?:<!--(?:.*?-->|.*)|<!\[CDATA\[(?:.*?\]\]>|.*)|<[!?][^>]*+>?)"
    r"|((?:[^<]++|<(?![A-Za-z/!?]))++|<)",
    re.DOTALL,
)
TAG_START = re.compile("<(?=[A-Za-z/!?])")
# It begins only where a name begins: trying each letter of one before a long row of spaces takes 60 times as long.
ATTRIBUTE = re.compile(r"(?<![\w:.-])([A-Za-z_][\w:.-]{0,60}+)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
# References to characters are replaced in attributes of this length: only data URLs are longer, which have none.
MAX_REFERRING = 1 << 16
MAX_STYLE = 2000
EMPTY = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "wbr", "source", "en-todo", "en-media"})
# Without these, a row is a child of its table.
TRANSPARENT = frozenset({"html", "body", "head", "thead", "tbody", "tfoot", "colgroup", "col", "font", "center"})
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

    def start(self, name: str, attributes: dict[str, str], *, is_ended: bool) -> None:
        has_end = not (is_ended or name in EMPTY)
        if (len(self.open) > MAX_DEPTH and has_end) or (name == "pre" and self.is_in_pre):
            return
        self.end_text()
        element = Element(name, attributes, self.open[-1])
        self.open[-1].children.append(element)
        if has_end:
            self.open.append(element)
            self.is_in_pre = self.is_in_pre or name == "pre"

    def add_leaf(self, name: str, text: str) -> None:
        """Add an element that has only this text."""
        if len(self.open) > MAX_DEPTH:
            # Its end tag ends another element.
            self.add_text(text)
            self.end(name)
            return
        if self.texts:
            self.end_text()
        if not self.is_in_pre and text.isspace() and not text.strip(SPACES):
            text = "\n" if "\n" in text else " "
        parent = self.open[-1]
        element = Element(name, {}, parent)
        element.children.append(text)
        parent.children.append(element)

    def end(self, name: str) -> None:
        self.end_text()
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].name == name:
                self.is_in_pre = self.is_in_pre and all(element.name != "pre" for element in self.open[depth:])
                del self.open[depth:]
                return


def count_tags(markup: str) -> int:
    return len(TAG_START.findall(markup))


def parse_html(markup: str) -> Element:
    """Return the document. Raises `ItemRefused` if it has too much text."""
    tree = Tree()
    size = 0
    for token in TOKEN.finditer(markup):
        leaf, leaf_text, slash, name, attributes, text = token.groups()
        if (part := leaf_text or text) is not None:
            size += len(part)
            if size > MAX_TEXT:
                raise ItemRefused("content_too_large", f"The text of the note has more than {MAX_TEXT:,} characters.")
        if leaf is not None:
            tree.add_leaf(leaf, leaf_text)
        elif text is not None:
            tree.add_text(unescape(text))
        elif name is None or (name := name.lower()) in TRANSPARENT:
            continue
        elif slash:
            tree.end(name)
        else:
            tree.start(name, attributes_of(attributes), is_ended=attributes.endswith("/"))
    tree.end_text()
    return tree.root


def attributes_of(text: str) -> dict[str, str]:
    if "=" not in text:
        return {}
    found = islice(ATTRIBUTE.finditer(text), MAX_ATTRIBUTES)
    values = ((each[1].lower(), each[2] or each[3] or each[4] or "") for each in found)
    return {name: value if len(value) > MAX_REFERRING else unescape(value) for name, value in values}


def unescape(text: str) -> str:
    """Replace the references to characters; none of them if one has more digits than Python reads as a number."""
    try:
        return html.unescape(text)
    except ValueError:
        return text


def attribute(element: Element, name: str) -> str:
    return element.attrs.get(name, "")


def style_of(element: Element) -> str:
    """Return the beginning of the style without spaces. Each child may ask for it."""
    return attribute(element, "style")[:MAX_STYLE].replace(" ", "")


def elements(parent: Element, *names: str) -> Iterator[Element]:
    return (child for child in parent.children if isinstance(child, Element) and child.name in names)


def columns(cell: Element) -> int:
    span = attribute(cell, "colspan")
    return max(1, min(MAX_COLUMNS, int(span))) if len(span) < 5 and span.isdecimal() else 1


def begins_with_text(node: Element | str) -> bool:
    """Whether this is a text, or begins with one, and Markdown has no mark for the elements around it."""
    while isinstance(node, Element) and node.name in ("span", "u") and node.children:
        node = node.children[0]
    return isinstance(node, str) and not node.isspace()


def lines_in(element: Element | str) -> str:
    """The text of an element in which each block is a line."""
    if isinstance(element, str):
        return element.replace("\N{NO-BREAK SPACE}", " ")
    if element.name == "br":
        return "\n"
    parts: list[str] = []
    for child in element.children:
        is_block = isinstance(child, Element) and child.name in ("div", "p", "li", "tr")
        if is_block and parts and not parts[-1].endswith("\n"):
            parts.append("\n")
        text = lines_in(child)
        parts.append(f"{text.removesuffix(chr(10))}\n" if is_block else text)
    return "".join(parts)
