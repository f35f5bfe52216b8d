from notes.models.note import Note

__all__ = ["Note"]
