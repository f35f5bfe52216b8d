"""Who may call which tool: each one as its operation of the API, for every identity of the table of permissions."""

import pytest
from django.db import transaction

from notes.mcp.tools import TOOLS, TOOLS_BY_NAME
from notes.tests.agents import call, send
from notes.tests.factories import make_note, make_trashed
from notes_api.tests import access_table, test_access
from notes_api.tests.access_table import OTHERS, SEEING, everything, what_alice_keeps

# The identities and their credentials are those of the table.
arrange = test_access.arrange
STATUSES = {
    (tool.name, identity): status for tool in TOOLS for identity, status in access_table.STATUSES[tool.route].items()
}
IDENTITIES = sorted({identity for _, identity in STATUSES})
ARGUMENTS = {
    "search_notes": {"q": "litres"},
    "create_note": {"title": "Bread"},
    "append_to_note": {"text": "!"},
    "edit_note": {"edits": [{"old": "two", "new": "three"}]},
    "replace_note": {"content": "three"},
    "update_note": {"tags": ["house"]},
}


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk", content="two litres", tags=["home"])


@pytest.fixture
def trashed(alice):
    return make_trashed(owner=alice, title="Milk", content="two litres", tags=["home"])


@pytest.fixture
def arguments_of(note, trashed):
    def arguments_of(tool):
        target = trashed if tool == "restore_note" else note
        accepted = {"id": target.pk, "version": target.version, **ARGUMENTS.get(tool, {})}
        return {name: accepted[name] for name in accepted if name in TOOLS_BY_NAME[tool].input_schema()["properties"]}

    return arguments_of


def status_of(response):
    """Return the status that the operation has, as far as a client can know it."""
    if response.status_code != 200 or not response.json()["result"]["isError"]:
        return response.status_code
    return {"not_found": 404}[response.json()["result"]["content"][0]["text"].split('"')[3]]


@pytest.fixture
def outcome_of(arrange, arguments_of, alice):
    """`outcome_of("edit_note", "stranger")` calls the tool, undoes it, and returns its status and broken promises."""

    def outcome_of(tool, identity):
        with transaction.atomic():
            client, arguments = arrange(identity), arguments_of(tool)
            before, kept = everything(), what_alice_keeps(alice)
            response = call(client, tool, **arguments)
            broken = {
                "a refusal changed something": STATUSES[tool, identity] >= 400 and everything() != before,
                "somebody else changed what Alice keeps": identity in OTHERS and what_alice_keeps(alice) != kept,
                "somebody else saw what Alice keeps": identity not in SEEING and b"litres" in response.content,
            }
            transaction.set_rollback(True)
        return status_of(response), [promise for promise in broken if broken[promise]]

    return outcome_of


# These promises share a test, because their arrangement takes long.
@pytest.mark.parametrize("tool", TOOLS_BY_NAME)
def test_a_tool_does_for_everybody_what_its_operation_does(outcome_of, tool):
    outcomes = {identity: outcome_of(tool, identity) for identity in IDENTITIES}

    statuses = {identity: STATUSES[tool, identity] for identity in IDENTITIES}
    assert outcomes == {each: (200 if status < 300 else status, []) for each, status in statuses.items()}


def test_the_list_names_the_tools_that_the_credentials_allow(arrange, alice):
    def names_for(identity):
        with transaction.atomic():
            listed = send(arrange(identity), "tools/list").json().get("result", {"tools": []})
            transaction.set_rollback(True)
        return [tool["name"] for tool in listed["tools"]]

    assert {identity: names_for(identity) for identity in IDENTITIES} == {
        identity: [tool.name for tool in TOOLS if STATUSES[tool.name, identity] not in (401, 403)]
        for identity in IDENTITIES
    }


def test_invalid_arguments_do_not_hide_a_missing_scope(arrange):
    response = call(arrange("read token"), "replace_note", nonsense=True)

    assert (response.status_code, response.json()["error"]["data"]["code"]) == (403, "insufficient_scope")


def test_a_token_that_only_appends_learns_no_more_than_a_version(arrange, note):
    response = call(arrange("append token"), "append_to_note", id=note.pk, text="!")

    assert sorted(response.json()["result"]["structuredContent"]) == ["id", "version"]
