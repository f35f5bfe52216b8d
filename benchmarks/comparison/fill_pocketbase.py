"""Fill PocketBase's database and print a token for each account, as JSON.

PocketBase itself makes the tables and the tokens. The rows are written as it writes them, but in one transaction.
"""

import os
import secrets
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import bcrypt

from benchmarks.comparison.apis import record_id
from benchmarks.comparison.dataset import PASSWORD, START, Dataset, email, texts
from benchmarks.comparison.pocketbase import SETUP, pocketbase

USERS = "INSERT INTO users (id, email, password, tokenKey, created, updated) VALUES (?, ?, ?, ?, ?, ?)"
NOTES = "INSERT INTO notes (id, owner, title, content, created, updated) VALUES (?, ?, ?, ?, ?, ?)"


def main() -> None:
    directory, dataset = os.environ["DATABASE_PATH"], Dataset.from_json(sys.argv[1])
    run(directory, "migrate", "up")
    # Without a superuser it would open its installer in a browser.
    run(directory, "superuser", "upsert", "admin@example.com", secrets.token_urlsafe(16))
    with closing(sqlite3.connect(Path(directory, "data.db"))) as connection, connection:
        fill(connection, dataset)
    sys.stdout.write(parse_tokens(run(directory, "tokens", f"--hooksDir={SETUP / 'commands'}")))


def run(directory: str, *arguments: str) -> str:
    command = pocketbase(directory, *arguments)
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def fill(connection: sqlite3.Connection, dataset: Dataset) -> None:
    password = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(12)).decode()
    # Every token is signed with a key of the user.
    connection.executemany(
        USERS,
        (
            (record_id(number), email(number), password, secrets.token_hex(25), as_time(START), as_time(START))
            for number in range(dataset.accounts)
        ),
    )
    every_text = list(texts())
    connection.executemany(
        NOTES,
        (
            (record_id(note.number), record_id(note.owner), every_text[note.text].title,
             every_text[note.text].content, as_time(note.moment), as_time(note.moment))
            for note in dataset.notes()
        ),
    )  # fmt: skip


def as_time(moment: datetime) -> str:
    """Return the time as PocketBase stores it."""
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def parse_tokens(output: str) -> str:
    """Return the JSON that follows the time of PocketBase's log line."""
    return output[output.index("[") :]


if __name__ == "__main__":
    main()
