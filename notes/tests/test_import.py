"""POST /imports: our own export, and any other format, into an account."""

import json
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.flows.erasure import erase
from accounts.models import ApiToken, Session, User
from accounts.scopes import Scope
from notes.models import Import, Note, ReportPage, Revision, TagCount
from notes.tests.exports import opened, read
from notes.tests.factories import clock_of, make_note, make_trashed, rows_of
from notes.tests.imports import BINARY, counts, line, lines, sender
from notes.transfer.exports.ndjson import as_json
from notes.transfer.imports import requests
from notes_api.tests.responses import field_errors


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch):
    """On a busy machine, the request has as much time as it needs."""
    monkeypatch.setattr(requests, "SMALL_SECONDS", 60)


@pytest.fixture
def send(phone):
    return sender(phone)


def reasons(response):
    return [item["problem"] and item["problem"]["code"] for item in response.json()["items"]]


def exported(user):
    return b"".join(as_json(note) for note in Note.objects.owned_by(user).order_by("pk"))


def test_an_imported_note_is_as_its_line_says(send, alice):
    note_id = str(uuid4())
    values = {"content": " one\r\n", "tags": ["b", "a"], "is_pinned": True, "is_archived": True}
    times = {"created_at": "2001-02-03T04:05:06.789Z", "updated_at": "2002-02-03T04:05:06Z"}

    response = send(line(id=note_id, **values, **times))

    assert response.status_code == 200
    note = Note.objects.get()
    assert response.json()["items"] == [{"source": "input:1", "status": "created", "note_id": note_id, "problem": None}]
    assert (str(note.pk), note.content, note.tags, note.is_pinned, note.is_archived) == (note_id, *values.values())
    assert note.created_at.isoformat() == "2001-02-03T04:05:06.789000+00:00"
    assert note.updated_at.year == 2002
    assert note.version == clock_of(alice) == 1
    assert dict(TagCount.objects.values_list("name", "notes")) == {"a": 1, "b": 1}


def test_an_imported_note_is_found_and_synced(send, phone, alice):
    send(line(content="oat drink"))

    assert len(phone.get("/notes?q=oat").json()["results"]) == 1
    assert [change["op"] for change in phone.get("/changes").json()["changes"]] == ["upsert"]


def test_an_export_is_imported_into_another_account_without_loss(phone, as_user, alice, bob):
    note = make_note(owner=alice, title=" Milk\t", content="one", tags=["home"])
    note.change({"content": "two"}).change({"content": "three"}, is_worth_keeping=True)
    make_trashed(owner=alice, title="Old", is_pinned=True)
    archive = read(phone.get("/export"))
    before = exported(alice)
    erase(User.objects.get(pk=alice.pk))

    response = as_user(bob).generic("POST", "/imports", archive, "application/zip")

    assert counts(response) == {"created": 2}
    assert exported(bob) == before == opened(archive).read("notes.ndjson")
    assert sorted(Revision.objects.values_list("version", flat=True)) == [1, 2]
    assert clock_of(bob) == 3


def test_a_second_import_changes_nothing(send, alice):
    data = lines(3, tags=["x"])
    send(data)
    before = rows_of(alice)

    response = send(data)

    assert counts(response) == {"unchanged": 3}
    assert (rows_of(alice), clock_of(alice)) == (before, 1)


def test_a_note_that_was_changed_since_is_left_as_it_is(send, alice):
    data = line(content="one")
    send(data)
    Note.objects.get().change({"content": "mine"})

    response = send(data)

    assert (counts(response), reasons(response)) == ({"skipped": 1}, ["changed_since"])
    assert Note.objects.get().content == "mine"


@pytest.mark.parametrize(("end", "reason"), [(Note.trash, "trashed"), (lambda note: note.trash().purge(), "purged")])
def test_a_note_that_was_deleted_since_is_not_revived(send, alice, end, reason):
    data = line()
    send(data)
    end(Note.objects.get())

    response = send(data)

    assert (counts(response), reasons(response)) == ({"skipped": 1}, [reason])
    assert not Note.objects.owned_by(alice).active().exists()


def test_an_id_of_another_account_is_replaced(send, alice, bob):
    theirs = make_note(owner=bob, content="private")
    data = line(id=str(theirs.pk), content="private")

    first, second = send(data), send(data)

    assert (counts(first), counts(second)) == ({"created": 1}, {"unchanged": 1})
    [mine] = Note.objects.owned_by(alice)
    assert mine.pk != theirs.pk
    assert [item["note_id"] for item in first.json()["items"]] == [str(mine.pk)]
    assert mine.pk.version == 4


def test_notes_that_differ_are_both_imported_if_they_have_the_same_id(send, alice):
    same_id = {"id": str(uuid4())}
    data = line(**same_id) + line(**same_id, content="changed") + line(**same_id)

    first, second = send(data), send(data)

    assert (counts(first), counts(second)) == ({"created": 2, "unchanged": 1}, {"unchanged": 3})
    assert {note.content for note in Note.objects.owned_by(alice)} == {"", "changed"}


