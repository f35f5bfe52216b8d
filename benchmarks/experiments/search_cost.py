"""Measure pages and searches of one account: `python -m benchmarks.experiments.search_cost --help`.

Reports wall clock and CPU time (this process and its database backend) of requests through Django, and query plans.
The database that the environment names must be empty the first time; it is seeded and kept for the next run.

To measure the influence of other accounts, compare two runs on two databases:
`--others 1000 --save few.json`, then `--others 10000 --against few.json`. Exit status 1 means that a target is missed.
"""

import argparse
import json
import logging
import random
import re
import statistics
import time
from pathlib import Path
from urllib.parse import urlencode

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.authentication.tokens import AccessToken
from accounts.models import Session, User
from benchmarks.experiments.costs import Cost, Figures, Verdicts, figures, median, p95, report
from benchmarks.experiments.seed import LONGEST, make_account, surround
from benchmarks.vocabulary import SYLLABLES, get_language
from notes.models import Note
from notes.serializers.queries import ORDERINGS
from notes_api.rest.json_types import JSON

EMAIL = "measured@example.com"
PAGE, DEPTH, DEEPER = 50, 10_000, 1.3
# Targets: milliseconds of a search, and the factor that ten times the rows may cost.
SLOWEST = {"postgresql": 50, "sqlite": 80}
LARGER = {"postgresql": 1.3, "sqlite": 3.0}


def queries() -> list[str]:
    """Return queries with common, rare and missing words, phrases, prefixes, exclusions and alternatives."""
    chance, result = random.Random(3), []
    for language in map(get_language, SYLLABLES):
        common, usual, rare = (language.vocabulary[rank : rank + 40] for rank in (0, 100, 5000))
        one, two, three = chance.choice(common[:5]), chance.choice(usual), chance.choice(rare)
        result += [common[0], one, two, three, f"{one} {two}", f"{one} {three}", f"{one} {two} {three}"]
        result += [f'"{common[0]} {common[1]}"', f"{two}*", f"{one} -{two}", f"{two} or {three}", f"-{one}"]
        result += [f"{one} {two} or {three} -{common[1]}"]
    return [*result, "zzz nowhere", "qqqq", "z*", "v1.2", "somebody@example.com", '"one two three"']


def log_in(user: User) -> APIClient:
    client = APIClient(SERVER_NAME="localhost")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(Session.objects.create(user=user))}")
    return client


def get(client: APIClient, address: str) -> JSON:
    response = client.get(address)
    assert response.status_code == 200, (address, response.content)
    return response.json()


def measure_search(client: APIClient, rounds: int) -> list[Cost]:
    costs: dict[str, list[Cost]] = {query: [] for query in queries()}
    for _ in range(rounds):
        for query, found in costs.items():
            found.append(Cost(lambda query=query: client_search(client, query)))
    every = [cost for found in costs.values() for cost in found]
    report("search, first page", every)
    report("  without alternatives", [cost for query, found in costs.items() if " or " not in query for cost in found])
    medians = {query: statistics.median(cost.wall for cost in found) * 1000 for query, found in costs.items()}
    slowest = sorted(medians, key=medians.__getitem__)[-5:]
    # The kernel counts the backend's time in hundredths of a second, so each query takes the mean of its rounds.
    for name, each in [
        ("  CPU of each query", [statistics.fmean(cost.cpu for cost in found) * 1000 for found in costs.values()]),
        ("  quickest run of each query", [min(cost.wall for cost in found) * 1000 for found in costs.values()]),
    ]:
        print(f"{name:<34} n={len(each):<5} median {statistics.median(each):7.1f}  p95 {p95(each):7.1f}"
              f"  max {max(each):7.1f}")  # fmt: skip
    print("  slowest:", ", ".join(f"{query} {medians[query]:.0f} ms" for query in slowest))
    return every


def client_search(client: APIClient, query: str) -> object:
    response = client.get("/notes", {"q": query})
    assert response.status_code == 200, (query, response.content)
    return response


def measure_pages(client: APIClient, rounds: int, verdicts: Verdicts) -> list[Cost]:
    """Measure first pages in all orders and compare deep pages with them."""
    pages = []
    for ordering in ORDERINGS:
        # The end of one order is the beginning of its reverse: the same notes, so the same cost of texts.
        lists = [f"/notes?is_archived=any&ordering={name}" for name in (ordering, reverse(ordering))]
        ratio, firsts = measure_depth(client, lists[0], rounds, first=lists[1])
        pages += firsts
        verdicts.add(f"times the first page of the same notes, a deep page by {ordering}", ratio, DEEPER)
    common = get_language("latin").vocabulary[0]
    ratio, _ = measure_depth(client, f"/notes?is_archived=any&q={common}", rounds)
    verdicts.add(f"times its first page, a deep page of a search for {common}", ratio, DEEPER)
    return pages


