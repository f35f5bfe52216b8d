"""Count the rows that hostile requests leave behind: `python -m benchmarks.experiments.hostile_rows`.

Starts a server with the default throttles, on a new database (PostgreSQL if DATABASE_HOSTNAME is set, else SQLite). It
trusts a proxy at 127.0.0.1, so that each request can come from another address. Sends 10,000 requests in four phases,
and prints how many rows each table has gained in each. The server prints the mails that it would send.
"""

import json
import logging
import os
from argparse import ArgumentParser
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from django.apps import apps

from notes_api.tests.live_server import PASSWORD, connected, logged_in, scratch_database, serving

THREADS = 16
SETTINGS = {
    "THROTTLE_LOGIN": "10/15m",
    "THROTTLE_REGISTER": "20/1h",
    "THROTTLE_MAIL": "5/1h",
    "TRUSTED_PROXIES": "127.0.0.1",
    "WEB_CONCURRENCY": "2",
    "LOG_LEVEL": "ERROR",
}


def one_network(number):
    """Return an address in another /64 of one /48."""
    return f"2001:db8:1:{number % 65536:x}::1"


def one_address(number):
    return "198.51.100.7"


def two_hundred_addresses(number):
    return f"203.0.113.{number % 200}"


def send(client, path, body, address):
    return client.post(path, json=body, headers={"X-Forwarded-For": address}).status_code


def attack_as_stranger(client, number, address):
    """Send the requests that need no account, each kind in turn, for another account every time."""
    email, kind = f"{number}@example.com", number % 6
    wrong = {"username": email, "password": "wrong password"}
    match kind:
        case 0 | 1:
            return send(client, "/login", wrong, address)
        case 2:
            return send(client, "/users", {"email": email, "password": PASSWORD}, address)
        case 3:
            return send(client, "/password/reset", {"email": email}, address)
        case 4:
            return send(client, "/email/verify/send", {"email": email}, address)
    forged = {"Authorization": f"Bearer cn_pat_{number:049}", "X-Forwarded-For": address}
    return client.post("/notes", json={"title": "x"}, headers={**forged, "Idempotency-Key": str(number)}).status_code


def attack_as_user(client, number, address):
    """Send the requests of somebody with an account: keys, log-ins, tokens, mails and a second factor."""
    headers = {"X-Forwarded-For": address, "Idempotency-Key": str(number)}
    match number % 5:
        case 0:
            return client.post("/notes", json={"title": "x"}, headers=headers).status_code
        case 1:
            return send(client, "/login", {"username": client.email, "password": PASSWORD}, address)
        case 2:
            return send(client, "/tokens", {"name": "x", "scopes": ["notes:read"]}, address)
        case 3:
            return send(client, "/password/reset", {"email": client.email}, address)
    return send(client, "/users/me/otp", {"password": PASSWORD}, address)


def count_rows(database):
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    return {table: database.query(f'SELECT count(*) FROM "{table}"')[0][0] for table in tables}


def run_phase(database, client, attack, addresses, requests):
    """Send the requests and print the statuses and the rows that each table has gained."""
    before = count_rows(database)
    with ThreadPoolExecutor(THREADS) as threads:
        statuses = Counter(threads.map(lambda number: attack(client, number, addresses(number)), range(requests)))
    gained = {table: rows - before[table] for table, rows in count_rows(database).items() if rows != before[table]}
    print(f"{attack.__name__}, {addresses.__name__}: {json.dumps(dict(sorted(statuses.items())))}")
    print("".join(f"    {table:30} {rows:+6d}\n" for table, rows in sorted(gained.items())), flush=True)


def main():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000, help="in all phases (default: %(default)s)")
    requests = parser.parse_args().requests // 4
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with scratch_database() as database, serving(database, **SETTINGS) as server:
        with connected(server) as stranger:
            for addresses in (one_network, one_address, two_hundred_addresses):
                run_phase(database, stranger, attack_as_stranger, addresses, requests)
        with logged_in(server) as user:
            run_phase(database, user, attack_as_user, two_hundred_addresses, requests)


if __name__ == "__main__":
    main()
