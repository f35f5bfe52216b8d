"""The tools of `/mcp` that write, and what protects notes from a careless agent."""

import pytest

from conftest import NOWHERE
from notes.models import Note, Revision
from notes.tests.agents import call, fail, use
from notes.tests.factories import make_note, make_trashed

SUMMARY = ["id", "title", "tags", "is_pinned", "is_archived", "version", "created_at", "updated_at", "changed_by"]


@pytest.fixture
def agent(as_user, alice):
    return as_user(alice)


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk", content="two litres\nof milk", tags=["home"])


def current(note):
    return Note.objects.get(pk=note.pk)


def test_creating_a_note_is_the_same_as_through_the_api(agent):
    created = use(agent, "create_note", title="Milk", content=" two\n", tags=["home"], is_pinned=True)

    note = Note.objects.get()
    assert list(created) == SUMMARY
    assert (created["id"], created["version"]) == (str(note.pk), note.version)
    assert (note.title, note.content, note.tags, note.is_pinned) == ("Milk", " two\n", ["home"], True)


def test_a_retry_with_the_same_key_creates_one_note(agent):
    first, second = (use(agent, "create_note", title="Milk", idempotency_key="a,b;c") for _ in range(2))

    assert first == second
    assert Note.objects.count() == 1


def test_a_key_belongs_to_one_request(agent):
    use(agent, "create_note", title="Milk", idempotency_key="key")

    assert fail(agent, "create_note", title="Bread", idempotency_key="key")["code"] == "idempotency_key_reused"


def test_a_retry_through_the_api_is_the_same_request(agent):
    created = use(agent, "create_note", title="Milk", idempotency_key="key")

    response = agent.post("/notes", {"title": "Milk"}, HTTP_IDEMPOTENCY_KEY="key")

    assert (response.json()["id"], Note.objects.count()) == (created["id"], 1)


def test_an_invalid_key_is_refused(agent):
    for key in ["", 'a"b', "ä", "x" * 256, "a\nb", 5]:
        [error] = fail(agent, "create_note", title="Milk", idempotency_key=key)["errors"]
        assert error["field"] == "idempotency_key", key


def test_text_is_appended_without_a_version(agent, note):
    appended = use(agent, "append_to_note", id=note.pk, text="\nand bread")

    assert current(note).content == "two litres\nof milk\nand bread"
    assert appended["version"] == current(note).version


def test_a_retried_append_is_appended_once(agent, note):
    for _ in range(2):
        use(agent, "append_to_note", id=note.pk, text="!", idempotency_key="key")

    assert current(note).content.count("!") == 1


def test_an_append_may_require_a_version(agent, note):
    assert fail(agent, "append_to_note", id=note.pk, text="!", version=99)["code"] == "precondition_failed"


def test_passages_are_edited_exactly(agent, note):
    edits = [{"old": "two", "new": "three"}, {"old": "milk", "new": ""}]

    use(agent, "edit_note", id=note.pk, version=note.version, edits=edits)

    assert current(note).content == "three litres\nof "


def test_an_edit_that_does_not_match_changes_nothing(agent, note):
    edits = [{"old": "two", "new": "three"}, {"old": "beer", "new": ""}]

    error = fail(agent, "edit_note", id=note.pk, version=note.version, edits=edits)

    assert (error["code"], error["version"]) == ("edit_conflict", note.version)
    assert "Edit 1" in error["message"]
    assert "exactly once" in error["hint"]
    assert current(note).content == note.content


def test_the_text_is_replaced_and_tags_and_flags_stay(agent, alice):
    note = make_note(owner=alice, title="Milk", tags=["home"], is_pinned=True)

    use(agent, "replace_note", id=note.pk, version=note.version, content="new")

    kept = current(note)
    assert (kept.title, kept.content, kept.tags, kept.is_pinned) == ("Milk", "new", ["home"], True)


def test_tags_and_flags_are_set_and_the_text_stays(agent, note):
    use(agent, "update_note", id=note.pk, version=note.version, tags=["work"], is_archived=True, title=None)

    kept = current(note)
    assert (kept.title, kept.content, kept.tags, kept.is_archived) == ("Milk", note.content, ["work"], True)


def test_null_means_that_an_argument_is_left_out(agent, note):
    use(agent, "update_note", id=note.pk, version=note.version, tags=None, is_pinned=True)

    assert current(note).tags == ["home"]


WRITES = {
    "edit_note": {"edits": [{"old": "two", "new": "three"}]},
    "replace_note": {"content": "new"},
    "update_note": {"tags": []},
    "trash_note": {},
}


@pytest.mark.parametrize("tool", WRITES)
def test_tools_that_replace_something_require_a_version(agent, note, tool):
    error = fail(agent, tool, id=note.pk, **WRITES[tool])

    assert (error["code"], error["errors"][0]["field"]) == ("invalid", "version")
    assert current(note).version == note.version


