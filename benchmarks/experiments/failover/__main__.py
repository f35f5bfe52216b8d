"""Let the primary of three databases fail under load: `python -m benchmarks.experiments.failover`, as root.

Makes six hosts on this machine (network namespaces): two with the application, three with PostgreSQL and Patroni, and a
witness; etcd runs on the witness and two of the databases, HAProxy in front of the application. Then the primary fails,
again and again, in turn: its processes are killed, its network is cut off, everything on it is frozen, and at last only
PostgreSQL is killed. 20 seconds later the host comes back. Each line says:

- which host was the primary, and which one took over;
- the seconds until another host was the primary, until the last of four writers was served again, and until the last
  of four event streams got events again;
- the acknowledged writes of the writers and the changes of the convergence crowd; what else the writers were answered;
- what is wrong: acknowledged writes that are missing, contradictions that the crowd has seen, streams that ended or did
  not reach the last change, and processes of the application that are not the same as before.

Ends with status 1 if anything is wrong, or if a writer waited for more than 15 seconds.
"""

import logging
import os
import shutil
import signal
import sys
import time
from argparse import ArgumentParser
from itertools import cycle, islice
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from benchmarks.experiments.failover.clients import Clients
from benchmarks.experiments.failover.cluster import FRONT, NAMES, Cluster
from benchmarks.experiments.failover.hosts import enter_namespaces, network
from notes_api.tests.edge.server import eventually

# Seconds of load before the fault, until the host comes back, and afterwards.
BEFORE, AWAY, AFTER = 4, 20, 12
LIMIT = 15.0
# Seconds of one run and of the preparation, after which everything is ended.
RUN_LIMIT, START_LIMIT = 180, 300
KINDS = ["killed", "cut off", "frozen"]


def fail(cluster, host, kind):
    if kind == "killed":
        host.signal(signal.SIGKILL, "patroni", "postgres")
    elif kind == "postgres killed":
        host.signal(signal.SIGKILL, "postgres")
    elif kind == "cut off":
        host.cut_off()
    else:
        host.signal(signal.SIGSTOP)


def recover(cluster, host, kind):
    if kind == "killed":
        cluster.start_patroni(host.name)
    elif kind == "cut off":
        host.join()
    elif kind == "frozen":
        host.signal(signal.SIGCONT)


def attempt(cluster, number, kind):
    try:
        return measure(cluster, number, kind)
    except Exception as error:  # noqa: BLE001  # the next run may succeed
        print(f"{number:2} {kind:15} broken: {error!r}", flush=True)
        return False


def measure(cluster, number, kind):
    """Run one failure, print its line, and return whether everything is as promised."""
    eventually(cluster.is_healthy, seconds=90)
    name, before = cluster.primary(), cluster.application_pids()
    with Clients(FRONT, BEFORE + AWAY + AFTER) as clients:
        time.sleep(BEFORE)
        fault_at = time.monotonic()
        fail(cluster, cluster.hosts[name], kind)
        successor, seconds = wait_for_successor(cluster, name, fault_at)
        time.sleep(max(0, fault_at + AWAY - time.monotonic()))
        recover(cluster, cluster.hosts[name], kind)
        current_streams = clients.end()
        faults = {
            "missing": len(clients.load.missing()),
            "crowd": len(clients.crowd.faults),
            "streams": len(clients.followers) - current_streams,
            "processes": sum(before[each] != after for each, after in cluster.application_pids().items()),
        }
    print(f"{number:2} {kind:15} {name} → {successor}: primary {seconds:4.1f} s, ", end="")
    return report(clients, fault_at, {what: count for what, count in faults.items() if count})


def report(clients, fault_at, wrong):
    back, events = clients.writes_back(fault_at), clients.events_back(fault_at)
    answers = {answer: count for answer, count in clients.load.heard().items() if answer not in (200, 201)}
    print(
        f"writes {back:4.1f} s, events {events:4.1f} s; {clients.load.acknowledged()} writes and"
        f" {clients.crowd.changes} changes, {answers}; wrong: {wrong or 'nothing'}",
        flush=True,
    )
    for fault in clients.crowd.faults[:3]:
        print(f"   {fault}")
    return not wrong and back <= LIMIT


def wait_for_successor(cluster, name, fault_at):
    def successor():
        found = cluster.primary()
        return found if found != name else None

    try:
        return eventually(successor, seconds=AWAY), time.monotonic() - fault_at
    except AssertionError:
        return "nobody", float("inf")


def copy_logs(hosts, directory):
    directory.mkdir(parents=True, exist_ok=True)
    for host in hosts.values():
        for log in host.directory.glob("*.log"):
            shutil.copy(log, directory / f"{host.name}-{log.name}")


def main():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="default: %(default)s")
    parser.add_argument("--kinds", nargs="+", choices=[*KINDS, "postgres killed"], help="instead of all, in turn")
    parser.add_argument("--logs", type=Path, help="copy the logs of all hosts to this directory")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("Only root can make network namespaces.")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    kinds = list(islice(cycle(options.kinds or KINDS), options.runs))
    if not options.kinds:
        kinds[-1] = "postgres killed"
    enter_namespaces("benchmarks.experiments.failover", START_LIMIT + RUN_LIMIT * options.runs)
    with network(NAMES) as hosts:
        cluster = Cluster(hosts)
        try:
            cluster.start()
            results = [attempt(cluster, number, kind) for number, kind in enumerate(kinds, 1)]
        finally:
            if options.logs:
                copy_logs(hosts, options.logs)
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