def test_one_broken_line_does_not_lose_the_others(send, alice):
    broken = ["nonsense\n", "[1]\n", '{"kind": "x"}\n', line(title=""), line(tags=[5]), line(content="a\0"), "\n"]
    broken += [line(created_at="yesterday"), line(id="x"), line(title="x" * 256), '{"kind":"revision"}\n']
    earlier = {"kind": "revision", "written_at": "2026-01-05T09:00:00Z", "kept_at": "2026-01-05T09:00:00Z"}
    broken += [line(id=5), line(id=["x"]), line(**earlier, note_id=5)]

    response = send(line() + "".join(broken) + line())

    assert counts(response) == {"created": 2, "failed": 13}
    assert response.json()["status"] == "done"
    assert response.json()["items"][1]["problem"]["detail"] == "The line is not valid: it is not a note."
    assert {item["status"] for item in response.json()["items"] if item["note_id"] is None} == {"failed"}


def test_a_form_has_the_file_as_file(phone, alice):
    response = phone.post("/imports", {"file": SimpleUploadedFile("notes.ndjson", line().encode())}, format="multipart")

    assert (response.status_code, counts(response)) == (200, {"created": 1})
    assert response.json()["items"][0]["source"] == "notes.ndjson:1"


@pytest.mark.parametrize("form", [{}, {"other": "x"}, {"file": "text"}])
def test_a_form_without_the_file_is_400(phone, form):
    assert phone.post("/imports", form, format="multipart").status_code == 400


def test_an_empty_body_is_400(send):
    assert field_errors(send(b"")) == [("file", "invalid")]


def test_an_unknown_format_is_400(send):
    assert send(b"\x00\x01\x02" * 100).status_code == 400
    assert send(line(), "?format=nonsense").status_code == 400
    assert not Import.objects.exists()


@pytest.mark.parametrize("data", [b"PK\3\4", b"PK\3\4" + b"x" * 5000, b"PK\5\6" + b"\0" * 18])
def test_a_damaged_archive_is_a_client_error(send, data):
    assert send(data).status_code == 400


def test_a_dry_run_only_says_what_would_happen(send, alice):
    data = line() + line()
    before = rows_of(alice)

    response = send(data, "?dry_run=true")

    assert counts(response) == {"created": 2}
    assert response.json()["dry_run"]
    assert (rows_of(alice), clock_of(alice)) == (before, 0)


def test_what_exceeds_the_quota_fails_and_the_rest_is_imported(send, alice, settings):
    settings.MAX_BYTES_PER_USER = 20

    response = send(line(content="x" * 10) + line(content="y" * 10) + line(content="z"))

    assert (counts(response), reasons(response)) == ({"created": 2, "failed": 1}, [None, "quota_exceeded", None])
    assert alice.clock.__class__.objects.bytes_of(alice.pk) == 19


def test_the_report_has_pages(send, phone):
    response = send(lines(700))

    following = response.json()["next"]
    assert len(response.json()["items"]) == 500
    rest = phone.get(following).json()
    assert (len(rest["items"]), rest["next"], rest["counts"]["created"]) == (200, None, 700)


def test_a_report_belongs_to_its_account(send, as_user, bob):
    location = send(line()).headers["Location"]
    assert as_user(bob).get(location).status_code == 404


def test_the_newest_reports_are_kept(send, monkeypatch):
    monkeypatch.setattr("notes.models.imported.MAX_KEPT", 2)
    for _ in range(4):
        send(line())
    assert Import.objects.count() == ReportPage.objects.count() == 2


def test_imported_notes_name_the_token_that_wrote_them(alice, as_token):
    token = ApiToken.objects.issue(Session.objects.create(user=alice), "Script", [Scope.WRITE])
    as_token(token.secret).generic("POST", "/imports", line(), BINARY)
    assert Note.objects.get().written_by == token.pk


@pytest.fixture
def as_token(client):
    def as_token(secret):
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return as_token


def test_revisions_of_one_note_have_versions_of_their_own(send, alice):
    note_id = str(UUID(int=uuid4().int))
    moment = "2020-01-01T00:00:00Z"
    earlier = {"kind": "revision", "note_id": note_id, "tags": [], "written_at": moment, "kept_at": moment}
    texts = "".join(json.dumps({**earlier, "title": "Milk", "content": str(number)}) + "\n" for number in range(120))

    response = send(line(id=note_id) + texts + line())

    versions = list(Revision.objects.order_by("version").values_list("version", "content"))
    assert (len(versions), versions[-1]) == (100, (100, "119"))
    assert response.json()["items"][0]["warnings"] == ["Only the newest 100 of 120 earlier texts were kept."]
    assert {note.version for note in Note.objects.all()} == {101} == {clock_of(alice)}
