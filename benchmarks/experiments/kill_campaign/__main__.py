"""Kill everything during everything: `python -m benchmarks.experiments.kill_campaign`.

On a new database (with DATABASE_HOSTNAME set, a PostgreSQL of its own; otherwise SQLite) a server with two workers
serves two writers and a mail server takes mails. Meanwhile the workers, the master, the database, a command or all of
them get SIGKILL, in turn, at a random moment of:

- a mail: at the greeting of the mail server, before the mail, and after it was taken but before that was recorded;
- `purge` of 500 notes, `backup`, and `migrate` while a server of an earlier revision serves;
- `restore`, for which the server is stopped, and after the kill started on whatever is there.

What was killed is started again, as a supervisor does, and the command is run again. A line for each kill says what was
killed and whether everything was as promised; after each activity, one line counts the outcomes. At the end every
acknowledged write must be there, and `doctor` must find no error. Otherwise it ends with status 1.
"""

import io
import json
import logging
import os
import random
import sys
import tempfile
import time
import traceback
from argparse import ArgumentParser
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from django.conf import settings
from django.core.management import call_command

from benchmarks.experiments.kill_campaign.activities import ACTIVITIES
from benchmarks.experiments.kill_campaign.clients import PatientLoad
from benchmarks.experiments.kill_campaign.service import Service, connected_to
from benchmarks.experiments.priority import give_priority
from benchmarks.experiments.seed import make_account
from notes.tests.upgrades.make_state import checked_out
from notes_api.tests.cluster import running_cluster
from notes_api.tests.fake_smtp import postbox
from notes_api.tests.live_server import Sqlite, migrated

# Before the outbox and the daily work had tables.
EARLIER = "1fcde32"


def run(activity, name, kills, has_database_server):
    targets = [target for target in activity.targets if target != "database" or has_database_server]
    results = []
    for number, target in enumerate(islice(cycle(targets), kills), 1):
        began = time.monotonic()
        try:
            result = activity.round(target)
        except Exception:  # noqa: BLE001  # the next round may succeed
            traceback.print_exc()
            result = False
        results.append(result)
        acknowledged = activity.load.acknowledged()
        print(f"{name} {number}: {target} killed, {'as promised' if result else 'NOT AS PROMISED'},"
              f" {time.monotonic() - began:.0f} s, {acknowledged} writes", flush=True)  # fmt: skip
        if activity.service.server:
            activity.load.go_on(10)
    print(f"{name}: {dict(activity.outcomes)}", flush=True)
    return all(results)


def campaign(service, load, options):
    results = []
    for kind in ACTIVITIES:
        name = kind.__name__.lower()
        if options.only and name not in options.only:
            continue
        with tempfile.TemporaryDirectory() as directory:
            activity = kind(service, load, random.Random(f"{options.seed} {name}"), directory)
            activity.begin()
            results.append(run(activity, name, options.kills, service.cluster is not None))
            activity.end()
    load.go_on(10)
    load.end()
    missing = load.missing()
    print(f"{load.acknowledged()} acknowledged writes, missing {len(missing)}; heard {dict(load.heard())};"
          f" the master was started again {service.restarts} times")  # fmt: skip
    return all(results) and not missing


def has_errors(service):
    process = service.command("doctor", "--json")
    with process:
        findings = json.loads(process.communicate()[0].decode())
    errors = [finding for finding in findings if finding["level"] == "error"]
    print(f"doctor: {errors or 'no error'}")
    return bool(errors)


@contextmanager
def running_service():
    """The server on a new database with ten accounts, and the server for its mails."""
    with ExitStack() as stack:
        enter = stack.enter_context
        directory, box = enter(tempfile.TemporaryDirectory()), enter(postbox())
        cluster = enter(running_cluster()) if settings.DATABASE_HOSTNAME else None
        database = migrated(cluster.database if cluster else Sqlite(Path(directory, "notes.sqlite3")))
        with connected_to(database):
            for number in range(10):
                make_account(f"seed{number}@example.com", 200, seed=number)
            call_command("reindex", stdout=io.StringIO())
        service = Service(database, cluster, EMAIL_URL=box.url)
        service.box, service.earlier = box, enter(checked_out(EARLIER))
        service.start()
        stack.callback(service.stop)
        yield service


def main():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=8, help="of each activity (default: %(default)s)")
    parser.add_argument("--only", nargs="+", help="activities, such as mail")
    parser.add_argument("--seed", type=int, default=time.time_ns(), help="of the random moments")
    options = parser.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    print(f"--seed {options.seed}")
    give_priority(os.getpid())
    with running_service() as service, PatientLoad(service, True, False) as load:
        is_promised = campaign(service, load, options)
        is_promised &= not has_errors(service)
    sys.exit(0 if is_promised else 1)


if __name__ == "__main__":
    main()
