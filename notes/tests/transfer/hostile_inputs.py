"""Inputs made to cost much, of about a given number of bytes, with how their reading ends."""

import io
import stat
import struct
import tarfile
import zipfile
import zlib

from notes.tests.transfer.inputs import tar_of, zip_of
from notes.tests.transfer.test_enex import enex, note

MEGABYTE = 1 << 20
KEEP = {"isTrashed": False}
# Where absolute names lead.
ABSOLUTE = "/var/tmp/hostile-input-"
TOML = b"+++\n" + b"".join(b"a%d=1\n" % number for number in range(500)) + b"a\n+++\n"
LOCAL = struct.Struct("<4s5H3L2H")


def zip_of_shared_bytes(data, count, *, claimed=None):
    """A zip whose entries are all the same bytes. It says that it has `claimed` entries."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    values = (20, 0, 8, 0, 33, zlib.crc32(data), len(packed), len(data))
    directory = b"".join(directory_entry(number, values, 0) for number in range(count))
    return with_end(LOCAL.pack(b"PK\3\4", *values, 1, 0) + b"a" + packed, directory, min(count, 65534), claimed)


def zip_of_entries_in_each_other(count):
    """A zip in which the data of each entry is all entries that follow it."""
    data, directory = b"end", b""
    for number in reversed(range(count)):
        values = (20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data))
        directory += directory_entry(number, values, number * (LOCAL.size + 1))
        data = LOCAL.pack(b"PK\3\4", *values, 1, 0) + b"a" + data
    return with_end(data, directory, count)


def directory_entry(number, values, place):
    name = b"%d.json" % number
    return struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *values, len(name), 0, 0, 0, 0, 0, place) + name


def with_end(entries, directory, count, claimed=None):
    count = count if claimed is None else claimed
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(entries), 0)
    return entries + directory + end


def repeated(before, unit, after=b""):
    """As many units as fit, between the beginning and the end of an input."""
    return lambda size: before + unit * ((size - len(before)) // len(unit)) + after


def notes_of(markup, size_of_note):
    """An ENEX file of notes with this markup, again and again."""
    each = note(markup * (size_of_note // len(markup)))
    return lambda size: enex(each * max(1, size // len(each)))


def texts_of(before, unit):
    """A zip of Markdown files, each of a megabyte at most."""

    def pack(size):
        each = repeated(before, unit)(min(size, 1_000_000))
        return zip_of({f"{number}.md": each for number in range(max(1, size // len(each)))}, zipfile.ZIP_STORED)

    return pack


def at_least(least, make):
    return lambda size: make(max(size, least))


def files_of(name, content):
    """A zip of as many of these files as fit."""
    size_of_file = len(content) + 2 * len(name) + 108
    return lambda size: zip_of(
        {name % number: content for number in range(min(140_000, size // size_of_file))}, zipfile.ZIP_STORED
    )


def zip_with_link(size):
    link = zipfile.ZipInfo("link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zip_of({link: "/etc/passwd", "a.json": KEEP})


def tar_with_link(size):
    file = io.BytesIO()
    link = tarfile.TarInfo("link.md")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(link)
        archive.addfile(tarfile.TarInfo("a.md"))
    return file.getvalue()


# Of each, the code of a failure; None if there is none.
ARCHIVES = {
    "ten gigabytes in 100 kB": (lambda size: zip_of_shared_bytes(b" " * (7 * MEGABYTE), 1000), "ratio"),
    "entries that contain each other": (lambda size: zip_of_entries_in_each_other(100), "damaged"),
    "entries that share their bytes": (
        lambda size: zip_of_shared_bytes(b'{"isTrashed":false}', min(size // 60, 140_000)),
        "unsafe_name",
    ),
    "more entries than it says": (
        lambda size: zip_of_shared_bytes(b"{}", max(size // 50, 151_000), claimed=1),
        "too_many_entries",
    ),
    "a million entries": (
        lambda size: (
            zip_of_shared_bytes(b"{}", 1)[:-22] + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 1, 1, 0)
        ),
        "damaged",
    ),
    "zips in zips": (files_of("%d.zip", zip_of({"a.md": "a"})), None),
    "names that leave the archive": (files_of("../%d.json", b""), "unsafe_name"),
    "absolute names": (files_of(f"{ABSOLUTE}%d.json", b""), "unsafe_name"),
    "a name that comes twice": (
        lambda size: zip_of({"a.json": KEEP, "b.json": KEEP}).replace(b"b.json", b"a.json"),
        "duplicate_name",
    ),
    "a link in a zip": (zip_with_link, "link"),
    "a link in a tar": (tar_with_link, "link"),
    "a zip that is not complete": (lambda size: files_of("%d.md", b"Milk")(size)[:-1000], "damaged"),
    "files of another kind": (
        lambda size: zip_of({"a.json": KEEP} | {f"{number}.json": "{}" for number in range(max(10_100, size // 110))}),
        "too_many_failures",
    ),
    "headers of a tar": (lambda size: tar_of({f"{number}.md": "" for number in range(size // 512)}), None),
}
JSON = {
    "arrays in a note": (repeated(b'{"activeNotes":[{"content":[', b"[],"), "invalid_json"),
    "deep arrays": (repeated(b'{"activeNotes":[', b"["), "invalid_json"),
    "one long string": (repeated(b'{"activeNotes":["', b"x"), "invalid_json"),
    "numbers instead of notes": (repeated(b'{"memos":[{"content":"","createTime":""},', b"0,", b"0]}"), "invalid_json"),
    "empty objects": (repeated(b'{"items":[{"content_type":"Note"},', b"{},", b"{}]}"), "invalid_json"),
    "members instead of notes": (repeated(b'{"activeNotes":[],', b'"a":0,', b'"a":0}'), "invalid_json"),
    "lines that are not notes": (repeated(b'{"kind":"note"}\n', b"0\n"), "too_many_failures"),
    "many references": (
        lambda size: (
            b'{"items":[' + (b'{"content_type":"Tag","content":{"references":[' + b"{}," * 40_000 + b"{}]}},") * 11
        ),
        "too_large",
    ),
}
XML = {
    "tags in a note": (notes_of("<div>a</div>", 400_000), "content_too_large"),
    "tags in many notes": (at_least(1_500_000, notes_of("<b>a</b>", 20_000)), "too_much_markup"),
    "deep elements in a note": (lambda size: enex(note("<div>" * 55 + "b" * 200_000)), "content_too_large"),
    "attributes": (lambda size: enex(note("<div " + 'a="b" ' * 60_000 + ">x</div>")), None),
    "quotes that do not close": (notes_of("<a \"<a '", 200_000), "content_too_large"),
    "comments that do not close": (at_least(1_500_000, notes_of("<!--", 110_000)), "too_much_markup"),
    "characters to escape": (notes_of("*_< ", 110_000), None),
    "wide cells": (at_least(2_000_000, notes_of("<table><tr><td colspan='999'>", 140_000)), "too_much_markup"),
    "rows after cells": (lambda size: enex(note("<table>" + "<td>" * 14_000 + "<tr>" * 14_000)), None),
    "elements outside of notes": (repeated(b"<en-export>", b"<a/>", b"</en-export>"), "invalid_xml"),
    "elements in a note": (
        repeated(b"<en-export><note>", b"<a/>", b"</note></en-export>"),
        "invalid_xml",
    ),
    "notes without anything": (repeated(b"<en-export>", b"<note/>"), "too_many_notes"),
    "a long token": (repeated(b'<en-export><note a="', b"x"), "invalid_xml"),
    "deep elements": (lambda size: b"<en-export>%b%b</en-export>" % (b"<a>" * 20_000, b"</a>" * 20_000), "invalid_xml"),
    "an external entity": (
        lambda size: enex(note("&a;"), doctype="<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"),
        "invalid_xml",
    ),
    "laughs": (
        lambda size: enex(doctype="<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>" + "<!ENTITY b '&a;&a;&a;&a;'>" * 100 + "]>"),
        "invalid_xml",
    ),
}
TEXTS = {
    "aliases of YAML": (lambda size: b"---\na: &a [x,x]\n" + b"b: &b [*a,*a,*a]\n" * 3000 + b"---\n", None),
    "deep YAML": (lambda size: b"---\n" + b"a: [" * 15_000 + b"\n---\n", None),
    "long keys of TOML": (lambda size: b"+++\n" + b"a." * 30_000 + b"a=1\n+++\n", None),
    "links": (texts_of(b"#a\n", b"![](a)"), "content_too_large"),
    "links that do not close": (texts_of(b"#a\n", b"[x](y![["), "content_too_large"),
    "rows of backticks": (lambda size: b"#a " + b" ".join(b"`" * (n % 50) for n in range(40_000)), None),
    "blank lines": (texts_of(b"#a\n", b"\n\n"), "too_much_markup"),
    "marks": (lambda size: ("---\ntags: " + "\u0301" * 30_000 + "\n---\n#a" + "\u0301" * 300_000).encode(), None),
    "longer than a note": (lambda size: b"a #b\n" * 400_000, "content_too_large"),
    "not text": (texts_of(b"", b"\0"), "not_text"),
    "another encoding than it says": (
        at_least(1_000_000, texts_of(b"#a\n\xef\xbb\xbf", b"\xff\xfe\xc3\x28")),
        "content_too_large",
    ),
    "half a character of UTF-16": (at_least(1_000_000, texts_of(b"\xff\xfe", b"\xd8")), "content_too_large"),
    "short lines": (at_least(1_500_000, texts_of(b"#a ![](a)\n", b"a\n\n")), "too_much_markup"),
    "links in many notes": (
        lambda size: zip_of({f"{number}.md": b"![](a)" * 19_000 for number in range(9)}, zipfile.ZIP_STORED),
        "too_much_markup",
    ),
    "front matter in many notes": (
        lambda size: zip_of({f"{number}.md": TOML for number in range(max(300, size // 4000))}, zipfile.ZIP_STORED),
        "too_much_markup",
    ),
}
KINDS = {"archive": ARCHIVES, "JSON": JSON, "XML": XML, "text": TEXTS}
INPUTS = {f"{kind}: {name}": each for kind, inputs in KINDS.items() for name, each in inputs.items()}
