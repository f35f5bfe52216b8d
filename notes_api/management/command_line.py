"""The programs `manage.py` and `cloud-notes`."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import InternalError, OperationalError, ProgrammingError
from django.db.migrations.exceptions import MigrationSchemaMissing

from notes_api import server
from notes_api.config import dotenv

USAGE = """\
Cloud Notes API keeps notes for many users and many devices.

  cloud-notes serve         create what is missing (.env with random keys, the database), then serve
  cloud-notes manage help   list the commands for operators: createsuperuser, backup, restore, doctor, …
  cloud-notes --version     print the version

Settings come from the environment and from .env in the current directory. The embedded database, notes.sqlite3, and
backups are in the current directory as well, so use one directory for each server.
"""

# It is away, has no tables, only reads, or refuses them to its user.
UNUSABLE = (OperationalError, ProgrammingError, InternalError, MigrationSchemaMissing)
DATABASE_ADVICE = (
    "Check that it runs, the DATABASE_… settings and the rights of its user, and run `manage.py migrate`. With"
    " --traceback, the command shows where it failed."
)


def manage(arguments: Sequence[str]) -> None:
    """Run a command of Django; the first argument is the name of this program."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.settings")
    # A migration or a cleanup may take longer than a request, also where the variable is set for the server.
    os.environ["REQUEST_TIMEOUT"] = "0"
    # Other users of the machine must not read the embedded database.
    os.umask(0o077)
    try:
        settings.DATABASES  # noqa: B018  # loads the settings, which reject missing and invalid values
    except ImproperlyConfigured as error:
        sys.exit(f"Cannot start: {error}")
    try:
        execute_from_command_line(list(arguments))
    except UNUSABLE as error:
        if "--traceback" in arguments:
            raise
        # The other lines of PostgreSQL's messages hold statements.
        reason = str(error).partition("\n")[0]
        sys.exit(f"The database cannot be used: {reason}\n{DATABASE_ADVICE}")


def cloud_notes() -> None:
    match sys.argv[1:]:
        case ["serve"]:
            serve()
        case ["manage", *arguments]:
            manage(["cloud-notes manage", *arguments])
        case ["--version"]:
            sys.stdout.write(f"{version('cloud-notes-api')}\n")
        case [] | ["help" | "-h" | "--help"]:
            sys.stdout.write(USAGE)
        case arguments:
            sys.exit(f"Unknown: cloud-notes {' '.join(arguments)}\n\n{USAGE}")


def serve() -> None:
    """Do what `make run` does: create what a first start needs, migrate, and become the server."""
    require_one_copy()
    environment = dict(os.environ)
    dotenv.write_files(is_env_file_needed=not dotenv.has_key(environment))
    manage(["cloud-notes manage", "prepare"])
    # Text that waits to be written would be lost with this program.
    sys.stdout.flush()
    configuration = Path(server.__file__).with_name("gunicorn_conf.py")
    if not environment.get("WEB_CONCURRENCY"):
        # gunicorn reads it too, and fails if it is empty.
        environment.pop("WEB_CONCURRENCY", None)
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", str(configuration), "notes_api.asgi:application"]
    os.execve(sys.executable, gunicorn, environment)  # noqa: S606  # there is no shell, and no input


def require_one_copy() -> None:
    """Exit if the current directory is another checkout: gunicorn imports from the current directory first."""
    here, installed = Path("notes_api"), Path(server.__file__).parent.parent
    if here.is_dir() and not here.samefile(installed):
        sys.exit(
            f"Cannot start: {here.absolute()} would be served instead of the installed package. Start in another"
            " directory, with .env and the database there, or use `make run` here."
        )
