"""Does the search find what it should, in the right order: `python -m benchmarks.search_recall`.

100,000 made-up notes with a vocabulary of Zipf's law, and for each query the best 20 of an oracle that knows neither
the folding nor the database: it takes the texts apart itself and looks at every note.
"""

import argparse
import random
import re
import unicodedata
from urllib.parse import urlencode

import django

django.setup()

from django.core.management import call_command

from accounts.models import User
from benchmarks.search_cost import get, log_in
from benchmarks.seed import make_account, texts
from benchmarks.vocabulary import LANGUAGES

EMAIL, SEED, BEST, TELLING = "recall@example.com", 5, 20, 3


def plain(text: str) -> str:
    letters = [letter for letter in unicodedata.normalize("NFD", text) if unicodedata.category(letter) != "Mn"]
    return "".join(letters).lower().replace("ς", "σ")


class Oracle:
    """Every note as lists of words; a Han character is a word."""

    def __init__(self, count: int) -> None:
        self.notes = [
            (self.split(text["title"]), self.split(text["content"]), number)
            for number, text in enumerate(texts(count, SEED, most=4000), start=1)
        ]

    @staticmethod
    def split(text: str) -> list[str]:
        return re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", plain(text))

    def best(self, query: list[str]) -> list[int]:
        """The numbers of the notes that hold all these phrases."""
        needles = [" " + " ".join(self.split(phrase)) + " " for phrase in query]
        ranked = []
        for title, content, number in self.notes:
            head, body = " " + " ".join(title) + " ", " " + " ".join(content) + " "
            if all(needle in head or needle in body for needle in needles):
                together = " " + " ".join(needle.strip() for needle in needles) + " "
                rank = 3 if together in head else 2 if all(needle in head for needle in needles) else 1
                ranked.append((-rank, -number))
        return [-number for _, number in sorted(ranked)[:BEST]]


def queries(count: int) -> list[list[str]]:
    """One word, two, and phrases that stand in a note; common ones and rare ones."""
    chance, result = random.Random(9), []
    notes = list(texts(2000, SEED, most=4000))
    for _ in range(count):
        note, kind = chance.choice(notes), chance.randrange(4)
        words = re.findall(r"\w+", note["title"] if kind == 0 else note["content"])
        if LANGUAGES["han"].vocabulary[0][0] <= words[0][0] <= "\u9fff":
            start = chance.randrange(len(words[0]))
            result.append([words[0][start : start + chance.randint(1, 3)]])
            continue
        start = chance.randrange(len(words))
        result.append([" ".join(words[start : start + 2])] if kind == 3 else words[start : start + 1 + kind % 3])
    return [query for query in result if all(query)]


def typed(query: list[str]) -> str:
    return " ".join(f'"{phrase}"' if " " in phrase else phrase for phrase in query)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=100)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    owner = User.objects.filter(email=EMAIL).first() or make_account(EMAIL, options.notes, SEED, most=4000)
    oracle, client = Oracle(options.notes), log_in(owner)
    wanted = hits = same = 0
    asked = queries(options.queries)
    for position, query in enumerate(asked):
        expected = oracle.best(query)
        page = get(client, "/notes?" + urlencode({"q": typed(query), "limit": BEST, "is_archived": "any"}))
        found = [note["version"] for note in page["results"]]
        wanted, hits, same = wanted + len(expected), hits + len({*expected} & {*found}), same + (expected == found)
        if expected != found:
            print(f"differs: {typed(query)} expected {expected} found {found}")
        if position < 20:
            show(typed(query), page["results"][:TELLING])
    print(f"{len(asked)} queries over {options.notes} notes: recall@{BEST} {hits / wanted:.4f}"
          f" ({hits} of {wanted}), the same order in {same}")  # fmt: skip


def show(query: str, results: list[dict]) -> None:
    for note in results:
        snippet = " ".join(note["match"]["snippet"].split())[:70]
        print(f"{query:<32} {note['title'][:30]:<32} {snippet}")


if __name__ == "__main__":
    main()
