"""`manage.py reindex`: makes the words that search reads anew, after an upgrade that folds differently."""

from typing import Any

from django.core.management.base import BaseCommand

from notes.models import Note


class Command(BaseCommand):
    help = "Folds the words of all notes anew. No note's version changes; safe while the server runs."

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's signature
        for done in Note.objects.fold_anew():
            self.stdout.write(f"{done:>8} notes", ending="\r")
        self.stdout.write("\nDone.")
