"""Notes, revisions and deletions name the credential that made their last change."""

import pytest
from django.core.management import call_command

from accounts.models import ApiToken, Session
from conftest import START
from notes.models import Note
from notes.tests.authors import author_of
from notes.tests.factories import make_trashed

ID = "018f2b6e-7c4d-7a10-9b1c-2d3e4f5a6b7c"


@pytest.fixture
def agent(by_token, alice):
    """A program with an API token of Alice."""
    return by_token(alice, "notes:write")


def apply(client, *operations):
    response = client.post("/notes/batch", {"operations": operations})
    assert [result["status"] // 100 for result in response.json()["results"]] == [2] * len(operations)


def guarded(**headers):
    return {"headers": {name.replace("_", "-"): value for name, value in headers.items()}}


# How a program changes a note that is in no list, in the notes or in the trash.
WRITES = {
    "create": lambda agent, _: agent.put(f"/notes/{ID}", {"title": "Milk"}, **guarded(If_None_Match="*")),
    "create in a batch": lambda agent, _: apply(agent, {"op": "create", "id": ID, "note": {"title": "Milk"}}),
}
CHANGES = {
    "replace": lambda agent, note: agent.put(f"/notes/{note}", {"title": "Bread"}),
    "update": lambda agent, note: agent.patch(f"/notes/{note}", {"content": "three"}),
    "pin": lambda agent, note: agent.patch(f"/notes/{note}", {"is_pinned": True}),
    "archive": lambda agent, note: agent.patch(f"/notes/{note}", {"is_archived": True}),
    "append": lambda agent, note: agent.post(f"/notes/{note}/append", {"text": "!"}),
    "edit": lambda agent, note: agent.post(f"/notes/{note}/edit", {"edits": [{"old": "two", "new": "three"}]}),
    "restore a text": lambda agent, note: agent.post(f"/notes/{note}/revisions/1/restore"),
    "rename a tag": lambda agent, _: agent.patch("/tags/home", {"name": "shop"}),
    "remove a tag": lambda agent, _: agent.delete("/tags/home"),
    "replace in a batch": lambda agent, note: apply(agent, {"op": "replace", "id": note, "note": {"title": "Bread"}}),
    "update in a batch": lambda agent, note: apply(agent, {"op": "update", "id": note, "note": {"is_pinned": True}}),
    "append in a batch": lambda agent, note: apply(agent, {"op": "append", "id": note, "text": "!"}),
    "delete": lambda agent, note: agent.delete(f"/notes/{note}"),
    "delete in a batch": lambda agent, note: apply(agent, {"op": "delete", "id": note}),
}
RESTORATIONS = {
    "restore": lambda agent, note: agent.post(f"/trash/{note}/restore"),
    "restore in a batch": lambda agent, note: apply(agent, {"op": "restore", "id": note}),
    "purge": lambda agent, note: agent.delete(f"/trash/{note}"),
    "empty the trash": lambda agent, _: agent.delete("/trash"),
    "rename a tag in the trash": lambda agent, _: agent.patch("/tags/home", {"name": "shop"}),
}


def last_author(client):
    """Return who made the newest change in the feed: of a note, or the deletion of one."""
    change = client.get("/changes").json()["changes"][-1]
    return change.get("note", change)["changed_by"]


@pytest.mark.parametrize("write", WRITES)
def test_a_new_note_names_its_author(phone, agent, write):
    WRITES[write](agent, None)

    assert phone.get(f"/notes/{ID}").json()["changed_by"] == author_of(agent)


@pytest.mark.parametrize("write", CHANGES)
def test_every_change_names_its_author(phone, agent, write):
    note = phone.post("/notes", {"title": "Milk", "content": "one", "tags": ["home"]}).json()["id"]
    phone.patch(f"/notes/{note}", {"content": "two"})

    CHANGES[write](agent, note)

    assert last_author(phone) == author_of(agent)
    assert author_of(agent) == {"kind": "token", "id": str(agent.token_row.pk), "name": "Script"}


@pytest.mark.parametrize("write", RESTORATIONS)
def test_every_change_of_the_trash_names_its_author(phone, agent, alice, write):
    note = make_trashed(owner=alice, tags=["home"], by=phone.session_row)

    RESTORATIONS[write](agent, str(note.pk))

    assert last_author(phone) == author_of(agent)


@pytest.mark.parametrize("path", ["/notes", "/notes?q=milk", "/trash"])
def test_lists_name_authors(phone, agent, path):
    agent.post("/notes", {"title": "Milk"})
    note = agent.post("/notes", {"title": "Milk"}).json()["id"]
    phone.delete(f"/notes/{note}")

    [found] = phone.get(path).json()["results"]

    assert found["changed_by"] == author_of(phone if path == "/trash" else agent)


def test_a_session_is_named_by_its_user_agent(phone):
    name = 'Quote "x" ☕ \\ on a phone'
    Session.objects.update(user_agent=name)

    note = phone.post("/notes", {"title": "Milk"}).json()

    assert note["changed_by"] == {
        "kind": "session",
        "id": str(phone.session_row.pk),
        "name": 'Quote "x" ☕ \\ on a phone',
    }


def test_a_write_without_a_difference_has_no_author(phone, agent):
    note = phone.post("/notes", {"title": "Milk"}).json()

    assert agent.put(f"/notes/{note['id']}", {"title": "Milk"}).json()["changed_by"] == author_of(phone)


def test_the_author_is_still_named_when_the_credential_is_gone(phone, agent):
    note = agent.post("/notes", {"title": "Milk"}).json()["id"]
    ApiToken.objects.all().delete()

    assert phone.get(f"/notes/{note}").json()["changed_by"] == author_of(agent)


def test_a_conflict_names_the_author_of_the_present_state(phone, agent):
    note = phone.post("/notes", {"title": "Milk"}).json()["id"]
    agent.patch(f"/notes/{note}", {"title": "Bread"})

    response = phone.put(f"/notes/{note}", {"title": "Jam"}, **guarded(If_Match='"1"'))

    assert response.json()["current"]["changed_by"] == author_of(agent)


def test_a_revision_names_who_gave_the_note_that_version(phone, agent, as_user, alice):
    laptop = as_user(alice)
    note = phone.post("/notes", {"title": "Milk"}).json()["id"]
    laptop.patch(f"/notes/{note}", {"is_pinned": True})
    agent.patch(f"/notes/{note}", {"title": "Bread"})

    [revision] = phone.get(f"/notes/{note}/revisions").json()["results"]

    assert revision["version"] == 2
    assert revision["written_by"] == str(phone.session_row.pk)
    assert revision["changed_by"] == author_of(laptop)
    assert phone.get(f"/notes/{note}/revisions/2").json()["changed_by"] == author_of(laptop)


def test_what_the_server_purges_has_no_author(phone, alice, time_machine):
    time_machine.move_to(START, tick=False)
    make_trashed(owner=alice, by=phone.session_row)
    time_machine.shift(31 * 86_400)

    call_command("purge", "--trust-clock", verbosity=0)

    assert Note.objects.get().purged_at is not None
    assert Note.objects.get().changed_by is None


def test_changes_of_earlier_releases_have_no_author(phone):
    note = phone.post("/notes", {"title": "Milk"}).json()["id"]
    Note.objects.update(changed_by=None)

    assert phone.get(f"/notes/{note}").json()["changed_by"] is None


def test_a_token_that_only_appends_sees_no_author(by_token, alice):
    appender = by_token(alice, "notes:append")

    assert appender.post("/notes", {"title": "Milk"}).json().keys() == {"id", "version"}


@pytest.mark.parametrize("path", ["/notes/{id}", "/notes", "/changes"])
def test_the_author_alone_can_be_selected(phone, path):
    note = phone.post("/notes", {"title": "Milk"}).json()["id"]

    body = phone.get(f"{path.format(id=note)}?fields=changed_by").json()

    [part] = body.get("results") or [change["note"] for change in body.get("changes", [{"note": body}])]
    assert part == {"changed_by": author_of(phone)}
