"""What is killed: mail, purge, backup, restore and migrate. Each `round` is one kill and what must hold after it."""

import hashlib
import json
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import httpx
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from benchmarks.experiments.kill_campaign.service import connected_to
from benchmarks.experiments.killed_backups import drop_former, is_whole, state_of
from benchmarks.experiments.seed import make_account
from notes_api.db.encryption import fernet_for
from notes_api.db.migration_state import read_migration_state
from notes_api.tests.edge.server import ROOT, eventually
from notes_api.tests.live_server import PASSWORD, environment

STAGES, PAUSE = ["greeting", "data", "quit"], 0.2
TRASHED, LONG_AGO = 500, datetime(2026, 1, 5, tzinfo=UTC)
OVERDUE = "trashed_at < '2026-06-01' AND purged_at IS NULL"


class Activity:
    """Kills a command at a moment of its duration, then runs it to its end."""

    targets = ["command", "workers", "master", "database", "all"]

    def __init__(self, service, load, chance, directory):
        self.service, self.load, self.chance, self.directory = service, load, chance, directory
        self.outcomes, self.duration = Counter(), None

    def begin(self):
        """Prepare all rounds."""

    def end(self):
        """Restore what `begin` has changed."""

    def has_begun(self):
        """Whether the command has changed anything, if that can be seen."""
        return False

    def kill_command(self, target, *arguments):
        """Start a command, kill the target while it runs, and wait for its end. Return what became of the command."""
        process, began = self.service.command(*arguments), time.monotonic()
        moment = self.chance.uniform(0.25, 1) * self.duration
        is_early = self.chance.random() < 0.5
        with process:
            while process.poll() is None and time.monotonic() < began + moment and not (is_early and self.has_begun()):
                time.sleep(0.002)
            self.service.kill(target, process)
            process.communicate()
        return {0: "complete", -signal.SIGKILL: "killed"}.get(process.returncode, "failed")


class Mail(Activity):
    targets = ["workers", "master", "database", "all"]

    def begin(self):
        self.box = self.service.box
        self.stages, self.trap, self.sent_and_unrecorded = cycle(STAGES), None, set()
        self.box.on_stage = self.reach
        self.client = httpx.Client(base_url=self.service.url, timeout=60, verify=False)
        self.email = "mail@example.com"
        self.client.post("/users", json={"email": self.email, "password": PASSWORD}).raise_for_status()

    def reach(self, stage):
        if self.trap and stage == self.trap[0]:
            _, target = self.trap
            self.trap = None
            unrecorded = self.unrecorded()
            self.service.kill(target)
            # The other worker may have sent its mail in this moment.
            time.sleep(PAUSE)
            self.sent_and_unrecorded |= unrecorded & {mail["Message-ID"] for mail in self.box.mails}
            self.sprung = True

    def unrecorded(self):
        """The ids of the mails whose entries are in the outbox."""
        fernet = fernet_for(environment(self.service.database)["SECRET_KEY"])
        sealed = self.service.database.query("SELECT sealed_payload FROM outbox_entry")
        payloads = [json.loads(fernet.decrypt(payload)) for (payload,) in sealed]
        return {payload["message_id"] for payload in payloads if "message_id" in payload}

    def round(self, target):
        stage, before = next(self.stages), self.mails()
        self.sprung, self.trap = False, (stage, target)
        for _ in range(2):
            self.client.post("/password/reset", json={"email": self.email}).raise_for_status()
        eventually(lambda: self.sprung, seconds=60)
        self.service.recover()
        eventually(self.is_outbox_empty, seconds=120)
        new = self.mails() - before
        twice = {number for number, count in new.items() if count > 1}
        self.outcomes[f"{stage}, {len(twice)} twice"] += 1
        return len(new) == 2 and max(new.values()) <= 2 and twice <= self.sent_and_unrecorded

    def mails(self):
        return Counter(mail["Message-ID"] for mail in self.box.mails if mail.envelope == [self.email])

    def is_outbox_empty(self):
        return self.service.database.query("SELECT count(*) FROM outbox_entry")[0][0] == 0


