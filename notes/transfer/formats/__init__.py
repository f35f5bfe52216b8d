"""The formats that can be imported, in the order in which they are tried. A new format is a module and a line here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.formats import (
    bear,
    cloud_notes,
    enex,
    joplin,
    keep,
    markdown,
    memos,
    notion,
    simplenote,
    standardnotes,
    text,
)
from notes.transfer.reader import BoundedReader


@dataclass(frozen=True, slots=True)
class Format:
    """`name` is that of the API, `label` is for people. `read` yields notes as long as it is asked for more."""

    name: str
    label: str
    detect: Callable[[BoundedReader], bool]
    read: Callable[[BoundedReader, Options], Iterator[Draft | Failure]]


FORMATS = {
    each.name: each
    for each in (
        Format("cloud-notes", "Cloud Notes (our own export)", cloud_notes.detect, cloud_notes.read),
        Format("enex", "Evernote (ENEX)", enex.detect, enex.read),
        Format("simplenote", "Simplenote", simplenote.detect, simplenote.read),
        Format("standardnotes", "Standard Notes (decrypted backup)", standardnotes.detect, standardnotes.read),
        Format("memos", "memos (API)", memos.detect, memos.read),
        Format("keep", "Google Keep (Takeout)", keep.detect, keep.read),
        Format("joplin", "Joplin (JEX, RAW)", joplin.detect, joplin.read),
        Format("bear", "Bear, TextBundle", bear.detect, bear.read),
        Format("notion", "Notion (Markdown)", notion.detect, notion.read),
        Format("markdown", "Markdown and text files", markdown.detect, markdown.read),
        Format("text", "Plain text", text.detect, text.read),
    )
}
