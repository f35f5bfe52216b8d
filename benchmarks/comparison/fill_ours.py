"""Fill this project's database and print a token for each account, as JSON, and then those that no request has used.

A separate process, because Django reads its settings from the environment.
"""

import json
import sys
from uuid import UUID

import django

django.setup()

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection, transaction

from accounts.authentication.tokens import AccessToken
from accounts.models import Clock, Session, User
from benchmarks.comparison.dataset import PASSWORD, START, UNUSED_TOKENS, Dataset, email, texts, user_id
from benchmarks.comparison.staging import stage, stage_on_sqlite
from notes.models import Note
from notes.search.search_columns import add_search_columns

BATCH = 500
# Columns that differ between notes; the others come from the shared text.
OWN = {"id": "note.id", "owner_id": "owner.id", "version": "note.version",
       "created_at": "note.moment", "updated_at": "note.moment"}  # fmt: skip


def main() -> None:
    call_command("migrate", verbosity=0)
    dataset = Dataset.from_json(sys.argv[1])
    with transaction.atomic():
        sessions = open_accounts(dataset)
        write_notes(dataset)
    json.dump([str(AccessToken.of(session)) for session in sessions], sys.stdout)


def open_accounts(dataset: Dataset) -> list[Session]:
    """Insert every account with one session and the clock value that its notes require. Return the sessions.

    The unused sessions follow; they belong to the small accounts in turn.
    """
    password, numbers = make_password(PASSWORD), range(dataset.accounts)
    users = [User(id=UUID(user_id(number)), email=email(number), password=password) for number in numbers]
    clocks = [Clock(user=user, value=dataset.count(number)) for number, user in enumerate(users)]
    unused = UNUSED_TOKENS if dataset.large else 0
    owners = [*users, *(users[number % dataset.users] for number in range(unused))]
    sessions = [Session(user=owner, last_used_at=START) for owner in owners]
    User.objects.bulk_create(users, BATCH)
    Clock.objects.bulk_create(clocks, BATCH)
    return Session.objects.bulk_create(sessions, BATCH)


def write_notes(dataset: Dataset) -> None:
    """Save each text once through the models, which compute the derived columns; copy all notes with one statement."""
    author = User.objects.create_user("author@example.com")
    Note.objects.bulk_create(
        [
            Note(owner=author, version=number, created_at=START, updated_at=START,
                 **add_search_columns({"title": text.title, "content": text.content, "tags": [f"tag {number % 7}"]}))
            for number, text in enumerate(texts(), start=1)
        ],
        BATCH,
    )  # fmt: skip
    columns = [field.column or field.name for field in Note._meta.concrete_fields]
    with connection.cursor() as cursor:
        (stage if connection.vendor == "postgresql" else stage_on_sqlite)(cursor, dataset)
        cursor.execute(
            f"INSERT INTO notes_note ({', '.join(columns)})"
            f" SELECT {', '.join(OWN.get(column, f'text.{column}') for column in columns)} FROM seed_notes note"
            " JOIN seed_users owner ON owner.number = note.owner"
            " JOIN notes_note text ON text.owner_id = %s AND text.version = note.text + 1 ORDER BY note.id",
            [author.pk if connection.vendor == "postgresql" else author.pk.hex],
        )
    author.delete()


if __name__ == "__main__":
    main()
