"""`manage.py import_notes`: imports a file or a folder into an account, without the limits of a request."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notes.management.transfers import Counter, find_account
from notes.models import Import
from notes.transfer.budget import InputRefused, Limits
from notes.transfer.formats import FORMATS
from notes.transfer.imports.requests import AUTO
from notes.transfer.imports.runner import run_import
from notes.transfer.inputs import detect_format, open_reader
from notes.transfer.reader import shown


class ShownWork(Counter):
    """Shows how many notes are done, and lets the work go on."""

    def __init__(self, output: Any, label: str, imported: Import) -> None:  # Any: Django's wrapper of a stream
        super().__init__(output, label)
        self.imported = imported

    def before_group(self) -> None:
        self.show(f"{self.imported.position} notes")

    def in_transaction(self) -> None:
        pass


class Command(BaseCommand):
    help = (
        "Imports a file that POST /imports accepts, of any size, or a folder. The server may be running. If the command"
        " is interrupted, run it again: notes that are already imported are not changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address of the account")
        parser.add_argument("path", type=Path, help="the file or folder")
        parser.add_argument("--format", choices=[AUTO, *FORMATS], default=AUTO, help="the program that wrote it")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen, and write no notes")
        parser.add_argument("--hashtags", action="store_true", help="use #words in Markdown and plain text as tags")
        parser.add_argument("--json", action="store_true", help="print the report as JSON, one item per line")

    def handle(self, *args: Any, email: str, path: Path, **options: Any) -> None:  # Any: Django's signature
        user = find_account(email)
        chosen = choose(path, options["format"])
        values = {"format": chosen, "dry_run": options["dry_run"], "hashtags": options["hashtags"]}
        imported = Import.objects.create(user=user, name=path.name[:255], **values)
        work = ShownWork(self.stderr, f"Importing {path}", imported)
        try:
            run_import(imported, path, work)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        finally:
            work.end()
        imported.refresh_from_db()
        self.report(imported, is_json=options["json"])
        if imported.problem:
            raise CommandError(imported.problem_detail)

    def report(self, imported: Import, *, is_json: bool) -> None:
        for page in imported.pages.order_by("number").iterator(1):
            for item in page.items:
                if is_json:
                    self.stdout.write(json.dumps(item, ensure_ascii=False))
                elif item["problem"]:
                    self.stdout.write(f"{shown(item['source'])}: {item['status']}. {item['problem']['detail']}")
        counts = {name: getattr(imported, name) for name in ("created", "unchanged", "skipped", "failed")}
        if is_json:
            self.stdout.write(json.dumps({"id": str(imported.pk), "format": imported.format, "counts": counts}))
        else:
            self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))


def choose(path: Path, wanted: str) -> str:
    """Return the name of the format. Raises `CommandError`, also if the input cannot be opened."""
    try:
        with open_reader(path, path.name, Limits()) as reader:
            found = detect_format(reader) if wanted == AUTO else FORMATS[wanted]
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except InputRefused as refusal:
        raise CommandError(str(refusal)) from refusal
    if found is None:
        raise CommandError("The format was not recognised: name it with --format.")
    return found.name
