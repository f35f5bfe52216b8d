"""The elements of an ENEX file, collected note by note while its XML is parsed."""

import base64
import binascii
import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from notes.transfer.attachments import type_of
from notes.transfer.budget import InputRefused
from notes.transfer.draft import Attachment

MAX_DEPTH = 20
# Of one note. Evernote allows 100 tags.
MAX_PARTS = 2000
MAX_ELEMENTS = 50_000
MAX_VALUE = 1 << 16
MAX_CONTENT = 4 << 20
# All characters of a note, except those of its files.
MAX_TEXT = 6 << 20
# Evernote has 60 names of elements and attributes. The parser keeps each, with the address of its namespace.
MAX_NAMES, MAX_NAME = 1000, 255


@dataclass(slots=True)
class EnexNote:
    """`values` by element, `tasks` by element for each task, `resources` by MD5."""

    values: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    tasks: list[dict[str, str]] = field(default_factory=list)
    resources: dict[str, Attachment] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    is_too_large: bool = False


class Resource:
    """A file. Its Base64 is decoded and hashed as it arrives, and not kept."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.rest = ""
        self.md5, self.sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        self.size = 0
        self.is_damaged = False

    def add(self, text: str) -> None:
        digits = self.rest + "".join(text.split())
        whole = len(digits) // 4 * 4
        self.rest = digits[whole:]
        try:
            data = base64.b64decode(digits[:whole])
        except (binascii.Error, ValueError):
            self.is_damaged = True
            return
        self.md5.update(data)
        self.sha256.update(data)
        self.size += len(data)

    def describe(self, number: int) -> Attachment:
        media_type = self.values.get("mime", "").strip()
        name = self.values.get("file-name", "").strip().replace("\\", "/").rpartition("/")[2] or f"file {number}"
        return Attachment(name[:255], media_type or type_of(name), self.sha256.hexdigest(), self.size)


class EnexTarget:
    """The target of the XML parser."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.elements = 0
        self.notes: deque[EnexNote] = deque()
        self.note = EnexNote()
        self.resource = Resource()
        self.text: list[str] = []
        # Characters of the element, and of the note.
        self.size = self.total = 0
        self.names: set[str] = set()

    def complete(self) -> Iterator[EnexNote]:
        """Yield the notes that have ended, and forget them."""
        while self.notes:
            yield self.notes.popleft()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        if len(self.path) > MAX_DEPTH:
            raise InputRefused("invalid_xml", "The elements of the ENEX file are nested too deep.")
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise InputRefused("invalid_xml", f"A note of the ENEX file has more than {MAX_ELEMENTS:,} elements.")
        self.names.update((name, *attributes))
        if len(self.names) > MAX_NAMES or len(name) > MAX_NAME:
            raise InputRefused("invalid_xml", "The ENEX file has too many names of elements, or too long ones.")
        self.text, self.size = [], 0
        if name == "note":
            self.note, self.elements, self.total = EnexNote(), 0, 0
        elif name == "resource":
            self.resource = Resource()
        elif name == "task" and len(self.note.tasks) < MAX_PARTS:
            self.note.tasks.append({})

    def data(self, text: str) -> None:
        name = self.path[-1] if self.path else ""
        if name == "data":
            self.resource.add(text)
            return
        self.size += len(text)
        self.total += len(text)
        if self.total <= MAX_TEXT and self.size <= (MAX_CONTENT if name == "content" else MAX_VALUE):
            self.text.append(text)
        elif name == "content":
            self.note.is_too_large = True

    def end(self, name: str) -> None:
        text, self.text = "".join(self.text), []
        self.path.pop()
        if name == "note":
            self.notes.append(self.note)
            self.note = EnexNote()
        elif name == "resource":
            self.end_resource()
        elif "resource" in self.path:
            self.resource.values[name] = text
        elif "task" in self.path:
            if self.note.tasks:
                self.note.tasks[-1].setdefault(name, text.strip())
        elif name == "tag" and len(self.note.tags) < MAX_PARTS:
            self.note.tags.append(text.strip())
        elif "note" in self.path and len(self.note.values) < MAX_PARTS:
            self.note.values.setdefault(name, text.strip())

    def end_resource(self) -> None:
        file = self.resource.describe(len(self.note.resources) + 1)
        if self.resource.is_damaged and len(self.note.warnings) < MAX_PARTS:
            self.note.warnings.append(f'The file "{file.name}" is damaged.')
        if len(self.note.resources) < MAX_PARTS and file.size:
            self.note.resources[self.resource.md5.hexdigest()] = file

    def close(self) -> None:
        """Required of a target."""
