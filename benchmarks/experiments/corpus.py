"""Make notes from real text: the paragraphs of the files in a directory.

Reads plain text, manual pages, HTML and desktop help pages, gzipped or not; docs/measurements/search.md says where to
get such texts. The first line of a paragraph becomes the title of its note.
"""

import gzip
import html
import re
from collections.abc import Iterator
from pathlib import Path

LONGEST_TITLE = 80
# Short paragraphs are joined until a note has this many characters.
SHORTEST = 200
MANUAL = re.compile(r"\.\d\w*(\.gz)?$")
MARKUP = (".html", ".page", ".xml")
# Requests that end a paragraph in a manual page, and requests within one.
BREAK = re.compile(r"\.\s*(SH|SS|PP|P|LP|TP|IP|HP|sp|br|nf|fi|Sh|Ss|Pp|It|Bl|El)\b.*")
REQUEST = re.compile(r"\.\s*(B|I|BR|BI|IB|IR|RB|RI|SM|SB)\s+(?P<text>.*)")
ESCAPES = [(r"\\f(\(..|\[\w*\]|.)|\\s[-+]?\d|\\[,/&|^%:~]|\\\*\(..", ""), (r"\\\(aq", "'"), (r"\\\((..)", " "),
           (r"\\e|\\\\", r"\\"), (r"\\(.)", r"\1")]  # fmt: skip


def notes(directory: Path) -> Iterator[dict[str, str]]:
    """Yield titles and contents in the order of the file names.

    Each paragraph occurs once: text that is not translated yet is the same in every language.
    """
    seen: set[str] = set()
    for path in sorted(directory.rglob("*")):
        text = ""
        for paragraph in paragraphs(path):
            if paragraph not in seen:
                seen.add(paragraph)
                text += f"\n\n{paragraph}"
            if len(text) >= SHORTEST:
                yield note_of(text.strip())
                text = ""
        if text.strip():
            yield note_of(text.strip())


def note_of(paragraph: str) -> dict[str, str]:
    first, _, rest = paragraph.partition("\n")
    if len(first) <= LONGEST_TITLE:
        return {"title": first, "content": rest.lstrip()}
    end = first.rfind(" ", 1, LONGEST_TITLE)
    end = end if end > 0 else LONGEST_TITLE
    return {"title": first[:end], "content": paragraph[end:].lstrip()}


def paragraphs(path: Path) -> Iterator[str]:
    text = text_of(path)
    if MANUAL.search(path.name):
        text = without_requests(text)
    elif path.suffix in MARKUP:
        text = without_markup(text)
    for paragraph in re.split(r"\n(?:[ \t]*\n|%\n)+", text):
        lines = [" ".join(line.split()) for line in paragraph.splitlines()]
        yield "\n".join(filter(None, lines))


def text_of(path: Path) -> str:
    """Return the text of the file, or "" if it is binary."""
    if not path.is_file() or path.is_symlink():
        return ""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        return "" if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return ""


def without_requests(page: str) -> str:
    """Return a manual page without the requests of its formatter."""
    lines = []
    for line in page.splitlines():
        if BREAK.match(line):
            lines.append("")
        elif found := REQUEST.match(line):
            lines.append(found["text"].replace('"', ""))
        elif not line.startswith((".", "'")):
            lines.append(line)
    text = "\n".join(lines)
    for pattern, replacement in ESCAPES:
        text = re.sub(pattern, replacement, text)
    return text


def without_markup(page: str) -> str:
    body = re.sub(r"(?s)<(head|info|script|style)\b.*?</\1>|<!--.*?-->|<\?.*?\?>", "", page)
    body = re.sub(r"</?(p|title|li|item|h\d|td|th|section|div|pre|code|screen)\b[^>]*>", "\n\n", body)
    return html.unescape(re.sub(r"<[^>]+>", "", body))
