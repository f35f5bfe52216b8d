"""`manage.py reindex`: rebuilds the words that searches read and the counts of tags, after an upgrade."""

from typing import Any

from django.core.management.base import BaseCommand

from notes.models import Note
from notes.models.reindexing import recount_all_tags, reindex_notes


class Command(BaseCommand):
    help = (
        "Rebuilds the search index of all notes and the counts of tags. The versions of notes do not change."
        " Safe while the server runs."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's signature
        total, checked, updated = Note.objects.not_purged().count(), 0, 0
        for size, stale in reindex_notes():
            checked, updated = checked + size, updated + stale
            self.stdout.write(f"{checked:>8} of {total} notes", ending="\r")
        self.stdout.write(f"\n{updated:>8} updated")
        self.stdout.write(f"{recount_all_tags():>8} accounts with wrong tag counts corrected")
