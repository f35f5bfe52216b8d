from notes.models.daily_work import DailyWork
from notes.models.export import Export
from notes.models.idempotency import StoredAnswer
from notes.models.imported import Import, ReportPage
from notes.models.note import Note
from notes.models.revision import Revision
from notes.models.stored_file import Chunk, StoredFile
from notes.models.stream_slot import StreamSlot
from notes.models.tag_count import TagCount

__all__ = [
    "Chunk",
    "DailyWork",
    "Export",
    "Import",
    "Note",
    "ReportPage",
    "Revision",
    "StoredAnswer",
    "StoredFile",
    "StreamSlot",
    "TagCount",
]
