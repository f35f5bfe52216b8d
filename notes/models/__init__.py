from notes.models.idempotency import StoredAnswer
from notes.models.note import Note
from notes.models.revision import Revision

__all__ = ["Note", "Revision", "StoredAnswer"]
