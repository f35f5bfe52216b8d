"""What is asked of whom, on how many connections."""

from dataclasses import dataclass

from benchmarks.comparison import plans
from benchmarks.comparison.contestants import GROWN, OURS, SQLITE, A, B, C, Contestant, D
from benchmarks.comparison.plans import Plan

SERVICES = (OURS, A, B, D, SQLITE)
# The ceiling only reads.
READERS = (*SERVICES, C)


@dataclass(frozen=True)
class Workload:
    """`status` is what every answer must be."""

    key: str
    name: str
    plan: Plan
    contestants: tuple[Contestant, ...] = SERVICES
    status: int = 200


LIST = Workload("list", "GET /notes, 50 of 200", plans.first_page, (*READERS, GROWN))
ONE = Workload("one", "GET /notes/{id}", plans.one_note, READERS)
CREATE = Workload("create", "POST /notes", plans.create, status=201)
REPLACE = Workload("replace", "PUT /notes/{id}", plans.replace)
MIXED = Workload("mixed", "mixed, 80 % reads", plans.mixed)
UNCHANGED = Workload("unchanged", "GET /notes, unchanged", plans.unchanged, (OURS, SQLITE), 304)
DEEP = Workload("deep", "GET /notes, 10,000 deep", plans.deep_page)
SMALL = Workload("small", "GET /notes, one account of 200", plans.first_page_of_small, (OURS,))
FIRST = Workload("first", "GET /notes, one account of 10,000", plans.first_page_of_deep, (OURS,))
LARGE = Workload("large", "GET /notes, one account of 100,000", plans.first_page_of_large, (OURS,))
EVERYONE = Workload("everyone", "GET /notes, of 10,000 accounts", plans.first_page_of_everyone, (GROWN,))
SEARCH = Workload("search", "GET /notes?q=", plans.search, (OURS, SQLITE))
CHANGES = Workload("changes", "GET /changes, 50", plans.changes, (OURS, SQLITE))
STORM = Workload("storm", "GET /notes while 8 clients log in", plans.first_page)

WORKLOADS = (LIST, ONE, CREATE, REPLACE, MIXED, UNCHANGED, DEEP, SMALL, FIRST, LARGE, EVERYONE, SEARCH, CHANGES,
             STORM)  # fmt: skip
BY_KEY = {workload.key: workload for workload in WORKLOADS}

USUAL, MANY = 32, 256
LOGIN_CLIENTS = 8


@dataclass(frozen=True)
class Cell:
    """One measurement of each contestant in turn: of all that the workload is for, or of `some`."""

    workload: Workload
    connections: int = USUAL
    some: tuple[Contestant, ...] = ()

    @property
    def contestants(self) -> tuple[Contestant, ...]:
        return self.some or self.workload.contestants


CELLS = (
    Cell(LIST, 1, (OURS, A, B, D)),
    Cell(ONE, 1, (OURS, A, B, D)),
    *(Cell(workload) for workload in WORKLOADS if workload is not STORM),
    # Last, since some do not survive it.
    Cell(STORM),
    Cell(MIXED, MANY, (OURS, A, B)),
    Cell(LIST, MANY, (OURS, A, B, D)),
)