class Purge(Activity):
    def round(self, target):
        self.fill_trash()
        if self.duration is None:
            self.duration = self.service.complete("purge")[1]
            self.fill_trash()
        kept = self.count("trashed_at IS NULL AND purged_at IS NULL")
        outcome = self.kill_command(target, "purge")
        self.service.recover()
        overdue = self.count(OVERDUE)
        self.service.complete("purge")
        self.outcomes[f"{outcome}, {'some' if 0 < overdue < TRASHED else 'all' if overdue else 'none'} left"] += 1
        # Writers have added some meanwhile.
        return not self.count(OVERDUE) and self.count("trashed_at IS NULL AND purged_at IS NULL") >= kept

    def has_begun(self):
        return self.count(OVERDUE) < TRASHED

    def fill_trash(self):
        """Make an account that has trashed many notes, long ago."""
        with connected_to(self.service.database):
            owner = make_account(f"purge{self.chance.random()}@example.com", TRASHED, most=200)
            owner.notes.update(trashed_at=LONG_AGO)

    def count(self, condition):
        return self.service.database.query(f"SELECT count(*) FROM notes_note WHERE {condition}")[0][0]


class Backup(Activity):
    def round(self, target):
        command = ("backup", "--to", self.directory, "--keep", 4)
        self.duration = self.duration or self.service.complete(*command)[1]
        outcome = self.kill_command(target, *command)
        self.service.recover()
        self.service.complete(*command)
        with connected_to(self.service.database):
            damaged = [path.name for path in self.backups() if not is_whole(path)]
        self.outcomes[outcome] += 1
        return not damaged and not list(Path(self.directory).glob("*.partial"))

    def has_begun(self):
        return bool(list(Path(self.directory).glob("*.partial")))

    def backups(self):
        return [path for path in Path(self.directory).iterdir() if path.suffix not in (".json", ".partial")]


class Restore(Activity):
    """The server is stopped, as `restore` demands, and started after each kill on whatever is there."""

    targets = ["command", "database", "all"]

    def begin(self):
        self.load.pause()
        self.service.stop()
        output = self.service.complete("backup", "--to", self.directory, "--json")[0]
        self.command = ("restore", json.loads(output)["file"], "--yes")
        self.backed_up = state_of(self.service.database)
        self.duration = self.service.complete(*self.command)[1]

    def end(self):
        self.service.start()
        self.load.resume()
        self.load.go_on(10)

    def round(self, target):
        database = self.service.database
        database.query("UPDATE notes_note SET title = title || ' later' WHERE purged_at IS NULL")
        before = state_of(database)
        outcome = self.kill_command(target, *self.command)
        self.service.recover()
        self.service.start()
        served = {before: "as before", self.backed_up: "as restored"}.get(state_of(database), "NEITHER")
        self.service.stop()
        self.service.complete(*self.command)
        self.outcomes[f"{outcome}, served {served}"] += 1
        with connected_to(database):
            drop_former(database)
        return served != "NEITHER" and state_of(database) == self.backed_up


class Migrate(Activity):
    """A server of an earlier revision serves while this version migrates. Each round unapplies the migrations."""

    def begin(self):
        self.service.stop()
        self.service.checkout = Path(self.service.earlier)
        self.migrate_back()
        self.service.start()
        self.digest = self.digest_of_seeds()
        self.duration = self.service.complete("migrate")[1]

    def end(self):
        self.service.complete("migrate")
        self.service.stop()
        self.service.checkout = ROOT
        self.service.start()

    def round(self, target):
        self.migrate_back()
        outcome = self.kill_command(target, "migrate", "--verbosity=0")
        self.service.recover()
        pending = self.pending()
        self.service.complete("migrate", "--verbosity=0")
        self.outcomes[f"{outcome}, {len(pending)} left"] += 1
        return not self.pending() and self.digest_of_seeds() == self.digest

    def pending(self):
        with connected_to(self.service.database):
            return read_migration_state(connection).pending

    def migrate_back(self):
        """Unapply what the earlier revision does not have, in one process."""
        with connected_to(self.service.database):
            for app in reversed(list(apps.get_app_configs())):
                if Path(app.path).parent == ROOT and Path(app.path, "migrations").is_dir():
                    folder = Path(self.service.earlier, app.label, "migrations")
                    names = sorted(path.stem for path in folder.glob("[0-9]*.py"))
                    call_command("migrate", app.label, names[-1] if names else "zero", verbosity=0)

    def digest_of_seeds(self):
        """A digest of the notes of accounts that nobody uses meanwhile."""
        rows = self.service.database.query(
            "SELECT title, content, version FROM notes_note JOIN accounts_user ON owner_id = accounts_user.id"
            " WHERE email LIKE 'seed%' ORDER BY email, version"
        )
        return hashlib.sha256(repr(rows).encode()).hexdigest()


ACTIVITIES = [Mail, Purge, Backup, Restore, Migrate]
