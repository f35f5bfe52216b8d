"""The ids of imported notes."""

import hashlib
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


def replacement_id(account_id: UUID, note_id: UUID) -> UUID:
    """Return the id that a note gets in this account if its own id belongs to another one."""
    digest = hashlib.sha256(b"replacement:" + account_id.bytes + note_id.bytes)
    return UUID(bytes=digest.digest()[:16], version=4)
