"""`manage.py reindex`: makes the words that search reads anew, after an upgrade that folds differently."""

from typing import Any

from django.core.management.base import BaseCommand

from notes.models import Note


class Command(BaseCommand):
    help = "Folds the words of all notes anew. No note's version changes; safe while the server runs."

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's signature
        total, seen, renewed = Note.objects.kept().count(), 0, 0
        for few, stale in Note.objects.fold_anew():
            seen, renewed = seen + few, renewed + stale
            self.stdout.write(f"{seen:>8} of {total} notes", ending="\r")
        self.stdout.write(f"\n{renewed:>8} had other words")
