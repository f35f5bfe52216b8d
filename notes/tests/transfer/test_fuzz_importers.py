"""Damaged and hostile inputs of every format become drafts and failures, within the limits, and never an exception.

`IMPORT_FUZZ_SECONDS=600` looks for that much CPU time in each format.
"""

import io
import json
import os
import re
import time
import zipfile
from datetime import timedelta
from random import Random

import pytest

from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.tests.transfer import test_bundles, test_enex, test_joplin, test_json_formats, test_keep, test_markdown
from notes.tests.transfer.inputs import bytes_of, tar_of, zip_of
from notes.tests.transfer.mutations import mutated, with_changed_bytes, with_changed_tar, with_changed_zip
from notes.transfer.budget import InputRefused
from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.formats import FORMATS
from notes.transfer.inputs import detect_format, open_reader, read_drafts
from notes_api.rest.tag_names import MAX_TAGS, clean_tag

SECONDS = float(os.environ.get("IMPORT_FUZZ_SECONDS", "0.2"))
SEED = int(os.environ.get("IMPORT_FUZZ_SEED", "1"))
# For inputs of at most that many bytes. A list that is repeated three times, by 60, is longer.
MOST_SECONDS, MOST_BYTES = 3, 10_485_760
# What is damaged further.
SHORT = 100_000
ENEX = test_enex.enex(
    test_enex.note(
        "<div>a<br/><b>b</b></div><ul style='--en-todo:true'><li>c<ol><li>d</li></ol></li></ul><table><tr><td>e</td>"
        "</table><en-media hash='1'/><div style='--en-codeblock:true'>f</div><pre>g</pre><a href='h'>i</a>",
        more=test_enex.RESOURCE + "<tag>x</tag>",
    )
)
OWN = [
    {
        "kind": "note",
        "id": "01a20448-7817-723e-96c3-e2a9f053e610",
        "title": "Milk",
        "content": "a\nb",
        "tags": ["c", "d"],
        "is_pinned": True,
        "created_at": "2026-01-01T09:00:00Z",
        "trashed_at": None,
    },
    {
        "kind": "revision",
        "note_id": "01a20448-7817-723e-96c3-e2a9f053e610",
        "title": "Milk",
        "content": "a",
        "tags": ["c"],
        "written_at": "2026-01-01T09:00:00Z",
        "kept_at": "2026-01-02T09:00:00Z",
    },
]
INPUTS = {
    "cloud-notes": {"notes.ndjson": "\n".join(map(json.dumps, OWN))},
    "enex": {"a.enex": ENEX},
    "simplenote": {"notes.json": {"activeNotes": [test_json_formats.SIMPLE] * 3, "trashedNotes": [{"content": "a"}]}},
    "standardnotes": {"backup.txt": test_json_formats.STANDARD},
    "memos": {"memos.json": {"memos": [test_json_formats.MEMO] * 2}},
    "keep": {"Keep/a.json": test_keep.MILK, "Keep/b.json": test_keep.MILK | {"listContent": [{"text": "a"}]}},
    "joplin": test_joplin.export(f"![x](:/{test_joplin.FILE})", dict, is_todo=1),
    "bear": test_bundles.bundle("# a\n#b ![](assets/a.jpg)", dict),
    "notion": test_bundles.notion(),
    "markdown": {"a/b.md": test_markdown.OBSIDIAN, "c.md": '+++\ntitle = "a"\n+++\n![](d.png) `e` #f', "d.png": b"x"},
    "text": {"a.txt": "Milk\n#a"},
}


def test_every_format_is_damaged():
    assert INPUTS.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", list(INPUTS))
def test_damaged_files_are_read_within_the_limits(name):
    """What leads to a new kind of result is damaged further."""
    random = Random(f"{SEED} {name}")
    known = [{path: bytes_of(content) for path, content in INPUTS[name].items()}]
    results = set()
    end = time.thread_time() + SECONDS * 0.75
    while time.thread_time() < end:
        files = random.choice(known)
        victim = random.choice(list(files))
        damaged = files | {victim: mutated(files[victim], random)[:MOST_BYTES]}
        result = check(tar_of(damaged) if random.random() < 0.2 else zip_of(damaged, zipfile.ZIP_STORED), name)
        if result not in results and len(damaged[victim]) < SHORT:
            results.add(result)
            known.append(damaged)
    print(f"{len(results)} kinds of results")  # noqa: T201  # the figures of a longer run


@pytest.mark.parametrize("name", list(INPUTS))
def test_damaged_archives_are_read_within_the_limits(name):
    random = Random(f"{SEED} archive {name}")
    packed, rows = zip_of(INPUTS[name]), tar_of(INPUTS[name])
    end = time.thread_time() + SECONDS * 0.25
    while time.thread_time() < end:
        check(with_changed_bytes(packed, random), name)
        check(with_changed_zip(packed, random), name)
        check(with_changed_tar(rows, random), name)


def check(data, name):
    """Read the input as what it seems to be, and as the format that it was. Return the kinds of results."""
    kinds = set()
    for chosen in (None, FORMATS[name]):
        started = time.thread_time()
        with open_reader(io.BytesIO(data), "input") as reader:
            try:
                recognised = chosen or detect_format(reader)
            except InputRefused as refusal:
                kinds.add(refusal.code)
                continue
            for item in read_drafts(reader, recognised, Options(hashtags=True)) if recognised else ():
                check_item(item)
                kinds.update(kinds_of(item, recognised))
        assert time.thread_time() - started < MOST_SECONDS
    return frozenset(kinds)


def kinds_of(item, chosen):
    if isinstance(item, Failure):
        return [item.code]
    members = [name for name in item.__slots__ if name != "warnings" and getattr(item, name)]
    return [
        chosen.name,
        *members,
        *(re.sub(r'".*"|\d+', "", warning, flags=re.DOTALL)[:60] for warning in item.warnings),
    ]


def check_item(item):
    if isinstance(item, Failure):
        assert item.code
        assert item.message
        return
    assert isinstance(item, Draft)
    assert 1 <= len(item.title) <= 255
    assert len(item.content.encode()) <= CONTENT_MAX_BYTES
    assert "\0" not in item.title + item.content + item.source + item.key
    assert [clean_tag(tag) for tag in item.tags] == list(item.tags)
    assert len(item.tags) <= MAX_TAGS
    assert all(each.utcoffset() == timedelta() for each in (item.created_at, item.updated_at, item.trashed_at) if each)
    for attachment in item.attachments:
        assert f"attachment:{attachment.sha256}" in item.content
        json.dumps(attachment.name).encode()
