"""Lines of text for what other programs know about a note and a note has no member for."""

import re

MAX_URL = 2000


def task_line(title: str, due: str, *, is_done: bool) -> str:
    """Return a checkbox with the title, since a note itself cannot be done."""
    return f"- [{'x' if is_done else ' '}] {' '.join(title.split())}{f' (due {due})' if due else ''}"


def with_source(content: str, url: str) -> str:
    """Name the page from which the note was clipped at its end."""
    is_page = url.startswith(("http://", "https://")) and not re.search(r"[\s<>]", url) and len(url) <= MAX_URL
    return f"{content}\n\nSource: <{url}>".lstrip("\n") if is_page else content
