"""Kill backups and restores: `python -m benchmarks.experiments.killed_backups --kills 20`.

Runs on a new database with accounts and their notes, on PostgreSQL if DATABASE_HOSTNAME is set. Each command is a real
process. At a random moment of the time that it needs, it gets SIGKILL, alone or together with the programs that it has
started.

- `backup` is killed while a server serves writes. One more backup then runs to its end, and every file in the directory
  must be a whole backup.
- `restore` is killed. A server is then started on the database, whose notes and revisions must all be as before or all
  as in the backup; their SHA-256 says so. One more restore then runs to its end.

Ends with status 1 if anything is not as promised.
"""

import hashlib
import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from django.db import connection

from benchmarks.experiments.seed import make_account
from notes.management.backups import verify
from notes.tests.backups import connected_to
from notes_api.db.backups.engine import BackupError
from notes_api.db.backups.engines import engine_of
from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import environment, scratch_database, serving
from notes_api.tests.test_product_restarts import Load

ROWS = [
    """SELECT owner_id, id, version, title, content, tags, is_pinned, is_archived, trashed_at, created_at, updated_at
        FROM notes_note ORDER BY id""",
    "SELECT note_id, version, title, content, tags FROM notes_revision ORDER BY id",
]


class Commands:
    """`manage.py` on a database, as processes that may be killed."""

    def __init__(self, database, chance):
        self.chance = chance
        self.environment = environment(database, DJANGO_SETTINGS_MODULE="notes_api.settings")

    def start(self, *arguments):
        command = [sys.executable, "manage.py", *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    def run(self, *arguments):
        """Run to the end and return the output and the seconds."""
        began = time.monotonic()
        with self.start(*arguments) as process:
            output = process.communicate()[0].decode()
        if process.returncode:
            raise RuntimeError(f"{arguments} failed: {output}")
        return output, time.monotonic() - began

    def kill(self, duration, *arguments):
        """Kill the process at a moment of this duration. Return whether that was before its end."""
        with self.start(*arguments) as process:
            try:
                process.wait(timeout=self.chance.uniform(0.3, duration))
            except subprocess.TimeoutExpired:
                self.chance.choice([os.kill, os.killpg])(process.pid, signal.SIGKILL)
            process.communicate()
        return process.returncode == -signal.SIGKILL


def state_of(database):
    """Return a digest of all notes and revisions, and the number of accounts."""
    digest = hashlib.sha256()
    for statement in ROWS:
        for row in database.query(statement):
            digest.update(repr(row).encode())
    accounts = database.query("SELECT email FROM accounts_user ORDER BY email")
    return digest.hexdigest(), len(accounts)


def kill_backups(commands, database, directory, kills):
    backup = ("backup", "--to", directory)
    with serving(database, WEB_CONCURRENCY="2") as server, Load(server, True, True) as load:
        load.go_on(20)
        duration = commands.run(*backup)[1]
        killed = sum(commands.kill(duration, *backup) for _ in range(kills))
        load.go_on(20)
        load.end()
        missing = load.missing()
    commands.run(*backup)
    paths = [path for path in directory.iterdir() if path.suffix != ".json"]
    with connected_to(database):
        damaged = [path.name for path in paths if not is_whole(path)]
    print(f"backup: {killed} of {kills} killed, {len(paths)} files, damaged {damaged}", flush=True)
    print(f"  acknowledged writes meanwhile: {load.acknowledged()}, missing {len(missing)}", flush=True)
    return not damaged and not missing


def is_whole(path):
    try:
        verify(engine_of(connection), path)
    except BackupError:
        return False
    return True


def kill_restores(commands, database, directory, kills):
    backup = json.loads(commands.run("backup", "--to", directory, "--json")[0])["file"]
    restore = ("restore", backup, "--yes")
    backed_up = state_of(database)
    duration = commands.run(*restore)[1]
    as_promised = state_of(database) == backed_up
    for number in range(1, kills + 1):
        database.query("UPDATE notes_note SET title = title || ' later', version = version + 1")
        before = state_of(database)
        outcome = "killed" if commands.kill(duration, *restore) else "complete"
        with serving(database, DJANGO_SETTINGS_MODULE="notes_api.settings"):
            served = {before: "as before", backed_up: "as restored"}.get(state_of(database), "NEITHER")
        again = commands.run(*restore)[1]
        as_promised &= served != "NEITHER" and state_of(database) == backed_up
        print(f"restore {number}: {outcome}, served {served}; again in {again:.1f} s", flush=True)
        drop_former(database)
    return as_promised


def drop_former(database):
    if connection.vendor == "sqlite":
        for path in database.path.parent.glob("*before-restore*"):
            path.unlink()
    else:
        for (name,) in database.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_restore%'"):
            database.query(f"DROP SCHEMA {name} CASCADE")


def main():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="of each command (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=time.time_ns(), help="of the random moments")
    options = parser.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    print(f"--seed {options.seed}")
    with scratch_database() as database, tempfile.TemporaryDirectory() as directory:
        with connected_to(database):
            for number in range(20):
                make_account(f"{number}@example.com", 500, seed=number)
        commands = Commands(database, random.Random(options.seed))
        results = [
            kill(commands, database, Path(directory, kill.__name__), options.kills)
            for kill in (kill_backups, kill_restores)
        ]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
