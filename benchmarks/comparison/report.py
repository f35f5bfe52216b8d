"""Write the results: a section of a document, its chart, and the raw figures."""

import json
import os
import platform
import re
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks.comparison import pocketbase, tables
from benchmarks.comparison.chart import chart
from benchmarks.comparison.contestants import P
from benchmarks.comparison.processes import Memory
from benchmarks.comparison.samples import Results, Sample, Start
from benchmarks.comparison.wrk import Load

BEGIN, END = "<!-- make bench writes from here -->", "<!-- to here -->"
PACKAGES = ("Django", "djangorestframework", "fastapi", "SQLAlchemy", "asyncpg", "psycopg", "uvicorn", "gunicorn")


def setting(rounds: int, seconds: int, database_version: str) -> dict[str, str]:
    """Return the date, the machine and the versions of a run."""
    return {
        "date": date.today().isoformat(),  # noqa: DTZ011  # the local date
        "machine": f"{os.cpu_count()} cores, {processor()}",
        "software": ", ".join(
            [f"Python {platform.python_version()}", f"PostgreSQL {database_version}"]
            + [f"{name} {version(name)}" for name in PACKAGES]
            + list(filter(None, [pocketbase.version()]))
        ),
        "length": f"{rounds} {'round' if rounds == 1 else 'rounds'} of {seconds} s for each figure",
    }


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def section(results: Results) -> str:
    """Return all results as Markdown."""
    parts = [
        "Measured on {date}: {length}; {machine}; {software}.".format(**results.setting),
        "![Requests served for the same CPU time](performance.svg)",
        "### Targets\n\nEach is the median of the ratios of all rounds.",
        tables.targets(results),
        *notes_on_missing(results),
        "### CPU time per request",
        "Microseconds; in brackets, of the server and of the database. 32 connections; 2 for searches of one account.",
        tables.cpu_times(results),
        "The same over that of this project on PostgreSQL:",
        tables.ratios(results),
        "### Requests per second, and p99",
        tables.speeds(results),
        "### Processes",
        tables.processes(results),
    ]
    return "\n\n".join(parts)


def notes_on_missing(results: Results) -> list[str]:
    is_measured = any(sample.contestant == P.key for sample in results.samples)
    return [] if is_measured else [f"{P.name} was not measured. It takes part where its program is installed."]


def write(results: Results, directory: Path) -> None:
    """Write the section between the marks of performance.md, performance.svg and performance.json."""
    directory.mkdir(parents=True, exist_ok=True)
    document = directory / "performance.md"
    text = document.read_text(encoding="utf-8") if document.exists() else f"{BEGIN}\n{END}\n"
    document.write_text(replaced(text, section(results)), encoding="utf-8")
    (directory / "performance.svg").write_text(chart(results), encoding="utf-8")
    (directory / "performance.json").write_text(json.dumps(results.as_json(), indent=1) + "\n", encoding="utf-8")


def replaced(document: str, text: str) -> str:
    """Return the document with the text between the marks replaced; raises `ValueError` if it has no marks."""
    marks = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not marks.search(document):
        raise ValueError(f"The document has no place for the results: {BEGIN} and {END} are missing.")
    return marks.sub(lambda _: f"{BEGIN}\n\n{text}\n\n{END}", document)


def read(file: Path) -> Results:
    """Read the raw figures of an earlier run."""
    raw = json.loads(file.read_text(encoding="utf-8"))
    return Results(
        setting=raw["setting"],
        samples=[
            Sample(**{**sample, "load": Load(**sample["load"]), "memory": Memory(**sample["memory"])})
            for sample in raw["samples"]
        ],
        starts=[Start(**start) for start in raw["starts"]],
    )
