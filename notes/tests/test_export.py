"""GET /export: everything that is held about an account, in one archive."""

import hashlib
import json
import sys

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.flows.erasure import related_models
from accounts.models import ApiToken, SecondFactor, Session, User
from accounts.scopes import Scope
from accounts.tests.authenticator_app import code
from accounts.tests.grants import make_grant
from conftest import PASSWORD
from notes.models import Note
from notes.tests.exports import lines_of, opened, read
from notes.tests.factories import make_note, make_trashed
from notes.transfer.exports.account_data import SECTIONS, WITHOUT_SECTION
from notes.transfer.exports.ndjson import as_json, read_lines
from notes_api.db import short_transactions


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.fixture
def export(phone):
    return lambda: read(phone.get("/export"))


def test_an_export_is_an_archive_for_a_download(phone, at_nine):
    response = phone.get("/export")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"] == 'attachment; filename="notes-2026-01-05.zip"'
    assert response.headers["Cache-Control"] == "no-store"
    assert opened(read(response)).testzip() is None


def test_without_isal_zlib_compresses_an_archive(export, alice, monkeypatch):
    make_note(owner=alice, content="Milk " * 1000)
    fast = opened(export())
    monkeypatch.setitem(sys.modules, "isal.isal_zlib", None)

    slow = opened(export())

    names = [name for name in fast.namelist() if name.endswith((".md", ".ndjson"))]
    assert len(names) == 2
    assert [slow.read(name) for name in names] == [fast.read(name) for name in names]
    assert all(slow.getinfo(name).compress_size < 1000 for name in names)


def test_the_lines_have_every_member_of_a_note_and_its_earlier_texts(export, alice, at_nine):
    note = make_note(owner=alice, title="Milk", content="one", tags=["home"], is_pinned=True).change({"content": "two"})

    found = lines_of(export())

    moment = "2026-01-05T09:00:00Z"
    text = {"title": "Milk", "content": "two", "tags": ["home"]}
    times = {"created_at": moment, "updated_at": moment, "trashed_at": None}
    flags = {"is_pinned": True, "is_archived": False}
    earlier = {**text, "content": "one", "written_at": moment, "kept_at": moment}
    assert found == [
        {"kind": "note", "id": str(note.pk), **text, **flags, **times},
        {"kind": "revision", "note_id": str(note.pk), **earlier},
    ]


def test_every_member_of_a_note_is_exported(phone, export, alice):
    note = make_note(owner=alice)
    whole = phone.get(f"/notes/{note.pk}").json()

    [line] = lines_of(export())

    # Left out is what is true of one account on one server.
    assert line.keys() - {"kind", "trashed_at"} == whole.keys() - {"owner_id", "version", "changed_by"}


def test_long_revisions_are_not_read_together(alice, monkeypatch):
    monkeypatch.setattr(short_transactions, "MAX_BYTES", 1)
    note = make_note(owner=alice, content="one").change({"content": "two"})
    note = note.change({"content": "three"}, is_worth_keeping=True)

    with CaptureQueriesContext(connection) as queries:
        [(_, revisions)] = read_lines(alice.pk)

    assert b"".join(revisions) == as_json(note).partition(b"\n")[2]
    assert len([query for query in queries if "kept_at" in query["sql"]]) == len(revisions) == 2


def test_the_lines_are_those_of_as_json_byte_for_byte(export, alice):
    for number in range(3):
        make_note(owner=alice, title=f"Milk {number}", content="é\u2028\x01").change({"content": "more"})
    make_trashed(owner=alice)

    lines = opened(export()).read("notes.ndjson")

    assert lines == b"".join(as_json(note) for note in Note.objects.order_by("pk"))


