"""`make bench`: measure all services, then write docs/performance.md and its chart. See `make bench ARGS=--help`."""

import argparse
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from benchmarks.comparison import report
from benchmarks.comparison.contestant import ROOT, Contestant
from benchmarks.comparison.contestants import ALL, GROWN
from benchmarks.comparison.dataset import Dataset
from benchmarks.comparison.measuring import Track
from benchmarks.comparison.postgresql import NoServer, Postgresql, postgresql
from benchmarks.comparison.preparing import filled, known_of, verify
from benchmarks.comparison.samples import Results
from benchmarks.comparison.servers import ServerFailed
from benchmarks.comparison.workloads import CELLS, WORKLOADS, Cell
from benchmarks.comparison.wrk import NoLoad

DOCUMENTS = ROOT / "docs"
FULL, QUICK = Dataset(), Dataset(users=300, large=(10_000, 20_000))
GROWTH = Dataset(users=10_000, large=())


def main() -> None:
    options = arguments()
    if options.render:
        report.write(report.read(options.render), options.output or DOCUMENTS)
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        with ExitStack() as stack:
            results = run(options, stack)
    except (NoServer, NoLoad, ServerFailed) as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted; everything has been cleaned up.")
    publish(results, options)


def interrupt(number: int, frame: FrameType | None) -> None:
    """Ignore further signals, so that a second Ctrl-C cannot interrupt the clean-up."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def publish(results: Results, options: argparse.Namespace) -> None:
    """Write a complete run to the documentation. Print any other run, and write it only to `--output`."""
    print(report.section(results))
    is_whole = not (options.quick or options.contestants or options.workloads)
    if directory := options.output or (DOCUMENTS if is_whole else None):
        report.write(results, directory)
        print(f"\nWritten to {directory}.")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round on less data; does not change docs/")
    parser.add_argument("--rounds", type=int, help="number of rounds (default: 5, quick: 1)")
    parser.add_argument("--seconds", type=int, help="seconds for each measurement (default: 3, quick: 2)")
    parser.add_argument("--contestants", nargs="+", choices=[each.key for each in ALL], help="measure only these")
    parser.add_argument("--workloads", nargs="+", choices=[each.key for each in WORKLOADS], help="measure only these")
    parser.add_argument("--output", type=Path, help="directory to write to instead of docs/")
    parser.add_argument(
        "--render", type=Path, metavar="JSON", help="write the figures of an earlier run again, without measuring"
    )
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.seconds = options.seconds or (2 if options.quick else 3)
    return options


def run(options: argparse.Namespace, stack: ExitStack) -> Results:
    directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="comparison-")))
    database = stack.enter_context(postgresql(os.environ))
    track = prepared(options, stack, database, directory)
    track.results.setting = report.setting(options.rounds, options.seconds, database.version())
    for number in range(1, options.rounds + 1):
        print(f"Round {number} of {options.rounds}, requests/s:", flush=True)
        track.restart_all(number)
        for cell in CELLS:
            if not options.workloads or cell.workload.key in options.workloads:
                show_cell(track, cell, number)
    return track.results


def prepared(options: argparse.Namespace, stack: ExitStack, database: Postgresql, directory: Path) -> Track:
    track = Track({}, {}, database.main_process(), directory, options.seconds)
    if strangers := database.other_clients():
        print(f"Warning: PostgreSQL has {strangers} other connections, whose CPU time is counted too.")
    for contestant in ALL:
        if options.contestants and contestant.key not in options.contestants:
            continue
        if not contestant.is_installed:
            print(f"{contestant.name}: not installed, so it is left out", flush=True)
        elif contestant is not GROWN or not options.quick:
            began = time.monotonic()
            admit(track, contestant, QUICK if options.quick else FULL, database, stack)
            print(f"{contestant.name}: filled and verified in {time.monotonic() - began:.0f} s", flush=True)
    return track


def admit(track: Track, contestant: Contestant, dataset: Dataset, database: Postgresql, stack: ExitStack) -> None:
    """Add a contestant."""
    dataset = GROWTH if contestant is GROWN else dataset
    server = filled(contestant, dataset, database, track.directory)
    stack.callback(server.stop)
    server.start(contestant.api.note(dataset.note(0, 0)))
    known = known_of(server, dataset)
    verify(server, known)
    track.servers[contestant.key], track.known[contestant.key] = server, known


def show_cell(track: Track, cell: Cell, number: int) -> None:
    print(f"  {cell.workload.name}, {cell.connections} connections:", end="", flush=True)
    taking_part = [each for each in cell.contestants if each.key in track.servers]
    # Each round starts with another contestant.
    turn = number % max(1, len(taking_part))
    for contestant in taking_part[turn:] + taking_part[:turn]:
        sample = track.measure(cell, contestant, number)
        print(f"  {contestant.key} {sample.load.rate:,.0f}", end="", flush=True)
    print()


if __name__ == "__main__":
    main()
