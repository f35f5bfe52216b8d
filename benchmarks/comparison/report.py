"""Writes what was measured: a section of a document, its chart, and the raw figures."""

import json
import os
import platform
import re
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks.comparison import tables
from benchmarks.comparison.chart import chart
from benchmarks.comparison.processes import Memory
from benchmarks.comparison.samples import Results, Sample, Start
from benchmarks.comparison.wrk import Load

BEGIN, END = "<!-- make bench writes from here -->", "<!-- to here -->"
PACKAGES = ("Django", "djangorestframework", "fastapi", "SQLAlchemy", "asyncpg", "psycopg", "uvicorn", "gunicorn")


def setting(rounds: int, seconds: int, database_version: str) -> dict[str, str]:
    """On what, with what and when."""
    return {
        "date": date.today().isoformat(),  # noqa: DTZ011  # the reader's own calendar
        "machine": f"{os.cpu_count()} cores, {processor()}",
        "software": ", ".join(
            [f"Python {platform.python_version()}", f"PostgreSQL {database_version}"]
            + [f"{name} {version(name)}" for name in PACKAGES]
        ),
        "length": f"{rounds} {'round' if rounds == 1 else 'rounds'} of {seconds} s for each figure",
    }


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def section(results: Results) -> str:
    """Everything as Markdown."""
    parts = [
        "Measured on {date}: {length}; {machine}; {software}.".format(**results.setting),
        "![Requests served for the same CPU time](performance.svg)",
        "### Targets\n\nEach is the median of the ratios of all rounds.",
        tables.targets(results),
        "### CPU time per request\n\nMicroseconds, in brackets of the server and of the database; 32 connections.",
        tables.cpu_times(results),
        "The same over that of this project on PostgreSQL:",
        tables.ratios(results),
        "### Requests per second, and p99",
        tables.speeds(results),
        "### Processes",
        tables.processes(results),
    ]
    return "\n\n".join(parts)


def write(results: Results, directory: Path) -> None:
    """performance.md, between its marks; performance.svg and performance.json."""
    directory.mkdir(parents=True, exist_ok=True)
    document = directory / "performance.md"
    text = document.read_text(encoding="utf-8") if document.exists() else f"{BEGIN}\n{END}\n"
    document.write_text(replaced(text, section(results)), encoding="utf-8")
    (directory / "performance.svg").write_text(chart(results), encoding="utf-8")
    (directory / "performance.json").write_text(json.dumps(results.as_json(), indent=1) + "\n", encoding="utf-8")


def replaced(document: str, text: str) -> str:
    """The document with what was between the marks replaced; raises `ValueError` where it has none."""
    marks = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not marks.search(document):
        raise ValueError(f"There is no place to write to: {BEGIN} and {END} are missing.")
    return marks.sub(lambda _: f"{BEGIN}\n\n{text}\n\n{END}", document)


def read(file: Path) -> Results:
    """The raw figures of an earlier run."""
    raw = json.loads(file.read_text(encoding="utf-8"))
    return Results(
        setting=raw["setting"],
        samples=[
            Sample(**{**sample, "load": Load(**sample["load"]), "memory": Memory(**sample["memory"])})
            for sample in raw["samples"]
        ],
        starts=[Start(**start) for start in raw["starts"]],
    )
