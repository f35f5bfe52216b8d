"""Measure requests that run through Django in this process, and compare them with targets."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

Figures = dict[str, dict[str, float]]


class Cost:
    """Seconds of wall clock and of CPU."""

    def __init__(self, ask: Callable[[], Any]) -> None:  # Any: the response
        wall, cpu = time.perf_counter(), cpu_time()
        self.answer = ask()
        self.wall, self.cpu = time.perf_counter() - wall, cpu_time() - cpu


def cpu_time() -> float:
    return time.process_time() + backend_time()


def backend_time() -> float:
    """CPU time of PostgreSQL's process; SQLite runs in ours."""
    if connection.vendor == "sqlite":
        return 0
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[18]


def report(name: str, costs: list[Cost]) -> None:
    walls, total = [cost.wall * 1000 for cost in costs], statistics.fmean(cost.cpu for cost in costs) * 1000
    print(
        f"{name:<34} n={len(costs):<5} median {statistics.median(walls):7.1f}  p95 {p95(walls):7.1f}"
        f"  max {max(walls):7.1f}  CPU {total:7.2f} ms each"
    )


def median(costs: list[Cost]) -> float:
    return statistics.median(cost.wall for cost in costs) * 1000


def figures(costs: list[Cost]) -> dict[str, float]:
    return {"median": median(costs), "CPU": statistics.fmean(cost.cpu for cost in costs) * 1000}


class Verdicts:
    """Targets and whether they are met."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.all_hold = True

    def add(self, what: str, value: float, most: float) -> None:
        self.all_hold &= value <= most
        self.lines.append(f"{'met' if value <= most else 'NOT MET':<8} {what}: {value:.2f}, at most {most}")
