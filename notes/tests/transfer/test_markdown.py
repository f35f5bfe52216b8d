"""Folders of Markdown and text files."""

import os
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from notes.tests.transfer.inputs import codes_of, read_all, read_one, titles_of, zip_of
from notes.transfer.draft import Attachment
from notes.transfer.exports.markdown import as_markdown

PICTURE = b"\x89PNG a picture"
MARK = f"attachment:{sha256(PICTURE).hexdigest()}"
OBSIDIAN = """---
aliases: [Oats]
tags:
  - food
  - to buy
created: 2024-02-29T12:30:00+01:00
Modified: 2024-03-01
pinned: true
rating: 5
---

# Milk

Two litres of #oat/milk.
"""


def note_of(text, name="Milk.md", **options):
    return read_one(zip_of({name: text}), **options)


def test_front_matter_becomes_the_members_of_the_note():
    note = note_of(OBSIDIAN, "Vault/recipes/cakes/Milk.md")

    assert note.title == "Milk"
    assert note.tags == ("food", "to buy", "recipes/cakes")
    assert note.created_at == datetime(2024, 2, 29, 11, 30, tzinfo=UTC)
    assert note.updated_at == datetime(2024, 3, 1, tzinfo=UTC)
    assert note.is_pinned


def test_front_matter_that_has_no_member_stays_in_the_text():
    assert note_of(OBSIDIAN).content == "---\naliases: [Oats]\nrating: 5\n---\n\n# Milk\n\nTwo litres of #oat/milk.\n"


def test_folders_are_tags_without_the_folder_that_holds_everything():
    notes = read_all(zip_of({"Vault/a.md": "", "Vault/recipes/cakes/b.md": "", "Vault/recipes/c.txt": ""}))

    assert [note.tags for note in notes] == [(), ("recipes/cakes",), ("recipes",)]


def test_hashtags_are_tags_if_this_is_chosen():
    text = "#buy #2024 #1a and `#code` (#not) x#not\n\n    #code\n\n```\n#code\n```\n#आम, #日本、 #a/b/ [x](#y)\n"

    assert note_of(text).tags == ()
    assert note_of(text, hashtags=True).tags == ("buy", "1a", "आम", "日本", "a/b")


def test_a_note_is_called_like_its_file_or_else_its_folder():
    names = ["Å b.c.md", "posts/milk/index.md", "_index.md", "plain.TXT"]

    assert titles_of(read_all(zip_of(dict.fromkeys(names, "")))) == ["Å b.c", "milk", "_index", "plain"]


def test_files_in_the_input_are_attachments_wherever_they_are_used():
    text = """![a](img/p%20q.png "title") [b](<../n/img/p q.png>) ![[p q.png|100]] ![](/n/img/p%20q.png)
`![c](img/p%20q.png)` [d](other.md) ![e](https://example.org/p.png) ![f](gone.png) <img alt="g" src="img/p%20q.png">
"""
    note, other = read_all(zip_of({"n/a.md": text, "n/other.md": "", "n/img/p q.png": PICTURE, "x": ""}))[:2]

    assert note.content == (
        f"![a]({MARK}) [b]({MARK}) ![p q.png]({MARK}) ![]({MARK})\n"
        "`![c](img/p%20q.png)` [d](other.md) ![e](https://example.org/p.png) ![f](gone.png) "
        f'<img alt="g" src="{MARK}">\n'
    )
    assert note.attachments == (Attachment("p q.png", "image/png", sha256(PICTURE).hexdigest(), len(PICTURE)),)
    assert note.warnings == ('The attachment "gone.png" is not in the input.',)
    assert other.attachments == ()


def test_a_reference_to_a_file_in_the_input_is_an_attachment():
    text = """![a][x] [b][Y 2] ![c] `[x]: p q.png`

[x]: img/p%20q.png "title"
  [Y 2]:\t<img/p q.png>
[c]: gone.png
[d]: other.pdf
[^1]: img/p%20q.png
"""
    note = read_all(zip_of({"n/a.md": text, "n/img/p q.png": PICTURE, "x": ""}))[0]

    lines = [f'[x]: {MARK} "title"', f"  [Y 2]:\t{MARK}", "[c]: gone.png", "[d]: other.pdf", "[^1]: img/p%20q.png"]
    assert note.content.splitlines() == ["![a][x] [b][Y 2] ![c] `[x]: p q.png`", "", *lines]
    assert len(note.attachments) == 1
    assert note.warnings == ('The attachment "gone.png" is not in the input.',)


