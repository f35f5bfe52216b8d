"""Put the servers under load, one at a time, and measure the cost."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from benchmarks.comparison import wrk
from benchmarks.comparison.contestant import Contestant
from benchmarks.comparison.plans import Known, Plan, login
from benchmarks.comparison.processes import cpu_seconds
from benchmarks.comparison.samples import Results, Sample, Start
from benchmarks.comparison.servers import Server
from benchmarks.comparison.workloads import FEW, LIST, LOGIN_CLIENTS, ONE, STORM, USUAL, Cell, Workload

WARM_UP = 1
# Seconds between two checks whether a server is idle, and the maximum to wait for that.
GLANCE, REST = 0.05, 1.5
# Seconds of a measurement that sends each request of its plan at most once: longer ones would need longer plans.
LONGEST = 3


@dataclass
class Track:
    """All servers, each with the facts that its plans need; `database` is PostgreSQL's main process."""

    servers: dict[str, Server]
    known: dict[str, Known]
    database: int
    directory: Path
    seconds: int
    results: Results = field(default_factory=Results)
    runs: Iterator[int] = field(default_factory=lambda: count(1))

    def restart_all(self, number: int) -> None:
        """Start a round with new processes and warm them up."""
        for key in self.servers:
            self.results.starts.append(Start(key, number, self.restart(key)))

    def restart(self, key: str) -> float:
        """Return the seconds until the first response."""
        server, dataset = self.servers[key], self.known[key].dataset
        server.stop()
        seconds = server.start(server.contestant.api.note(dataset.note(0, 0)))
        for workload in (LIST, ONE):
            if server.contestant in workload.contestants:
                self.load(server, workload, USUAL, WARM_UP)
        return seconds

    def measure(self, cell: Cell, contestant: Contestant, number: int) -> Sample:
        """Measure one contestant in round `number`. One that fails is restarted before the next measurement."""
        server = self.servers[contestant.key]
        self.prepare(server, cell)
        server_cpu, database_cpu = server.cpu_seconds(), cpu_seconds(self.database)
        with self.log_ins(server, cell):
            load = self.load(server, cell.workload, cell.connections, self.seconds)
        self.wait_until_idle(server)
        sample = Sample(
            contestant=contestant.key,
            workload=cell.workload.key,
            connections=cell.connections,
            round=number,
            load=load,
            server_cpu=server.cpu_seconds() - server_cpu,
            database_cpu=cpu_seconds(self.database) - database_cpu,
            memory=server.memory(),
        )
        self.results.samples.append(sample)
        if load.errors or not sample.is_answered:
            server.stop()
        return sample

    def prepare(self, server: Server, cell: Cell) -> None:
        """Start the server if it has failed, and read a large account, which may no longer be in the file cache."""
        if not server.is_running:
            self.restart(server.contestant.key)
        if cell.connections == FEW:
            self.load(server, cell.workload, cell.connections, WARM_UP)
            self.wait_until_idle(server)

    @contextmanager
    def log_ins(self, server: Server, cell: Cell) -> Iterator[None]:
        """Keep a storm of log-ins running meanwhile if the workload is one."""
        if cell.workload is not STORM:
            yield
            return
        plan = self.plan_file(server, login)
        storm = wrk.start(plan, next(self.runs), server.port, LOGIN_CLIENTS, self.seconds + 2)
        try:
            time.sleep(1)
            yield
        finally:
            wrk.finish(storm)

    def load(self, server: Server, workload: Workload, connections: int, seconds: int) -> wrk.Load:
        file = self.plan_file(server, workload.plan)
        seconds = min(seconds, LONGEST) if workload.in_turn else seconds
        started = wrk.start(file, next(self.runs), server.port, connections, seconds, in_turn=workload.in_turn)
        return wrk.finish(started)

    def plan_file(self, server: Server, plan: Plan) -> Path:
        """Return the file of a plan; it is written once."""
        file = self.directory / f"{server.contestant.key}-{plan.__name__}.plan"
        if not file.exists():
            requests = plan(self.known[server.contestant.key], random.Random(3))
            file.write_bytes(b"\0".join(requests))
        return file

    def wait_until_idle(self, server: Server) -> None:
        """Wait until requests that were open at the end of the load are served."""
        end, used = time.monotonic() + REST, -1.0
        while time.monotonic() < end and used != (used := server.cpu_seconds()):
            time.sleep(GLANCE)
