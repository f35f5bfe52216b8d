"""The ids of imported notes."""

import hashlib
import json
from uuid import UUID

from notes.transfer.draft import Draft


def derive_id(account_id: UUID, draft: Draft) -> UUID:
    """Return the id of this draft in this account: the same for the same note, so that a second import adds nothing.

    It depends on the key, title, content and creation of the note, and not on tags, flags and the last update, which
    options and programs change without a change of the note. The API accepts random ids only (`validate_id`): these 122
    bits of SHA-256 have the form of version 4, because version 8, which is meant for this, is not accepted.
    """
    if draft.id is not None:
        return draft.id
    created = draft.created_at.isoformat() if draft.created_at else ""
    parts = [account_id.hex, draft.key, draft.title, created, draft.content]
    digest = hashlib.sha256(b"".join(b"%d:%s" % (len(part), part) for part in map(str.encode, parts)))
    return UUID(bytes=digest.digest()[:16], version=4)


class NoteIds:
    """The ids of the notes of one input. Notes that differ get different ids, even if the input gives them the same.

    It needs about 200 bytes of memory for each note.
    """

    def __init__(self, account_id: UUID) -> None:
        self.account_id = account_id
        self.digests: dict[UUID, bytes] = {}

    def assign(self, draft: Draft) -> tuple[UUID, bool]:
        """Return the id of this draft, and whether an equal draft came before."""
        note_id, digest = derive_id(self.account_id, draft), digest_of(draft)
        if self.digests.get(note_id, digest) != digest:
            note_id = variant_id(self.account_id, note_id, digest)
        is_repeated = note_id in self.digests
        self.digests[note_id] = digest
        return note_id, is_repeated


def digest_of(draft: Draft) -> bytes:
    """Return 16 bytes that differ if a user would see a difference between two notes."""
    flags = [draft.is_pinned, draft.is_archived, draft.trashed_at is not None]
    text = json.dumps([draft.title, draft.content, draft.tags, flags])
    return hashlib.sha256(text.encode()).digest()[:16]


def variant_id(account_id: UUID, note_id: UUID, digest: bytes) -> UUID:
    """Return the id that a note gets in this account if an earlier note of the input has its id and differs."""
    found = hashlib.sha256(b"variant:" + account_id.bytes + note_id.bytes + digest)
    return UUID(bytes=found.digest()[:16], version=4)


def replacement_id(account_id: UUID, note_id: UUID) -> UUID:
    """Return the id that a note gets in this account if its own id belongs to another one."""
    digest = hashlib.sha256(b"replacement:" + account_id.bytes + note_id.bytes)
    return UUID(bytes=digest.digest()[:16], version=4)
