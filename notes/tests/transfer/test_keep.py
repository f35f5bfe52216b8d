"""Google Keep."""

from datetime import UTC, datetime
from hashlib import sha256

from notes.tests.transfer.inputs import codes_of, read_all, read_one, titles_of, zip_of
from notes.transfer.draft import Attachment, Draft

MILK = {
    "color": "DEFAULT",
    "isTrashed": False,
    "isPinned": True,
    "isArchived": True,
    "title": "Milk",
    "textContent": "Two litres\nof *oat* milk",
    "labels": [{"name": "to buy"}, {"name": "food/drinks"}],
    "createdTimestampUsec": 1700000000123456,
    "userEditedTimestampUsec": 1700000060000000,
}


def takeout(**members):
    return zip_of(
        {"Takeout/Keep/Milk.json": MILK | members, "Takeout/Keep/Milk.html": "<p>", "Takeout/Keep/Labels.txt": ""}
    )


def test_a_note_has_all_that_keep_says_about_it():
    assert read_one(takeout()) == Draft(
        source="Takeout/Keep/Milk.json",
        key="Milk.json",
        title="Milk",
        content="Two litres\nof *oat* milk",
        tags=("to buy", "food/drinks"),
        created_at=datetime(2023, 11, 14, 22, 13, 20, 123456, UTC),
        updated_at=datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC),
        is_pinned=True,
        is_archived=True,
    )


def test_a_checklist_becomes_task_items():
    items = [{"text": "Oats", "isChecked": True}, {"text": "Milk\nwith cocoa", "isChecked": False}]

    note = read_one(takeout(textContent=None, listContent=items))

    assert note.content == "- [x] Oats\n- [ ] Milk\n  with cocoa"


def test_a_note_in_the_trash_was_trashed_when_it_last_changed():
    note = read_one(takeout(isTrashed=True))

    assert note.trashed_at == note.updated_at


def test_a_note_without_a_title_is_called_like_its_first_line():
    assert read_one(takeout(title="", textContent="- [ ] **Two** litres\nof milk")).title == "Two** litres"
    assert read_one(takeout(title="", textContent=" ")).title == "Untitled"


def test_an_attachment_is_marked_in_the_text_and_described():
    picture = b"\xff\xd8 a picture"
    note = MILK | {"attachments": [{"filePath": "scan.jpeg", "mimetype": "image/jpeg"}]}
    draft = read_one(zip_of({"Keep/Milk.json": note, "Keep/scan.jpg": picture}))
    digest = sha256(picture).hexdigest()

    assert draft.content.endswith(f"\n\n![scan.jpg](attachment:{digest})")
    assert draft.attachments == (Attachment("scan.jpg", "image/jpeg", digest, len(picture)),)


def test_an_attachment_that_is_missing_is_a_warning():
    note = read_one(takeout(attachments=[{"filePath": "scan 1.png", "mimetype": "image/png"}]))

    assert note.content.endswith("\n\n![scan 1.png](scan%201.png)")
    assert note.warnings == ('The attachment "scan 1.png" is not in the input.',)


def test_web_pages_below_a_note_are_links():
    pages = [{"title": "Oats", "url": "https://example.org/oats"}]

    assert read_one(takeout(annotations=pages)).content.endswith("\n\n[Oats](<https://example.org/oats>)")


def test_a_damaged_file_does_not_stop_the_others(tmp_path):
    (tmp_path / "Bad.json").write_text('{"title": "Bad" "isTrashed": false}')
    (tmp_path / "Other.json").write_text('{"some": "settings"}')
    (tmp_path / "Good.json").write_text('{"title": "Good", "isTrashed": false}')

    items = read_all(tmp_path)

    assert titles_of(items) == ["Good"]
    assert codes_of(items) == ["invalid_json", "not_a_note"]


def test_a_name_that_is_no_text_is_named_as_far_as_it_can_be():
    note = read_one(takeout(attachments=[{"filePath": "a\ud800\0.png"}]))

    assert note.content.endswith("![a\ufffd\ufffd.png](a%3F%00.png)")
    assert note.warnings[0] == 'The attachment "a\ufffd\ufffd.png" is not in the input.'