@pytest.mark.parametrize("tool", WRITES)
def test_nothing_is_overwritten_that_the_agent_has_not_read(agent, note, tool):
    newer = note.change({"content": "two pints"})

    error = fail(agent, tool, id=note.pk, version=note.version, **WRITES[tool])

    assert (error["code"], error["version"]) == ("precondition_failed", newer.version)
    assert str(newer.version) in error["message"]
    assert "pints" not in str(error)
    assert current(note).content == "two pints"


@pytest.mark.parametrize("tool", WRITES)
def test_a_retried_write_changes_nothing_again(agent, note, tool):
    use(agent, tool, id=note.pk, version=note.version, **WRITES[tool])
    written = Note.objects.filter(pk=note.pk).values().get()

    assert fail(agent, tool, id=note.pk, version=note.version, **WRITES[tool])["code"] in (
        "precondition_failed",
        "not_found",
    )
    assert Note.objects.filter(pk=note.pk).values().get() == written


def test_the_text_of_a_person_is_kept_when_an_agent_replaces_it(agent, note):
    use(agent, "replace_note", id=note.pk, version=note.version, content="gone")

    assert Revision.objects.get().content == "two litres\nof milk"


def test_a_note_goes_to_the_trash_and_comes_back(agent, note):
    assert use(agent, "trash_note", id=note.pk, version=note.version) == {"id": str(note.pk)}
    (trashed,) = use(agent, "list_trash")["results"]
    restored = use(agent, "restore_note", id=note.pk)

    assert list(trashed) == ["id", "title", "tags", "version", "trashed_at"]
    assert (restored["id"], current(note).trashed_at) == (str(note.pk), None)


def test_a_note_in_the_trash_is_not_read(agent, alice):
    trashed = make_trashed(owner=alice)

    assert fail(agent, "read_note", id=trashed.pk)["code"] == "not_found"


def test_an_unknown_note_is_not_found(agent, subtests):
    for tool in ["read_note", "append_to_note", "restore_note", *WRITES]:
        with subtests.test(tool=tool):
            arguments = {**WRITES.get(tool, {}), **({"version": 1} if tool in WRITES else {})}
            arguments |= {"text": "!"} if tool == "append_to_note" else {}

            error = fail(agent, tool, id=NOWHERE, **arguments)

            assert error["code"] == "not_found"
            assert "list_trash" in error["hint"]


def test_an_invalid_id_is_refused(agent):
    for note_id in [None, 5, "", "../tags", "01939f5e", [], {}]:
        assert fail(agent, "read_note", id=note_id)["errors"][0]["field"] == "id", note_id


def test_an_invalid_version_is_refused(agent, note, subtests):
    for version in [None, "1", 1.0, -1, True, []]:
        with subtests.test(version=version):
            error = fail(agent, "replace_note", id=note.pk, version=version, content="new")

            assert error["errors"][0]["field"] == "version"
            assert current(note).content == note.content


def test_a_huge_version_is_one_that_the_note_does_not_have(agent, note):
    error = fail(agent, "replace_note", id=note.pk, version=10**300, content="new")

    assert (error["code"], error["version"]) == ("precondition_failed", note.version)


@pytest.mark.parametrize("tool", ["create_note", "read_note", "list_trash", "edit_note"])
def test_an_unknown_argument_is_refused(agent, tool):
    error = fail(agent, tool, owner_id=NOWHERE)

    assert (error["errors"][0]["field"], error["errors"][0]["code"]) == ("owner_id", "unknown")


def test_a_replacement_without_a_content_is_refused(agent, note):
    error = fail(agent, "replace_note", id=note.pk, version=note.version, title="Bread")

    assert error["errors"][0]["field"] == "content"


def test_a_version_satisfies_a_server_that_requires_preconditions(agent, note, settings):
    settings.REQUIRE_IF_MATCH = True

    use(agent, "trash_note", id=note.pk, version=note.version)


def test_a_full_account_is_an_error_of_the_tool(agent, settings):
    settings.MAX_BYTES_PER_USER = 10

    assert fail(agent, "create_note", title="Milk", content="x" * 20)["code"] == "quota_exceeded"


def test_notes_of_others_are_not_found(as_user, mallory, note):
    assert fail(as_user(mallory), "read_note", id=note.pk)["code"] == "not_found"
    assert use(as_user(mallory), "search_notes", q="litres")["results"] == []


def test_a_token_without_a_scope_asks_for_it(by_token, alice, note):
    response = call(by_token(alice, "notes:read"), "trash_note", id=note.pk, version=note.version)

    assert response.status_code == 403
    assert 'scope="notes:trash"' in response.headers["WWW-Authenticate"]
    assert response.json()["error"]["data"]["code"] == "insufficient_scope"
