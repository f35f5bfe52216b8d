"""Measured samples and their medians."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from statistics import median

from benchmarks.comparison.processes import Memory
from benchmarks.comparison.wrk import Load


@dataclass(frozen=True)
class Sample:
    """One contestant under one workload in one round. CPU in seconds; memory of its workers afterwards in bytes."""

    contestant: str
    workload: str
    connections: int
    round: int
    load: Load
    server_cpu: float
    database_cpu: float
    memory: Memory

    @property
    def served(self) -> int:
        """Requests that used CPU, including one open request per connection whose response nobody reads."""
        return self.load.requests + self.connections

    @property
    def cpu(self) -> float:
        """Microseconds of CPU per request, of server and database."""
        return 1e6 * (self.server_cpu + self.database_cpu) / self.served

    @property
    def is_answered(self) -> bool:
        """Whether the server kept up; the rest of a hanging server is not a result."""
        return self.load.requests >= self.connections / 4


Figure = Callable[[Sample], float]


@dataclass(frozen=True)
class Start:
    contestant: str
    round: int
    seconds: float


@dataclass
class Results:
    """All samples; `setting` has the date, machine and versions."""

    setting: dict[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)

    def of(self, contestant: str, workload: str, connections: int = 32) -> dict[int, Sample]:
        """Return the samples by round."""
        wanted = (contestant, workload, connections)
        return {s.round: s for s in self.samples if (s.contestant, s.workload, s.connections) == wanted}

    def median(self, figure: Figure, contestant: str, workload: str, connections: int = 32) -> float | None:
        """Return the median, or None if nothing was measured or the server did not keep up."""
        found = self.of(contestant, workload, connections).values()
        if not all(sample.is_answered for sample in found):
            return None
        return median_of(map(figure, found))

    def ratio(self, figure: Figure, over: "Place", under: "Place") -> float | None:
        """Return the median of the ratios within each round: a slow round affects both."""
        above, below = self.of(*over), self.of(*under)
        if not all(sample.is_answered for sample in [*above.values(), *below.values()]):
            return None
        return median_of(figure(above[each]) / figure(below[each]) for each in above.keys() & below.keys())

    def start(self, contestant: str) -> float | None:
        """Return the seconds until the first response."""
        return median_of(start.seconds for start in self.starts if start.contestant == contestant)

    def memory(self, contestant: str) -> Memory | None:
        """Return the largest memory that was measured of its workers."""
        found = [sample.memory for sample in self.samples if sample.contestant == contestant]
        return max(found, key=lambda memory: memory.largest, default=None)

    def errors(self, contestant: str, workload: str, connections: int = 32) -> int:
        """Return the number of failed requests, including those that a hanging server never answered."""
        found = self.of(contestant, workload, connections).values()
        return sum(sample.load.errors + (0 if sample.is_answered else connections) for sample in found)

    def as_json(self) -> dict[str, object]:
        return asdict(self)


# Contestant, workload and number of connections.
Place = tuple[str, str, int]


def median_of(values: Iterable[float]) -> float | None:
    found = list(values)
    return median(found) if found else None
