"""Measure one and two application hosts: `python -m benchmarks.experiments.failover.capacity`, as root.

On the hosts of the failover experiment, all of them on this machine, clients read and create notes of 32 accounts as
fast as they are served. Each line says how many requests a second one or two application hosts served, the median and
the 99th percentile of their time, and what a request cost: microseconds of CPU time on the application hosts, on the
primary and on both standbys, and bytes of the write-ahead log. At last it counts the connections of the application.
"""

import json
import logging
import os
import subprocess
import tempfile
import time
from argparse import ArgumentParser
from contextlib import ExitStack, suppress

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from benchmarks.comparison.processes import TICKS, kilobytes, stat
from benchmarks.comparison.wrk import SCRIPT, parse
from benchmarks.experiments.failover.cluster import APPLICATIONS, DATABASES, FRONT, NAMES, Cluster
from benchmarks.experiments.failover.hosts import enter_namespaces, network
from notes_api.tests.live_server import logged_in

ACCOUNTS, CONNECTIONS, START_LIMIT = 32, 32, 300


def plan_of(clients, kind):
    """The requests of wrk, as send.lua reads them."""
    return "\0".join(request_of(client, kind) for client in clients) + "\0"


def request_of(client, kind):
    head = f"Host: front\r\nAuthorization: Bearer {client.tokens['access_token']}\r\n"
    if kind == "GET /notes/{id}":
        return f"GET {client.note} HTTP/1.1\r\n{head}\r\n"
    body = json.dumps({"title": "Milk ############", "content": "two litres of milk and a loaf of bread. " * 12})
    return f"POST /notes HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"


def cpu_of(hosts):
    """Seconds of CPU time that the processes of these hosts have used."""
    total = 0
    for host in hosts:
        for pid in host.pids():
            with suppress(OSError):
                total += sum(map(int, stat(pid)[11:13]))
    return total / TICKS


def wal_position(cluster):
    return int(cluster.query("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")[0][0])


def measure(cluster, clients, kind, seconds, run):
    primary = cluster.primary()
    groups = {
        "application": [cluster.hosts[name] for name in APPLICATIONS],
        "primary": [cluster.hosts[primary]],
        "standbys": [cluster.hosts[name] for name in DATABASES if name != primary],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".plan") as file:
        file.write(plan_of(clients, kind))
        file.flush()
        before, wal = {name: cpu_of(hosts) for name, hosts in groups.items()}, wal_position(cluster)
        command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s", f"--script={SCRIPT}",
                   FRONT.url, "--", file.name, str(run), "0"]  # fmt: skip
        load = parse(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    used = {name: 1e6 * (cpu_of(hosts) - before[name]) / load.requests for name, hosts in groups.items()}
    parts = ", ".join(f"{name} {microseconds:.0f}" for name, microseconds in used.items())
    print(
        f"{len(cluster.workers)} hosts  {kind:16} {load.rate:6.0f}/s  median {load.p50:5.1f} ms  p99 {load.p99:6.1f} ms"
        f"  CPU µs: {parts}  WAL {(wal_position(cluster) - wal) / load.requests:.0f} bytes  errors {load.errors}",
        flush=True,
    )


def count_connections(cluster):
    counted = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'notes_api'"
    backends = "SELECT pid FROM pg_stat_activity WHERE application_name = 'notes_api'"
    print(f"{cluster.query(counted)[0][0]} connections of {2 * len(cluster.workers)} workers")
    # Their ids are those of this namespace, because all hosts share it.
    sizes = [kilobytes(pid, "Pss") for (pid,) in cluster.query(backends)]
    print(f"{sum(sizes) / len(sizes):.0f} kB of memory for each (proportional set size)")


def main():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement (default: %(default)s)")
    seconds = parser.parse_args().seconds
    logging.getLogger("httpx").setLevel(logging.WARNING)
    enter_namespaces("benchmarks.experiments.failover.capacity", START_LIMIT + 10 * seconds)
    with network(NAMES) as hosts, ExitStack() as stack:
        cluster = Cluster(hosts)
        cluster.start(application_count=1)
        clients = [stack.enter_context(logged_in(FRONT)) for _ in range(ACCOUNTS)]
        for client in clients:
            client.note = client.post("/notes", json={"title": "Milk", "content": "two litres " * 40}).headers[
                "Location"
            ]
        for count in (1, 2):
            if count == 2:
                cluster.start_application("app2")
                # HAProxy looks once a second whether a host is there.
                time.sleep(3)
            for number, kind in enumerate(("GET /notes/{id}", "POST /notes")):
                measure(cluster, clients, kind, seconds, 10 * count + number)
        count_connections(cluster)


if __name__ == "__main__":
    main()
