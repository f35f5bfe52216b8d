"""API tokens that are limited to tags: what they see, and what their writes keep."""

import pytest

from conftest import NOWHERE
from notes.models import Note
from notes.tests.batches import create, on, results, statuses
from notes.tests.factories import clock_of, make_note, make_trashed
from notes.tests.lists import titles, walk


@pytest.fixture
def agent(by_token, alice):
    """A client with a token of Alice that may do everything with notes tagged "work" or "team"."""
    return by_token(alice, "notes:write", tags=["work", "team"])


@pytest.fixture
def work(alice):
    return make_note(owner=alice, title="Plan", content="ship it", tags=["work", "urgent"])


@pytest.fixture
def diary(alice):
    return make_note(owner=alice, title="Diary", content="ship wreck", tags=["private"])


def test_lists_and_searches_show_only_notes_with_one_of_the_tags(agent, alice, work, diary):
    make_note(owner=alice, title="Retro", content="ship", tags=["team"])
    make_note(owner=alice, title="Bare ship")

    assert titles(agent.get("/notes")) == ["Retro", "Plan"]
    assert titles(agent.get("/notes?q=ship")) == ["Retro", "Plan"]
    assert titles(agent.get("/notes?q=ship&ordering=title")) == ["Plan", "Retro"]
    assert titles(agent.get("/notes?q=diary")) == []
    assert titles(agent.get("/notes?tag=private")) == []
    assert walk(agent, "/notes?limit=1&ordering=title") == ["Plan", "Retro"]
    assert agent.get("/notes?count=true&limit=1").json()["total"] == 2
    assert agent.get("/notes?count=true&limit=1&q=ship").json()["total"] == 2


def test_another_note_is_like_one_that_does_not_exist(agent, diary):
    assert agent.get(f"/notes/{diary.pk}").status_code == 404
    assert agent.get(f"/notes/{diary.pk}?fields=title").status_code == 404


def test_a_note_with_the_tag_can_be_read_and_written(agent, work):
    assert agent.get(f"/notes/{work.pk}").json()["title"] == "Plan"
    assert agent.get(f"/notes/{work.pk}?fields=title").json() == {"title": "Plan"}
    assert agent.patch(f"/notes/{work.pk}", {"title": "Road map"}).json()["title"] == "Road map"
    assert agent.delete(f"/notes/{work.pk}").status_code == 204
    assert titles(agent.get("/trash")) == ["Road map"]
    assert agent.post(f"/trash/{work.pk}/restore").status_code == 200


def test_the_trash_shows_and_empties_only_notes_with_the_tag(agent, phone, alice):
    make_trashed(owner=alice, title="Old plan", tags=["work"])
    make_trashed(owner=alice, title="Old diary")

    assert titles(agent.get("/trash")) == ["Old plan"]
    assert agent.delete("/trash").status_code == 204
    assert titles(phone.get("/trash")) == ["Old diary"]


def test_a_new_note_without_a_tag_of_the_limit_gets_the_first(agent):
    bare = agent.post("/notes", {"title": "Bare", "tags": ["idea"]})
    own = agent.put(f"/notes/{NOWHERE}", {"title": "Own"}, headers={"If-None-Match": "*"})
    team = agent.post("/notes", {"title": "Team", "tags": ["team"]})
    [batched] = results(agent, create("Batched"))

    assert [each.json()["tags"] for each in (bare, own, team)] == [["idea", "work"], ["work"], ["team"]]
    assert batched["note"]["tags"] == ["work"]


def test_a_write_that_would_remove_the_last_tag_of_the_limit_keeps_those_it_had(agent, alice, work):
    assert agent.patch(f"/notes/{work.pk}", {"tags": []}).json()["tags"] == ["work"]
    assert agent.put(f"/notes/{work.pk}", {"title": "Plan", "tags": ["a"]}).json()["tags"] == ["a", "work"]
    assert agent.patch(f"/notes/{work.pk}", {"tags": ["team"]}).json()["tags"] == ["team"]
    [result] = results(agent, on(work, "update", note={"tags": ["b"]}))
    assert result["note"]["tags"] == ["b", "team"]


