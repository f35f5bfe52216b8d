"""HTML to Markdown. Import this module where it is used: it takes a few megabytes of memory."""

import re
from collections import Counter
from functools import lru_cache
from typing import Any

from markdownify import ATX, MarkdownConverter

from notes.transfer.budget import Budget, ItemRefused
from notes.transfer.html_tree import Element, attribute, begins_with_text, columns, count_tags, elements, parse_html
from notes.transfer.markdown_blocks import edge, fenced, indent, is_autolink, joined, prefixed, without_reserved

UntypedConverter: Any = MarkdownConverter  # Any: the stubs of markdownify lack what is overridden here
MAX_TAGS = 30_000
MAX_CHARACTERS = 4 << 20
MAX_COPIED = 8 << 20
MANY = 10_000
# To replace a reference to a character takes a part of the time of a tag.
REFERENCES = 4
# Where a text would be read as Markdown or HTML.
SPECIAL = re.compile(r"(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])")
# A text with one of these is not Markdown as it is.
UNUSUAL = re.compile(r"[\t\r\n_<*]|  |\A\s|\s\Z")
# At the beginning of a line: a heading, an item, a quotation, a rule, the line below a heading or a fence.
LINE_START = re.compile(r"\A(?:\s*(?=(?:#{1,6}|[-+])\s|>|[-=]{2,}\s*\Z|`{3,}|~{3,})|\s*\d{1,9}(?=[.)](?:\s|\Z)))")
ROOTS = frozenset({"[document]", "en-note"})
# It begins only where white space begins: trying each place in a long row of spaces would take quadratic time.
BREAK = re.compile(r"(?<![\t ])[\t ]*+[\r\n][\t \r\n]*+")
SPACE = re.compile(r"[\t ]+")
# A line break of HTML source is only a space. In Markdown, these characters after it would begin a block.
INTERPRETED = re.compile(r"(?<=[^\n])\n(?=[-+=#>~`0-9])")
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# White space at the edges of these means nothing.
BLOCKS = HEADINGS | {
    *("p", "blockquote", "article", "div", "section", "ol", "ul", "li", "dl", "dt", "dd", "table", "tr", "td", "th")
}
INLINE = HEADINGS | {"td", "th"}
UNFORMATTED = frozenset({"pre", "code", "kbd", "samp"})
# In these a text is not read as a block of Markdown.
UNINTERPRETED = frozenset({"_inline", "_noformat"})
# What is around the text of these elements.
MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "s": "~~", "del": "~~", "u": ""}
# Elements for which there is a rule, here, in `markdownify` or in `notes.transfer.enml`.
CONVERTED = (BLOCKS | UNFORMATTED | MARKS.keys() | {"[document]"}) | {
    *("a", "br", "caption", "figcaption", "hr", "img", "q", "script", "span", "style", "sub", "sup", "video"),
    *("en-crypt", "en-media", "en-todo"),
}
# Making these takes longer than to convert a short note.
OPTIONS = UntypedConverter(heading_style=ATX, bullets="-", table_infer_header=True, autolinks=False).options
Names = frozenset[str]


