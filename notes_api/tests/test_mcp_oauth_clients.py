"""Agents connect to `/mcp` by its address and a log-in: from a 401 over discovery, registration and consent to a token.

`make clients` installs them and runs these tests.
"""

import os

import pytest

from notes_api.tests.agents.conversation import AGENTS, Account, Refused
from notes_api.tests.clients.toolchain import Tools
from notes_api.tests.live_server import PASSWORD

DIRECTORY = os.environ.get("CLIENT_TOOLS")

pytestmark = pytest.mark.skipif(not DIRECTORY, reason="`make clients` installs the MCP clients")


@pytest.fixture
def account(visitor, tmp_path):
    return Account(tmp_path, email=visitor.email, password=PASSWORD)


@pytest.fixture
def connect(product, account):
    return lambda name: AGENTS[name](Tools(DIRECTORY), f"{product.url}/mcp", account)


def grants(visitor):
    return visitor.get("/grants").raise_for_status().json()["results"]


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_connects_by_a_log_in_until_its_grant_ends(connect, account, visitor, served_database, name):
    with connect(name) as agent:
        made = agent.call("create_note", title="Groceries")["structuredContent"]
        assert visitor.get(f"/notes/{made['id']}").json()["title"] == "Groceries"
        (granted,) = grants(visitor)

        # The access token expires: the agent refreshes it, and asks nobody.
        account.decide("refuse")
        served_database.query("UPDATE accounts_grant SET access_expires_at = '2026-01-01T00:00:00Z'")
        agent.expire()
        assert agent.call("read_note", id=made["id"])["structuredContent"]["title"] == "Groceries"
        (refreshed,) = grants(visitor)
        assert refreshed["id"] == granted["id"]

        # The owner ends the grant: the agent has to ask again, and she refuses.
        assert visitor.delete(f"/grants/{granted['id']}").status_code == 204
        with pytest.raises(Refused):
            agent.call("read_note", id=made["id"])
    assert grants(visitor) == []


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_that_is_refused_gets_nothing(connect, account, visitor, name):
    account.decide("refuse")

    with pytest.raises(Refused), connect(name) as agent:
        agent.tools()

    assert grants(visitor) == []
