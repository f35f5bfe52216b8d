"""What every database holds: the same accounts and the same notes, under ids that follow from their numbers."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.vocabulary import LANGUAGES

PASSWORD = "correct horse battery"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CONTENT_LENGTH = 500
# Notes share this many texts: more would cost time and show nothing.
TEXTS = 2_000
# The numbers of the notes of one large account begin here, those of the next twice as far.
LARGE = 0x1000_0000


@dataclass(frozen=True)
class Text:
    title: str
    content: str


@dataclass(frozen=True)
class Note:
    number: int
    owner: int
    version: int

    @property
    def id(self) -> str:
        return note_id(self.number)

    @property
    def text(self) -> int:
        return self.number % TEXTS

    @property
    def moment(self) -> datetime:
        return START + timedelta(seconds=self.number % LARGE)


@dataclass(frozen=True)
class Dataset:
    """`users` accounts of `notes_each` notes, and one more for each number in `large`."""

    users: int = 1_000
    notes_each: int = 200
    large: tuple[int, ...] = (10_000, 100_000)

    @property
    def accounts(self) -> int:
        return self.users + len(self.large)

    def notes(self) -> Iterator[Note]:
        """In the order of their ids, so that the notes of one account lie apart, as time would have it."""
        for position in range(self.notes_each):
            for owner in range(self.users):
                yield self.note(owner, position)
        for owner, count in enumerate(self.large, start=self.users):
            for position in range(count):
                yield self.note(owner, position)

    def note(self, owner: int, position: int) -> Note:
        """Number `position` of an account, the oldest being 0."""
        if owner < self.users:
            return Note(position * self.users + owner, owner, position + 1)
        return Note((owner - self.users + 1) * LARGE + position, owner, position + 1)

    def count(self, owner: int) -> int:
        """How many notes the account has."""
        return self.notes_each if owner < self.users else self.large[owner - self.users]


def note_id(number: int) -> str:
    return f"01980000-0000-7000-8000-{number:012x}"


def user_id(number: int) -> str:
    return f"01970000-0000-7000-8000-{number:012x}"


def email(number: int) -> str:
    return f"user{number}@example.com"


def texts() -> Iterator[Text]:
    """Titles, and contents of exactly `CONTENT_LENGTH` characters."""
    chance, language = random.Random(1), LANGUAGES["latin"]
    for _ in range(TEXTS):
        title = " ".join(language.words(chance, 4)).capitalize()
        yield Text(title, language.text(chance, 2 * CONTENT_LENGTH)[:CONTENT_LENGTH])


def queries(count: int) -> list[str]:
    """One or two words that some notes have."""
    chance = random.Random(2)
    words = LANGUAGES["latin"].vocabulary[20:500]
    return [" ".join(chance.sample(words, chance.choice((1, 2)))) for _ in range(count)]
