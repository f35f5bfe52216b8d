"""What the processes of a server hold: memory, files, threads, database connections."""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.comparison.processes import kilobytes
from notes_api.tests.live_server import Sqlite


def held_by(pid):
    threads = next(
        line.split()[1] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("Threads:")
    )
    return {
        "rss": kilobytes(pid, "Rss"),
        "pss": kilobytes(pid, "Pss"),
        "files": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "threads": int(threads),
    }


def backends_of(database):
    """The ids of PostgreSQL's processes for this server."""
    if isinstance(database, Sqlite):
        return []
    return [pid for (pid,) in database.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'notes_api'")]


def stored_bytes(database):
    if isinstance(database, Sqlite):
        return sum(path.stat().st_size for path in database.path.parent.glob("notes.sqlite3*"))
    return database.query("SELECT pg_database_size(current_database())")[0][0]


def count_rows(database, tables):
    return {table: database.query(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


# SQLite keeps the file of a closed connection open while others hold a lock, and gives it to the next one.
SPARE = 2


@dataclass
class Minute:
    """The medians of the samples of a minute, by process and kind; 0 is the database."""

    samples: dict[tuple[int, str], list[int]] = field(default_factory=dict)

    def add(self, server, database):
        for pid in [server.process.pid, *sorted(server.workers())]:
            # It may have ended; the next minute then shows another process.
            with suppress(OSError, StopIteration):
                for kind, value in held_by(pid).items():
                    self.samples.setdefault((pid, kind), []).append(value)
        backends = backends_of(database)
        self.samples.setdefault((0, "connections"), []).append(len(backends))
        with suppress(OSError):
            self.samples.setdefault((0, "pss"), []).append(sum(kilobytes(pid, "Pss") for pid in backends))

    def medians(self):
        return {key: median(values) for key, values in self.samples.items()}


def faults_in(minutes, warm_up, limit):
    """Compare the first and the last minutes after the warm-up, and return what has grown, in sentences."""
    considered = minutes[warm_up:]
    few = max(1, min(10, len(considered) // 2))
    early, late = considered[:few], considered[-few:]
    pids = {pid for pid, _ in early[0] if pid}
    if pids != {pid for pid, _ in late[-1] if pid}:
        return ["Processes were replaced."]
    faults = []
    for pid, kind in [key for key in early[0] if key[0] in pids and key[1] in ("rss", "pss")]:
        before, after = (median(minute[pid, kind] for minute in part) for part in (early, late))
        print(f"  {kind.upper()} of process {pid}: {before:.0f}, {after:.0f} kB, {100 * (after / before - 1):+.1f} %")
        if after >= (1 + limit) * before:
            faults.append(f"The {kind.upper()} of process {pid} grew by {limit:.0%} or more.")
    for kind in ("files", "threads", "connections"):
        before, after = ([of_all(minute, kind) for minute in part] for part in (early, late))
        print(f"  {kind}: {min(before):.0f} to {max(before):.0f}, then {min(after):.0f} to {max(after):.0f}")
        if median(after) > max(before) + SPARE:
            faults.append(f"There are more {kind} than before.")
    return faults


def of_all(minute, kind):
    """The sum of all processes: clients connect to either worker by chance."""
    return sum(value for (_, each), value in minute.items() if each == kind)