def test_a_name_in_another_normal_form_is_the_same_file():
    note = read_all(zip_of({"a.md": "![](e\u0301.png)", "é.png": PICTURE}))[0]

    assert note.content == f"![]({MARK})"


def test_files_that_are_not_notes_are_reported():
    items = read_all(zip_of({"a.md": "", "b.canvas": "", "c.pdf": ""}))

    assert items[-1].code == "not_a_note"
    assert items[-1].message == ("Files that were not read as notes, nor are used in one: 2, such as b.canvas.")


def test_hidden_folders_are_not_read_but_obsidians_trash_is():
    files = dict.fromkeys([".obsidian/x.md", "a/.git/x.md", ".trash/old/Old.md", "New.md"], "")
    notes = read_all(zip_of(files))

    assert titles_of(notes) == ["Old", "New"]
    assert [note.trashed_at is not None for note in notes] == [True, False]
    assert notes[0].tags == ("old",)


def test_a_joplin_to_do_begins_with_its_box():
    note = note_of("---\ntitle: Milk\nCompleted?: no\ndue: 2022-04-04 13:00Z\n---\n\nText")

    assert note.content == "- [ ] Milk (due 2022-04-04 13:00Z)\n\nText"


def test_dots_in_names_of_dendron_are_folders():
    note = note_of("---\nid: 1\ntitle: Data\ndesc: ''\ncreated: 1636555151090\n---\nText", "languages.python.data.md")

    assert note.tags == ("languages/python",)
    assert note.content == "Text"


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"\xef\xbb\xbfa\r\nb\rc", "a\nb\nc"),
        ("é".encode("utf-16"), "é"),
        ("é".encode("utf-32"), "é"),
        (b"caf\xe9 \x93x\x94", "café “x”"),
    ],
)
def test_other_encodings_are_read(data, content):
    assert note_of(data).content == content


@pytest.mark.parametrize(
    "data", ["a".encode("utf-32-le"), b"\x89PNG\r\n\x1a\n\0" + b"\xff" * 200], ids=["UTF-32", "PNG"]
)
def test_a_file_that_is_not_text_is_a_failure(data):
    assert codes_of(read_all(zip_of({"a.md": data, "b.txt": "b"}))) == ["not_text"]


def test_a_single_file_is_a_note():
    assert read_one(b"---\ntags: a\n---\nText", "C:\\notes\\Milk.md").tags == ("a",)
    assert read_one(b"Text", "Milk.txt").title == "Milk"


def test_a_file_was_changed_when_the_folder_or_archive_says(tmp_path):
    (tmp_path / "a.md").write_text("")
    time = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    os.utime(tmp_path / "a.md", (time.timestamp(), time.timestamp()))

    assert read_one(tmp_path).updated_at == time
    assert read_one(tmp_path).created_at is None


def test_a_file_of_an_export_is_the_same_note_again():
    note = {
        "id": "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16",
        "title": 'Milk: "oats"',
        "tags": ["a b", "#c", "[[d]]"],
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2024-01-02T00:00:00Z",
        "trashed_at": "2024-01-03T00:00:00Z",
        "is_pinned": True,
        "is_archived": True,
        "content": "\n\nText\r\n",
    }

    draft = read_all(zip_of({"notes/Milk.md": as_markdown(note), "account.json": "{}"}))[0]

    assert (str(draft.id), draft.title, draft.content) == (note["id"], note["title"], note["content"])
    assert draft.tags == ("a b", "#c", "[[d]]")
    assert draft.created_at == datetime(2024, 1, 1, tzinfo=UTC)
    assert draft.updated_at == datetime(2024, 1, 2, tzinfo=UTC)
    assert draft.trashed_at == datetime(2024, 1, 3, tzinfo=UTC)
    assert draft.is_pinned
    assert draft.is_archived
