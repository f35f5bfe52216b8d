"""Simulate many application hosts in front of one primary: `python -m benchmarks.experiments.scaling`.

A model, not a measurement. A request first waits for one of the cores of its application host, then for one of the
primary's, each for a time that is exponentially distributed around the CPU time that was measured. A write then waits
for its commit, a fixed time: the disk of the primary, and the network and the disk of the standby, which commits that
wait at the same time share. Each client sends its next request when it has the response. The model has no locks of
accounts, no cache misses and no large notes.

Prints for each number of hosts the requests per second, how busy the two are, the growth of the log, the connections.
"""

import heapq
from argparse import ArgumentParser
from collections import deque
from random import Random

WORKERS_PER_CORE = 1
SECONDS, WARM_UP = 4.0, 1.0


class Cores:
    """A station with some cores and one queue."""

    def __init__(self, count):
        self.free, self.waiting, self.busy = count, deque(), 0.0
        self.count = count


class Simulation:
    def __init__(self, options, hosts, seed=1):
        self.options, self.random = options, Random(seed)
        self.applications = [Cores(options.cores) for _ in range(hosts)]
        self.primary = Cores(options.primary_cores)
        self.events, self.now, self.number = [], 0.0, 0
        self.served = self.writes = 0

    def run(self, clients_per_host):
        for host in self.applications:
            for _ in range(clients_per_host):
                self.begin(host)
        while self.now < WARM_UP + SECONDS:
            self.now, _, action, arguments = heapq.heappop(self.events)
            action(*arguments)
        return self

    def at(self, moment, action, *arguments):
        self.number += 1
        heapq.heappush(self.events, (moment, self.number, action, arguments))

    def begin(self, host):
        is_write = self.random.random() < self.options.writes
        application, primary = self.options.write_cpu if is_write else self.options.read_cpu
        then = self.commit if is_write else self.end
        self.enter(host, application, lambda: self.enter(self.primary, primary, lambda: then(host)))

    def enter(self, station, mean, then):
        if station.free:
            station.free -= 1
            self.serve(station, mean, then)
        else:
            station.waiting.append((mean, then))

    def serve(self, station, mean, then):
        seconds = self.random.expovariate(1) * mean / 1e6
        if self.now >= WARM_UP:
            station.busy += seconds
        self.at(self.now + seconds, self.leave, station, then)

    def leave(self, station, then):
        station.free += 1
        if station.waiting:
            station.free -= 1
            self.serve(station, *station.waiting.popleft())
        then()

    def commit(self, host):
        if self.now >= WARM_UP:
            self.writes += 1
        self.at(self.now + self.options.commit_ms / 1000, self.end, host)

    def end(self, host):
        if self.now >= WARM_UP:
            self.served += 1
        self.begin(host)

    def busy(self, stations):
        return sum(each.busy for each in stations) / (SECONDS * sum(each.count for each in stations))


def row(options, hosts):
    simulation = Simulation(options, hosts).run(options.clients)
    workers = hosts * options.cores * WORKERS_PER_CORE
    return (
        f"| {hosts} | {simulation.served / SECONDS:,.0f} | {100 * simulation.busy(simulation.applications):.0f} % |"
        f" {100 * simulation.busy([simulation.primary]):.0f} % | {simulation.writes / SECONDS:,.0f} |"
        f" {simulation.writes / SECONDS * options.wal_bytes / 1e6:.1f} MB/s | {workers * options.connections:,} |"
    )


def main():
    parser = ArgumentParser(description=__doc__)
    pair = {"type": float, "nargs": 2, "metavar": ("APPLICATION", "PRIMARY")}
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 2, 4, 8, 16, 100])
    parser.add_argument("--cores", type=int, default=4, help="of each application host (default: %(default)s)")
    parser.add_argument("--primary-cores", type=int, default=16, help="default: %(default)s")
    parser.add_argument("--writes", type=float, default=0.2, help="share of all requests (default: %(default)s)")
    parser.add_argument("--read-cpu", default=[400, 100], help="microseconds (default: %(default)s)", **pair)
    parser.add_argument("--write-cpu", default=[1500, 500], help="microseconds (default: %(default)s)", **pair)
    parser.add_argument("--commit-ms", type=float, default=2.0, help="default: %(default)s")
    parser.add_argument("--wal-bytes", type=float, default=4000, help="of each write (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=12, help="of each worker (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=32, help="of each host, at the same time (default: %(default)s)")
    options = parser.parse_args()
    print("| hosts | requests/s | application busy | primary busy | commits/s | log | connections |")
    print("|---|---|---|---|---|---|---|")
    for hosts in options.hosts:
        print(row(options, hosts), flush=True)


if __name__ == "__main__":
    main()
