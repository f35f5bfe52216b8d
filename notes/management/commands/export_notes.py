"""`manage.py export_notes`: writes the notes of one account or of all as files that people can read."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Clock, User
from notes.management.transfers import Counter, find_account
from notes.transfer.exports.archive import Dump, Progress, export_account, export_to_folder
from notes.transfer.exports.earlier_export import FORMAT, clear_partial, read_manifest, require_replaceable_archive
from notes.transfer.exports.file_names import safe_name
from notes.transfer.exports.own_file import lock_file
from notes_api.rest.json_types import JSONObject


class Command(BaseCommand):
    help = (
        "Writes what GET /export returns: to an archive if PATH ends in .zip, otherwise to a folder. An earlier export"
        " is replaced when the new one is complete. A folder with another file, or with one that was changed, is left"
        " as it is. With --all, writes one folder for each account that has changed since its last export. If the"
        " command is interrupted, run it again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", help="the address of the account")
        parser.add_argument("path", nargs="?", type=Path, help="the archive or folder to write")
        parser.add_argument("--all", action="store_true", help="export every account")
        parser.add_argument("--to", type=Path, metavar="DIR", help="the directory of the folders that --all writes")
        parser.add_argument("--json", action="store_true", help="print one JSON object for each account")

    def handle(self, *args: Any, email: str | None, path: Path | None, **options: Any) -> None:  # Any: Django's
        self.is_json = options["json"]
        if options["all"]:
            if email or options["to"] is None:
                raise CommandError("Use --all with --to DIR, and without an account.")
            self.export_all(options["to"])
        elif email and path:
            try:
                self.export(find_account(email), path, export_to_archive if path.suffix == ".zip" else export_to_folder)
            except OSError as error:
                raise CommandError(str(error)) from error
        else:
            raise CommandError("Name an account and a path, or use --all --to DIR.")

    def export_all(self, directory: Path) -> None:
        failed = 0
        for user in User.objects.order_by("email").iterator():
            path = directory / folder_name(user)
            if is_current(path, user):
                self.report(user, path, "unchanged", {})
                continue
            try:
                # Also for an address that ends in `.zip`.
                self.export(user, path, export_to_folder)
            except User.DoesNotExist:
                # It was erased meanwhile.
                continue
            except OSError as error:
                failed += 1
                self.report(user, path, "failed", {"error": str(error)})
        if failed:
            raise CommandError(f"{failed} accounts could not be exported.")

    def export(self, user: User, path: Path, write: Callable[[UUID, Path, Progress], Dump]) -> None:
        progress = Counter(self.stderr, f"Exporting {user}")
        try:
            dump = write(user.pk, path, progress)
        finally:
            progress.end()
        counts = {"notes": dump.counts.notes, "trashed": dump.counts.trashed, "revisions": dump.counts.revisions}
        self.report(user, path, "exported", counts)

    def report(self, user: User, path: Path, status: str, values: JSONObject) -> None:
        if self.is_json:
            self.stdout.write(json.dumps({"account": user.email, "path": str(path), "status": status, **values}))
        else:
            details = [value if name == "error" else f"{value} {name}" for name, value in values.items()]
            self.stdout.write(f"{user}: {', '.join([status, *details])}, {path}")


def export_to_archive(user_id: UUID, path: Path, progress: Progress) -> Dump:
    """Write the archive in place of an earlier one. Raises `FileExistsError` as `export_to_folder` does."""
    # A link stays, as one to a folder does.
    path = path.resolve()
    require_replaceable_archive(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent}. Create it, or name another one.")
    partial = path.with_name(f".{path.name}.new")
    with os.fdopen(lock_file(partial), "r+b") as output:
        clear_partial(output, partial)
        try:
            dump = export_account(user_id, output, progress)
            require_replaceable_archive(path)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    return dump


def folder_name(user: User) -> str:
    """Return the address, with the id if the address is not a safe name."""
    name = safe_name(user.email)
    return name if name == user.email else f"{name} {user.pk.hex}"


def is_current(path: Path, user: User) -> bool:
    """Whether this folder has the export of this account as it is. Another account may have had the same address."""
    manifest = read_manifest(path)
    owner = (manifest.get("format"), manifest.get("account_id"), manifest.get("account"))
    is_theirs = owner == (FORMAT, str(user.pk), user.email)
    return is_theirs and manifest.get("clock") == Clock.objects.value_of(user.pk)
