"""Reading a large JSON document item by item: the members of its top-level arrays, of which one is in memory."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from notes.transfer.budget import ItemRefused
from notes.transfer.json_values import Record, require_few_values
from notes.transfer.reader import Entry

MAX_ITEM = 8 << 20
# From this size on, an item is checked before it is parsed.
SMALL = 1 << 18
# A note has more characters. An export may have this many shorter values.
SHORT, MAX_SHORT = 32, 10_000
SPACE = re.compile(r"[ \t\r\n]*")
DECODER = json.JSONDecoder()


def invalid() -> ItemRefused:
    return ItemRefused("invalid_json", "The JSON is not valid here. What follows in the file was not read.")


class Window:
    """The part of the text that is being parsed."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.text = ""
        self.at = 0
        self.is_last = False
        self.short = 0

    def grow(self) -> None:
        """Forget what was parsed, and read until the rest is twice as long."""
        parts = [self.text[self.at :]]
        size, wanted = 0, max(1, len(parts[0]))
        while size < wanted and not self.is_last:
            chunk = next(self.chunks, None)
            self.is_last = chunk is None
            parts.append(self.decoder.decode(chunk or b"", final=self.is_last))
            size += len(parts[-1])
        self.text, self.at = "".join(parts), 0

    def peek(self) -> str:
        """Return the next character that is not white space; empty at the end."""
        while True:
            self.at = SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]  # it matches everywhere
            if self.at < len(self.text) or self.is_last:
                return self.text[self.at : self.at + 1]
            self.grow()

    def take(self, expected: str) -> str:
        """Consume one of these characters. Raises `ItemRefused` if another one follows."""
        found = self.peek()
        if not found or found not in expected:
            raise invalid()
        self.at += 1
        return found

    def value(self) -> Any:  # Any: JSON of another program
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.at)
            except (ValueError, RecursionError) as error:
                if self.is_last or isinstance(error, RecursionError):
                    raise invalid() from error
            else:
                # More digits of a number may follow.
                if end < len(self.text) or self.is_last or self.text[end - 1] in '"]}':
                    self.count(end - self.at)
                    self.at = end
                    return value
            if len(self.text) - self.at > MAX_ITEM:
                raise invalid()
            self.grow()
            if len(self.text) > SMALL:
                require_few_values(self.text)

    def count(self, size: int) -> None:
        self.short += size < SHORT
        if self.short > MAX_SHORT:
            message = f"The JSON has more than {MAX_SHORT:,} values that are too short to be notes."
            raise ItemRefused("invalid_json", message)


def items_of(entry: Entry) -> Iterator[tuple[str, Any]]:  # Any: as above
    """Yield the items of each array in the top-level object, with its name, and each other member as it is.

    If the document is an array, the name of its items is empty. Raises `ItemRefused` where it is not valid.
    """
    window = Window(entry.chunks())
    if window.peek() == "[":
        yield from array_of(window, "")
        return
    window.take("{")
    if window.peek() == "}":
        return
    while True:
        name = window.value()
        window.take(":")
        if window.peek() == "[":
            yield from array_of(window, str(name))
        else:
            yield str(name), window.value()
        if window.take(",}") == "}":
            return


def array_of(window: Window, name: str) -> Iterator[tuple[str, Any]]:  # Any: as above
    window.take("[")
    if window.peek() == "]":
        window.take("]")
        return
    while True:
        yield name, window.value()
        if window.take(",]") == "]":
            return


def records_of(entry: Entry, *names: str) -> Iterator[Record]:
    """Yield the objects in the arrays of these names."""
    return (Record(item) for name, item in items_of(entry) if name in names and isinstance(item, dict))