def measure_depth(client: APIClient, address: str, rounds: int, first: str = "") -> tuple[float, list[Cost]]:
    """Compare a page `DEPTH` notes deep (or the deepest) with the first page of the list, or of the list `first`.

    Returns the ratio and the costs of the first page.
    """
    deep, depth = deepest(client, address)
    first = f"{first or address}&limit={PAGE}"
    pairs = [(Cost(lambda: get(client, first)), Cost(lambda: get(client, deep))) for _ in range(rounds)]
    firsts, deeps = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if ids_of(firsts[0]) != ids_of(deeps[0]):
        print("  (the pages hold different notes:)")
    name = address.rpartition("&")[2]
    report(f"{name}, first page", firsts)
    report(f"{name}, {depth} deep", deeps)
    return median(deeps) / median(firsts), firsts


def deepest(client: APIClient, address: str) -> tuple[str, int]:
    """Return the address of a page `DEPTH` notes deep, or of the last full page, and its depth."""
    page, depth = f"{address}&limit={PAGE}", 0
    while depth <= DEPTH and (following := get(client, page)["next"]):
        page, depth = following, depth + PAGE
    return page, depth


def ids_of(cost: Cost) -> set[str]:
    return {note["id"] for note in cost.answer["results"]}


def show_plans(client: APIClient) -> None:
    """Print the plans of the statements that read notes, for a page in each order and for a search."""
    explain = "EXPLAIN (ANALYZE, BUFFERS) " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    for parameters in [f"ordering={name}" for name in ORDERINGS] + [urlencode({"q": queries()[4]})]:
        with CaptureQueriesContext(connection) as captured:
            get(client, f"/notes?{parameters}")
        for query in captured:
            if "FROM notes_note" in query["sql"].replace('"', ""):
                with connection.cursor() as cursor:
                    cursor.execute(explain + query["sql"])
                    plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
                print(f"--- {parameters}", re.sub(r"'[^']{60,}'", "'…'", plan), sep="\n")


def reverse(ordering: str) -> str:
    return ordering.removeprefix("-") if ordering.startswith("-") else f"-{ordering}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=int, default=10_100, help="number of notes in the measured account")
    parser.add_argument("--longest", type=int, default=LONGEST, help="length of the longest note in characters")
    parser.add_argument("--others", type=int, default=0, help="number of other accounts, with 200 short notes each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the figures to this file")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare with the figures in this file")
    return parser.parse_args()


def seed(options: argparse.Namespace) -> User:
    """Create the measured account and the others."""
    started = time.monotonic()
    owner = make_account(EMAIL, options.notes, most=options.longest)
    if options.others:
        surround(owner, options.others)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    print(f"Seeded in {time.monotonic() - started:.0f} s")
    return owner


def main() -> None:
    logging.getLogger("notes_api.access").setLevel(logging.WARNING)
    options = arguments()
    call_command("migrate", verbosity=0)
    owner = User.objects.filter(email=EMAIL).first() or seed(options)
    client, verdicts = log_in(owner), Verdicts()
    if options.plans:
        show_plans(client)
    print(f"{connection.vendor}, {Note.objects.count()} notes in all")
    searches = measure_search(client, options.rounds)
    verdicts.add("ms, p95 of a search", p95([cost.wall * 1000 for cost in searches]), SLOWEST[connection.vendor])
    pages = measure_pages(client, options.rounds * 8, verdicts)
    measured = {"search": figures(searches), "pages": figures(pages)}
    if options.save:
        options.save.write_text(json.dumps(measured))
    if options.against:
        compare(verdicts, measured, json.loads(options.against.read_text()))
    print(*verdicts.lines, sep="\n")
    raise SystemExit(not verdicts.all_hold)


def compare(verdicts: Verdicts, measured: Figures, before: Figures) -> None:
    for name, values in measured.items():
        for kind, value in values.items():
            ratio = value / before[name][kind]
            verdicts.add(f"times the other run, {kind} of {name}", ratio, LARGER[connection.vendor])


if __name__ == "__main__":
    main()
