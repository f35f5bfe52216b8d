"""`manage.py new_epoch`: run it after restoring a backup by other means than `manage.py restore`."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.flows.new_epoch import begin_epoch


class Command(BaseCommand):
    help = (
        "Starts a new epoch after a backup was restored. Every clock moves beyond all numbers it has ever issued, so"
        " that cursors and ETags from the lost time get 410 and 412. All sessions end and all API tokens are revoked,"
        " because some may have been ended in the lost time: all users have to log in again. `restore` does it itself."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's signature
        counts = begin_epoch("new_epoch")
        self.stdout.write(f"Started a new epoch for {counts.accounts} accounts: every client will sync from the start.")
        self.stdout.write(f"Sessions ended: {counts.sessions}. All users have to log in again.")
        self.stdout.write(f"API tokens revoked: {counts.tokens}. Programs need new ones.")
        self.stdout.write(f"Grants ended: {counts.grants}. Programs have to ask their users again.")
