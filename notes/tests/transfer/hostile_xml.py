"""ENEX files made to cost much, of about a given number of bytes, with how their reading ends."""

from random import Random

from notes.tests.transfer.hostile_archives import at_least, repeated
from notes.tests.transfer.inputs import zip_of
from notes.tests.transfer.test_enex import enex, note

# An emoji makes each character take four bytes. The words are compressed by less than what is suspicious.
LONG = "".join(Random(1).choices("abcd ", k=1000)) * 60 + "\U0001f600"
NOISE = Random(1).randbytes(2_000_000)


def notes_of(markup, size_of_note):
    """An ENEX file of notes with this markup, again and again."""
    each = note(markup * (size_of_note // len(markup)))
    return lambda size: enex(each * max(1, size // len(each)))


# Of each, the code of a failure; None if there is none.
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
    "the style of a list, for each of its items": (
        lambda size: enex(note(f"<ul style='{'a ' * 1_000_000}'>{'<li>a</li>' * 14_000}</ul>")),
        None,
    ),
    "the number of a list, for each of its items": (
        lambda size: enex(note(f"<ol start='{'1' * 2_000_000}'>{'<li>a</li>' * 14_000}</ol>")),
        None,
    ),
    "references in an attribute": (lambda size: enex(note(f"<div a='{'&a' * 2_000_000}'>x</div>")), "too_much_markup"),
    "an address of brackets": (lambda size: enex(note(f"<a href='{'(' * 4_000_000}'>x</a>")), "content_too_large"),
    "escapes in a data URL": (lambda size: enex(note(f"<img src='data:a/b,{'%' * 2_000_000}'>")), None),
    "parameters of a data URL": (lambda size: enex(note(f"<img src='data:{';a' * 1_900_000}'>")), "content_too_large"),
    "a quotation of blank lines": (
        lambda size: enex(note(f"{'<blockquote>' * 3}<pre>a{chr(10) * 1_000_000}a</pre>")),
        "content_too_large",
    ),
    "attributes of an element": (
        lambda size: b"<en-export><note %b/></en-export>" % b" ".join(b"a%d=''" % n for n in range(size // 10)),
        "invalid_xml",
    ),
    "names of elements": (
        lambda size: b"<en-export><note>%b</note></en-export>" % b"".join(b"<a%d/>" % n for n in range(40_000)),
        "invalid_xml",
    ),
    "a long namespace": (
        lambda size: (
            b"<en-export xmlns:a='%b'><note>%b</note></en-export>"
            % (b"x" * 60_000, b"".join(b"<a:b%d/>" % n for n in range(2000)))
        ),
        "invalid_xml",
    ),
    "ends of sections in a section": (lambda size: enex(note("]]>" * 2_000_000)), "invalid_xml"),
    "long values in a zip": (
        lambda size: zip_of(
            {"a.enex": enex(note("a", more="".join(f"<a{n}>{LONG}</a{n}>" for n in range(600)))), "b": NOISE}
        ),
        None,
    ),
}
