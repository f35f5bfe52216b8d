"""Inputs made to cost much take little memory."""

import io
import tracemalloc

import pytest

from notes.tests.transfer.hostile_archives import MEGABYTE
from notes.tests.transfer.hostile_inputs import INPUTS
from notes.tests.transfer.inputs import zip_of
from notes.transfer.budget import InputRefused, ItemRefused, Limits
from notes.transfer.draft import Failure, Options
from notes.transfer.formats import FORMATS
from notes.transfer.inputs import detect_format, open_reader, read_drafts
from notes.transfer.text_decoding import read_text


def test_a_text_that_is_too_long_is_refused_before_it_is_searched():
    with open_reader(io.BytesIO(b"a" * 1_300_000), "a.md") as reader, pytest.raises(ItemRefused, match="1,300,000"):
        read_text(reader.entries["a.md"])


def test_the_entries_of_an_archive_take_little_memory():
    count = 5000
    data = zip_of({f"a/folder/with a long name/{number}.json": "" for number in range(count)})

    peak = peak_of(data)

    assert peak * Limits().entries / count < 100 * MEGABYTE


def test_the_earlier_texts_that_a_note_cannot_have_take_no_memory():
    note_id = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
    note = f'{{"kind":"note","id":"{note_id}","title":"Milk"}}\n'
    content = f'"title":"Milk","content":"{"x" * 1_000_000}"'
    times = '"written_at":"2026-01-05T00:00:00Z","kept_at":"2026-01-05T00:00:00Z"'
    earlier = f'{{"kind":"revision","note_id":"{note_id}",{content},{times}}}\n'

    assert peak_of((note + earlier * 40).encode()) < 30 * MEGABYTE


@pytest.mark.parametrize(
    "name",
    [
        "text: long keys of TOML",
        "XML: a long token",
        "XML: a task that the text shows again and again",
        "XML: references in an attribute",
        "XML: an address of brackets",
        "XML: escapes in a data URL",
        "XML: parameters of a data URL",
        "XML: a long namespace",
        "XML: ends of sections in a section",
        "XML: long values in a zip",
        "JSON: a list of line breaks",
        "JSON: a list as the id of a memo",
        "JSON: arrays in a line",
        "JSON: arrays in a note",
        "JSON: a long tag above that of many notes",
        "JSON: the long address of a page",
        "JSON: the names of missing files",
        "JSON: the names of missing files of a memo",
        "JSON: the words of a tag",
    ],
)
def test_a_hostile_input_takes_little_memory(name):
    assert peak_of(INPUTS[name][0](10 * MEGABYTE)) < 100 * MEGABYTE


def peak_of(data):
    """Return how many bytes reading takes at most."""
    tracemalloc.start()
    try:
        read_each(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def read_each(data):
    """Read as the recognised format, or as Google Keep's. Return the number of notes and the codes of the failures."""
    notes, codes = 0, set()
    with open_reader(io.BytesIO(data), "input.md") as reader:
        try:
            chosen = detect_format(reader) or FORMATS["keep"]
        except InputRefused as refusal:
            return 0, {refusal.code}
        for item in read_drafts(reader, chosen, Options(hashtags=True)):
            if isinstance(item, Failure):
                codes.add(item.code)
            else:
                notes += 1
    return notes, codes
