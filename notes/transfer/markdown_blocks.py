"""Lines, blocks and links of Markdown that is made of something else."""

import re
from urllib.parse import quote

TICKS = re.compile("`+")
LANGUAGE = re.compile(r"[\w+#.-]{1,30}")
# An address between `<` and `>` (CommonMark 0.31): with a scheme, or of a mailbox.
AUTOLINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:|[\w.+-]++@[\w-]++(?:\.[\w-]++)+\Z", re.ASCII)
SPACES = filter(str.isspace, map(chr, range(0x3001)))
RESERVED = str.maketrans({character: quote(character) for character in (*SPACES, *"()<>")})


def is_autolink(address: str) -> bool:
    return AUTOLINK.match(address) is not None


def without_reserved(address: str) -> str:
    """Encode what ends an address in Markdown."""
    return address.translate(RESERVED)


def edge(space: str) -> str:
    """Return the line breaks in white space, or else one space."""
    return "\n" * space.count("\n") or (" " if space else "")


def joined(parts: list[str]) -> str:
    """Join the texts of the elements. Where both sides have line breaks, the larger number counts, but two at most."""
    if "\n" not in (text := "".join(parts)):
        return text
    result: list[str] = []
    trailing = ""
    for part in parts:
        rest = part.lstrip("\n")
        content = rest.rstrip("\n")
        leading = part[: len(part) - len(rest)]
        if trailing and leading:
            trailing, leading = "", max(trailing, leading)[:2]
        result += (trailing, leading, content)
        trailing = rest[len(content) :]
    return "".join((*result, trailing))


def indent(text: str, width: int) -> str:
    """Indent each line that is not empty."""
    prefix = " " * width
    lines = f"\n{prefixed(text, prefix)}\n"
    # Twice, because one line break belongs to two lines.
    for _ in range(2):
        lines = lines.replace(f"\n{prefix}\n", "\n\n")
    return lines[1:-1]


def prefixed(text: str, prefix: str) -> str:
    """Put the prefix before each line. A list of a million lines would take 100 MB."""
    return prefix + text.replace("\n", f"\n{prefix}")


def fenced(code: str, language: str) -> str:
    """Return a block of code, with a fence that is longer than any in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in TICKS.findall(code)), default=0))
    return f"\n\n{fence}{language if LANGUAGE.fullmatch(language) else ''}\n{code}\n{fence}\n\n"
