"""What `manage.py doctor` finds, one line for each thing it has looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    level: Level
    subject: str
    message: str
    # How to repair it; empty if nothing is wrong.
    advice: str = ""


def ok(subject: str, message: str) -> Finding:
    return Finding(Level.OK, subject, message)


def warning(subject: str, message: str, advice: str) -> Finding:
    return Finding(Level.WARNING, subject, message, advice)


def error(subject: str, message: str, advice: str) -> Finding:
    return Finding(Level.ERROR, subject, message, advice)
