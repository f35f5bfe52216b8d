"""Random damage to inputs, the same for the same seed: to bytes, and to the values and structure that they hold."""

import json
import re
import struct

TOKENS = [
    b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"&#0;", b"&#xD800;", b"&a;", b"\r", b"\xe2\x80\xa8",
    b"[", b"]", b"{", b"}", b'"', b"'", b"<", b">", b"</", b"<!--", b"]]>", b"<![CDATA[", b"<!DOCTYPE a [", b"<div>",
    b"<li>", b"<td colspan='99999'>", b"```", b"![](", b"![[", b"](", b"#", b"---\n", b"+++\n", b": ", b"- ", b"&x *x",
    b"1e999", b"-1", b"9" * 400, b"NaN", b"null", b"true", b"9999-12-31T23:59:59Z", b"0001-01-01", b"19691231T000000Z",
    b"28/09/2021", b"../", b"/", b"\\", b"PK\1\2", b"PK\5\6", b"type_: 1\n", b"id: 0\n", b"=", b"e\xcc\x81" * 40,
]  # fmt: skip

VALUES = [
    None, True, 0, -1, 1e300, 10**30, 10**400, "", "a", "a" * 300, "..", "../a", "\0", "\ud800", "\u0301" * 99, "1e999",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2020-02-30", [], {}, [[]], {"a": "b"}, ["a", None, {}],
]  # fmt: skip
NUMBERS = [0, 1, 8, 29, 30, 255, 256, 0x7FFF, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF]
PIECES = re.compile(rb"<[^<>]*>|[^<>\n]*\n|[^<>\n]+|<|>")
HEADERS = re.compile(rb"PK(?:\x01\x02|\x03\x04|\x05\x06|\x06\x06|\x06\x07)")
TAR_FIELDS = [(0, 100), (100, 8), (124, 12), (136, 12), (156, 1), (257, 6), (345, 155)]
BLOCK = 512


def mutated(data, random):
    """The data with damage of one kind."""
    return random.choice([with_changed_bytes, with_changed_bytes, with_changed_pieces, with_changed_values])(
        data, random
    )


def with_changed_values(data, random):
    """JSON, or one line of JSON, with other members and items. Other data is returned unchanged."""
    lines = data.split(b"\n") if data.startswith(b'{"kind"') else [data]
    number = random.randrange(len(lines))
    try:
        value = json.loads(lines[number])
    except ValueError:
        return with_changed_pieces(data, random)
    for _ in range(random.randint(1, 3)):
        value = with_changed_value(value, random)
    lines[number] = json.dumps(value).encode()
    return b"\n".join(lines)


def with_changed_value(value, random):
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not keys or random.random() < 0.2:
        return random.choice([random.choice(VALUES), [value] * random.choice([1, 2, 60]), {"title": value}])
    key = random.choice(keys)
    value = value.copy()
    if random.random() < 0.1:
        del value[key]
    else:
        value[key] = with_changed_value(value[key], random)
    return value


def with_changed_pieces(data, random):
    """Tags, lines and texts between them removed, repeated, moved or put inside each other."""
    pieces = PIECES.findall(data)
    for _ in range(random.randint(1, 6) if pieces else 0):
        start = random.randrange(len(pieces))
        some = pieces[start : start + random.choice([1, 2, 5, 30])]
        change = random.choice(["remove", "repeat", "move", "nest"])
        if change in ("remove", "move"):
            del pieces[start : start + len(some)]
        if change == "move":
            start = random.randint(0, len(pieces))
        if change != "remove":
            pieces[start:start] = some * (random.choice([2, 20, 400]) if change == "repeat" else 1)
        if change == "nest":
            pieces[start:start] = [some[0]] * random.choice([10, 100])
        pieces = pieces[:20_000] or [b""]
    return b"".join(pieces)


def with_changed_zip(data, random):
    """A zip in whose headers a few fields have other values."""
    headers = [found.start() for found in HEADERS.finditer(data)]
    changed = bytearray(data)
    for _ in range(random.randint(1, 3) if headers else 0):
        place = random.choice(headers) + random.randrange(4, 46, 2)
        value = random.choice([*NUMBERS, random.choice(headers), len(data)])
        field = struct.pack("<L", value & 0xFFFFFFFF)[: random.choice([2, 4])]
        changed[place : place + len(field)] = field
    return bytes(changed)


def with_changed_tar(data, random):
    """A tar with other values in one header, whose checksum is right."""
    changed = bytearray(data)
    places = [place for place in range(0, len(data), BLOCK) if data[place + 257 : place + 262] == b"ustar"]
    place = random.choice(places)
    start, size = random.choice(TAR_FIELDS)
    digits = b"%0*o" % (size - 1, random.choice([*NUMBERS, len(data)]))
    values = [digits, b"\x80" + b"\xff" * size, b"x", b"L", b"../a", b"/a", b"\xff" * size, b"9" * size, b"2", b"-1"]
    changed[place + start : place + start + size] = random.choice(values)[:size].ljust(size, b"\0")
    changed[place + 148 : place + 156] = b" " * 8
    changed[place + 148 : place + 156] = b"%06o\0 " % sum(changed[place : place + BLOCK])
    return bytes(changed)


def with_changed_bytes(data, random):
    """The data with a few parts changed, removed or repeated, and tokens of the formats inserted."""
    for _ in range(random.randint(1, 8)):
        start = random.randint(0, len(data))
        end = min(len(data), start + random.choice([0, 1, 2, 8, 64, 1000]))
        part = data[start:end]
        replacement = random.choice([
            lambda part=part: b"",
            lambda part=part: part * random.choice([2, 3, 500]),
            lambda part=part: random.choice(TOKENS) + part,
            lambda part=part: part + random.choice(TOKENS) * random.choice([1, 1, 300]),
            lambda part=part: bytes(byte ^ 1 << random.randint(0, 7) for byte in part),
            lambda part=part: part[::-1],
        ])()  # fmt: skip
        data = data[:start] + replacement + data[end:]
    return data
