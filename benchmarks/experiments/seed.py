"""Make accounts for the benchmarks: notes of realistic lengths with a vocabulary that follows Zipf's law.

Half of the notes use Latin letters without accents; the others use accents, Greek, Cyrillic, or Han without spaces.
The texts are made up and the same in every run.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from math import exp

from django.db import connection

from accounts.models import Clock, User
from benchmarks.vocabulary import get_language
from notes.models import Note
from notes.search.search_columns import add_search_columns

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
MEDIAN_LENGTH, SPREAD, LONGEST = 500, 1.3, 100_000
BATCH = 500
SHARES = {"latin": 50, "accented": 20, "greek": 5, "cyrillic": 10, "han": 15}


def texts(count: int, seed: int = 1, most: int = LONGEST) -> Iterator[dict[str, str]]:
    """Yield `count` titles and contents."""
    chance = random.Random(seed)
    for _ in range(count):
        language = get_language(chance.choices(list(SHARES), weights=list(SHARES.values()))[0])
        length = min(most, int(MEDIAN_LENGTH * exp(chance.gauss(0, SPREAD))))
        title = language.separator.join(language.words(chance, chance.randint(2, 6))).capitalize()
        yield {"title": title, "content": language.text(chance, length)}


def notes(owner: User, written: Iterable[dict[str, str]]) -> Iterator[Note]:
    """Yield notes an hour apart; every tenth is archived, every twentieth pinned."""
    for number, text in enumerate(written, start=1):
        moment = START + timedelta(hours=number)
        yield Note(
            owner=owner, version=number, created_at=moment, updated_at=moment,
            is_archived=number % 10 == 0, is_pinned=number % 20 == 0,
            **add_search_columns({**text, "tags": [f"tag {number % 7}"]}),
        )  # fmt: skip


def make_account(email: str, count: int, seed: int = 1, most: int = LONGEST) -> User:
    return keep(email, texts(count, seed, most))


def keep(email: str, written: Iterable[dict[str, str]]) -> User:
    """Make an account with these titles and contents."""
    owner = User.objects.create_user(email, None)
    made = Note.objects.bulk_create(notes(owner, written), batch_size=BATCH)
    Clock.objects.update_or_create(user=owner, defaults={"value": len(made)})
    return owner


def surround(owner: User, others: int, each: int = 200) -> None:
    """Make `others` more accounts with `each` short notes, and scatter this account's notes among theirs."""
    users = [User(email=f"other{number}@example.com", password="!") for number in range(others)]
    User.objects.bulk_create(users, batch_size=BATCH)
    mine = list(Note.objects.filter(owner=owner).order_by("version"))
    Note.objects.filter(owner=owner).delete()
    share = -(-len(mine) // each)
    for number, note in enumerate(notes(owner, texts(each, seed=2, most=400))):
        note.save(force_insert=True)
        copy_to_others(note)
        note.delete()
        Note.objects.bulk_create(mine[number * share : (number + 1) * share], batch_size=BATCH)


def copy_to_others(note: Note) -> None:
    """Copy a note to all other accounts with one statement; Python would take an hour."""
    names = [field.column for field in Note._meta.concrete_fields if field.column not in ("id", "owner_id")]
    new_id = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0" if connection.vendor == "postgresql" else "SELECT 1")
        cursor.execute(
            f"INSERT INTO notes_note (id, owner_id, {', '.join(names)})"
            f" SELECT {new_id}, other.id, {', '.join(f'note.{name}' for name in names)}"
            " FROM notes_note note, accounts_user other WHERE note.id = %s AND other.email LIKE 'other%%'",
            [note.pk if connection.vendor == "postgresql" else note.pk.hex],
        )
