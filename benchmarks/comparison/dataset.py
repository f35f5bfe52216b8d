"""The content of every database: the same accounts and notes, with ids computed from their numbers."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from benchmarks.vocabulary import get_language

PASSWORD = "correct horse battery"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CONTENT_LENGTH = 500
# Notes share this many texts: more would take time and change nothing.
TEXTS = 2_000
# Further tokens of this project, each for one request: the first of a token in a minute does more.
UNUSED_TOKENS = 30_000
# The note numbers of the first large account start here, those of the second at twice this number.
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

    @classmethod
    def from_json(cls, text: str) -> Self:
        users, notes_each, *large = json.loads(text)
        return cls(users, notes_each, tuple(large))

    def as_json(self) -> str:
        return json.dumps([self.users, self.notes_each, *self.large])

    def notes(self) -> Iterator[Note]:
        """Yield notes in order of their ids. The notes of one account are scattered, as they would be in use."""
        for position in range(self.notes_each):
            for owner in range(self.users):
                yield self.note(owner, position)
        for owner, count in enumerate(self.large, start=self.users):
            for position in range(count):
                yield self.note(owner, position)

    def note(self, owner: int, position: int) -> Note:
        """Return note number `position` of an account; the oldest is 0."""
        if owner < self.users:
            return Note(position * self.users + owner, owner, position + 1)
        return Note((owner - self.users + 1) * LARGE + position, owner, position + 1)

    def count(self, owner: int) -> int:
        """Return the number of notes of the account."""
        return self.notes_each if owner < self.users else self.large[owner - self.users]


def note_id(number: int) -> str:
    return f"01980000-0000-7000-8000-{number:012x}"


def user_id(number: int) -> str:
    return f"01970000-0000-7000-8000-{number:012x}"


def email(number: int) -> str:
    return f"user{number}@example.com"


def texts() -> Iterator[Text]:
    """Return titles, and contents of exactly `CONTENT_LENGTH` characters."""
    chance, language = random.Random(1), get_language("latin")
    for _ in range(TEXTS):
        title = " ".join(language.words(chance, 4)).capitalize()
        yield Text(title, language.text(chance, 2 * CONTENT_LENGTH)[:CONTENT_LENGTH])


def queries(count: int) -> list[str]:
    """Return one or two words that occur in some notes."""
    chance = random.Random(2)
    words = get_language("latin").vocabulary[20:500]
    return [" ".join(chance.sample(words, chance.choice((1, 2)))) for _ in range(count)]


def common_words() -> list[str]:
    """Return the words that 5 to 15 % of the notes contain."""
    found = Counter(word for text in texts() for word in words_of(text))
    return sorted(word for word, count in found.items() if 0.05 * TEXTS <= count <= 0.15 * TEXTS)


def missing_words() -> list[str]:
    """Return words of the same language that no note contains."""
    contained = {word for text in texts() for word in words_of(text)}
    return [word for word in get_language("latin").vocabulary if word not in contained]


def words_of(text: Text) -> set[str]:
    return set(re.findall(r"\w+", f"{text.title} {text.content}".lower()))
