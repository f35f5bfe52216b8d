"""POST /imports of inputs made to cost much: a clear report, within three seconds of CPU, and nothing outside.

`HOSTILE_BYTES=10485760` makes each of them as large, and `-rP` shows the CPU seconds that it takes.
"""

import os
import socket
from pathlib import Path

import pytest

from notes.models import Note
from notes.tests.imports import sender
from notes.tests.transfer.hostile_archives import ABSOLUTE
from notes.tests.transfer.hostile_inputs import INPUTS
from notes.transfer.imports import requests
from notes_api.tests.cpu_time import cpu_seconds

SIZE = int(os.environ.get("HOSTILE_BYTES", "400000"))
MOST_SECONDS = 3
# What an honest note may cost as well.
SECONDS_PER_NOTE = 0.005


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory, four levels deep in an empty folder."""
    folder = tmp_path / "a/b/c/d"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return tmp_path


@pytest.fixture
def upload(as_user, alice, monkeypatch, django_capture_on_commit_callbacks):
    """Return a function that imports bytes, at once or later, and returns a refusal or the pages of the report."""
    monkeypatch.setattr(requests, "SMALL_SECONDS", 60)
    phone = as_user(alice)
    send = sender(phone)

    def upload(data):
        with django_capture_on_commit_callbacks(execute=True):
            response = send(data, "?hashtags=true&name=input.md")
            if response.status_code == 400 and "format" in response.content.decode():
                response = send(data, "?hashtags=true&format=keep")
        if response.status_code == 400:
            return [response.json()]
        assert response.status_code in (200, 202)
        pages = [phone.get(response.headers["Location"]).json()]
        while pages[-1]["next"]:
            pages.append(phone.get(pages[-1]["next"]).json())
        return pages

    return upload


@pytest.mark.parametrize("name", list(INPUTS))
def test_a_hostile_input_costs_little_and_is_reported(name, upload, folder, monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", None)
    make, code = INPUTS[name]
    data = make(SIZE)

    seconds, pages = cpu_seconds(lambda: upload(data))

    problems = problems_in(pages)
    notes = Note.objects.count()
    print(f"{seconds:.2f} s for {len(data):,} bytes, {notes:,} notes, {problems}")  # noqa: T201  # see above
    assert (code in problems) if code else not problems
    assert all(len(detail) > 10 for detail in problems.values())
    assert seconds < MOST_SECONDS + notes * SECONDS_PER_NOTE
    assert [path for path in folder.rglob("*") if not path.is_dir()] == []
    assert not list(Path(ABSOLUTE).parent.glob(f"{Path(ABSOLUTE).name}*"))


def problems_in(pages):
    """Return the details of everything that was refused, by code."""
    if "status" in pages[0] and "code" in pages[0]:
        return {pages[0]["code"]: pages[0]["detail"]}
    assert {page["status"] for page in pages} <= {"done", "failed"}
    failed = [item["problem"] for page in pages for item in page["items"] if item["status"] == "failed"]
    return {problem["code"]: problem["detail"] for problem in (pages[0]["problem"], *failed) if problem}
