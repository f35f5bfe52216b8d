from notes.models.daily_work import DailyWork
from notes.models.idempotency import StoredAnswer
from notes.models.note import Note
from notes.models.revision import Revision
from notes.models.stream_slot import StreamSlot
from notes.models.tag_count import TagCount

__all__ = ["DailyWork", "Note", "Revision", "StoredAnswer", "StreamSlot", "TagCount"]
