"""Inputs made to cost much, of about a given number of bytes, with how their reading ends."""

import json
import zipfile

from notes.tests.transfer.hostile_archives import ARCHIVES, KEEP, at_least, repeated
from notes.tests.transfer.hostile_xml import XML
from notes.tests.transfer.inputs import zip_of

TOML = b"+++\n" + b"".join(b"a%d=1\n" % number for number in range(500)) + b"a\n+++\n"


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


def keep(**members):
    return lambda size: json.dumps(KEEP | members, ensure_ascii=False).encode()


def memo_of(**members):
    return json.dumps({"memos": [{"createTime": "", "content": "a"} | members]}, ensure_ascii=False).encode()


def joplin(items, *repeated):
    """A RAW export of these items by number, and a thousand of each of the others."""
    more = (each for each in repeated for _ in range(1000))
    return lambda size: zip_of(
        {f"{number:032x}.md": item for number, item in (*items.items(), *enumerate(more, start=100))},
        zipfile.ZIP_STORED,
    )


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
                | {
                    "annotations": [
                        {"url": f"https://b/{number}"} for number in range((min(size, 2_000_000) - 1_000_000) // 30)
                    ]
                }
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
    "empty strings in a note": (repeated(b'{"activeNotes":[[', b'"",'), "invalid_json"),
    "many files of a note": (keep(attachments=[{"filePath": f"{n}"} for n in range(30_000)]), "too_much_markup"),
    "the long path of a file": (keep(attachments=[{"filePath": "a/" * 4_000_000}]), None),
    "a list of line breaks": (keep(listContent=[{"text": f"\U0001f600{chr(10) * 4_000_000}"}]), "content_too_large"),
    "many links below a text of one letter": (
        keep(textContent="ab" * 500_000, annotations=[{"url": "ab" * 200 + "b"}] * 2500),
        "too_much_markup",
    ),
    "lines of a memo": (
        lambda size: json.dumps({"memos": [{"createTime": "", "content": "#a" + "a\n" * 500_000}]}).encode(),
        "too_much_markup",
    ),
    "many tags of many notes": (
        lambda size: (
            b'{"items":['
            + (b'{"content_type":"Tag","content":{"title":"a","references":[%b{}]}},' % (b"{}," * 20_000)) * 10
            + b'{"content_type":"Note","content":{}},' * 20
            + b"0]}"
        ),
        None,
    ),
    "the names of missing files": (
        keep(attachments=[{"filePath": "\U0001f600" * 1024}] * 1900),
        "content_too_large",
    ),
    "the names of missing files of a memo": (
        lambda size: memo_of(attachments=[{"filename": "\U0001f600" * 1024}] * 1900),
        "content_too_large",
    ),
    "a list as the id of a memo": (lambda size: memo_of(id=["\U0001f600" + "a" * 7_900_000]), None),
    "the long address of a page": (
        keep(textContent="\U0001f600", annotations=[{"url": "\U0001f600" + "a" * 7_900_000}]),
        "content_too_large",
    ),
    "the words of a tag": (keep(labels=[{"name": "ab " * 2_600_000}]), None),
    "arrays in a line": (lambda size: b'{"kind":"note","title":"a","a":[%b0]}' % (b"[]," * 2_500_000), "invalid_line"),
}
TEXTS = {
    "aliases of YAML": (lambda size: b"---\na: &a [x,x]\n" + b"b: &b [*a,*a,*a]\n" * 3000 + b"---\n", None),
    "deep YAML": (lambda size: b"---\n" + b"a: [" * 15_000 + b"\n---\n", None),
    "long keys of TOML": (lambda size: b"+++\n" + b"a." * 30_000 + b"a=1\n+++\n", None),
    "a hexadecimal number of TOML": (lambda size: b"+++\na=0x" + b"f" * 4000 + b"\n+++\n", None),
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
    "other ends of lines": (at_least(5_000_000, texts_of(b"#a ![](b)\n", b"a\x0c")), None),
    "deep JSON": (
        lambda size: zip_of({f"{n}.md": '{\n"a":' + "[" * n + "]" * n + "}\nb" for n in range(300, 1000, 10)}),
        None,
    ),
    "a folder of accents": (
        lambda size: zip_of({f"a{chr(0x301) * 900}/b.md": "![](a)" * 19_000, "c.md": ""}, zipfile.ZIP_STORED),
        None,
    ),
    "a long tag, again and again": (
        joplin({1: "a " * 500_000 + "\n\nid: 1\ntype_: 5"}, "tag_id: 1\nnote_id: a\ntype_: 6", "a\n\nid: a\ntype_: 1"),
        None,
    ),
    "the long title of a missing file": (
        joplin({1: f"{'a' * 300_000}\n\nid: {1:032x}\ntype_: 4"}, f"a\n\n![](:/{1:032x})\n\nid: a\ntype_: 1"),
        None,
    ),
    "many texts beside a large file": (
        lambda size: zip_of({"a/info.json": b'{"a":[%b0]}' % (b"[]," * 20_000), "a/text.md": "a", "a/text.txt": "b"}),
        "entry_too_large",
    ),
}
KINDS = {"archive": ARCHIVES, "JSON": JSON, "XML": XML, "text": TEXTS}
INPUTS = {f"{kind}: {name}": each for kind, inputs in KINDS.items() for name, each in inputs.items()}
