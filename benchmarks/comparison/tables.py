"""Render the figures as Markdown tables."""

from collections.abc import Iterable, Sequence

from benchmarks.comparison.contestant import Contestant
from benchmarks.comparison.contestants import BY_KEY
from benchmarks.comparison.samples import Results, Sample
from benchmarks.comparison.targets import TARGETS, Target, cpu, p99, rate
from benchmarks.comparison.workloads import CELLS, FEW, STORM, USUAL, Cell

NOTHING = "–"
NO_ANSWER = "no answer"
VERDICTS = {True: "✓", False: "✗", None: NOTHING}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def targets(results: Results) -> str:
    return table(["", "target", "measured", ""], (target_row(target, results) for target in TARGETS))


def target_row(target: Target, results: Results) -> list[str]:
    value = target.measure(results)
    goal = f"{'≤' if target.is_limit else '≥'} {target.goal:g}{target.unit}"
    measured = NOTHING if value is None else f"{three_digits(value)}{target.unit}"
    return [target.name, goal, measured, VERDICTS[target.is_met(results)]]


def three_digits(value: float) -> str:
    """Return the value with three significant digits, or as a whole number if it has more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cpu_times(results: Results) -> str:
    """Return a table of microseconds of server and database; the targets compare their sum."""
    contestants = present(results)
    cells = [cell for cell in CELLS if is_costed(cell)]
    rows = [[cell.workload.name, *(cpu_time(results, cell, each) for each in contestants)] for cell in cells]
    return table(["", *map(title, contestants)], with_figures(rows))


def is_costed(cell: Cell) -> bool:
    """Whether the tables of CPU time have the cell. In a storm, other requests use most of it."""
    return cell.connections in (FEW, USUAL) and cell.workload is not STORM


def cpu_time(results: Results, cell: Cell, contestant: Contestant) -> str:
    place = contestant.key, cell.workload.key, cell.connections
    parts = [results.median(figure, *place) for figure in (cpu, server_share, database_share)]
    if any(part is None for part in parts):
        return missing(results, *place)
    both, server, database = (f"{part:,.0f}" for part in parts)
    return both if contestant.is_embedded else f"{both} ({server} + {database})"


def server_share(sample: Sample) -> float:
    return sample.cpu * sample.server_cpu / (sample.server_cpu + sample.database_cpu)


def database_share(sample: Sample) -> float:
    return sample.cpu - server_share(sample)


def ratios(results: Results) -> str:
    """Return a table of the CPU time of each contestant relative to ours, compared within rounds."""
    others = [each for each in present(results) if each.key not in ("ours", "grown")]
    cells = [cell for cell in CELLS if is_costed(cell)]
    rows = [[cell.workload.name, *(ratio(results, cell, each) for each in others)] for cell in cells]
    return table(["", *map(title, others)], with_figures(rows))


def ratio(results: Results, cell: Cell, contestant: Contestant) -> str:
    ours, theirs = ((key, cell.workload.key, cell.connections) for key in ("ours", contestant.key))
    value = results.ratio(cpu, theirs, ours)
    return missing(results, *theirs) if value is None else f"{value:.2f}"


def speeds(results: Results) -> str:
    """Return a table of requests per second and p99."""
    contestants = present(results)
    rows = [
        [f"{cell.workload.name}; {cell.connections}", *(speed(results, cell, each) for each in contestants)]
        for cell in CELLS
    ]
    return table(["connections", *map(title, contestants)], with_figures(rows))


def speed(results: Results, cell: Cell, contestant: Contestant) -> str:
    place = contestant.key, cell.workload.key, cell.connections
    requests, slowest = results.median(rate, *place), results.median(p99, *place)
    if requests is None or slowest is None:
        return missing(results, *place)
    errors = results.errors(*place)
    return f"{requests:,.0f}/s, {slowest:,.0f} ms" + (f", {errors:,} errors" if errors else "")


def processes(results: Results) -> str:
    rows = []
    for each in present(results):
        start, memory = results.start(each.key), results.memory(each.key)
        if start and memory:
            held = (f"{size / 1e6:.0f} MB" for size in (memory.largest, memory.together))
            rows.append([title(each), f"{start:.1f} s", *held])
    return table(["", "start to the first 200", "largest worker (RSS)", "both workers (PSS)"], rows)


def present(results: Results) -> list[Contestant]:
    keys = {sample.contestant for sample in results.samples}
    return [contestant for key, contestant in BY_KEY.items() if key in keys]


def title(contestant: Contestant) -> str:
    return contestant.name if contestant.is_ours else f"{contestant.key}: {contestant.name}"


def missing(results: Results, contestant: str, workload: str, connections: int) -> str:
    return NO_ANSWER if results.of(contestant, workload, connections) else ""


def with_figures(rows: list[list[str]]) -> list[list[str]]:
    return [row for row in rows if any(row[1:])]
