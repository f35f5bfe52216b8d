"""Inputs made to cost much, of about a given number of bytes, with how their reading ends."""

import json
import zipfile

from notes.tests.transfer.hostile_archives import ARCHIVES, KEEP, at_least
from notes.tests.transfer.inputs import zip_of
from notes.tests.transfer.test_enex import enex, note

TOML = b"+++\n" + b"".join(b"a%d=1\n" % number for number in range(500)) + b"a\n+++\n"


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


def tag_above_many(length, count):
    """A backup of Standard Notes with a tag of this length that is above the tag of as many notes."""
    notes = [{"content_type": "Note", "uuid": str(number)} for number in range(count)]
    parent = {"content_type": "Tag", "uuid": "a"}
    tags = [
        {**parent, "content": {"title": "x" * length}},
        {"content_type": "Tag", "uuid": "b", "content": {"title": "y", "references": [parent, *notes]}},
    ]
    return json.dumps({"items": tags + [{**note, "content": {"title": "a"}} for note in notes]}).encode()


# Of each, the code of a failure; None if there is none.
JSON = {
    "arrays in a note": (repeated(b'{"activeNotes":[{"content":[', b"[],"), "invalid_json"),
    "deep arrays": (repeated(b'{"activeNotes":[', b"["), "invalid_json"),
    "one long string": (repeated(b'{"activeNotes":["', b"x"), "invalid_json"),
    "quotes in a string that does not end": (
        lambda size: b'{"activeNotes":["' + b"," * 210_000 + b'\\"' * (size // 2),
        "invalid_json",
    ),
    "a long tag above that of many notes": (lambda size: tag_above_many(500_000, 500), None),
    "many links below a long text": (
        at_least(
            1_500_000,
            lambda size: json.dumps(
                KEEP
                | {"textContent": "https://a " * 100_000}
                | {"annotations": [{"url": f"https://b/{number}"} for number in range((size - 1_000_000) // 30)]}
            ).encode(),
        ),
        "too_much_markup",
    ),
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
    "spaces": (lambda size: enex(note("x" + " " * 500_000 + "x")), None),
    "the style of a task, again and again": (
        lambda size: enex(note(f"<div style='{'--en-task-group:true ' * 40_000}'>x</div>")),
        None,
    ),
    "a task that the text shows again and again": (
        lambda size: enex(
            note(
                "<div style='--en-task-group:true;--en-id:a'/>" * 4000,
                more=f"<task><title>{'x' * 60_000}</title><taskGroupNoteLevelID>a</taskGroupNoteLevelID></task>",
            )
        ),
        None,
    ),
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
