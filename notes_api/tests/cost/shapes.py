"""Texts, lists, numbers and objects that are expensive for one parser or another."""

import json
from itertools import count

# Each is repeated up to a limit. A run of marks of two classes has to be sorted; U+FDFA becomes 18 characters in NFKC;
# İ becomes two in lower case.
TEXTS = {
    "letters": "a",
    "marks": "\u0301\u0316",
    "ligatures": "\ufdfa",
    "dotted capitals": "\u0130",
    "Hangul": "\ud55c",
    "emoji": "\U0001f600",
    "spaces": " ",
    "line ends": "\n",
    "quotes": '"',
    "words": "a b ",
}
# Bodies full of values, by what separates their items: no member may cost more than its bytes.
LISTS = {
    "numbers": "1",
    "empty lists": "[]",
    "empty objects": "{}",
    "objects": '{"":{}}',
    "empty strings": '""',
    "strings": '"a"',
    "nulls": "null",
}
NUMBERS = {
    "long integer": "9" * 60_000,
    "integer of 4,300 digits": "9" * 4300,
    "long fraction": "0." + "1" * 60_000,
    "long exponent": "1e" + "9" * 60_000,
    "large": "1e400",
}
SLOT = "\ue000slot\ue000"


def repeated(text, bytes_):
    """Return the text repeated to at most that many bytes of UTF-8."""
    return text * (bytes_ // len(text.encode()))


def escaped(text):
    return json.dumps(text, ensure_ascii=False)


def list_of(item, bytes_):
    """Return a JSON list of that item with about `bytes_` bytes."""
    return "[" + f"{item}," * (bytes_ // (len(item.encode()) + 1) - 1) + item + "]"


def distinct_strings(bytes_):
    return "[" + ",".join(f'"{number:x}"' for number in range(bytes_ // 10)) + "]"


def unknown_members(bytes_):
    return "{" + ",".join(f'"{number:x}":0' for number in range(bytes_ // 10)) + "}"


def one_name(bytes_):
    return "{" + ",".join(['"a":0'] * (bytes_ // 6)) + "}"


def nested(opening, closing, bytes_):
    depth = bytes_ // (len(opening) + len(closing))
    return opening * depth + "0" + closing * depth


def with_value(example, path, value):
    """Return the example as JSON with that JSON text at `path`, creating what is missing on the way."""
    return json.dumps(_replaced(example, path), ensure_ascii=False).replace(f'"{SLOT}"', value, 1)


def _replaced(example, path):
    if not path:
        return SLOT
    name, *rest = path
    if isinstance(name, int):
        first = example[0] if isinstance(example, list) and example else {}
        return [_replaced(first, rest)]
    members = example if isinstance(example, dict) else {}
    return {**members, name: _replaced(members.get(name), rest)}


def numbered(prefix):
    return (f"{prefix}{number}" for number in count())
