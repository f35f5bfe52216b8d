"""The workloads, their contestants and numbers of connections."""

from dataclasses import dataclass

from benchmarks.comparison import plans
from benchmarks.comparison.contestant import Contestant
from benchmarks.comparison.contestants import GROWN, OURS, SQLITE, A, B, C, D, P
from benchmarks.comparison.plans import Plan

SERVICES = (OURS, A, B, D, SQLITE, P)
# The bare ASGI ceiling supports only reads.
READERS = (*SERVICES, C)


@dataclass(frozen=True)
class Workload:
    """A kind of load; every response must have `status`. `in_turn`: no request is sent twice in one measurement."""

    key: str
    name: str
    plan: Plan
    contestants: tuple[Contestant, ...] = SERVICES
    status: int = 200
    in_turn: bool = False


LIST = Workload("list", "GET /notes, 50 of 200", plans.first_page, (*READERS, GROWN))
ONE = Workload("one", "GET /notes/{id}", plans.one_note, READERS)
FRESH = Workload("fresh", "GET /notes/{id}, first of its token in a minute", plans.one_note_by_unused_token,
                 (OURS, SQLITE), in_turn=True)  # fmt: skip
CREATE = Workload("create", "POST /notes", plans.create, status=201)
REPLACE = Workload("replace", "PUT /notes/{id}", plans.replace, in_turn=True)
MIXED = Workload("mixed", "mixed, 80 % reads", plans.mixed)
UNCHANGED = Workload("unchanged", "GET /notes, unchanged", plans.unchanged, (OURS, SQLITE), 304)
DEEP = Workload("deep", "GET /notes, 10,000 deep", plans.deep_page, (OURS, A, B, D, SQLITE))
SMALL = Workload("small", "GET /notes, one account of 200", plans.first_page_of_small, (OURS,))
FIRST = Workload("first", "GET /notes, one account of 10,000", plans.first_page_of_deep, (OURS,))
LARGE = Workload("large", "GET /notes, one account of 100,000", plans.first_page_of_large, (OURS,))
EVERYONE = Workload("everyone", "GET /notes, of 10,000 accounts", plans.first_page_of_everyone, (GROWN,))
SEARCH = Workload("search", "GET /notes?q=", plans.search, (OURS, SQLITE))
SEARCH_DEEP = Workload("search-deep", "GET /notes?q=, one account of 10,000", plans.search_in_deep, (OURS, SQLITE))
SEARCH_COMMON = Workload("search-common", "GET /notes?q=, a common word, account of 100,000",
                         plans.search_common_in_large, (OURS, SQLITE))  # fmt: skip
SEARCH_MISSING = Workload("search-missing", "GET /notes?q=, a word of no note, account of 100,000",
                          plans.search_missing_in_large, (OURS, SQLITE))  # fmt: skip
CHANGES = Workload("changes", "GET /changes, 50", plans.changes, (OURS, SQLITE))
STORM = Workload("storm", "GET /notes while 8 clients log in", plans.first_page)

WORKLOADS = (LIST, ONE, FRESH, CREATE, REPLACE, MIXED, UNCHANGED, DEEP, SMALL, FIRST, LARGE, EVERYONE, SEARCH,
             SEARCH_DEEP, SEARCH_COMMON, SEARCH_MISSING, CHANGES, STORM)  # fmt: skip
# Requests that cost so much that 32 at once would not be answered within a measurement.
SLOW = (SEARCH_DEEP, SEARCH_COMMON, SEARCH_MISSING)
BY_KEY = {workload.key: workload for workload in WORKLOADS}

FEW, USUAL, MANY = 2, 32, 256
LOGIN_CLIENTS = 8


@dataclass(frozen=True)
class Cell:
    """One measurement of each contestant of the workload, or of `some`, one after the other."""

    workload: Workload
    connections: int = USUAL
    some: tuple[Contestant, ...] = ()

    @property
    def contestants(self) -> tuple[Contestant, ...]:
        return self.some or self.workload.contestants


CELLS = (
    Cell(LIST, 1, (OURS, A, B, D)),
    Cell(ONE, 1, (OURS, A, B, D)),
    *(Cell(workload, FEW if workload in SLOW else USUAL) for workload in WORKLOADS if workload is not STORM),
    # Last, because some contestants do not survive it.
    Cell(STORM),
    Cell(MIXED, MANY, (OURS, A, B)),
    Cell(LIST, MANY, (OURS, A, B, D)),
)