class Converter(UntypedConverter):  # type: ignore[misc]  # as above
    """The rules for each element are those of `markdownify`. The tree is walked here: `markdownify` takes ten times as
    long for it.
    """

    def __init__(self, budget: Budget) -> None:
        self.options = OPTIONS
        self.convert_fn_cache: dict[str, Any] = {}  # Any: the methods of `markdownify`
        self.budget = budget
        self.copied = 0
        # By the id of the element: the items of a list, and the tables that have a row.
        self.numbers: Counter[int] = Counter()
        self.tables: set[int] = set()

    def convert(self, markup: str) -> str:
        """Return the Markdown. Raises `ItemRefused` if it is too long or has too many tags."""
        if len(markup) > MAX_CHARACTERS:
            raise ItemRefused("content_too_large", f"The HTML of the note has more than {MAX_CHARACTERS:,} characters.")
        if (tags := count_tags(markup)) > MAX_TAGS:
            raise ItemRefused("content_too_large", f"The HTML of the note has more than {MAX_TAGS:,} tags.")
        self.budget.count_markup(tags + markup.count("&") // REFERENCES)
        return self.finish(self.process_tag(parse_html(markup), frozenset()).strip("\n"))

    def finish(self, text: str) -> str:
        lines = (line.rstrip() for line in text.replace("\N{NO-BREAK SPACE}", " ").split("\n"))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")

    def process_tag(self, node: Element, parent_tags: Names) -> str:
        """Return the Markdown of an element. `parent_tags` has the names of the elements around it."""
        within = names_within(node.name, parent_tags)
        parts = self.parts_of(node, within)
        text = "".join(parts) if "pre" in within else joined(parts)
        if (convert := self.get_conv_fn_cached(node.name)) is not None:
            text = convert(node, text, parent_tags=parent_tags)
        self.count_copied(text)
        return text

    def count_copied(self, text: str) -> None:
        """Each element copies the text of those in it. Raises `ItemRefused` if that is too much."""
        self.copied += len(text)
        if len(text) > MAX_CHARACTERS or self.copied > MAX_COPIED:
            raise ItemRefused("content_too_large", "The text of the note is too long, or its elements are too deep.")

    def parts_of(self, node: Element, within: Names) -> list[str]:
        before: Element | str | None = None
        part: str | None
        children, parts = node.children, []
        is_interpreted = within.isdisjoint(UNINTERPRETED)
        for number, child in enumerate(children, start=1):
            if isinstance(child, str):
                part = child
                if UNUSUAL.search(child):
                    after = children[number] if number < len(children) else None
                    begins = at_edge(before, node) if "pre" in within else begins_line(before, node)
                    part = self.words(child, within, begins, at_edge(after, node))
            elif (part := self.marked(child, within)) is None:
                part = self.process_tag(child, within)
            if is_interpreted and begins_line(before, node) and begins_with_text(child):
                part = LINE_START.sub(r"\g<0>\\", part)
            before = child
            if part:
                parts.append(part)
        return parts

    def marked(self, node: Element, within: Names) -> str | None:
        """Return what `process_tag` does for the commonest elements, in a third of its time; None for any other."""
        mark = MARKS.get(node.name)
        if mark is None or len(node.children) != 1:
            return None
        text = node.children[0]
        if not isinstance(text, str) or UNUSUAL.search(text):
            return None
        text = text if "_noformat" in within else f"{mark}{text}{mark}"
        self.count_copied(text)
        return text

    def words(self, text: str, within: Names, begins: bool, ends: bool) -> str:  # both are edges
        """Return an unusual text in the tree, without the white space at the edges of blocks."""
        if (begins or ends) and not text.strip():
            return ""
        if "pre" not in within:
            text = SPACE.sub(" ", INTERPRETED.sub(" ", BREAK.sub("\n", text)))
        if "_noformat" not in within:
            text = self.escape(text, within)
        text = text.lstrip(" \t\r\n") if begins else text
        return text.rstrip() if ends else text

    def escape(self, text: str, parent_tags: Names) -> str:
        # A substitution takes a hundred bytes for each match.
        if text.count("_") + text.count("<") > MANY:
            return text.replace("_", r"\_").replace("<", r"\<").replace("*", r"\*")
        return SPECIAL.sub(r"\\\g<0>", text).replace("*", r"\*")

    def surround(self, text: str, mark: str, parent_tags: Names) -> str:
        """Put the mark around the text. White space stays outside, because Markdown does not allow it inside."""
        if "_noformat" in parent_tags:
            return text
        if not (words := text.strip()):
            return edge(text)
        before, _, after = text.partition(words)
        return f"{edge(before)}{mark}{words}{mark}{edge(after)}"

    def convert_b(self, el: Element, text: str, parent_tags: Names) -> str:
        return self.surround(text, MARKS[el.name], parent_tags)

    convert_strong = convert_i = convert_em = convert_s = convert_del = convert_u = convert_b

    def get_conv_fn(self, tag_name: str) -> Any:  # Any: as above
        # `markdownify` takes whatever it has with a name such as `convert_soup` for the rule of an element.
        return super().get_conv_fn(tag_name) if tag_name in CONVERTED else None

    def convert_a(self, el: Element, text: str, parent_tags: Names) -> str:
        href = el.attrs["href"] = without_reserved(attribute(el, "href").strip())
        words = text.strip()
        if "_noformat" not in parent_tags and is_autolink(href):
            if not words:
                return f"<{href}>" if "://" in href else text
            if words.replace(r"\_", "_") == href and not attribute(el, "title"):
                before, _, after = text.partition(words)
                return f"{edge(before)}<{href}>{edge(after)}"
        if not words:
            return text
        return str(super().convert_a(el, re.sub(r"[\n\N{NO-BREAK SPACE}]", " ", text), parent_tags))

    def convert_blockquote(self, el: Element, text: str, parent_tags: Names) -> str:
        text = text.strip(" \t\r\n")
        if "_inline" in parent_tags:
            return f" {text} "
        return f"\n{prefixed(text, '> ')}\n\n" if text else "\n"

    def convert_dd(self, el: Element, text: str, parent_tags: Names) -> str:
        text = text.strip()
        if "_inline" in parent_tags:
            return f" {text} "
        return f":   {indent(text, 4).lstrip()}\n" if text else "\n"

    def convert_list(self, el: Element, text: str, parent_tags: Names) -> str:
        if el.parent is not None and el.parent.name in ("ul", "ol"):
            # Not valid, but common: a list inside a list and not inside an item belongs to the item above it.
            return indent(text.strip("\n"), 3 if el.parent.name == "ol" else 2) + "\n"
        return f"\n{text.rstrip()}" if "li" in parent_tags else f"\n\n{text.strip(chr(10))}\n\n"

    convert_ul = convert_ol = convert_list

    def convert_li(self, el: Element, text: str, parent_tags: Names) -> str:
        text = self.box(el) + text.strip()
        parent = el.parent
        if not text:
            return "\n"
        bullet = "- "
        if parent is not None and parent.name == "ol":
            start = attribute(parent, "start")
            number = int(start) if len(start) < 9 and start.isdecimal() else 1
            bullet = f"{number + self.numbers[id(parent)]}. "
            self.numbers[id(parent)] += 1
        return f"{bullet}{indent(text, len(bullet)).lstrip()}\n"

    def box(self, item: Element) -> str:
        """The checkbox of a list item, with a space."""
        return ""

    def convert_tr(self, el: Element, text: str, parent_tags: Names) -> str:
        row = f"|{text}\n"
        if id(el.parent) in self.tables:
            return row
        self.tables.add(id(el.parent))
        return f"{row}|{' --- |' * max(1, sum(map(columns, elements(el, 'td', 'th'))))}\n"

    def convert_td(self, el: Element, text: str, parent_tags: Names) -> str:
        words = " ".join(text.split()).replace("|", r"\|")
        return f" {words} |" + " |" * (columns(el) - 1)

    convert_th = convert_td

    def convert_pre(self, el: Element, text: str, parent_tags: Names) -> str:
        return fenced(text.strip("\n"), "") if text.strip() else ""


@lru_cache(1000)
def names_within(name: str, around: Names) -> Names:
    """Return the names for the children of an element, with `_inline` and `_noformat` as `markdownify` has them."""
    special = {"_inline"} if name in INLINE else {"_noformat"} if name in UNFORMATTED else ()
    return around.union((name, *special))


def at_edge(neighbour: Element | str | None, parent: Element) -> bool:
    """Whether white space between the two means nothing. Without a neighbour, it is at the edge of its parent."""
    if neighbour is None:
        return parent.name in BLOCKS
    return isinstance(neighbour, Element) and (neighbour.name in BLOCKS or neighbour.name == "pre")


def begins_line(before: Element | str | None, parent: Element) -> bool:
    """Whether a text is at the beginning of a line."""
    is_after_break = isinstance(before, Element) and before.name == "br"
    return is_after_break or at_edge(before, parent) or (before is None and parent.name in ROOTS)
