"""Inputs as people have them, of usual sizes: the limits that stop hostile ones must leave them whole."""

import pytest

from notes.tests.transfer.inputs import codes_of, read_all, zip_of
from notes.tests.transfer.test_enex import enex, note
from notes.transfer.budget import Limits

TO_DO = "# Heading\n\n" + "- [ ] buy milk\n" * 300
LINKED = TO_DO + "[shop](https://example.org)\n"
CHECKLIST = "<ul>" + "<li><div>Buy milk</div></li>" * 200 + "</ul>"
LINES = "<div>A short line</div>" * 700
NO_MARKUP = Limits(markup=0, bytes_per_markup=1 << 30, markup_per_note=0)


def vault_of(text, count):
    return zip_of({f"{number}.md": text for number in range(count)})


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (vault_of(TO_DO, 1500), 1500),
        (vault_of(LINKED, 1500), 1500),
        (enex(note(CHECKLIST) * 250), 250),
        (enex(note(LINES) * 250), 250),
    ],
    ids=["to-do lists", "to-do lists with a link", "Evernote's checklists", "Evernote's lines"],
)
def test_an_ordinary_input_is_read_whole(data, count):
    items = read_all(data, "input")

    assert codes_of(items) == []
    assert len(items) == count


def test_lines_in_which_nothing_is_searched_are_not_counted():
    assert codes_of(read_all(vault_of(TO_DO, 2), limits=NO_MARKUP)) == []
    assert codes_of(read_all(vault_of(TO_DO, 2), limits=NO_MARKUP, hashtags=True)) == ["too_much_markup"] * 2
    assert codes_of(read_all(vault_of(LINKED, 2), limits=NO_MARKUP)) == ["too_much_markup"] * 2


@pytest.mark.parametrize(("ratio", "is_whole"), [(8, True), (2, False)])
def test_compressed_text_counts_more_than_its_archive_up_to_a_ratio(ratio, is_whole):
    data = vault_of(LINKED, 5)
    lines = 5 * LINKED.count("\n")
    # Twice the archive is too little for all lines, eight times is enough.
    limits = Limits(markup=0, bytes_per_markup=4 * len(data) // lines, markup_ratio=ratio, markup_per_note=0)

    assert (codes_of(read_all(data, limits=limits)) == []) is is_whole
