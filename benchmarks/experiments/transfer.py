"""Import and export 100,000 notes while others work: `python -m benchmarks.experiments.transfer [notes]`.

Starts a server as in production on a new database (PostgreSQL if DATABASE_HOSTNAME is set, else SQLite). One account
imports notes of a kilobyte each, and exports them, while another one reads and writes a note. Prints
notes per second, the latencies of the other account, and the CPU time and memory of the workers.
"""

import json
import logging
import os
import sys
import threading
import time
import uuid
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from notes_api.tests.live_server import PRODUCT, logged_in, scratch_database, serving

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
# Seconds between two requests of the other account.
PAUSE = 0.02


def text():
    words = [uuid.uuid5(uuid.NAMESPACE_DNS, str(number)).hex[:7] for number in range(5000)]
    for number in range(COUNT):
        content = " ".join(words[(number * 31 + position * 17) % 5000] for position in range(130))
        note = {
            "kind": "note",
            "id": str(uuid.uuid4()),
            "title": f"Note {number}",
            "content": content,
            "tags": ["home"],
        }
        yield json.dumps(note) + "\n"


class Other:
    """Another account, which reads and writes until `stop`."""

    def __init__(self, server):
        self.server, self.seconds, self.stopped = server, [], threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        with logged_in(self.server) as client:
            path = client.post("/notes", json={"title": "Milk"}).headers["Location"]
            while not self.stopped.wait(PAUSE):
                for request in (
                    lambda: client.get("/notes"),
                    lambda: client.patch(path, json={"content": str(time.time())}),
                ):
                    began = time.monotonic()
                    request().raise_for_status()
                    self.seconds.append(time.monotonic() - began)

    def stop(self):
        self.stopped.set()
        self.thread.join()
        ordered = sorted(self.seconds)
        ranks = {"p50": 0.5, "p99": 0.99, "max": 1}
        shown = {name: ordered[min(len(ordered) - 1, int(len(ordered) * rank))] * 1000 for name, rank in ranks.items()}
        return {"requests": len(ordered), **{name: f"{value:.0f} ms" for name, value in shown.items()}}


def peak_memory(server):
    """Return the most memory that each worker has had, in MB."""
    lines = [Path(f"/proc/{worker}/status").read_text().splitlines() for worker in server.workers()]
    return [int(line.split()[1]) // 1024 for status in lines for line in status if line.startswith("VmHWM")]


def cpu_seconds(server):
    """Return the CPU time of all workers, which other programs of the machine change less than the time that passes."""
    stats = [Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split() for worker in server.workers()]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def timed(server, name, work):
    other, began, cpu_before = Other(server), time.monotonic(), cpu_seconds(server)
    work()
    seconds, cpu = time.monotonic() - began, cpu_seconds(server) - cpu_before
    print(f"{name}: {COUNT / seconds:,.0f} notes/s; {COUNT / cpu:,.0f} in a second of CPU, that of others included")
    print(f"others {other.stop()}; peak {peak_memory(server)} MB")


def wait_for_import(client, location):
    while client.get(location).json()["status"] not in ("done", "failed"):
        time.sleep(0.2)


def fetch(client):
    path = client.get("/export").headers["Location"]
    while (response := client.get(path)).status_code != 200:
        time.sleep(0.2)
    print(f"archive: {len(response.content):,} bytes")


def main():
    # It would log each request.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    body = "".join(text()).encode()
    with scratch_database() as database, serving(database, **PRODUCT) as server, logged_in(server) as client:
        print(f"{len(body):,} bytes, memory at the start {peak_memory(server)} MB")
        began = time.monotonic()
        response = client.post("/imports", content=body).raise_for_status()
        print(f"upload: {time.monotonic() - began:.1f} s")
        timed(server, "import", lambda: wait_for_import(client, response.headers["Location"]))
        print(client.get(response.headers["Location"]).json()["counts"])
        timed(server, "export", lambda: fetch(client))


if __name__ == "__main__":
    main()
