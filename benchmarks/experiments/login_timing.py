"""Check that the time of a failed log-in does not reveal who has an account.

`python -m benchmarks.experiments.login_timing` starts a server with the production hasher, no throttles and
EMAIL_VERIFICATION=required, on a new database (PostgreSQL if DATABASE_HOSTNAME is set, else SQLite). Log-ins to every
kind of account fail, in an order shuffled each round. The medians must be within 2 % of each other. On a busy machine
it is enough if each is no farther from the known accounts than these are from each other. Otherwise the exit status
is 1.
"""

import base64
import http.client
import json
import os
import random
import statistics
import sys
import time
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from accounts.tests.authenticator_app import code
from notes_api.tests.live_server import PASSWORD, logged_in, scratch_database, serving

WRONG = "incorrect horse battery"
KNOWN = ["known", "another-known"]
# Each is also the local part of an account's address.
KINDS = [*KNOWN, "unknown", "inactive", "second-factor", "unverified", "unclaimed"]
CLOSE_ENOUGH = 0.02
SPLITS, SHARE = 1000, 0.99


def address_of(kind):
    return f"{kind}@example.com"


def prepare(server, database):
    """Make an account of every kind except `unknown`. All but `unclaimed` have logged in before."""
    for kind in KINDS:
        if kind == "unknown":
            continue
        with logged_in(server, address_of(kind)) as client:
            if kind == "second-factor":
                switch_on_second_factor(client)
    database.query(f"UPDATE accounts_user SET is_active = false WHERE email = '{address_of('inactive')}'")
    waiting = ", ".join(f"'{address_of(kind)}'" for kind in ("unverified", "unclaimed"))
    database.query(f"UPDATE accounts_user SET email_verified_at = created_at WHERE email NOT IN ({waiting})")
    database.query(f"UPDATE accounts_user SET last_login = NULL WHERE email = '{address_of('unclaimed')}'")


def switch_on_second_factor(client):
    secret = client.post("/users/me/otp", json={"password": PASSWORD}).json()["secret"]
    client.post("/users/me/otp/confirm", json={"otp": code(base64.b32decode(secret))}).raise_for_status()


def fail(connection, kind):
    """Log in without success and return the seconds that it takes."""
    password = PASSWORD if kind == "unclaimed" else WRONG
    body = json.dumps({"username": address_of(kind), "password": password})
    began = time.perf_counter()
    connection.request("POST", "/login", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    seconds = time.perf_counter() - began
    if (response.status, json.loads(answer)["code"]) != (401, "invalid_grant"):
        raise AssertionError(f"{kind}: {response.status} {answer!r}")
    return seconds


def visit(server, number, rounds):
    """Run all log-ins of one client; return the kind and seconds of each."""
    chance, order, times = random.Random(number), list(KINDS), []
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for kind in order:
        fail(connection, kind)
    for _ in range(rounds):
        chance.shuffle(order)
        times += [(kind, fail(connection, kind)) for kind in order]
    connection.close()
    return times


def measure(server, rounds):
    """Return the seconds of every log-in by kind. One client for each hashing thread, so that none has to queue."""
    clients = os.cpu_count()
    times = {kind: [] for kind in KINDS}
    with ThreadPoolExecutor(clients) as threads:
        shares = [rounds // clients + (number < rounds % clients) for number in range(clients)]
        for visited in threads.map(lambda number: visit(server, number, shares[number]), range(clients)):
            for kind, seconds in visited:
                times[kind].append(seconds)
    return times


def distance(one, other):
    """Return the difference of two medians as a share of the second."""
    return abs(statistics.median(one) - statistics.median(other)) / statistics.median(other)


def spread(times):
    """Return the distance that 99 of 100 random splits of the known accounts do not exceed."""
    chance = random.Random(2)
    pool = list(chain.from_iterable(times[kind] for kind in KNOWN))
    middle, distances = len(pool) // 2, []
    for _ in range(SPLITS):
        chance.shuffle(pool)
        distances.append(distance(pool[:middle], pool[middle:]))
    return sorted(distances)[int(SPLITS * SHARE)]


def report(times):
    """Print the table and return whether the target is met."""
    known = list(chain.from_iterable(times[kind] for kind in KNOWN))
    print(f"{'':16}{'median':>10}{'p10':>10}{'p90':>10}{'from known':>12}")
    for kind, seconds in times.items():
        deciles = statistics.quantiles(seconds, n=10)
        row = [1000 * value for value in (statistics.median(seconds), deciles[0], deciles[-1])]
        print(f"{kind:16}" + "".join(f"{value:7.1f} ms" for value in row) + f"{100 * distance(seconds, known):10.2f} %")
    medians = [statistics.median(seconds) for seconds in times.values()]
    apart, chance = max(medians) / min(medians) - 1, spread(times)
    farthest = max(distance(seconds, known) for seconds in times.values())
    print(f"medians apart: {100 * apart:.2f} %, from known: {100 * farthest:.2f} % at most")
    print(
        f"known against known: {100 * distance(*(times[kind] for kind in KNOWN)):.2f} %, by chance {100 * chance:.2f} %"
    )
    return apart <= CLOSE_ENOUGH or farthest <= chance


def main(rounds):
    print(f"{settings.DATABASES['default']['ENGINE']}, {rounds} log-ins each, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    variables = {"DJANGO_SETTINGS_MODULE": "notes_api.settings", "WEB_CONCURRENCY": "1"}
    with scratch_database() as database:
        with serving(database, **variables) as server:
            prepare(server, database)
        with serving(database, EMAIL_VERIFICATION="required", **variables) as server:
            holds = report(measure(server, rounds))
    print("target met" if holds else "target missed")
    return 0 if holds else 1


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    sys.exit(main(parser.parse_args().rounds))
