"""What a page and a search of one account cost: `python -m benchmarks.search_cost --help`.

Wall clock and CPU time (this process and its database's backend) through the whole of Django, and the plans.
The database that the environment names must be empty the first time; it is seeded, and kept for the next run.

What the notes of all others cost is the ratio of two runs, on a database each:
`--others 1000 --save few.json`, then `--others 10000 --against few.json`. Exit status 1: something does not hold.
"""

import argparse
import json
import logging
import random
import re
import statistics
import time
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.tokens import AccessToken
from benchmarks.costs import Cost, Figures, Verdicts, figures, median, p95, report
from benchmarks.seed import LONGEST, make_account, surround
from benchmarks.vocabulary import LANGUAGES
from notes.filters import BY_RANK
from notes.models import Note
from notes.search import parse
from notes.serializers.queries import ORDERINGS
from notes_api.pagination import directed

EMAIL = "measured@example.com"
PAGE, DEPTH, DEEPER = 50, 10_000, 1.3
# Milliseconds of a search, and how many times as much ten times the rows may cost.
SLOWEST = {"postgresql": 50, "sqlite": 80}
LARGER = {"postgresql": 1.3, "sqlite": 3.0}


def queries() -> list[str]:
    """Common words and rare ones, several, phrases, beginnings, exclusions, alternatives, and what is nowhere."""
    chance, result = random.Random(3), []
    for language in LANGUAGES.values():
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


def get(client: APIClient, address: str) -> Any:  # Any: JSON
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
    # The kernel counts the backend's time in hundredths of a second: one query's is the mean of its rounds.
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
    """What first pages in all orders cost, after deep ones were compared with them."""
    pages = []
    for ordering in ORDERINGS:
        # The end of one order is the beginning of the other: the same notes, whose texts cost the same.
        lists = [f"/notes?is_archived=any&ordering={name}" for name in (ordering, reverse(ordering))]
        ratio, firsts = measure_depth(client, lists[0], rounds, first=lists[1])
        pages += firsts
        verdicts.add(f"times the same notes first, a deep page by {ordering}", ratio, DEEPER)
    common = LANGUAGES["latin"].vocabulary[0]
    ratio, _ = measure_depth(client, f"/notes?is_archived=any&q={common}", rounds)
    verdicts.add(f"times its first page, a deep page of a search for {common}", ratio, DEEPER)
    return pages


def measure_depth(client: APIClient, address: str, rounds: int, first: str = "") -> tuple[float, list[Cost]]:
    """The ratio of a page as deep as there is one, `DEPTH` or a little more, to the first page, or to that of the list
    `first`; and what the first costs.
    """
    deep, depth = deepest(client, address)
    first = f"{first or address}&limit={PAGE}"
    pairs = [(Cost(lambda: get(client, first)), Cost(lambda: get(client, deep))) for _ in range(rounds)]
    firsts, deeps = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if ids_of(firsts[0]) != ids_of(deeps[0]):
        print("  (other notes, so other texts:)")
    name = address.rpartition("&")[2]
    report(f"{name}, first page", firsts)
    report(f"{name}, {depth} deep", deeps)
    return median(deeps) / median(firsts), firsts


def deepest(client: APIClient, address: str) -> tuple[str, int]:
    """The address of a page `DEPTH` notes deep, or a page before the last; and how deep that is."""
    page, depth = f"{address}&limit={PAGE}", 0
    while depth <= DEPTH and (following := get(client, page)["next"]):
        page, depth = following, depth + PAGE
    return page, depth


def ids_of(cost: Cost) -> set[str]:
    return {note["id"] for note in cost.answer["results"]}


def show_plans(owner: User) -> None:
    listed = Note.objects.owned_by(owner).active().archived(False)
    conditions = parse(queries()[4]).conditions()
    parts = [listed.titled(conditions).order_by(*BY_RANK), listed.untitled(conditions).order_by(*BY_RANK[1:])]
    for name, queryset in [(ordering, listed.order_by(*directed(ordering))) for ordering in ORDERINGS] + [
        (f"search, stretch {number}", part.best(51, conditions.rank()).values("pk"))
        for number, part in enumerate(parts, start=1)
    ]:
        print(f"--- {name}")
        options = {"analyze": True, "buffers": True} if connection.vendor == "postgresql" else {}
        print(re.sub(r"'[^']{60,}'", "'…'", queryset[:51].explain(**options)))


def reverse(ordering: str) -> str:
    return ordering.removeprefix("-") if ordering.startswith("-") else f"-{ordering}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=int, default=10_100, help="of the measured account")
    parser.add_argument("--longest", type=int, default=LONGEST, help="characters of the longest note")
    parser.add_argument("--others", type=int, default=0, help="other accounts, of 200 short notes each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--save", type=Path, metavar="FILE", help="where to keep the figures")
    parser.add_argument("--against", type=Path, metavar="FILE", help="the figures of a run with fewer others")
    return parser.parse_args()


def main() -> None:
    logging.getLogger("notes_api.access").setLevel(logging.WARNING)
    options = arguments()
    call_command("migrate", verbosity=0)
    if not (owner := User.objects.filter(email=EMAIL).first()):
        started = time.monotonic()
        owner = make_account(EMAIL, options.notes, most=options.longest)
        if options.others:
            surround(owner, options.others)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        print(f"Seeded in {time.monotonic() - started:.0f} s")
    if options.plans:
        show_plans(owner)
    client, verdicts = log_in(owner), Verdicts()
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
