"""Files that belong to notes. They are not kept yet: a draft describes them, and the text marks their place."""

import hashlib
import mimetypes
import re
from urllib.parse import quote

from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.transfer.budget import ItemRefused
from notes.transfer.draft import Attachment
from notes.transfer.reader import MAX_NAME, Entry


class Attachments:
    """Those of one note: `found` in the order of the text, and warnings about those that are missing."""

    def __init__(self) -> None:
        self.found: dict[str, Attachment] = {}
        self.warnings: list[str] = []
        # Characters of the placeholders for missing attachments.
        self.size = 0

    def place(self, attachment: Attachment) -> str:
        """Return the placeholder of this attachment in the text."""
        self.found.setdefault(attachment.sha256, attachment)
        return mark(attachment.name, f"attachment:{attachment.sha256}")

    def missing(self, name: str) -> str:
        """Return the placeholder of an attachment that is not in the input.

        Raises `ItemRefused` if all placeholders together are longer than a note.
        """
        name = name[:MAX_NAME]
        self.warnings.append(f'The attachment "{name}" is not in the input.')
        text = mark(name, quote(name, errors="replace"))
        self.size += len(text)
        if self.size > CONTENT_MAX_BYTES:
            raise ItemRefused("content_too_large", "The names of the attachments are longer than a note.")
        return text


def mark(name: str, target: str) -> str:
    label = " ".join(name.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").split())
    return f"![{label}]({target})"


def with_target(link: re.Match[str], attachment: Attachment) -> str:
    """Return a link that `notes.transfer.markdown_text` found, with the attachment as its target."""
    target = f"attachment:{attachment.sha256}"
    before = link["tag"] or link["definition"]
    return f"{before}{target}" if before else f"{link['image']}[{link['label']}]({target})"


def describe_entry(entry: Entry, media_type: str = "") -> Attachment:
    """Hash the file. An entry that many notes use is read once."""
    known = entry.reader.attachments
    if entry.name not in known:
        digest = hashlib.sha256()
        size = 0
        for chunk in entry.chunks():
            digest.update(chunk)
            size += len(chunk)
        name = entry.name.rpartition("/")[2]
        known[entry.name] = Attachment(name, media_type or type_of(name), digest.hexdigest(), size)
    return known[entry.name]


def describe_bytes(data: bytes, name: str, media_type: str = "") -> Attachment:
    return Attachment(name, media_type or type_of(name), hashlib.sha256(data).hexdigest(), len(data))


def type_of(name: str) -> str:
    return mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
