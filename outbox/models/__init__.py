from outbox.models.entry import Entry

__all__ = ["Entry"]
