"""What becomes of values that a note cannot hold."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from notes.serializers.notes import validate_id
from notes.transfer.draft import Attachment, Draft, Failure
from notes.transfer.drafting import RawNote, from_epoch, make_draft, parse_time
from notes.transfer.ids import derive_id
from notes.transfer.imports.planned_note import failure_item

ALICE, BOB = UUID(int=1), UUID(int=2)


def draft(title="Milk", content="", tags=(), created_at=None, key=""):
    return make_draft(RawNote("a.md", key, title, content, tags=tags, created_at=created_at))


def test_a_long_title_is_shortened_and_kept_above_the_text():
    note = draft("word " * 60, "Text")

    assert len(note.title) == 255
    assert note.title.endswith("word…")
    assert note.content == f"{('word ' * 60).strip()}\n\nText"
    assert len(note.warnings) == 1


def test_a_title_is_one_line():
    assert draft(" Milk\r\nand\tcocoa\x00 ").title == "Milk and cocoa\N{REPLACEMENT CHARACTER}"


def test_characters_that_are_not_text_are_replaced():
    note = draft("a\ud800", "b\0c")

    assert (note.title, note.content) == ("a\N{REPLACEMENT CHARACTER}", "b\N{REPLACEMENT CHARACTER}c")
    assert note.warnings == ("Characters that a note cannot hold were replaced by U+FFFD.",)


def test_a_failure_is_reported_without_characters_that_cannot_be_stored():
    item = failure_item(Failure("a\udcff", "not_a_note", "\0 is not a note."))

    assert item["source"] == "a\N{REPLACEMENT CHARACTER}"
    assert item["problem"]["detail"] == "\N{REPLACEMENT CHARACTER} is not a note."


def test_a_text_that_is_too_long_is_a_failure():
    assert isinstance(draft(content="é" * 524_288), Draft)
    assert draft(content="é" * 524_289) == Failure(
        "a.md",
        "content_too_large",
        "The text has 1,048,578 bytes; a note holds 1,048,576. Divide it and import it again.",
    )


def test_what_belongs_to_a_note_is_short():
    file = Attachment("x" * 300, "y" * 300, "", 1)
    raw = RawNote("a.md", "k" * 2000, "Milk", "", attachments=[file], warnings=["w" * 600, *map(str, range(1000))])

    note = make_draft(raw)

    assert (len(note.key), len(note.attachments[0].name), len(note.attachments[0].media_type)) == (64, 255, 255)
    assert (len(note.warnings), len(note.warnings[0])) == (100, 500)


def test_long_keys_that_differ_stay_different():
    assert draft(key="k" * 2000).key != draft(key="k" * 2001).key


def test_a_note_with_too_many_tags_does_not_read_all_of_them():
    names = iter(["\x01"] * 1000)

    note = draft(tags=names)

    assert len(list(names)) == 900
    assert note.tags == ()


def test_tags_are_fitted():
    note = draft(tags=["  two  words ", "two words", "", "x" * 65, "..", "e\u0301"])

    assert note.tags == ("two words", f"{'x' * 63}…", "é")
    assert note.warnings == (
        "A tag is longer than 64 characters and was shortened.",
        'The tag ".." is not valid and was left out.',
    )


def test_a_note_keeps_its_first_fifty_tags():
    note = draft(tags=map(str, range(51)))

    assert note.tags == tuple(map(str, range(50)))
    assert note.warnings == ("Only the first 50 tags were kept.",)


@pytest.mark.parametrize("year", [1, 1899, 3000, 9999])
def test_a_time_that_is_not_plausible_is_left_out(year):
    note = draft(created_at=datetime(year, 1, 1, tzinfo=UTC))

    assert note.created_at is None
    assert note.warnings == ("The time of the creation is not plausible and was left out.",)


TIMES = [
    ("2024-02-29", datetime(2024, 2, 29)),  # noqa: DTZ001  # it has none
    (" 2024-02-29T12:30:00Z\n", datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
    ("2023-02-29", None),
    ("2019-05-01 16:54 -0700", datetime(2019, 5, 1, 23, 54, tzinfo=UTC)),
    ("2021/10/26", datetime(2021, 10, 26)),  # noqa: DTZ001
    ("1650050910986", datetime(2022, 4, 15, 19, 28, 30, 986000, UTC)),
    ("28/09/2021 20:57", datetime(2021, 9, 28, 20, 57)),  # noqa: DTZ001
    ("09/28/2021", datetime(2021, 9, 28)),  # noqa: DTZ001
    ("09/08/2021", None),
    ("July 30, 2025 6:22 AM", datetime(2025, 7, 30, 6, 22)),  # noqa: DTZ001
    ("2024-06-01 12:00 UTC", datetime(2024, 6, 1, 12, tzinfo=UTC)),
    ("Sat, 01 Jun 2024 12:00:00 GMT", datetime(2024, 6, 1, 12, tzinfo=UTC)),
    ("12/31/2024 5:00 PM", datetime(2024, 12, 31, 17)),  # noqa: DTZ001
    ("yesterday", None),
    ("\u0661" * 10, None),
]


def test_times_are_read(subtests):
    for text, time in TIMES:
        with subtests.test(text=text, time=time):
            assert parse_time(text) == time


def test_an_invalid_number_of_seconds_is_not_a_time(subtests):
    for value in [0, None, "", "x", [], {}, 10**30, float("nan"), float("inf")]:
        with subtests.test(value=value):
            assert from_epoch(value, 1000) is None


def test_seconds_before_1970_are_read():
    assert from_epoch(-1500, 1000) == datetime(1969, 12, 31, 23, 59, 58, 500_000, UTC)


def test_the_same_note_has_the_same_id_which_the_api_accepts():
    note_id = derive_id(ALICE, draft())

    assert note_id == derive_id(ALICE, draft(tags=["new"])) == validate_id(note_id)


def test_another_note_or_account_has_another_id():
    notes = [
        draft(),
        draft("Mil", "k"),
        draft(content="k"),
        draft(key="k"),
        draft(created_at=datetime(2020, 1, 1, tzinfo=UTC)),
    ]

    assert len({derive_id(ALICE, note) for note in notes} | {derive_id(BOB, notes[0])}) == 6
