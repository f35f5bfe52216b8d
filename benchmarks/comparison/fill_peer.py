"""Fill a peer's database and print a token for each account, as JSON.

A separate process, because a peer reads its settings from the environment.
"""

import hashlib
import importlib
import json
import os
import sys

import bcrypt
import psycopg

from benchmarks.comparison.dataset import PASSWORD, Dataset, user_id
from benchmarks.comparison.staging import stage

NOTES = """INSERT INTO notes (id, owner_id, title, content, created_at, updated_at)
    SELECT note.id, {owner}, text.title, text.content, note.moment, note.moment FROM seed_notes note
    JOIN seed_users owner ON owner.number = note.owner JOIN seed_texts text ON text.number = note.text
    ORDER BY note.id"""
USERS = """INSERT INTO users (id, email, password_hash, is_active, created_at)
    SELECT id, email, %s, true, moment FROM seed_users"""
DJANGO_USERS = """INSERT INTO auth_user (id, username, email, password, first_name, last_name, is_active, is_staff,
                                         is_superuser, date_joined)
    SELECT number + 1, email, email, %s, '', '', true, false, false, moment FROM seed_users"""


def main() -> None:
    peer = importlib.import_module(sys.argv[1])
    dataset = Dataset.from_json(sys.argv[2])
    is_django = sys.argv[1].endswith("drf")
    peer.create_tables()
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        stage(cursor, dataset)
        cursor.execute(DJANGO_USERS if is_django else USERS, [password_hash(is_django=is_django)])
        cursor.execute(NOTES.format(owner="owner.number + 1" if is_django else "owner.id"))
    ids = [number + 1 if is_django else user_id(number) for number in range(dataset.accounts)]
    json.dump([peer.access_token(identity) for identity in ids], sys.stdout)


def password_hash(*, is_django: bool) -> str:
    """Return a bcrypt hash with twelve rounds; Django stores it in a different format."""
    if is_django:
        digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
        return "bcrypt_sha256$" + bcrypt.hashpw(digest.encode(), bcrypt.gensalt(12)).decode()
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(12)).decode()


if __name__ == "__main__":
    main()
