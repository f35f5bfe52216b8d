"""The parts of a Markdown text that are not code, and the tags and files in them."""

import io
import re
from collections.abc import Callable, Iterator

from notes.transfer.budget import Budget, ItemRefused

MAX_LINKS = 20_000
# One tag of HTML takes as long as this many.
BACKTICKS = 8
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
TICKS = re.compile("`+")
LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s")
# A hashtag ends at white space and at punctuation, except `-`, `_` and `/`. U+200D joins emoji.
ENDS = (
    r"\s!-,.:-@\[-^`{-\u00a0\u2000-\u200c\u200e-\u206f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
HASHTAG = re.compile(rf"(?:^|(?<=\s))#([^{ENDS}#]+)(?=$|[{ENDS}])", re.MULTILINE)
# `![text](<path> "title")`, `![[path]]`, `<img src="path"` and `[id]: path`, the target of `![text][id]`. No part may
# contain what begins another match, so that matching takes linear time.
LINK = re.compile(
    r"(?P<image>!?)\[(?P<label>[^\[\]\n]{0,500})\]"
    r"\((?:<(?P<wide>[^<>\n]{1,1000})>|(?P<path>[^\s()<>]{1,1000}(?:\([^\s()<>]{0,200}\)[^\s()<>]{0,500}){0,3}))"
    r"(?:\s+\"[^\"\n]{0,500}\")?\)"
    r"|!\[\[(?P<embed>[^\[\]\n|#]{1,500})(?:[|#][^\[\]\n]{0,500})?\]\]"
    r"|(?P<tag><img\s(?:[^<>]{0,300}\s)?src=[\"'])(?P<src>[^<>\"'\n]{1,1000})(?=[\"'])"
    r"|(?P<definition>^ {0,3}\[[^\^\[\]\n][^\[\]\n]{0,500}\]:[ \t]{1,9})"
    r"(?:<(?P<far>[^<>\n]{1,1000})>|(?P<to>[^\s<>]{1,1000}))",
    re.MULTILINE,
)


def hashtags_in(text: str) -> list[str]:
    """Return the words after `#`, in order, each once. A number alone is not a tag."""
    if "#" not in text:
        return []
    found: dict[str, None] = {}
    for part, is_code in parts_of(text):
        for word in () if is_code else HASHTAG.findall(part):
            tag = word.strip("/-")
            if tag and not tag.replace("/", "").isdigit():
                found[tag] = None
    return list(found)


def count_links(text: str) -> int:
    """Return how many there may be at most. Raises `ItemRefused` if these are too many for one note."""
    count = text.count("](") + text.count("![[") + text.count("<img") + text.count("]:")
    if count > MAX_LINKS:
        raise ItemRefused("content_too_large", f"The text has more than {MAX_LINKS:,} links.")
    return count


def count_markup(text: str, budget: Budget, *, hashtags: bool = False) -> None:
    """Count what it takes to find links, and `hashtags` if these are wanted. Raises `ItemRefused` if it is too much."""
    links = count_links(text)
    if links or (hashtags and "#" in text):
        budget.count_markup(links + text.count("\n") + text.count("`") // BACKTICKS)


def replace_links(text: str, replace: Callable[[re.Match[str]], str]) -> str:
    """Replace each link, picture, embedded file and definition of a reference that is not in code."""
    if not count_links(text):
        return text
    return "".join(part if is_code else LINK.sub(replace, part) for part, is_code in parts_of(text))


def target_of(link: re.Match[str]) -> str:
    """Return the target of a link; empty if it is an embedded file."""
    return link["wide"] or link["path"] or link["src"] or link["far"] or link["to"] or ""


def parts_of(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text in parts, and whether each is code."""
    for block, is_code in blocks_of(text):
        if is_code:
            yield block, True
        else:
            yield from spans_of(block)


def blocks_of(text: str) -> Iterator[tuple[str, bool]]:
    """Divide the text at fences, blank lines and indented code (CommonMark 0.31)."""
    lines: list[str] = []
    fence = ""
    was_code = is_list = after_blank = False
    # Not `splitlines`: for it, other characters end a line as well.
    for line in io.StringIO(text):
        if after_blank and not (fence or was_code) and line.isspace():
            lines.append(line)
            continue
        mark = FENCE.match(line)
        closes = bool(fence) and mark is not None and mark.group(1).startswith(fence) and not line.strip(" \t\n`~")
        is_blank = not line.strip()
        is_indented = line.startswith(("    ", "\t")) and (after_blank or was_code) and not is_list and not is_blank
        is_code = bool(fence or mark or is_indented)
        if lines and (is_code != was_code or (is_blank and not after_blank)):
            yield "".join(lines), was_code
            lines = []
        lines.append(line)
        fence = "" if closes else fence or (mark.group(1) if mark else "")
        is_list = bool(LIST_ITEM.match(line)) or (is_list and (is_blank or line[0] in " \t"))
        was_code, after_blank = is_code, is_blank
    if lines:
        yield "".join(lines), was_code


def spans_of(block: str) -> Iterator[tuple[str, bool]]:
    """Divide a paragraph at code spans: from a row of backticks to the next one of the same length."""
    runs = [(found.start(), found.end()) for found in TICKS.finditer(block)]
    following: dict[int, int] = {}
    closers: list[int | None] = [None] * len(runs)
    for index in range(len(runs) - 1, -1, -1):
        length = runs[index][1] - runs[index][0]
        closers[index] = following.get(length)
        following[length] = index
    position = index = 0
    while index < len(runs):
        closer = closers[index]
        if closer is not None:
            yield block[position : runs[index][0]], False
            yield block[runs[index][0] : runs[closer][1]], True
            position, index = runs[closer][1], closer
        index += 1
    yield block[position:], False
