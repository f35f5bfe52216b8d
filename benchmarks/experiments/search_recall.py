"""Check that the search finds the right notes in the right order: `python -m benchmarks.experiments.search_recall`.

Compares the best 20 results of each query with those of an oracle that looks at every note (oracle.py). The notes are
the paragraphs of the texts in `--corpus`; without it they are made up, with a vocabulary that follows Zipf's law. The
database that the environment names is seeded the first time and kept for the next run.
"""

import argparse
import random
import unicodedata
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

import django

django.setup()

from django.core.management import call_command

from accounts.models import User
from benchmarks.experiments import corpus
from benchmarks.experiments.oracle import Oracle, Query, Term, kind_of, typed, words_of
from benchmarks.experiments.search_cost import get, log_in
from benchmarks.experiments.seed import keep, texts

SEED, BEST = 5, 20
EMAILS = {True: "corpus@example.com", False: "recall@example.com"}
SHOWN, AROUND = 10, 400

Text = dict[str, str]


def pieces(text: str) -> list[str]:
    """Split at spaces and strip punctuation from the ends."""
    stripped = (piece.strip("".join(filter(is_punctuation, piece))).replace('"', "") for piece in text.split())
    return [piece for piece in stripped if words_of(piece) and piece.lower() != "or"]


def is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PSC"


def queries(notes: list[Text], count: int) -> Iterator[Query]:
    """Yield queries drawn from the notes: common and rare words, phrases, prefixes, exclusions, alternatives."""
    chance = random.Random(9)
    for number in range(count):
        yield one_query(chance, number % 8, notes)


def one_query(chance: random.Random, kind: int, notes: list[Text]) -> Query:
    note, other = chance.choice(notes), chance.choice(notes)
    found = pieces(note["title"] if kind == 0 else f"{note['title']} {note['content']}")
    if not found:
        return one_query(chance, kind, notes)
    start = chance.randrange(len(found))
    one, two = (part_of(chance, piece) for piece in (found[start], chance.choice(found)))
    if kind == 3:
        return ((Term(" ".join(found[start : start + chance.randint(2, 3)])),),)
    if kind == 4:
        return ((Term(one[: chance.randint(2, 5)], is_prefix=True),),)
    if kind == 5:
        return ((Term(one), Term(two, is_excluded=True)),)
    if kind == 6:
        unlike = chance.choice(pieces(other["title"]) or [two])
        return ((Term(one), Term(two)), (Term(part_of(chance, unlike)),))
    return ((Term(one), Term(two)),) if kind == 2 else ((Term(one),),)


def part_of(chance: random.Random, piece: str) -> str:
    """For scripts without spaces, return one to four characters: nobody types a whole sentence as a word."""
    if kind_of(piece[0]) != "run":
        return piece
    start = chance.randrange(len(piece))
    return piece[start : start + chance.randint(1, 4)] if words_of(piece[start : start + 1]) else piece


class Account:
    def __init__(self, email: str, notes: list[Text]) -> None:
        self.owner = User.objects.filter(email=email).first() or keep(email, notes)
        if self.owner.notes.count() != len(notes):
            raise SystemExit("The database was seeded with other notes: use an empty database.")

    def best(self, query: str, count: int) -> list[dict]:
        """Log in each time: the oracle may take longer than a token's lifetime."""
        page = get(log_in(self.owner), "/notes?" + urlencode({"q": query, "limit": count, "is_archived": "any"}))
        return page["results"]


def measure(account: Account, notes: list[Text], count: int) -> None:
    oracle = Oracle(notes)
    wanted = hits = same = 0
    for query in queries(notes, count):
        expected = oracle.best(query, BEST)
        found = [note["version"] for note in account.best(typed(query), BEST)]
        wanted, hits, same = wanted + len(expected), hits + len({*expected} & {*found}), same + (expected == found)
        if expected != found:
            print(f"differs: {typed(query)} expected {expected} found {found}")
    print(f"{count} queries over {len(notes)} notes: recall@{BEST} {hits / wanted:.4f} ({hits} of {wanted}),"
          f" the same order in {same}")  # fmt: skip


def show(account: Account, query: str) -> None:
    """Print the first results: title and the passage that matched."""
    print(f"\n=== {query}")
    for place, note in enumerate(account.best(query, SHOWN), start=1):
        begin = note["content"].find(note["match"]["snippet"])
        passage = note["content"][max(0, begin - AROUND) : begin + AROUND]
        print(f"{place:2} {note['title']}\n   {' '.join(passage.split())}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, metavar="DIRECTORY", help="directory of texts to make notes from")
    parser.add_argument("--notes", type=int, help="maximum number of notes (default: 100,000, or all of the corpus)")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--show", nargs="+", metavar="QUERY", help="print the first results of these queries instead")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    made = corpus.notes(options.corpus) if options.corpus else texts(100_000, SEED, most=4000)
    notes = list(islice(made, options.notes))
    account = Account(EMAILS[bool(options.corpus)], notes)
    for query in options.show or []:
        show(account, query)
    if not options.show:
        measure(account, notes, options.queries)


if __name__ == "__main__":
    main()
