"""Made-up words in several scripts, with frequencies that follow Zipf's law."""

import random
from functools import cache
from itertools import accumulate

VOCABULARY = 30_000
SYLLABLES = {
    "latin": "ba be bi bo ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so ta te ti to",
    "accented": "bä bé kö kü lé lü mä mé nö né rä ré sü sé tö té ba be ka ko la li ma mi na ni ra ro sa so ta to",
    "greek": "βα βε κά κο λα λί μα μη νά νο ρα ρή σα σο τα τό",
    "cyrillic": "ба бе ка ко ла ли ма ми на но ра рё са со та ти",
    "han": " ".join(map(chr, range(0x4E00, 0x4E00 + 2000))),
}


class Language:
    """A vocabulary that follows Zipf's law: the n-th word occurs once for every n times of the first."""

    def __init__(self, name: str) -> None:
        chance, syllables = random.Random(name), SYLLABLES[name].split()
        length = (1, 2) if name == "han" else (1, 4)
        words = (
            "".join(chance.choices(syllables, k=chance.randint(*length) + (name != "han"))) for _ in range(VOCABULARY)
        )
        self.vocabulary = list(dict.fromkeys(words))
        self.weights = list(accumulate(1 / rank for rank in range(1, len(self.vocabulary) + 1)))
        self.separator = "" if name == "han" else " "
        self.length = 2 if name == "han" else 7

    def words(self, chance: random.Random, count: int) -> list[str]:
        return chance.choices(self.vocabulary, cum_weights=self.weights, k=count)

    def text(self, chance: random.Random, length: int) -> str:
        """Return sentences of about `length` characters in total."""
        parts = []
        for start in range(0, max(1, length // self.length), 12):
            count = min(12, max(1, length // self.length) - start)
            parts.append(self.separator.join(self.words(chance, count)))
        return (". " if self.separator else "。").join(parts) + ".\n"


@cache
def get_language(name: str) -> Language:
    """Return a language of `SYLLABLES`. Making its words takes a quarter of a second, once per process."""
    return Language(name)
