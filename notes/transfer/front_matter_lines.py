"""Front matter that is not valid YAML, such as `title: Oslo: the harbour`."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notes.transfer.front_matter import FrontMatter

LINE = re.compile(r"([A-Za-z][\w ?-]*):[ \t]*(.*)")
# What stands in place of a text below it.
BLOCK_SCALAR = re.compile(r"[|>][-+1-9]{0,2}")
FLOW_LIST = re.compile(r"\[([^\[\]{}]{0,1000})\]")
QUOTED = re.compile(r"([\"'])(.*)\1")


def read_lines(lines: Iterable[str], result: "FrontMatter") -> bool:
    """Read what looks like a mapping, though it is not valid YAML: `name: value` and items below a name."""
    result.values.clear()
    # Joined at the end: adding each line to a text copies the text.
    sources: defaultdict[str, list[str]] = defaultdict(list)
    comments: defaultdict[str, list[str]] = defaultdict(list)
    name = ""
    for line in lines:
        if found := LINE.match(line):
            name = result.free_name(found.group(1))
            result.values[name] = read_value(found.group(2).strip())
        elif name and line.strip().startswith("- "):
            if not isinstance(items := result.values[name], list):
                items = result.values[name] = [items] if items else []
            items.append(unquoted(line.strip()[2:]))
        elif not name:
            # What stands above the first name belongs to none, and must not be lost.
            result.values[""] = line.strip() or result.values.get("")
        elif line.strip():
            comments[name].append(line)
        sources[name].append(line)
    result.sources, result.comments = joined(sources), joined(comments)
    keep_parts(result)
    result.warnings.append("The front matter is not valid YAML; it was read line by line.")
    return bool(name)


def joined(lines: dict[str, list[str]]) -> dict[str, str]:
    return {name: "".join(parts) for name, parts in lines.items()}


def read_value(text: str) -> str | list[str] | None:
    if found := FLOW_LIST.fullmatch(text):
        return list(filter(None, map(unquoted, found[1].split(","))))
    return None if BLOCK_SCALAR.fullmatch(text) else unquoted(text) or None


def unquoted(text: str) -> str:
    found = QUOTED.fullmatch(text.strip())
    return found[2] if found else text.strip()


def keep_parts(result: "FrontMatter") -> None:
    """Keep lines that are no part of a value like comments, and with their name if it has no value."""
    for name, lines in result.comments.items():
        if result.values[name] is None and not all(line.startswith("#") for line in lines.splitlines()):
            result.comments[name] = result.sources[name]
