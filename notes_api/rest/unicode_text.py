"""Unicode normalization in linear time.

`unicodedata.normalize` sorts each run of combining marks by insertion. That is quadratic in the length of the run, and
no other thread of the process runs meanwhile: 524,000 marks take minutes. No language uses runs of more than a few
marks, so a run is cut as in the stream-safe text format (UAX #15, section 13): after 30 marks, counted in decomposed
form. That format inserts U+034F at each cut. Here nothing is inserted: the parts are only normalized separately.
"""

import re
import unicodedata
from typing import Literal

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

# The most marks in one part.
MAX_MARKS = 30
# Marks in a row that can be more than MAX_MARKS in decomposed form: the character before a run ends in up to 3 marks,
# and a mark consists of up to 2.
MIN_RUN = 14


def begins_with_mark(character: str) -> bool:
    is_composed = bool(unicodedata.decomposition(character))
    first = unicodedata.normalize("NFKD", character)[0] if is_composed else character
    return unicodedata.combining(first) > 0


BMP_MARKS = "".join(filter(begins_with_mark, map(chr, range(0x10000))))
# In a pattern, marks above U+FFFF are looked up one after the other. So everything in their range counts at first.
LONG_RUN = re.compile(f"[{re.escape(BMP_MARKS)}\U000101fd-\U0001e94a]{{{MIN_RUN},}}")


def normalize(form: Form, text: str) -> str:
    """Return the text in this normalization form, with each run of more than MAX_MARKS marks cut.

    Without such a run, the result is that of `unicodedata.normalize`. Repeating the call does not change the result.
    """
    if text.isascii():
        return text
    return "".join(unicodedata.normalize(form, part) for part in cut_runs(form, text))


def cut_runs(form: Form, text: str) -> list[str]:
    """Return the text in parts that begin with a mark, except the first. The long runs are decomposed."""
    decomposed_form: Form = "NFKD" if "K" in form else "NFD"
    parts: list[list[str]] = [[]]
    end = 0
    for run in LONG_RUN.finditer(text):
        # The character before the run can end in marks as well.
        start = max(end, run.start() - 1)
        parts[-1].append(text[end:start])
        end = run.end()
        count = 0
        for character in decompose(decomposed_form, text[start:end]):
            count = count + 1 if unicodedata.combining(character) else 0
            if count > MAX_MARKS:
                parts.append([])
                count = 1
            parts[-1].append(character)
    parts[-1].append(text[end:])
    return ["".join(part) for part in parts]


def decompose(form: Form, text: str) -> str:
    """Decompose each character without sorting the marks."""
    return "".join(unicodedata.normalize(form, character) for character in text)
