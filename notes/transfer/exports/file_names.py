"""File names for the titles of notes: valid on all systems, and different from each other in any letter case."""

import re
from hashlib import blake2b
from struct import Struct

from notes_api.rest.unicode_text import normalize

# Spaces, and characters that Windows forbids, that are separators elsewhere, that links between notes cannot contain
# (`[[…]]`), and that are invisible: controls, directions of writing, and joiners at which names would only seem to be
# equal.
REPLACED = re.compile(
    r'[\s\x00-\x1f\x7f-\x9f"*/:<>?\\|#^\[\]\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]+'
)
# Names of devices, with any ending.
RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\..*)?", re.IGNORECASE)
# File systems allow 255 bytes. A short path is left for the folder, and room for the ending.
MAX_BYTES = 120
UNNAMED = "Untitled"
# Bytes of the filter, a power of two, and the numbers of a name. With a million names, one of 1,000 others seems to be
# taken.
FILTER_BYTES, POSITIONS = 4 * 1024 * 1024, Struct("<3L")


def safe_name(title: str) -> str:
    """Return a name without a path, a forbidden character or an end that Windows would remove."""
    name = REPLACED.sub(" ", normalize("NFC", title))
    name = name.encode()[:MAX_BYTES].decode(errors="ignore").strip(" .")
    return f"_{name}" if RESERVED.fullmatch(name) else name or UNNAMED


class FileNames:
    """Gives each note a name of its own. A Bloom filter knows the names, because the names of a million notes take
    100 MB. A name that only seems to be taken gets a longer one, as one does that is taken."""

    def __init__(self) -> None:
        self.bits = bytearray(FILTER_BYTES)

    def choose(self, folder: str, title: str, note_id: str) -> str:
        """Return the path of the note's file. If its title is taken, the name has the end of the note's id as well."""
        path = f"{folder}/{safe_name(title)}"
        if self.add(path):
            return path + ".md"
        digits = note_id.replace("-", "")
        longer = (f"{path} {digits[-length:]}" for length in (8, 16, 32))
        return next(filter(self.add, longer), f"{path} {digits}") + ".md"

    def add(self, path: str) -> bool:
        """Remember the path; return False if it was remembered before, or seems so."""
        bits, is_new = self.bits, False
        for position in POSITIONS.unpack(blake2b(path.casefold().encode(), digest_size=POSITIONS.size).digest()):
            byte, bit = position >> 3 & FILTER_BYTES - 1, 1 << (position & 7)
            if not bits[byte] & bit:
                is_new = True
                bits[byte] |= bit
        return is_new
