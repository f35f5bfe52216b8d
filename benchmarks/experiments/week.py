"""Count the rows that a week adds although nobody has more notes: `python -m benchmarks.experiments.week`.

On a new database (PostgreSQL if DATABASE_HOSTNAME is set, else SQLite), requests of some accounts are processed in this
process, with the default throttles, while the clock of the process is moved from one part of a day to the next. At the
end of each day the purge of the daily work runs. Each account, each day:

- logs in once more on one of its three devices (every second time without a log-out before), mistypes the password
  once, and refreshes the tokens of its devices four times;
- creates four notes with an Idempotency-Key, and deletes and purges four others;
- replaces the texts of four notes.

Every tenth account, another one each day, also asks for a new password, creates and revokes an API token, and the mail
for this is sent. A person registers and leaves for every ten accounts. One member of staff logs in to the admin and
sends reset links to three accounts. Prints the rows of each table at the end of each day, and before the last purge.
"""

import logging
import os
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

import time_machine
from django.conf import settings
from django.test import Client, override_settings

from accounts.models import User
from benchmarks.experiments.hostile_rows import count_rows
from notes.management.purging import purge
from notes.tests.backups import connected_to
from notes_api.config.rate import Rate
from notes_api.tests.live_server import PASSWORD, scratch_database
from notes_api.tests.product_client import ProductClient
from outbox.worker import worker

START = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = [7, 12, 17, 22]
DEVICES, NOTES = 3, 10
THROTTLES = {
    "THROTTLE_LOGIN": Rate(10, 900), "THROTTLE_REGISTER": Rate(20, 3600), "THROTTLE_MAIL": Rate(5, 3600),
}  # fmt: skip


class Account:
    def __init__(self, number):
        self.number, self.email = number, f"user{number}@example.com"
        self.client = ProductClient(REMOTE_ADDR=f"198.51.{number // 250}.{number % 250}")
        self.notes, self.devices, self.key = [], [], 0

    def send(self, method, path, body=None, **headers):
        response = getattr(self.client, method)(path, body, format="json", **headers)
        assert response.status_code < 400, (method, path, response.status_code, response.content)
        return response.json() if response.content else None

    def register(self):
        self.send("post", "/users", {"email": self.email, "password": PASSWORD})
        for _ in range(DEVICES):
            self.devices.append(self.log_in())
        self.use(self.devices[0])
        for _ in range(NOTES):
            self.create()

    def log_in(self):
        self.client.credentials()
        return self.send("post", "/login", {"username": self.email, "password": PASSWORD})

    def use(self, device):
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {device['access_token']}")

    def create(self):
        self.key += 1
        note = {"title": "Milk", "content": f"{self.key} litres of milk"}
        self.notes.append(self.send("post", "/notes", note, HTTP_IDEMPOTENCY_KEY=f"key-{self.key}")["id"])

    def live(self, day, part):
        """Do what is done in one part of a day."""
        for number, device in enumerate(self.devices):
            self.client.credentials()
            self.devices[number] = self.send("post", "/login/refresh", {"refresh_token": device["refresh_token"]})
        if part == 0:
            self.log_in_again(day)
        self.use(self.devices[0])
        self.create()
        self.send("put", f"/notes/{self.notes[-1]}", {"title": "Milk", "content": f"{day} {part} cups of tea"})
        gone = self.notes.pop(0)
        self.send("delete", f"/notes/{gone}")
        self.send("delete", f"/trash/{gone}")
        if part == 1 and (self.number + day) % 10 == 0:
            self.do_what_is_rare()

    def log_in_again(self, day):
        device = day % DEVICES
        if day % 2:
            self.use(self.devices[device])
            self.send("post", "/logout")
        self.client.credentials()
        self.client.post("/login", {"username": self.email, "password": "wrong horse battery"}, format="json")
        self.devices[device] = self.log_in()

    def do_what_is_rare(self):
        token = self.send(
            "post", "/tokens", {"name": "Script", "scopes": ["notes:read"], "current_password": PASSWORD}
        )  # fmt: skip
        self.send("delete", f"/tokens/{token['id']}")
        self.client.credentials()
        self.send("post", "/password/reset", {"email": self.email})
        visitor = Account(1000 + self.number)
        visitor.email = f"visitor{timestamp()}-{self.number}@example.com"
        visitor.send("post", "/users", {"email": visitor.email, "password": PASSWORD})
        visitor.use(visitor.log_in())
        visitor.send("post", "/users/me/erase", {"current_password": PASSWORD})


def timestamp():
    return int(datetime.now(UTC).timestamp())


def administrate(day):
    """Log in to the admin and change three accounts."""
    browser = Client(REMOTE_ADDR="203.0.113.1")
    form = {"username": "staff@example.com", "password": PASSWORD, "next": "/admin/"}
    assert browser.post("/admin/login/", form).status_code == 302
    users = User.objects.filter(is_staff=False).order_by("pk")[3 * day : 3 * day + 3]
    action = {"action": "send_reset_links", "_selected_action": [str(user.pk) for user in users]}
    assert browser.post("/admin/accounts/user/", action).status_code == 302


def run_day(accounts, day, traveller):
    for part, hour in enumerate(HOURS):
        traveller.move_to(START + timedelta(days=day, hours=hour))
        for account in accounts:
            account.live(day, part)
        # As the server does soon after each commit.
        worker.work()
    administrate(day)
    worker.work()
    traveller.move_to(START + timedelta(days=day + 1, hours=1))


def ignore(what, count):
    """Report to nobody."""


def run(database, options, traveller):
    """Return the rows of each table at the end of each day, and before the last purge."""
    User.objects.create_superuser("staff@example.com", PASSWORD)
    accounts = [Account(number) for number in range(options.accounts)]
    for account in accounts:
        account.register()
    worker.work()
    columns = [count_rows(database)]
    for day in range(options.days):
        run_day(accounts, day, traveller)
        before = count_rows(database)
        # The machine of the database has another clock, which is not moved.
        purge(ignore, is_clock_trusted=True)
        columns.append(count_rows(database))
    return [*columns, before]


def main():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100, help="default: %(default)s")
    parser.add_argument("--days", type=int, default=7, help="default: %(default)s")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with (
        scratch_database() as database,
        connected_to(database),
        override_settings(**THROTTLES),
        time_machine.travel(START, tick=True) as traveller,
    ):
        columns = run(database, options, traveller)
        tombstones = database.query("SELECT count(*) FROM notes_note WHERE purged_at IS NOT NULL")[0][0]
    report(columns, tombstones)


def report(columns, tombstones):
    print(f"{settings.DATABASES['default']['ENGINE']}; {tombstones} of the notes are tombstones")
    days = [f"day {number}" for number in range(len(columns) - 1)]
    print(f"{'':32}" + "".join(f"{title:>8}" for title in [*days, "before"]))
    for table in sorted(columns[0]):
        counts = [column[table] for column in columns]
        if any(counts):
            print(f"{table:32}" + "".join(f"{count:8}" for count in counts))


if __name__ == "__main__":
    main()
