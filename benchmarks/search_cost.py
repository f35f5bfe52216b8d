"""What a page and a search of one account cost: `python -m benchmarks.search_cost --help`.

Wall clock and CPU time (this process and its database's backend) through the whole of Django, and the plans.
The database that the environment names must be empty the first time; it is seeded, and kept for the next run.
"""

import argparse
import os
import random
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.tokens import AccessToken
from benchmarks.seed import make_account, surround
from benchmarks.vocabulary import LANGUAGES
from notes.models import Note
from notes.pagination import by_rank
from notes.search import parse

EMAIL = "measured@example.com"
ORDERINGS = ["-updated_at", "updated_at", "-created_at", "created_at", "title", "-title"]


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


class Cost:
    """Seconds of wall clock and of CPU."""

    def __init__(self, ask: Callable[[], object]) -> None:
        wall, cpu = time.perf_counter(), cpu_time()
        self.answer = ask()
        self.wall, self.cpu = time.perf_counter() - wall, cpu_time() - cpu


def cpu_time() -> float:
    return time.process_time() + backend_time()


def backend_time() -> float:
    """PostgreSQL works in a process of its own, SQLite in ours."""
    if connection.vendor == "sqlite":
        return 0
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def log_in(user: User) -> APIClient:
    client = APIClient(SERVER_NAME="localhost")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(Session.objects.create(user=user))}")
    return client


def get(client: APIClient, address: str) -> object:
    response = client.get(address)
    assert response.status_code == 200, (address, response.content)
    return response.json()


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[18]


def report(name: str, costs: list[Cost]) -> float:
    walls, total = [cost.wall * 1000 for cost in costs], sum(cost.cpu for cost in costs) / len(costs) * 1000
    print(
        f"{name:<34} n={len(costs):<5} median {statistics.median(walls):7.1f}  p95 {p95(walls):7.1f}"
        f"  max {max(walls):7.1f}  CPU {total:7.2f} ms each"
    )
    return total


def measure_search(client: APIClient, rounds: int) -> None:
    costs: dict[str, list[Cost]] = {query: [] for query in queries()}
    for _ in range(rounds):
        for query, found in costs.items():
            found.append(Cost(lambda query=query: client_search(client, query)))
    report("search, first page", [cost for found in costs.values() for cost in found])
    report("  without alternatives", [cost for query, found in costs.items() if " or " not in query for cost in found])
    medians = {query: statistics.median(cost.wall for cost in found) * 1000 for query, found in costs.items()}
    slowest = sorted(medians, key=medians.__getitem__)[-5:]
    # The kernel counts the backend's time in hundredths of a second: one query's is the mean of its rounds.
    each = [statistics.fmean(cost.cpu for cost in found) * 1000 for found in costs.values()]
    print(f"{'  CPU of each query':<34} n={len(each):<5} median {statistics.median(each):7.1f}"
          f"  p95 {p95(each):7.1f}  max {max(each):7.1f}")  # fmt: skip
    best = [min(cost.wall for cost in found) * 1000 for found in costs.values()]
    print(f"{'  the quickest run of each query':<34} n={len(best):<5} median {statistics.median(best):7.1f}"
          f"  p95 {p95(best):7.1f}  max {max(best):7.1f}")  # fmt: skip
    print("  slowest:", ", ".join(f"{query} {medians[query]:.0f} ms" for query in slowest))


def client_search(client: APIClient, query: str) -> object:
    response = client.get("/notes", {"q": query})
    assert response.status_code == 200, (query, response.content)
    return response


def measure_depth(client: APIClient, address: str, depth: int, rounds: int) -> None:
    """The first page, and one so deep."""
    first, page = f"{address}&limit=50", f"{address}&limit=100"
    for _ in range(depth // 100):
        following = get(client, page)["next"]
        if not following:
            break
        page = following
    deep = re.sub("limit=100", "limit=50", page)
    pairs = [(Cost(lambda: get(client, first)), Cost(lambda: get(client, deep))) for _ in range(rounds)]
    one = report(f"{address[7:]}, first page", [pair[0] for pair in pairs])
    other = report(f"{address[7:]}, deep page", [pair[1] for pair in pairs])
    print(f"{'':<34} ratio of CPU {other / one:.2f}, of the median {ratio(pairs):.2f}")


def ratio(pairs: list[tuple[Cost, Cost]]) -> float:
    return statistics.median(b.wall for _, b in pairs) / statistics.median(a.wall for a, _ in pairs)


def show_plans(owner: User) -> None:
    listed = Note.objects.owned_by(owner).active().archived(False)
    search = parse(queries()[4])
    stretches = by_rank(listed, search, None)
    for name, queryset in [(ordering, listed.order_by(ordering, tied(ordering))) for ordering in ORDERINGS] + [
        (f"search, stretch {number}", stretch.values("pk")) for number, stretch in enumerate(stretches, start=1)
    ]:
        print(f"--- {name}")
        options = {"analyze": True, "buffers": True} if connection.vendor == "postgresql" else {}
        print(re.sub(r"'[^']{60,}'", "'…'", queryset[:51].explain(**options)))


def tied(ordering: str) -> str:
    return "-id" if ordering.startswith("-") else "id"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=10_100, help="of the measured account")
    parser.add_argument("--others", type=int, default=0, help="other accounts, of 200 short notes each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    if not (owner := User.objects.filter(email=EMAIL).first()):
        started = time.monotonic()
        owner = make_account(EMAIL, options.notes)
        if options.others:
            surround(owner, options.others)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        print(f"Seeded in {time.monotonic() - started:.0f} s")
    if options.plans:
        show_plans(owner)
    client = log_in(owner)
    print(f"{connection.vendor}, {Note.objects.count()} notes in all")
    measure_search(client, options.rounds)
    for address in [f"/notes?ordering={name}" for name in ORDERINGS] + [f"/notes?q={LANGUAGES['latin'].vocabulary[0]}"]:
        measure_depth(client, address, 10_000, options.rounds * 8)


if __name__ == "__main__":
    main()
