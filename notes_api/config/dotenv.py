"""Writes the files that a first start needs: `.env` with random keys, and the file that SECRET_KEY_FILE names.

`python -m notes_api.config.dotenv` writes each file only if it does not exist. It never overwrites a file.
"""

import os
import secrets
import string
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from notes_api.config.base_dir import BASE_DIR
from notes_api.config.environment import Environment

TEMPLATE = """\
# Written with random values. .env.example in the source, and the README, list every other setting.
# The process environment takes precedence over this file.

# Signs every token. Anyone who knows this key can log in as any user. A new key ends all sessions.
SECRET_KEY={secret_key}
ALGORITHM=HS256
ACCESS_TOKEN_EXPIRE_MINUTES=30

# PostgreSQL. If DATABASE_HOSTNAME is not set, the embedded SQLite is used. `docker compose` sets it to
# its own service postgres_db and creates the database with these values.
DATABASE_PORT=5432
DATABASE_NAME=notes_{suffix}
DATABASE_USERNAME=notes_{suffix}
DATABASE_PASSWORD={password}
"""


def make_random_key() -> str:
    """Return 512 random bits as text that needs no quotes in a shell, a URL or `docker compose`."""
    return secrets.token_urlsafe(64)


def render_env_file() -> str:
    suffix = "".join(secrets.choice(string.ascii_lowercase) for _ in range(6))
    return TEMPLATE.format(secret_key=make_random_key(), suffix=suffix, password=secrets.token_urlsafe(24))


def write_once(path: Path, text: str) -> bool:
    """Write the file atomically, readable only by its owner. Return False if it already exists."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    # A temporary file has mode 0600. A hard link, unlike a rename, never replaces an existing file.
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f"{path.name}.") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        try:
            path.hardlink_to(file.name)
        except FileExistsError:
            return False
    return True


def find_key_file(environment: Environment) -> Path | None:
    """Return the path in SECRET_KEY_FILE, or None if it is not set or SECRET_KEY takes precedence over it."""
    is_set = any(layer.get("SECRET_KEY") for layer in environment.layers)
    path = environment.text("SECRET_KEY_FILE")
    return Path(path) if path and not is_set else None


def has_key(variables: Mapping[str, str]) -> bool:
    """Return whether the variables set the key, directly or with a file."""
    return any(variables.get(name) for name in ("SECRET_KEY", "SECRET_KEY_FILE"))


def main(env_file: Path, *, is_env_file_needed: bool = True) -> None:
    if is_env_file_needed and write_once(env_file, render_env_file()):
        sys.stdout.write(f"Wrote {env_file.name} with random keys.\n")
    key_file = find_key_file(Environment(env_file))
    if key_file and write_once(key_file, make_random_key() + "\n"):
        sys.stdout.write(f"Wrote a random key to {key_file}.\n")


def write_files(*, is_env_file_needed: bool = True) -> None:
    """Write the files that are missing, or end the process with a sentence."""
    try:
        main(BASE_DIR / os.environ.get("ENV_FILE", ".env"), is_env_file_needed=is_env_file_needed)
    except OSError as error:
        sys.exit(f"Cannot write {error.filename}: {error.strerror}.")
    except ImproperlyConfigured as error:
        sys.exit(f"Cannot start: {error}")


if __name__ == "__main__":
    write_files()