def test_a_note_with_fifty_other_tags_cannot_keep_the_tag_of_the_limit(agent, work):
    response = agent.patch(f"/notes/{work.pk}", {"tags": [f"t{number}" for number in range(50)]})

    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "tags")


def test_restoring_an_earlier_text_keeps_the_tag(agent, phone, alice):
    note = make_note(owner=alice, title="Plan", tags=[])
    phone.patch(f"/notes/{note.pk}", {"tags": ["work"]})

    response = agent.post(f"/notes/{note.pk}/revisions/1/restore")

    assert response.json()["tags"] == ["work"]


def test_a_retried_create_finds_its_note(agent):
    operation = create("Plan", id=NOWHERE)

    assert statuses(agent, operation) == [201]
    assert statuses(agent, operation) == [200]


def test_the_id_of_another_note_is_unavailable(agent, diary):
    response = agent.put(f"/notes/{diary.pk}", {"title": "Mine"}, headers={"If-None-Match": "*"})
    [batched] = results(agent, create("Mine", id=str(diary.pk)))

    assert (response.status_code, response.json()["code"]) == (409, "id_unavailable")
    assert "ETag" not in response.headers
    assert (batched["status"], batched["problem"]["code"]) == (409, "id_unavailable")


def test_tags_and_their_counts_are_those_of_the_visible_notes(agent, phone, alice, work, diary):
    make_note(owner=alice, tags=["private", "team"])
    make_trashed(owner=alice, tags=["work", "gone"])

    assert agent.get("/tags").json()["results"] == [
        {"name": "private", "count": 1},
        {"name": "team", "count": 1},
        {"name": "urgent", "count": 1},
        {"name": "work", "count": 1},
    ]
    assert [tag["name"] for tag in agent.get("/tags?limit=1").json()["results"]] == ["private"]
    assert walk_tags(agent) == ["private", "team", "urgent", "work"]


def walk_tags(client):
    names, address = [], "/tags?limit=1"
    while address:
        page = client.get(address).json()
        names += [tag["name"] for tag in page["results"]]
        address = page["next"]
    return names


def test_renaming_and_removing_a_tag_changes_only_visible_notes(agent, phone, alice, work, diary):
    make_note(owner=alice, title="Team diary", tags=["private", "team"])

    assert agent.patch("/tags/private", {"name": "ours"}).json() == {"name": "ours", "count": 1}
    assert titles(phone.get("/notes?tag=private")) == ["Diary"]
    assert agent.delete("/tags/ours").status_code == 204
    assert agent.delete("/tags/private").status_code == 404


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_tag_of_the_limit_can_be_neither_renamed_nor_removed(agent, alice, work, method):
    response = getattr(agent, method)("/tags/work", {"name": "home"})

    assert (response.status_code, response.json()["code"]) == (403, "tag_limit")
    assert clock_of(alice) == 1


def test_the_key_of_another_credential_replays_nothing(agent, phone, diary):
    body, key = {"title": "Secret"}, {"Idempotency-Key": "one"}
    phone.post("/notes", body, headers=key)

    response = agent.post("/notes", body, headers=key)

    assert (response.status_code, response.json()["tags"]) == (201, ["work"])
    assert "Idempotency-Replayed" not in response.headers


def test_a_note_that_loses_the_tag_before_the_write_is_gone(agent, alice, work, monkeypatch):
    """The tag is compared again under the lock of the write."""
    fetched = Note.fetch

    def fetch_then_lose(state, visibility, note_id):
        note = fetched(state, visibility, note_id)
        monkeypatch.setattr(Note, "fetch", fetched)
        Note.objects.get(pk=note_id).change({"tags": []})
        return note

    monkeypatch.setattr(Note, "fetch", fetch_then_lose)

    assert agent.patch(f"/notes/{work.pk}", {"title": "Mine"}).status_code == 404
    assert Note.objects.get(pk=work.pk).title == "Plan"
