"""Agents: official MCP clients that a test tells what to do.

The SDKs run as programs that read one request a line, and the inspector as one process for each request.
"""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from notes_api.tests.agents.consent import Person
from notes_api.tests.edge.server import ROOT, free_port
from notes_api.tests.processes import kill, start, wait

SOURCES = Path(__file__).parent
# Seconds for a response. A busy machine may take its time to start a program.
LIMIT = 120
# The same for mcp-remote once the person refuses: it then keeps its client waiting for ever.
LIMIT_IF_REFUSED = 30
BROWSER = """#!/bin/sh
export CONSENT_DECISION=$(cat {directory}/decision)
cd {root} && exec {python} -m notes_api.tests.agents.consent "$1" >>{directory}/browser.log 2>&1
"""


class Refused(Exception):
    """The client reports an error instead of a result."""


class Account:
    """What an agent may know: a token, or the person who answers the page of the authorization server.

    `directory` is the home of the agent.
    """

    def __init__(self, directory, token=None, email="", password=""):
        self.directory = directory
        self.token = token
        self.email = email
        self.password = password
        self.decide("allow")
        self.browser = directory / "browser"
        self.browser.write_text(BROWSER.format(root=ROOT, python=sys.executable, directory=directory))
        self.browser.chmod(0o755)

    def decide(self, decision):
        self.decision = decision
        (self.directory / "decision").write_text(decision)

    def answer(self, url):
        """Answer the page, and return the address of the client to which it leads."""
        with Person(self.email, self.password, self.decision) as person:
            return person.visit(url)

    @property
    def variables(self):
        """The environment of a program: the token, or a browser in which the person answers."""
        variables = {
            "HOME": str(self.directory),
            "BROWSER": str(self.browser),
            "CONSENT_EMAIL": self.email,
            "CONSENT_PASSWORD": self.password,
        }
        return variables | ({"MCP_TOKEN": self.token} if self.token else {})


class Program:
    """A client that stays connected."""

    def __init__(self, tools, command, account, limit_if_refused=LIMIT):
        self.command = list(map(str, command))
        self.environment = tools.environment() | account.variables
        self.account = account
        self.limits = {"allow": LIMIT, "refuse": limit_if_refused}
        self.log = account.directory / "program.log"

    def __enter__(self):
        pipe = subprocess.PIPE
        options = {"text": True, "env": self.environment, "cwd": self.account.directory}
        with self.log.open("w") as log:
            self.process = start(self.command, stdin=pipe, stdout=pipe, stderr=log, **options)
        try:
            self.connection = self.hear()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        with suppress(OSError):
            self.process.stdin.close()
        try:
            wait(self.process, LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            wait(self.process)
        self.process.stdout.close()

    def kill(self):
        """Kill it with the programs that it has started: mcp-remote has a session of its own."""
        kill(self.process.pid)

    def hear(self):
        """Return the next result. Where the client asks for authorization, the person answers the page first."""
        watch = threading.Timer(self.limits[self.account.decision], self.kill)
        watch.start()
        try:
            message = json.loads(self.process.stdout.readline() or "{}")
            while "authorize" in message:
                self.say(callback=self.account.answer(message["authorize"]))
                message = json.loads(self.process.stdout.readline() or "{}")
        finally:
            watch.cancel()
        if "result" not in message:
            raise Refused(message.get("error") or self.log.read_text())
        return message["result"]

    def say(self, **message):
        print(json.dumps(message), file=self.process.stdin, flush=True)

    def ask(self, method, **params):
        self.say(method=method, params=params)
        return self.hear()

    def tools(self):
        return {tool["name"]: tool for tool in self.ask("tools/list")["tools"]}

    def call(self, name, **arguments):
        return self.ask("tools/call", name=name, arguments=arguments)

    def expire(self):
        """Make the client believe that its access token has expired, if it goes by its own clock."""
        self.ask("expire")


class Inspector:
    """`mcp-inspector --cli`, which keeps what it knows in files between the requests."""

    def __init__(self, tools, era, url, account):
        self.environment = tools.environment() | account.variables
        self.environment |= {
            "MCP_AUTO_OPEN_ENABLED": "true",
            "MCP_OAUTH_CALLBACK_URL": f"http://127.0.0.1:{free_port()}/oauth/callback",
            "MCP_STORAGE_DIR": str(account.directory / "storage"),
            "MCP_INSPECTOR_SECRET_STORE": "file",
        }
        self.command = ["mcp-inspector", "--cli", url, "--transport", "http", "--format", "json", "--quiet"]
        self.command += ["--protocol-era", era]
        if account.token:
            self.command += ["--header", f"Authorization: Bearer {account.token}"]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def ask(self, method, *options):
        command = [*self.command, "--method", method, *options]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            env=self.environment,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        try:
            return json.loads(done.stdout)["result"]
        except ValueError:
            raise Refused(done.stderr + done.stdout) from None

    def tools(self):
        return {tool["name"]: tool for tool in self.ask("tools/list")["tools"]}

    def call(self, name, **arguments):
        return self.ask("tools/call", "--tool-name", name, "--tool-args-json", json.dumps(arguments))

    def expire(self):
        """It learns from the server that its token has expired."""


def connect_python(mode):
    def connect(tools, url, account):
        program = [tools.directory / "bin" / "python", SOURCES / "python_sdk.py", mode]
        return Program(tools, [*program, url], account)

    return connect


def connect_typescript(version):
    def connect(tools, url, account):
        # Node finds packages from where the program is.
        program = tools.copy(SOURCES / "typescript_sdk.mjs")
        return Program(tools, ["node", program, version, url], account)

    return connect


def connect_inspector(era):
    return lambda tools, url, account: Inspector(tools, era, url, account)


def connect_mcp_remote(tools, url, account):
    """Connect an older client over pipes to mcp-remote, which connects to the server."""
    remote = ["mcp-remote", url, free_port(), "--silent"]
    if account.token:
        remote += ["--header", "Authorization:Bearer ${MCP_TOKEN}"]
    program = [tools.directory / "bin" / "python", SOURCES / "python_sdk.py", "legacy"]
    return Program(tools, [*program, *remote], account, LIMIT_IF_REFUSED)


# The protocol of each: its newest revision, or the older one with `initialize`.
AGENTS = {
    "python-sdk": connect_python("auto"),
    "python-sdk-older-protocol": connect_python("legacy"),
    "typescript-sdk-2": connect_typescript("2"),
    "typescript-sdk-1": connect_typescript("1"),
    "inspector": connect_inspector("modern"),
    "inspector-older-protocol": connect_inspector("legacy"),
    "mcp-remote": connect_mcp_remote,
}
