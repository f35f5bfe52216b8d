"""Talks to an MCP server with the official Python SDK: `python python_sdk.py MODE URL|COMMAND…`.

MODE is `auto`, `2026-07-28` or `legacy`. Each line of standard input is a request, each line of standard output its
response or a URL to authorize at; see `conversation.py`. With MCP_TOKEN in the environment, the client presents that
token; without, it obtains one with OAuth. COMMAND is a server to start that speaks MCP over its pipes.
"""

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

from mcp import Client, MCPError
from mcp.client.auth import OAuthClientProvider
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


def say(**message):
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


async def hear():
    line = await asyncio.to_thread(sys.stdin.readline)
    return json.loads(line) if line else None


class Storage:
    """Keeps what the SDK gets."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def open_page(url):
    say(authorize=url)


async def wait_for_callback():
    answer = dict(parse_qsl(urlsplit((await hear())["callback"]).query))
    return AuthorizationCodeResult(code=answer.get("code", ""), state=answer.get("state"), iss=answer.get("iss"))


def oauth(url):
    metadata = OAuthClientMetadata(
        client_name="Python SDK",
        redirect_uris=["http://127.0.0.1:33418/callback"],
        grant_types=["authorization_code", "refresh_token"],
        token_endpoint_auth_method="none",
    )
    return OAuthClientProvider(url, metadata, Storage(), open_page, wait_for_callback)


@asynccontextmanager
async def connected(mode, target, *arguments):
    if arguments:
        # The program needs the variables of this one, of which the SDK passes on only a few.
        server = StdioServerParameters(command=target, args=list(arguments), env=dict(os.environ))
        async with Client(server, mode=mode) as client:
            yield client, None
        return
    token = os.environ.get("MCP_TOKEN")
    headers, auth = ({"Authorization": f"Bearer {token}"}, None) if token else (None, oauth(target))
    async with (
        create_mcp_http_client(headers=headers, auth=auth) as http,
        Client(streamable_http_client(target, http_client=http), mode=mode, cache=None) as client,
    ):
        yield client, auth


async def answer(client, auth, request):
    """Carry out a request, and return the members of the response."""
    if request["method"] == "tools/list":
        return await client.list_tools()
    if request["method"] == "tools/call":
        return await client.call_tool(request["params"]["name"], request["params"]["arguments"])
    assert request["method"] == "expire"
    if auth is not None:
        # This SDK goes by its own clock.
        auth.context.token_expiry_time = 1
    return None


async def converse(*arguments):
    async with connected(*arguments) as (client, auth):
        say(result={"protocolVersion": client.protocol_version, "instructions": client.instructions})
        while request := await hear():
            try:
                result = await answer(client, auth, request)
            except MCPError as error:
                say(error=error.message)
            else:
                say(result=result and result.model_dump(by_alias=True, mode="json", exclude_none=True))


asyncio.run(converse(*sys.argv[1:]))
