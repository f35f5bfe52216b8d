"""Reading JSON that other programs wrote: of bounded size and depth, and tolerant of what they leave out."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from notes.transfer.budget import ItemRefused

# Arrays, objects and members of one note. Each takes up to a hundred bytes of memory.
MAX_VALUES = 200_000
# Up to the end if it is not closed: otherwise each quote in it would be tried.
STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)


class Record(Mapping[str, Any]):  # Any: JSON of another program
    """An object, whose members are read as one type, or as the default if they have another."""

    def __init__(self, members: Any) -> None:  # Any: as above
        self.members: dict[str, Any] = members if isinstance(members, dict) else {}

    def __getitem__(self, name: str) -> Any:  # Any: as above
        return self.members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)

    def text(self, name: str) -> str:
        value = self.members.get(name)
        return value if isinstance(value, str) else ""

    def flag(self, name: str) -> bool:
        return self.members.get(name) is True

    def record(self, name: str) -> "Record":
        return Record(self.members.get(name))

    def records(self, name: str) -> "list[Record]":
        value = self.members.get(name)
        return [Record(item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []

    def texts(self, name: str) -> list[str]:
        value = self.members.get(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def parse_json(text: str) -> Any:  # Any: as above
    """Raises `ItemRefused` if this is not JSON, or too much of it."""
    require_few_values(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ItemRefused("invalid_json", "This is not valid JSON.") from error


def require_few_values(text: str) -> None:
    """A short text can hold millions of empty arrays, which take a hundred times its memory."""
    if count_values(text) > MAX_VALUES and has_many_values(text):
        raise ItemRefused("invalid_json", "The JSON has too many values for one note.")


def has_many_values(text: str) -> bool:
    """Whether there are more than MAX_VALUES outside of strings."""
    count = at = 0
    for number, string in enumerate(STRING.finditer(text)):
        count += count_values(text, at, string.start())
        at = string.end()
        # Between two strings there is a comma, or a colon after each of these.
        if count > MAX_VALUES or number > 2 * MAX_VALUES:
            return True
    return count + count_values(text, at, len(text)) > MAX_VALUES


def count_values(text: str, start: int = 0, end: int | None = None) -> int:
    return text.count("[", start, end) + text.count("{", start, end) + text.count(",", start, end)
