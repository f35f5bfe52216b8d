"""Inputs made to cost much end with a clear report, within three seconds of CPU and 100 MB of memory."""

import io
import json
import socket
import struct
import tracemalloc
import zipfile
import zlib

import pytest

from notes.tests.transfer.inputs import zip_of
from notes.tests.transfer.test_enex import enex, note
from notes.transfer.budget import InputRefused
from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.importing import detect_format, open_reader, read_drafts
from notes_api.tests.cpu_time import cpu_seconds

MEGABYTE = 1 << 20
KEEP = json.dumps({"isTrashed": False, "textContent": "ab " * 20_000}).encode()


def zip_of_shared_bytes(data, count, shown=None):
    """A zip whose entries are all the same bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    values = (20, 0, 8, 0, 33, zlib.crc32(data), len(packed), len(data))
    first = struct.pack("<4s5H3L2H", b"PK\3\4", *values, 1, 0) + b"a" + packed
    names = (f"{number}.json".encode() for number in range(count))
    entries = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *values, len(name), 0, 0, 0, 0, 0, 0) + name for name in names
    )
    shown = min(count, 65534) if shown is None else shown
    return first + entries + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, shown, shown, len(entries), len(first), 0)


INPUTS = {
    "ten gigabytes in 100 kB": lambda: zip_of_shared_bytes(b" " * (10 * MEGABYTE), 1000),
    "a file of 50 MB": lambda: zip_of({"a.json": b" " * (50 * MEGABYTE)}),
    "files that share their bytes": lambda: zip_of_shared_bytes(KEEP, 100_000),
    "more entries than it says": lambda: zip_of_shared_bytes(KEEP, 300_000, shown=1),
    "zips in zips": lambda: zip_of({f"{number}.zip": zip_of({"a.md": "a"}) for number in range(1000)}),
    "millions of arrays": lambda: b'{"activeNotes":[{"content":[' + b"[]," * 2_500_000,
    "deep arrays": lambda: b'{"activeNotes":[' + b"[" * MEGABYTE,
    "a long item": lambda: b'{"activeNotes":["' + b"x" * (20 * MEGABYTE),
    "many references": lambda: json.dumps(
        {"items": [{"content_type": "Tag", "content": {"references": [{"uuid": f"{n}"} for n in range(90_000)]}}] * 6}
    ).encode(),
    "many elements": lambda: enex(note("<div>a</div>" * 330_000)),
    "deep lists": lambda: enex(note("<ul><li>a" * 50 + "<br/>b" * 55_000)),
    "many attributes": lambda: enex(note("<div " + 'a="b" ' * 650_000 + ">x</div>")),
    "quotes that do not close": lambda: enex(note("<a \"<a '" * 400_000)),
    "comments that do not close": lambda: enex(note("<!--" * MEGABYTE)),
    "much to escape": lambda: enex(note("*_<" * 450_000)),
    "wide cells": lambda: enex(note("<table><tr>" + "<td colspan='999'>" * 50_000)),
    "a long token of XML": lambda: b'<en-export><note a="' + b"x" * (10 * MEGABYTE),
    "deep XML": lambda: b"<en-export>" + b"<a>" * MEGABYTE,
    "laughs": lambda: enex(
        doctype="<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>" + "<!ENTITY b '&a;&a;&a;&a;'>" * 1000 + "]>"
    ),
    "aliases of YAML": lambda: b"---\na: &a [x,x]\n" + b"b: &b [*a,*a,*a]\n" * 3000 + b"---\n",
    "deep YAML": lambda: b"---\n" + b"a: [" * 15_000 + b"\n---\n",
    "long keys of TOML": lambda: b"+++\n" + b"a." * 30_000 + b"a=1\n+++\n",
    "many links": lambda: zip_of({"a.md": b"![](a)" * 160_000, "a": "x"}, zipfile.ZIP_STORED),
    "links that do not close": lambda: zip_of({"a.md": b"[x](y![[" * 500_000}, zipfile.ZIP_STORED),
    "rows of backticks": lambda: zip_of({"a.md": b" ".join(b"`" * (n % 50) for n in range(150_000))}),
    "marks": ("---\ntags: " + "\u0301" * 30_000 + "\n---\n#a" + "\u0301" * 300_000).encode,
    "not text": lambda: b"\0" * (10 * MEGABYTE),
}


@pytest.mark.parametrize("name", list(INPUTS))
def test_a_hostile_input_costs_little(name, monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", None)
    data = INPUTS[name]()

    seconds, items = cpu_seconds(lambda: read_each(data))

    assert seconds < 3
    assert items < 2000


@pytest.mark.parametrize("name", ["files that share their bytes", "long keys of TOML", "a long token of XML"])
def test_a_hostile_input_takes_little_memory(name):
    data = INPUTS[name]()
    tracemalloc.start()
    try:
        read_each(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 100 * MEGABYTE


def read_each(data):
    """Read without keeping anything, and return how many items there are."""
    with open_reader(io.BytesIO(data), "input.md") as reader:
        try:
            chosen = detect_format(reader)
        except InputRefused:
            return 0
        items = read_drafts(reader, chosen, Options(hashtags=True)) if chosen else ()
        return sum(isinstance(item, Draft | Failure) for item in items)
