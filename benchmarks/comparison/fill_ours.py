"""Fills this project's own database and prints a token for each account, as JSON.

A process of its own, since Django reads its settings from the environment.
"""

import json
import sys
from uuid import UUID

import django

django.setup()

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import Clock, Session, User
from accounts.tokens import AccessToken
from benchmarks.comparison.dataset import PASSWORD, START, Dataset, email, texts, user_id
from benchmarks.comparison.staging import stage, stage_on_sqlite
from notes.models import Note
from notes.models.searching import with_words

BATCH = 500
# What a note has of its own; all else is that of the text it shares.
OWN = {"id": "note.id", "owner_id": "owner.id", "version": "note.version",
       "created_at": "note.moment", "updated_at": "note.moment"}  # fmt: skip


def main() -> None:
    users, notes_each, *large = json.loads(sys.argv[1])
    call_command("migrate", verbosity=0)
    dataset = Dataset(users, notes_each, tuple(large))
    with transaction.atomic():
        sessions = open_accounts(dataset)
        write_notes(dataset)
    json.dump([str(AccessToken.of(session)) for session in sessions], sys.stdout)


def open_accounts(dataset: Dataset) -> list[Session]:
    """Every account with its clock where its notes have brought it, and one session."""
    password, numbers = make_password(PASSWORD), range(dataset.accounts)
    users = [User(id=UUID(user_id(number)), email=email(number), password=password) for number in numbers]
    clocks = [Clock(user=user, value=dataset.count(number)) for number, user in enumerate(users)]
    sessions = [Session(user=user) for user in users]
    User.objects.bulk_create(users, BATCH)
    Clock.objects.bulk_create(clocks, BATCH)
    return Session.objects.bulk_create(sessions, BATCH)


def write_notes(dataset: Dataset) -> None:
    """The texts once through the models, which know what belongs to a note; all the notes by one statement."""
    author = User.objects.create_user("author@example.com")
    Note.objects.bulk_create(
        [
            Note(owner=author, version=number, created_at=START, updated_at=START, tags=[f"tag {number % 7}"],
                 **with_words({"title": text.title, "content": text.content}))
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