def test_a_note_is_a_file_of_markdown_with_front_matter(export, alice):
    make_note(owner=alice, title='Milk: "oat"', content="one\n\n---\n\ttwo", tags=["a: b", "c"], is_archived=True)

    text = opened(export()).read("notes/Milk oat.md").decode()

    _, front, content = text.split("---\n", 2)
    values = yaml.safe_load(front)
    assert (values["title"], values["tags"], values["archived"]) == ('Milk: "oat"', ["a: b", "c"], True)
    assert values["created"] == Note.objects.get().created_at
    assert content == "one\n\n---\n\ttwo"
    assert "pinned" not in values


@pytest.mark.parametrize(
    "character", ["\x7f", "\x85", "\u2028", "\ufeff", "\ufffe", "\U0001f600", "\\", '"', "\t", "\x01"]
)
def test_every_title_is_valid_yaml(export, alice, character):
    make_note(owner=alice, title=f"a{character}b", tags=["x"])

    [name] = [name for name in opened(export()).namelist() if name.endswith(".md")]
    front = opened(export()).read(name).decode().split("---\n")[1]

    assert yaml.safe_load(front)["title"] == f"a{character}b"


def test_the_trash_is_in_a_folder_of_its_own(export, alice):
    make_trashed(owner=alice, title="Old")

    assert "trash/Old.md" in opened(export()).namelist()
    assert lines_of(export())[0]["trashed_at"] is not None


def test_purged_notes_and_those_of_others_are_not_exported(export, alice, bob):
    make_trashed(owner=alice).purge()
    make_note(owner=bob)

    assert lines_of(export()) == []


def test_the_manifest_counts_and_has_checksums(export, alice):
    make_note(owner=alice, content="one").change({"content": "two"})
    make_trashed(owner=alice)

    archive = opened(export())
    manifest = json.loads(archive.read("manifest.json"))

    assert manifest["counts"] == {"notes": 2, "trashed": 1, "revisions": 1}
    assert (manifest["format"], manifest["version"], manifest["clock"]) == ("cloud-notes", 1, 4)
    for name, expected in manifest["files"].items():
        data = archive.read(name)
        assert expected == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_the_account_is_exported_without_its_secrets(phone, export, alice):
    session = Session.objects.create(user=alice, user_agent="Night reader")
    token = ApiToken.objects.issue(session, "Night watch", [Scope.READ])
    factor = SecondFactor.objects.enrol(alice)
    recovery = factor.confirm(code(factor.secret))
    phone.post("/password/reset", {"email": alice.email})

    data = opened(export()).read("account.json").decode()

    account = json.loads(data)
    assert account["account"]["email"] == "alice@example.com"
    assert "Night watch" in data
    assert "Night reader" in data
    alice.refresh_from_db()
    secrets = [alice.password, token.secret, token.digest, factor.sealed_secret, PASSWORD]
    secrets += [*recovery, *SecondFactor.objects.get().recovery_digests]
    secrets += alice.mail_links.values_list("digest", flat=True)
    assert [secret for secret in secrets if secret in data] == []


def test_the_account_shows_scopes_and_tags_as_the_api_does(export, alice):
    session = Session.objects.create(user=alice)
    for tags in ([], ["work"]):
        ApiToken.objects.issue(session, "Script", [Scope.READ], tags=tags)
        make_grant(alice, Scope.READ, tags=tags)

    account = json.loads(opened(export()).read("account.json"))

    limits = [{"scopes": ["notes:read"], "tags": tags} for tags in ([], ["work"])]
    for section in ("api_tokens", "grants"):
        assert [{name: row[name] for name in ("scopes", "tags")} for row in account[section]] == limits


def test_every_model_and_column_of_an_account_is_exported_or_left_out_on_purpose():
    models = {User, *(model for model, _ in related_models(User))}
    by_label = {section.model: section for section in SECTIONS.values()}

    assert {model._meta.label for model in models} == by_label.keys() | WITHOUT_SECTION
    for model in models:
        if section := by_label.get(model._meta.label):
            named = {name.partition("__")[0] for name in (*section.columns, *section.left_out)}
            fields = model._meta.concrete_fields
            assert [field for field in fields if not named & {field.name, field.attname}] == [], model
            assert not set(section.columns) & set(section.left_out)
