"""The targets of this project and whether the figures meet them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.comparison.samples import Figure, Place, Results, Sample
from benchmarks.comparison.workloads import FEW, MANY, USUAL

FIVE, READS = ("list", "one", "create", "replace", "mixed"), ("list", "one")
# CPU time of a request at commit 3d58e40 in that of B's GET /notes: unlike seconds, the same on every machine.
EARLIER = {"changes": 2.0, "search-deep": 8.6}

Measure = Callable[[Results], float | None]


@dataclass(frozen=True)
class Target:
    """A target: `measure` must be at least `goal`, or at most if `is_limit`; `unit` follows the number."""

    name: str
    goal: float
    measure: Measure
    unit: str = " ×"
    is_limit: bool = False

    def is_met(self, results: Results) -> bool | None:
        """Whether the target is met; None if it was not measured."""
        value = self.measure(results)
        if value is None:
            return None
        return value <= self.goal if self.is_limit else value >= self.goal


def cpu(sample: Sample) -> float:
    return sample.cpu


def rate(sample: Sample) -> float:
    return sample.load.rate


def p99(sample: Sample) -> float:
    return sample.load.p99


def milliseconds(sample: Sample) -> float:
    return sample.cpu / 1000


def ratio(figure: Figure, over: Place, under: Place) -> Measure:
    return lambda results: results.ratio(figure, over, under)


def cheaper(workload: str, than: str, goal: float, name: str) -> Target:
    """Return the CPU time of the peer's request relative to ours."""
    measure = ratio(cpu, (than, workload, USUAL), ("ours", workload, USUAL))
    return Target(f"{name}: CPU time of {than} against ours", goal, measure)


def within(name: str, limit: float, figure: Figure, over: Place, under: Place) -> Target:
    return Target(name, limit, ratio(figure, over, under), is_limit=True)


def at_most(name: str, limit: float, figure: Figure, place: Place, unit: str) -> Target:
    return Target(name, limit, lambda results: results.median(figure, *place), unit, is_limit=True)


def since(workload: str, connections: int, name: str) -> Target:
    """Return the CPU time relative to the earlier one."""
    measure = ratio(cpu, ("ours", workload, connections), B_LIST)
    return Target(f"{name}: CPU time against 3d58e40", 0.6, scaled(measure, 1 / EARLIER[workload]), is_limit=True)


def scaled(measure: Measure, factor: float) -> Measure:
    def product(results: Results) -> float | None:
        value = measure(results)
        return None if value is None else value * factor

    return product


def search(workload: str, kind: str, postgresql: float, sqlite: float) -> tuple[Target, Target]:
    name = f"search in an account of 100,000, {kind}: CPU time on"
    return (
        at_most(f"{name} PostgreSQL", postgresql, milliseconds, ("ours", workload, FEW), " ms"),
        at_most(f"{name} SQLite", sqlite, milliseconds, ("sqlite", workload, FEW), " ms"),
    )


def without_errors(places: list[Place]) -> Measure:
    return lambda results: sum(results.errors(*place) for place in places) if results.of(*places[0]) else None


def worst_on_sqlite(peer: str, workloads: Iterable[str]) -> Measure:
    """Return the smallest ratio of the peer on PostgreSQL to ours on SQLite."""
    places = [((peer, each, USUAL), ("sqlite", each, USUAL)) for each in workloads]

    def smallest(results: Results) -> float | None:
        ratios = [results.ratio(cpu, *each) for each in places]
        return min((each for each in ratios if each is not None), default=None)

    return smallest


def memory(results: Results) -> float | None:
    """Megabytes."""
    held = results.memory("ours")
    return None if held is None else held.largest / 1e6


def start_against_b(results: Results) -> float | None:
    ours, theirs = results.start("ours"), results.start("B")
    return None if ours is None or theirs is None else ours / theirs


OURS_LIST, B_LIST = ("ours", "list", USUAL), ("B", "list", USUAL)
STORM = ("ours", "storm", USUAL)
CROWD, WRITERS = ("ours", "list", MANY), ("sqlite", "create", USUAL)

TARGETS = (
    cheaper("one", "A", 8, "GET /notes/{id}"),
    cheaper("one", "B", 2, "GET /notes/{id}"),
    Target("GET /notes/{id}: share of the bare-ASGI ceiling", 0.6,
           ratio(cpu, ("C", "one", USUAL), ("ours", "one", USUAL)), ""),
    cheaper("list", "A", 5.5, "GET /notes"),
    cheaper("list", "B", 1.5, "GET /notes"),
    Target("GET /notes: share of the bare-ASGI ceiling", 0.55, ratio(cpu, ("C", "list", USUAL), OURS_LIST), ""),
    Target("GET /notes: CPU time of 200 against 304", 3, ratio(cpu, OURS_LIST, ("ours", "unchanged", USUAL))),
    cheaper("create", "A", 4.5, "POST"),
    cheaper("create", "B", 1, "POST"),
    cheaper("replace", "A", 4, "PUT, which keeps the earlier text"),
    cheaper("replace", "B", 0.7, "PUT, which keeps the earlier text"),
    cheaper("mixed", "A", 5, "mixed 80/20"),
    cheaper("mixed", "B", 1.3, "mixed 80/20"),
    since("changes", USUAL, "GET /changes, 50"),
    since("search-deep", FEW, "search in an account of 10,000"),
    *search("search-common", "a common word", 15, 20),
    *search("search-missing", "a word of no note", 90, 200),
    Target("SQLite, 32 writers (POST): writes per second", 900, lambda found: found.median(rate, *WRITERS), ""),
    at_most("SQLite, 32 writers (POST): p99", 120, p99, WRITERS, " ms"),
    within("GET /notes, 32 connections: p99 against B", 0.4, p99, OURS_LIST, B_LIST),
    within("GET /notes, 256 connections: p99 against B", 0.4, p99, CROWD, ("B", "list", MANY)),
    Target("GET /notes, 32 and 256 connections: errors", 0, without_errors([OURS_LIST, CROWD]), "", is_limit=True),
    Target("GET /notes in a storm of log-ins: requests/s against B", 2.5, ratio(rate, STORM, ("B", "storm", USUAL))),
    within("GET /notes in a storm of log-ins: p99 against quiet", 3, p99, STORM, OURS_LIST),
    within("GET /notes: CPU time with 2,000,000 notes in all against 310,000, same accounts", 1.2, cpu,
           ("grown", "list", USUAL), OURS_LIST),
    within("GET /notes: CPU time with 100,000 notes in the account against 200", 1.2, cpu,
           ("ours", "large", USUAL), ("ours", "small", USUAL)),
    Target("memory of a worker after load", 100, memory, " MB", is_limit=True),
    Target("from start to the first 200, against B", 1.4, start_against_b, is_limit=True),
    Target("SQLite, the worst of the five: CPU time of A on PostgreSQL against ours", 2, worst_on_sqlite("A", FIVE)),
    Target("SQLite, the worse of two reads: CPU time of B on PostgreSQL against ours", 1.2,
           worst_on_sqlite("B", READS)),
)  # fmt: skip
