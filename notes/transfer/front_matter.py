"""What stands in front of a Markdown text about it: YAML between `---`, TOML between `+++`, or a JSON object.

Each scalar is read as the text that it is, so a title `001` stays. What is not understood stays in the text.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from notes.transfer.budget import Budget
from notes.transfer.front_matter_comments import TOML_COMMENT, YAML_COMMENT, comments_in, hide_scalars
from notes.transfer.front_matter_lines import read_lines

MAX_BYTES, MAX_VALUES, MAX_DEPTH = 1 << 16, 2000, 16
CHARACTERS = 2  # One tag of HTML takes as long as this many.
BLOCK = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)^(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
JSON_OBJECT = re.compile(r"\A\{[ \t]*\n")
MAX_TOML = 1 << 12
TOML_STRING = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
TRUE, FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})

Value = Any  # Any: None, a text, a list of values or a dictionary of them


@dataclass(slots=True)
class FrontMatter:
    """`values` by lower-case name; `sources` has the lines of each as YAML, and `comments` those of them that are
    comments. `text` is what follows.
    """

    text: str
    values: dict[str, Value] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def texts(self, *names: str) -> Iterator[tuple[str, str]]:
        """Yield the values that are texts, with their names, in the order of `names`."""
        for name in names:
            if isinstance(value := self.values.get(name), str) and value.strip():
                yield name, value

    def flag(self, *names: str) -> bool:
        words = {name: value.strip().lower() for name, value in self.texts(*names)}
        self.used.update(name for name, word in words.items() if word in TRUE | FALSE)
        return not TRUE.isdisjoint(words.values())

    def free_name(self, name: str) -> str:
        """Return the lower-case name; if there is a value of this name already, one that nothing else has."""
        lower = name.strip().lower()
        return f"{lower} {len(self.values)} " if lower in self.values else lower

    def rest(self) -> str:
        """The text, below the comments and those values that nothing has used."""
        left = [
            self.sources[name] if value and name not in self.used else self.comments.get(name, "")
            for name, value in self.values.items()
        ]
        above = f"---\n{''.join(left)}---\n" if any(left) else ""
        return f"{above}\n{self.text}" if above and self.text else above or self.text


def split_front_matter(text: str) -> FrontMatter:
    if JSON_OBJECT.match(text):
        return read_json(text)
    found = BLOCK.match(text[:MAX_BYTES]) if text.startswith(("---", "+++")) else None
    if found is None:
        return FrontMatter(text)
    result = FrontMatter(text[found.end() :].lstrip("\n"))
    read = read_yaml if found.group(1) == "---" else read_toml
    return result if read(found.group(2), result) else FrontMatter(text)


def count_markup(text: str, budget: Budget) -> None:
    """Count what it takes to parse the front matter. Raises `ItemRefused` if it is too much for the input."""
    if JSON_OBJECT.match(text):
        budget.count_markup(min(len(text), MAX_BYTES) // CHARACTERS)
    elif text.startswith(("---", "+++")) and (found := BLOCK.match(text[:MAX_BYTES])):
        budget.count_markup(found.end() // CHARACTERS)


def text_below(raw: str) -> str | None:
    """Return what follows the front matter, unchanged; None if the lines of the front matter do not end in LF."""
    block = BLOCK.match(raw[:MAX_BYTES])
    return raw[block.end() :] if block and "\r" not in block[0] else None


def read_json(text: str) -> FrontMatter:
    try:
        members, end = json.JSONDecoder(object_pairs_hook=without_repetition).raw_decode(text[:MAX_BYTES])
        result = FrontMatter(text[end:].lstrip("\n"))
        add_members(members, result)
    except (ValueError, RecursionError):
        return FrontMatter(text)
    return result


def without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: JSON
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name comes twice")
    return members


def read_toml(block: str, result: FrontMatter) -> bool:
    # Keys of thousands of parts take `tomllib` gigabytes.
    lines = TOML_STRING.sub("", block).split("\n")
    if len(block) > MAX_TOML or max(line.count(".") for line in lines) > MAX_DEPTH:
        return False
    try:
        members = tomllib.loads(block)
        if comments := comments_in(block, TOML_COMMENT):
            # They belong to no name.
            result.values[""], result.comments[""] = None, comments
        add_members(members, result)
    except (ValueError, RecursionError):
        # Also for a hexadecimal number with more digits than Python writes in decimal.
        return False
    return True


def add_members(members: dict[str, Any], result: FrontMatter) -> None:  # Any: values of TOML or JSON
    for name, value in members.items():
        key = result.free_name(name)
        result.values[key] = as_texts(value)
        result.sources[key] = f"{name}: {json.dumps(value, ensure_ascii=False, default=str)}\n"


def as_texts(value: Any, depth: int = 0) -> Value:  # Any: as above
    """Return the value as YAML would have it, with texts for all scalars. Raises `ValueError` if it is too deep."""
    if depth > MAX_DEPTH:
        raise ValueError("too deep")
    if isinstance(value, dict):
        return {name: as_texts(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [as_texts(item, depth + 1) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, str) else str(value)


def read_yaml(block: str, result: FrontMatter) -> bool:
    """Fill the result. Return False if this is not a mapping: then the lines are part of the text."""
    import yaml  # noqa: PLC0415  # only imports need it

    lines = block.splitlines(keepends=True)
    try:
        events = Events(yaml.parse(block, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)))
        starts = events.read_document(result)
    except (yaml.YAMLError, TooComplex, ValueError):
        return read_lines(lines, result)
    if starts is None or (block.strip() and not starts):
        return False
    # Comments above the first name are with it.
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    bounds = [first, *(line for _, line in starts[1:]), len(lines)]
    plain = hide_scalars(block, events.scalars).splitlines(keepends=True)
    for (name, _), (start, end) in zip(starts, pairwise(bounds), strict=False):
        result.sources[name] = "".join(lines[start:end])
        result.comments[name] = comments_in("".join(plain[start:end]), YAML_COMMENT)
    return True


class TooComplex(Exception):
    """There are more values, or deeper ones, than front matter has, or anchors, aliases or tags of YAML."""


class Events:
    """Builds values from the events of a YAML parser, which needs no recursion itself."""

    def __init__(self, events: Iterable[Any]) -> None:  # Any: PyYAML's events
        self.events = iter(events)
        self.count = 0
        # Where each scalar begins and ends.
        self.scalars: list[tuple[int, int]] = []

    def next(self) -> tuple[str, Any]:  # Any: as above
        event = next(self.events)
        self.count += 1
        kind = type(event).__name__
        if self.count > MAX_VALUES or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise TooComplex
        if kind == "ScalarEvent":
            self.scalars.append((event.start_mark.index, event.end_mark.index))
        return kind, event

    def read_document(self, result: FrontMatter) -> list[tuple[str, int]] | None:
        """Read a mapping and return the names with the numbers of their lines. None if it is not a mapping."""
        starts: list[tuple[str, int]] = []
        kind, event = self.next()
        while kind in ("StreamStartEvent", "DocumentStartEvent"):
            kind, event = self.next()
        if kind == "StreamEndEvent":
            return starts
        if kind != "MappingStartEvent" or event.flow_style:
            return None
        kind, event = self.next()
        while kind != "MappingEndEvent":
            if kind != "ScalarEvent":
                raise TooComplex
            name = result.free_name(event.value)
            starts.append((name, event.start_mark.line))
            result.values[name] = self.value(*self.next(), 1)
            kind, event = self.next()
        return starts

    def value(self, kind: str, event: Any, depth: int) -> Value:  # Any: as above
        if depth > MAX_DEPTH:
            raise TooComplex
        if kind == "ScalarEvent":
            return None if not event.style and event.value in ("", "~", "null", "Null", "NULL") else event.value
        if kind == "SequenceStartEvent":
            return list(self.items("SequenceEndEvent", depth))
        if kind != "MappingStartEvent":
            raise TooComplex
        pairs = iter(list(self.items("MappingEndEvent", depth)))
        return {str(name): value for name, value in zip(pairs, pairs, strict=True)}

    def items(self, end: str, depth: int) -> Iterator[Value]:
        kind, event = self.next()
        while kind != end:
            yield self.value(kind, event, depth + 1)
            kind, event = self.next()
