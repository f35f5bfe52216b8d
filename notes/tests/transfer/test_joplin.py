"""Joplin's JEX and RAW."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from notes.tests.transfer.inputs import codes_of, read_all, read_one, tar_of, titles_of, zip_of
from notes.transfer.draft import Attachment

NOTE, BOOK, SUBBOOK, FILE, TAG, TAGGING = (character * 32 for character in "123456")
PICTURE = b"\xff\xd8 a picture"
MARK = f"attachment:{sha256(PICTURE).hexdigest()}"


def item(kind, key, title="", body="", **values):
    head = "\n\n".join(filter(None, [title, body]))
    lines = {"id": key, "encryption_applied": 0} | values | {"type_": kind}
    return head + ("\n\n" if head else "") + "\n".join(f"{name}: {value}" for name, value in lines.items())


def export(body="", pack=tar_of, **values):
    times = {"created_time": "2021-08-07T17:03:33.718Z", "updated_time": "2021-08-08T00:00:00.000Z"}
    items = [
        item(1, NOTE, "Milk", body, parent_id=SUBBOOK, **times, **values),
        item(2, SUBBOOK, "cakes", parent_id=BOOK),
        item(2, BOOK, "food", parent_id=""),
        item(4, FILE, "scan.jpg", mime="image/jpeg", file_extension="jpg"),
        item(5, TAG, "to buy"),
        item(6, TAGGING, note_id=NOTE, tag_id=TAG),
    ]
    names = (NOTE, SUBBOOK, BOOK, FILE, TAG, TAGGING)
    files = {f"{name}.md": text for name, text in zip(names, items, strict=True)}
    return pack(files | {f"resources/{FILE}.jpg": PICTURE})


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_a_note_has_all_that_joplin_says_about_it(pack):
    note = read_one(export(f"a\n\n![x](:/{FILE}) [y](:/{FILE}) [z](:/{NOTE})", pack))

    assert (note.title, note.key) == ("Milk", NOTE)
    assert note.content == f"a\n\n![x]({MARK}) [y]({MARK}) [z](:/{NOTE})"
    assert note.tags == ("food/cakes", "to buy")
    assert note.created_at == datetime(2021, 8, 7, 17, 3, 33, 718000, UTC)
    assert note.updated_at == datetime(2021, 8, 8, tzinfo=UTC)
    assert note.attachments == (Attachment("scan.jpg", "image/jpeg", sha256(PICTURE).hexdigest(), len(PICTURE)),)


def test_a_picture_with_a_size_is_an_attachment_and_one_that_is_missing_a_warning():
    note = read_one(export(f'<img src=":/{FILE}" width="300"/> ![x](:/{"9" * 32})'))

    assert note.content == f'<img src="{MARK}" width="300"/> ![x](:/{"9" * 32})'
    assert note.attachments[0].name == "scan.jpg"
    assert note.warnings == (f'The attachment "{"9" * 32}" is not in the input.',)


def test_the_times_of_the_user_count():
    note = read_one(export(user_created_time="2019-01-01T00:00:00.000Z"))

    assert note.created_at == datetime(2019, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("completed", "due", "line"),
    [(0, 0, "- [ ] Milk"), (1628355813725, 1628355780000, "- [x] Milk (due 2021-08-07 17:03 UTC)")],
)
def test_a_to_do_begins_with_its_box(completed, due, line):
    assert read_one(export("Text", is_todo=1, todo_completed=completed, todo_due=due)).content == f"{line}\n\nText"


def test_html_becomes_markdown():
    assert read_one(export(f'<p>a <b>b</b></p><img src=":/{FILE}"/>', markup_language=2)).content == (
        f"a **b**\n\n![]({MARK})"
    )


def test_a_deleted_note_is_in_the_trash():
    assert read_one(export(deleted_time=1628355780000)).trashed_at == datetime(2021, 8, 7, 17, 3, tzinfo=UTC)
    assert read_one(export(deleted_time=0)).trashed_at is None


def test_an_encrypted_item_is_a_failure():
    items = read_all(tar_of({f"{NOTE}.md": item(1, NOTE, "Milk"), f"{BOOK}.md": item(1, BOOK, encryption_applied=1)}))

    assert titles_of(items) == ["Milk"]
    assert codes_of(items)[0] == "encrypted"


def test_notebooks_that_contain_each_other_end():
    files = {f"{NOTE}.md": item(1, NOTE, "Milk", parent_id=BOOK), f"{BOOK}.md": item(2, BOOK, "a", parent_id=BOOK)}

    assert read_one(tar_of(files)).tags == ("/".join("a" * 10),)


def test_a_missing_file_is_a_warning():
    files = {f"{NOTE}.md": item(1, NOTE, "Milk", f"![](:/{FILE})"), f"{FILE}.md": item(4, FILE, "scan.jpg")}

    assert read_one(tar_of(files)).warnings == ('The attachment "scan.jpg" is not in the input.',)
