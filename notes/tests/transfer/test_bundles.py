"""Bear, TextBundle and Notion: Markdown with something beside it."""

import io
import zipfile
from datetime import UTC, datetime
from hashlib import sha256

from notes.tests.transfer.inputs import codes_of, read_all, read_one, titles_of, zip_of
from notes.transfer.inputs import detect_format, open_reader

PICTURE = b"\xff\xd8 a picture"
MARK = f"attachment:{sha256(PICTURE).hexdigest()}"
BEAR = {
    "pinned": 1,
    "archived": 1,
    "trashed": 1,
    "trashedDate": "2023-10-11T08:11:36Z",
    "creationDate": "2023-10-11T08:07:06Z",
    "modificationDate": "2023-10-11T08:11:02Z",
    "uniqueIdentifier": "A1",
}
PAGE = "0123456789abcdef0123456789abcdef"


def bundle(text, pack=zip_of, **bear):
    info = {"version": 2, "net.shinyfrog.bear": BEAR | bear}
    return pack(
        {"B/x.textbundle/text.md": text, "B/x.textbundle/info.json": info, "B/x.textbundle/assets/a.jpg": PICTURE}
    )


def test_bear():
    note = read_one(bundle("# Milk\n\n#a/b #two words# `#no` #x.\n\n![](assets/a.jpg)"))

    assert (note.title, note.key) == ("Milk", "A1")
    assert note.content == f"#a/b #two words# `#no` #x.\n\n![]({MARK})"
    assert note.tags == ("a/b", "two words", "x")
    assert note.created_at == datetime(2023, 10, 11, 8, 7, 6, tzinfo=UTC)
    assert note.updated_at == datetime(2023, 10, 11, 8, 11, 2, tzinfo=UTC)
    assert note.trashed_at == datetime(2023, 10, 11, 8, 11, 36, tzinfo=UTC)
    assert note.is_pinned
    assert note.is_archived


def test_bears_flags_count_and_not_the_dates():
    note = read_one(bundle("# \nText", pinned=0, archived=0, trashed=0))

    assert (note.title, note.content) == ("Text", "Text")
    assert (note.is_pinned, note.is_archived, note.trashed_at) == (False, False, None)


def test_bears_encrypted_note_is_a_failure():
    assert codes_of(read_all(bundle("xxx", encrypted=1))) == ["encrypted"]


def test_a_textbundle_of_another_program():
    files = {"My note.textbundle/text.markdown": "Text #tag", "My note.textbundle/info.json": {"version": 2}}

    note = read_one(zip_of(files))

    assert (note.title, note.content, note.tags) == ("My note", "Text #tag", ())
    assert read_one(zip_of(files), hashtags=True).tags == ("tag",)


def notion(text="# Milk\n\nCreated: July 30, 2025 6:22 AM\nTags: a, b c\nRating: 5\n\nText: x\n![](x.png)"):
    return {f"Export-1/Food {PAGE}/Milk {PAGE}.md": text, f"Export-1/Food {PAGE}/x.png": PICTURE, "Export-1/t.csv": ""}


def test_notion():
    note, others = read_all(zip_of(notion()))

    assert (note.title, note.key) == ("Milk", PAGE)
    assert note.content == (f"Created: July 30, 2025 6:22 AM\nTags: a, b c\nRating: 5\n\nText: x\n![]({MARK})")
    assert note.tags == ("a", "b c", "Food")
    assert note.created_at == datetime(2025, 7, 30, 6, 22, tzinfo=UTC)
    assert note.updated_at is None
    assert others.code == "not_a_note"


def test_a_zip_that_holds_one_stored_zip_is_that_zip():
    inner = zip_of(notion())

    assert titles_of(read_all(zip_of({"Export-Part-1.zip": inner}, zipfile.ZIP_STORED))) == ["Milk"]


def test_deeper_zips_are_not_opened():
    twice = zip_of({"b.zip": zip_of({"c.zip": zip_of({"a.md": ""})}, zipfile.ZIP_STORED)}, zipfile.ZIP_STORED)

    assert format_of(twice) is None
    assert format_of(zip_of({"a.zip": zip_of({"a.md": "a" * 1000})})) is None


def format_of(data):
    with open_reader(io.BytesIO(data), "input") as reader:
        return detect_format(reader)
