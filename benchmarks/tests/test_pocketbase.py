"""PocketBase as a peer: its requests, its rows and what its program prints."""

import json
import random
import sqlite3

import pytest

from benchmarks.comparison import pocketbase
from benchmarks.comparison.apis import PocketBaseApi
from benchmarks.comparison.contestants import P
from benchmarks.comparison.dataset import START, Dataset
from benchmarks.comparison.fill_pocketbase import as_time, fill, parse_tokens
from benchmarks.comparison.plans import Known, create, first_page, login, replace
from benchmarks.comparison.pocketbase import parse_version

SMALL = Dataset(users=3, notes_each=2, large=())


@pytest.fixture
def known():
    return Known(SMALL, ["token-0", "token-1", "token-2"], {}, "", PocketBaseApi())


def first(plan, known):
    head, _, body = next(plan(known, random.Random(1))).decode().partition("\r\n\r\n")
    return head.splitlines()[0], body


def test_a_page_has_50_notes_and_is_not_counted(known):
    line, _ = first(first_page, known)

    assert line == "GET /api/collections/notes/records?perPage=50&sort=-updated&skipTotal=1 HTTP/1.1"


def test_a_new_note_names_its_owner(known):
    line, body = first(create, known)

    assert line == "POST /api/collections/notes/records HTTP/1.1"
    assert json.loads(body)["owner"] == "0" * 15


def test_a_replacement_leaves_the_owner_alone(known):
    line, body = first(replace, known)

    assert line.startswith("PATCH /api/collections/notes/records/00000000000000")
    assert set(json.loads(body)) == {"title", "content"}


def test_a_log_in_is_json(known):
    line, body = first(login, known)

    assert line == "POST /api/collections/users/auth-with-password HTTP/1.1"
    assert json.loads(body)["identity"] == "user0@example.com"


def test_every_note_is_a_row_of_its_owner():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE users (id, email, password, tokenKey UNIQUE, created, updated)")
    connection.execute("CREATE TABLE notes (id PRIMARY KEY, owner, title, content, created, updated)")

    fill(connection, SMALL)

    counts = connection.execute("SELECT owner, count(*) FROM notes GROUP BY owner ORDER BY owner").fetchall()
    connection.close()
    assert counts == [(f"{number:015x}", 2) for number in range(3)]


def test_a_time_has_milliseconds():
    assert as_time(START.replace(microsecond=45_678)) == "2026-01-05 09:00:00.045Z"


def test_tokens_follow_the_time_in_the_output():
    assert json.loads(parse_tokens('2026/11/29 03:45:59 ["one","two"]\n')) == ["one", "two"]


def test_the_version_is_the_last_word():
    assert parse_version("pocketbase version 0.40.6\n") == "PocketBase 0.40.6"


def test_a_server_without_the_program_is_not_installed(monkeypatch):
    monkeypatch.setattr(pocketbase, "program", lambda: None)

    assert not P.is_installed
    assert pocketbase.version() == ""
