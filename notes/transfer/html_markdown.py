"""HTML to Markdown. Import this module where it is used: it takes a few megabytes of memory."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from bs4 import Tag
from bs4.element import NavigableString, PageElement
from markdownify import ATX, MarkdownConverter

from notes.transfer.budget import ItemRefused
from notes.transfer.html_tree import parse_html

UntypedConverter: Any = MarkdownConverter  # Any: the stubs of markdownify lack what is overridden here
MAX_CHARACTERS = 4 << 20
MAX_COPIED = 8 << 20
MAX_COLUMNS = 20
MANY = 10_000
LISTS = ("ul", "ol")
# Where a text would be read as Markdown or HTML.
SPECIAL = re.compile(r"(?<!\w)_|_(?!\w)|<(?=[A-Za-z/!?])")
TICKS = re.compile("`+")
LANGUAGE = re.compile(r"[\w+#.-]{1,30}")


class Converter(UntypedConverter):  # type: ignore[misc]  # as above
    """`check` is called for each element, and raises when the time is used up."""

    def __init__(self, check: Callable[[], None]) -> None:
        super().__init__(heading_style=ATX, bullets="-", table_infer_header=True, autolinks=True)
        self.check = check
        self.copied = 0
        self.numbers: Counter[int] = Counter()

    def convert(self, markup: str) -> str:
        """Return the Markdown. Raises `ItemRefused` if it is too long."""
        if len(markup) > MAX_CHARACTERS:
            raise ItemRefused("content_too_large", f"The HTML of the note has more than {MAX_CHARACTERS:,} characters.")
        return self.finish(self.convert_soup(parse_html(markup)))

    def finish(self, text: str) -> str:
        lines = (line.rstrip() for line in text.replace("\N{NO-BREAK SPACE}", " ").split("\n"))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")

    def process_tag(self, node: Tag, parent_tags: set[str] | None = None) -> str:
        self.check()
        text: str = super().process_tag(node, parent_tags)
        # Each element copies the text of those in it.
        self.copied += len(text)
        if len(text) > MAX_CHARACTERS or self.copied > MAX_COPIED:
            raise ItemRefused("content_too_large", "The text of the note is too long, or its elements are too deep.")
        return text

    def escape(self, text: str, parent_tags: set[str]) -> str:
        # A substitution takes a hundred bytes for each match.
        if text.count("_") + text.count("<") > MANY:
            return text.replace("_", r"\_").replace("<", r"\<").replace("*", r"\*")
        return SPECIAL.sub(r"\\\g<0>", text).replace("*", r"\*")

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        href = attribute(el, "href").strip()
        el["href"] = re.sub(r"[\s()<>]", lambda found: f"%{ord(found[0]):02X}", href)
        return str(super().convert_a(el, text.replace("\n", " "), parent_tags))

    def convert_list(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if el.parent is not None and el.parent.name in LISTS:
            # Not valid, but common: a list inside a list and not inside an item belongs to the item above it.
            return indent(text.strip("\n"), 3 if el.parent.name == "ol" else 2) + "\n"
        return f"\n{text.rstrip()}" if "li" in parent_tags else f"\n\n{text.strip(chr(10))}\n\n"

    convert_ul = convert_ol = convert_list

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = self.box(el) + text.strip()
        parent = el.parent
        if not text:
            return "\n"
        bullet = "- "
        if parent is not None and parent.name == "ol":
            start = attribute(parent, "start")
            number = int(start) if start.isdecimal() and len(start) < 9 else 1
            bullet = f"{number + self.numbers[id(parent)]}. "
            self.numbers[id(parent)] += 1
        return f"{bullet}{indent(text, len(bullet)).lstrip()}\n"

    def box(self, item: Tag) -> str:
        """The checkbox of a list item, with a space."""
        return ""

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        row = f"|{text}\n"
        if el.find_previous_sibling("tr") is not None:
            return row
        return f"{row}|{' --- |' * max(1, sum(map(columns, cells(el))))}\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        words = " ".join(text.split()).replace("|", r"\|")
        return f" {words} |" + " |" * (columns(el) - 1)

    convert_th = convert_td

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return fenced(text.strip("\n"), "") if text.strip() else ""

    def convert_u(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text


def attribute(element: Tag, name: str) -> str:
    value: Any = element.attrs.get(name)  # Any: bs4 splits some attributes into lists
    return value if isinstance(value, str) else ""


def cells(row: Tag) -> list[Tag]:
    return [cell for cell in row.children if isinstance(cell, Tag) and cell.name in ("td", "th")]


def columns(cell: Tag) -> int:
    span = attribute(cell, "colspan")
    return max(1, min(MAX_COLUMNS, int(span))) if span.isdecimal() and len(span) < 5 else 1


def indent(text: str, width: int) -> str:
    return "\n".join(f"{' ' * width}{line}" if line else "" for line in text.split("\n"))


def fenced(code: str, language: str) -> str:
    """Return a block of code, with a fence that is longer than any in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in TICKS.findall(code)), default=0))
    return f"\n\n{fence}{language if LANGUAGE.fullmatch(language) else ''}\n{code}\n{fence}\n\n"


def lines_in(element: PageElement) -> str:
    """The text of an element in which each block is a line."""
    if isinstance(element, NavigableString):
        return str(element).replace("\N{NO-BREAK SPACE}", " ")
    if not isinstance(element, Tag) or element.name == "br":
        return "\n"
    parts: list[str] = []
    for child in element.children:
        is_block = isinstance(child, Tag) and child.name in ("div", "p", "li", "tr")
        if is_block and parts and not parts[-1].endswith("\n"):
            parts.append("\n")
        text = lines_in(child)
        parts.append(f"{text.removesuffix(chr(10))}\n" if is_block else text)
    return "".join(parts)
