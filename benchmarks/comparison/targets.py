"""What this project promises of itself, and whether the figures keep it."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.comparison.samples import Figure, Place, Results, Sample
from benchmarks.comparison.workloads import MANY, USUAL

Measure = Callable[[Results], float | None]


@dataclass(frozen=True)
class Target:
    """`measure` must be at least `goal`, or at most where `is_limit`; `unit` follows the number."""

    name: str
    goal: float
    measure: Measure
    unit: str = " ×"
    is_limit: bool = False

    def is_met(self, results: Results) -> bool | None:
        """None where it was not measured."""
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


def ratio(figure: Figure, over: Place, under: Place) -> Measure:
    return lambda results: results.ratio(figure, over, under)


def cheaper(workload: str, than: str, goal: float, name: str) -> Target:
    """CPU time of the peer's request over that of ours."""
    measure = ratio(cpu, (than, workload, USUAL), ("ours", workload, USUAL))
    return Target(f"{name}: CPU time of {than} against ours", goal, measure)


def within(name: str, limit: float, figure: Figure, over: Place, under: Place) -> Target:
    return Target(name, limit, ratio(figure, over, under), is_limit=True)


def without_errors(places: list[Place]) -> Measure:
    return lambda results: sum(results.errors(*place) for place in places) if results.of(*places[0]) else None


def worst_on_sqlite(results: Results) -> float | None:
    """A on PostgreSQL against ours on SQLite, where that is least."""
    ratios = [results.ratio(cpu, ("A", each, USUAL), ("sqlite", each, USUAL))
              for each in ("list", "one", "create", "replace", "mixed")]  # fmt: skip
    return min((each for each in ratios if each is not None), default=None)


def memory(results: Results) -> float | None:
    """Megabytes."""
    held = results.memory("ours")
    return None if held is None else held.largest / 1e6


def start_against_b(results: Results) -> float | None:
    ours, theirs = results.start("ours"), results.start("B")
    return None if ours is None or theirs is None else ours / theirs


OURS_LIST, B_LIST = ("ours", "list", USUAL), ("B", "list", USUAL)
STORM = ("ours", "storm", USUAL)
CROWD = ("ours", "list", MANY)

TARGETS = (
    cheaper("list", "A", 5, "GET /notes"),
    cheaper("list", "B", 2, "GET /notes"),
    cheaper("one", "A", 6, "GET /notes/{id}"),
    cheaper("one", "B", 2, "GET /notes/{id}"),
    cheaper("create", "A", 4, "POST"),
    cheaper("create", "B", 1, "POST"),
    cheaper("replace", "A", 4, "PUT"),
    cheaper("replace", "B", 1, "PUT"),
    cheaper("mixed", "A", 5, "mixed 80/20"),
    cheaper("mixed", "B", 1.7, "mixed 80/20"),
    Target("GET /notes: CPU time of 200 against 304", 2, ratio(cpu, OURS_LIST, ("ours", "unchanged", USUAL))),
    cheaper("deep", "A", 12, "a page 10,000 deep"),
    within("a page 10,000 deep: CPU time against the first page", 1.2, cpu,
           ("ours", "deep", USUAL), ("ours", "first", USUAL)),
    Target("GET /notes: share of the bare-ASGI ceiling", 0.75, ratio(cpu, ("C", "list", USUAL), OURS_LIST), ""),
    Target("GET /notes/{id}: share of the bare-ASGI ceiling", 0.45,
           ratio(cpu, ("C", "one", USUAL), ("ours", "one", USUAL)), ""),
    within("GET /notes, 32 connections: p99 against B", 0.5, p99, OURS_LIST, B_LIST),
    within("GET /notes, 256 connections: p99 against B", 0.5, p99, CROWD, ("B", "list", MANY)),
    Target("GET /notes, 32 and 256 connections: errors", 0, without_errors([OURS_LIST, CROWD]), "", is_limit=True),
    Target("GET /notes in a storm of log-ins: requests/s against B", 2, ratio(rate, STORM, ("B", "storm", USUAL))),
    within("GET /notes in a storm of log-ins: p99 against quiet", 3, p99, STORM, OURS_LIST),
    Target("memory of a worker after load", 100, memory, " MB", is_limit=True),
    Target("from start to the first 200, against B", 1.2, start_against_b, is_limit=True),
    within("GET /notes: CPU time with 100,000 notes in the account against 200", 1.2, cpu,
           ("ours", "large", USUAL), ("ours", "small", USUAL)),
    within("GET /notes: CPU time with 2,000,000 notes in all against 310,000", 1.2, cpu,
           ("grown", "list", USUAL), OURS_LIST),
    Target("on SQLite, the worst of the five: CPU time of A on PostgreSQL against ours", 1, worst_on_sqlite),
)  # fmt: skip
