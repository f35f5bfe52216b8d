"""Writes what a first start needs: `.env` with fresh random keys, and the file that SECRET_KEY_FILE names.

`python -m notes_api.dotenv` writes either only where it is missing; nothing is ever overwritten.
"""

import os
import secrets
import string
import sys
import tempfile
from pathlib import Path

from notes_api.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent

TEMPLATE = """\
# Written by `make env` with fresh random values; .env.example lists every other setting.
# The process environment wins over this file.

# Signs every token: whoever knows it can log in as anybody. A new one ends all sessions.
SECRET_KEY={secret_key}
ALGORITHM=HS256
ACCESS_TOKEN_EXPIRE_MINUTES=30

# PostgreSQL. Without DATABASE_HOSTNAME `make run` keeps the notes in the embedded SQLite;
# `docker compose` sets it to its own postgres_db, which it creates with these values.
DATABASE_PORT=5432
DATABASE_NAME=notes_{suffix}
DATABASE_USERNAME=notes_{suffix}
DATABASE_PASSWORD={password}
"""


def random_key() -> str:
    """512 random bits in letters that mean nothing to a shell, an URL or `docker compose`."""
    return secrets.token_urlsafe(64)


def contents() -> str:
    suffix = "".join(secrets.choice(string.ascii_lowercase) for _ in range(6))
    return TEMPLATE.format(secret_key=random_key(), suffix=suffix, password=secrets.token_urlsafe(24))


def write_once(path: Path, text: str) -> bool:
    """Write a file that its owner alone may read, whole or not at all; False if there is one already."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    # A temporary file is born with mode 0600, and a hard link, unlike a rename, never replaces what is there.
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f"{path.name}.") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        try:
            path.hardlink_to(file.name)
        except FileExistsError:
            return False
    return True


def wanted_key_file(environment: Environment) -> Path | None:
    """Where SECRET_KEY_FILE wants the key, unless SECRET_KEY itself is set."""
    is_set = any(layer.get("SECRET_KEY") for layer in environment.layers)
    path = environment.text("SECRET_KEY_FILE")
    return Path(path) if path and not is_set else None


def main(env_file: Path) -> None:
    if write_once(env_file, contents()):
        sys.stdout.write(f"Wrote {env_file.name} with fresh random keys.\n")
    key_file = wanted_key_file(Environment(env_file))
    if key_file and write_once(key_file, random_key() + "\n"):
        sys.stdout.write(f"Wrote a fresh random key to {key_file}.\n")


if __name__ == "__main__":
    try:
        main(BASE_DIR / os.environ.get("ENV_FILE", ".env"))
    except OSError as error:
        sys.exit(f"Cannot write {error.filename}: {error.strerror}.")
