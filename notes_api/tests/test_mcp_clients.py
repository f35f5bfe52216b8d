"""Agents connect to `/mcp` with API tokens: the official SDKs and the inspector, in both protocols, and mcp-remote.

`make clients` installs them and runs these tests.
"""

import json
import os
import re
import subprocess

import pytest

from notes_api.tests.agents.conversation import AGENTS, Account, Inspector
from notes_api.tests.clients.toolchain import Tools
from notes_api.tests.edge.server import ROOT

GUIDE = ROOT / "docs" / "agents.md"
DIRECTORY = os.environ.get("CLIENT_TOOLS")

pytestmark = pytest.mark.skipif(not DIRECTORY, reason="`make clients` installs the MCP clients")

READING = {"search_notes", "list_notes", "read_note", "list_trash"}
# Clients that speak revision 2026-07-28.
STATELESS = ("python-sdk", "typescript-sdk-2", "inspector")
# The inspector is one process for each call, and each takes a second.
CONNECTED = [name for name in AGENTS if not name.startswith("inspector")]


@pytest.fixture
def connect(product, visitor, tmp_path):
    """`connect("inspector", "notes:read")` returns that agent, with an API token of the visitor."""

    def connect(name, *scopes):
        token = visitor.post("/tokens", json={"name": name, "scopes": scopes}).raise_for_status().json()["token"]
        return AGENTS[name](Tools(DIRECTORY), f"{product.url}/mcp", Account(tmp_path, token=token))

    return connect


def content(result):
    """Return what a tool returned to the model as text, which is JSON."""
    (block,) = result["content"]
    return json.loads(block["text"])


def succeed(agent, name, **arguments):
    """Call a tool, and return its result, which says the same as text and as data."""
    result = agent.call(name, **arguments)
    assert not result.get("isError"), result
    assert result["structuredContent"] == content(result)
    return content(result)


@pytest.mark.parametrize("name", CONNECTED)
def test_an_agent_calls_every_tool_that_the_server_lists(connect, visitor, name):
    with connect(name, "notes:write") as agent:
        expected = "2026-07-28" if name in STATELESS else "2025-11-25"
        assert agent.connection["protocolVersion"] == expected

        note = succeed(agent, "create_note", title="Groceries", content="milk\n", tags=["home"])
        key = {"id": note["id"]}
        found = succeed(agent, "search_notes", q="milk")
        listed = succeed(agent, "list_notes", tag=["home"])
        added = succeed(agent, "append_to_note", **key, text="eggs\n")
        edit = [{"old": "milk", "new": "soy milk"}]
        edited = succeed(agent, "edit_note", **key, edits=edit, version=added["version"])
        read = succeed(agent, "read_note", **key)
        replaced = succeed(agent, "replace_note", **key, content="tea\n", version=edited["version"])
        tagged = succeed(agent, "update_note", **key, tags=["home", "urgent"], version=replaced["version"])
        succeed(agent, "trash_note", **key, version=tagged["version"])
        trash = succeed(agent, "list_trash")
        succeed(agent, "restore_note", **key)

        assert set(agent.tools()) == READING | {
            *("create_note", "append_to_note", "edit_note", "replace_note", "update_note", "trash_note"),
            "restore_note",
        }
    assert [each["id"] for page in (found, listed, trash) for each in page["results"]] == [note["id"]] * 3
    assert (read["content"], read["version"]) == ("soy milk\neggs\n", edited["version"])
    kept = visitor.get(f"/notes/{note['id']}").json()
    assert (kept["content"], kept["tags"]) == ("tea\n", ["home", "urgent"])


def test_the_script_of_the_guide_works(product, visitor):
    token = visitor.post("/tokens", json={"name": "Script", "scopes": ["notes:read"]}).raise_for_status().json()
    visitor.post("/notes", json={"title": "Milk"}).raise_for_status()
    script = re.search("```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)[1]
    script = script.replace("https://notes.example.org", product.url).replace("cn_pat_…", token["token"])

    python = Tools(DIRECTORY).directory / "bin" / "python"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=False)

    assert "'title': 'Milk'" in done.stdout, done.stderr


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_learns_why_its_write_is_refused_and_corrects_it(connect, visitor, name):
    note = visitor.post("/notes", json={"title": "Groceries", "content": "milk\n"}).json()
    other = visitor.post(f"/notes/{note['id']}/append", json={"text": "eggs\n"}).json()
    edit = {"id": note["id"], "edits": [{"old": "milk", "new": "soy milk"}]}
    with connect(name, "notes:write") as agent:
        refused = agent.call("edit_note", **edit, version=note["version"])
        error = content(refused)

        assert refused["isError"] is True
        assert (error["code"], error["version"]) == ("precondition_failed", other["version"])
        assert str(other["version"]) in error["message"]
        succeed(agent, "edit_note", **edit, version=error["version"])
    assert visitor.get(f"/notes/{note['id']}").json()["content"] == "soy milk\neggs\n"


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_sees_the_tools_of_its_scopes(connect, name):
    with connect(name, "notes:read") as agent:
        assert set(agent.tools()) == READING


@pytest.mark.parametrize("name", CONNECTED)
def test_a_mistaken_call_tells_the_agent_what_is_wrong(connect, name):
    with connect(name, "notes:write") as agent:
        error = content(agent.call("create_note", titel="Groceries"))

        (mistake,) = error["errors"]
        assert (error["code"], mistake["field"], mistake["code"]) == ("invalid", "titel", "unknown")
        assert "title" in mistake["message"]


def test_the_inspector_finds_nothing_to_correct_in_the_schemas(connect):
    """With --strict, it fails for a schema that some clients or models cannot use."""
    with connect("inspector", "notes:write") as agent:
        assert isinstance(agent, Inspector)
        assert len(agent.ask("tools/list", "--strict")["tools"]) > len(READING)
