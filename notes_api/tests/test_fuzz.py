"""Generated requests to the served product: every response matches openapi.json.

`FUZZ_EXAMPLES` is the maximum number of cases of an operation in each random phase; use 100 for a release. With it, the
tests also try every boundary of the schema, sequences of requests, and requests without credentials.
"""

import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack

import pytest

from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import log_in, logged_in

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "4")
IS_THOROUGH = "FUZZ_EXAMPLES" in os.environ
# The rows of each kind that requests can name.
ROWS = 40 if IS_THOROUGH else 3

PHASES = "examples,fuzzing" + (",coverage,stateful" if IS_THOROUGH else "")

OPTIONS = [
    f"--phases={PHASES}",
    "--seed=20260105",
    f"--max-examples={EXAMPLES}",
    "--no-shrink",
    "--continue-on-failure",
    "--suppress-health-check=all",
    "--warnings=missing_test_data",
]
# All checks but three. A schema cannot say which cursors, versions, passwords and addresses are valid; a batch returns
# 200 with an error for each operation that failed; and any body is valid Markdown.
CONFIGURATION = """
[checks]
positive_data_acceptance.enabled = false
# The precondition of a request may fail, too: schemathesis does not know 412.
negative_data_rejection.expected-statuses = ["4xx"]

[[operations]]
include-operation-id = ["batchNotes", "appendToNote"]
checks.negative_data_rejection.enabled = false
"""
# These may end the session of the client, or delete what others need, so each has an account of its own.
ENDING = ["logout", "endSession", "eraseMe", "changePassword", "emptyTrash"]
OWN_ACCOUNT = """
[[operations]]
include-operation-id = "{operation}"
headers = {{ Authorization = "Bearer {token}" }}
"""
# Most requests name a row of the client in their path. The others get a 404.
DICTIONARY = """
[dictionaries.{operation}-{parameter}]
values = {values}
"""
NAMING = """
[[operations]]
include-operation-id = "{operation}"
"""
PARAMETER = 'parameters."path.{parameter}" = {{ dictionary = "{operation}-{parameter}", probability = 0.8 }}\n'
# Its response does not end; it has tests of its own.
ENDLESS = ["streamChanges"]


def make_sessions(client):
    for _ in range(ROWS):
        log_in(client, client.email).raise_for_status()
    sessions = client.get(f"/sessions?limit={ROWS + 1}").json()["results"]
    return {"id": [session["id"] for session in sessions if not session["is_current"]]}


def make_tokens(client):
    body = {"name": "Script", "scopes": ["notes:read"]}
    return {"id": [client.post("/tokens", json=body).json()["id"] for _ in range(ROWS)]}


def make_trash(client):
    notes = [client.post("/notes", json={"title": "Trash"}).json()["id"] for _ in range(ROWS)]
    for note in notes:
        client.delete(f"/notes/{note}").raise_for_status()
    return {"id": notes}


def make_revisions(client):
    note = client.post("/notes", json={"title": "Revised"}).json()["id"]
    for _ in range(ROWS):
        # A text becomes a revision if more than half of it is removed.
        for content in ("milk and honey", ""):
            client.put(f"/notes/{note}", json={"title": "Revised", "content": content}).raise_for_status()
    revisions = client.get(f"/notes/{note}/revisions?limit={ROWS}").json()["results"]
    return {"id": [note], "version": [revision["version"] for revision in revisions]}


# Each operation gets rows of its own, because some end or delete them.
MAKERS = {
    "endSession": make_sessions,
    "getToken": make_tokens,
    "revokeToken": make_tokens,
    "getTrashedNote": make_trash,
    "purgeNote": make_trash,
    "restoreNote": make_trash,
    "getRevision": make_revisions,
    "forgetRevision": make_revisions,
    "restoreRevision": make_revisions,
}


def name_rows(client, operation):
    """Make rows, and return the configuration that lets requests for this operation name them."""
    rows = MAKERS[operation](client)
    dictionaries = [DICTIONARY.format(operation=operation, parameter=name, values=rows[name]) for name in rows]
    parameters = [PARAMETER.format(operation=operation, parameter=name) for name in rows]
    return "".join([*dictionaries, NAMING.format(operation=operation), *parameters])


def fuzz(server, directory, *options, configuration=""):
    """Return the failures and the number of generated requests."""
    report = directory / "report.json"
    (directory / "schemathesis.toml").write_text(configuration + CONFIGURATION)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", *OPTIONS, *options]
    command += ["--report=json", f"--report-json-path={report}"]
    # In a directory of its own: schemathesis writes files there.
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    print(re.sub(r"Bearer \S+", "Bearer …", run.stdout))  # noqa: T201 (shown where the test fails)
    assert report.exists(), run.stderr
    found = json.loads(report.read_text())
    assert not IS_THOROUGH or "Missing test data" not in run.stdout
    assert found["errors"] == []
    return found["failures"], found["test_cases"]["generated"]


def without(*operations):
    return [f"--exclude-operation-id={operation}" for operation in operations]


def closed_operations():
    """The operations that need credentials, but for one: without credentials all take the same path."""
    paths = json.loads((ROOT / "openapi.json").read_text())["paths"]
    operations = [operation for methods in paths.values() for operation in methods.values()]
    closed = {operation["operationId"] for operation in operations if operation.get("security")}
    return sorted(closed - {"updateNote"})


def test_responses_to_a_logged_in_client_match_the_schema(product, tmp_path):
    with ExitStack() as stack:
        client, *ending = [stack.enter_context(logged_in(product)) for _ in ["most operations", *ENDING]]
        configuration = f'headers = {{ Authorization = "{client.headers["Authorization"]}" }}\n'
        owners = dict(zip(ENDING, ending, strict=True))
        for operation, other in owners.items():
            configuration += OWN_ACCOUNT.format(operation=operation, token=other.tokens["access_token"])
        configuration += "".join(name_rows(owners.get(operation, client), operation) for operation in MAKERS)
        failures, count = fuzz(product, tmp_path, *without(*ENDLESS), configuration=configuration)

        assert failures == []
        assert count > (700 if IS_THOROUGH else 200)
        assert client.get("/users/me").status_code == 200
        assert ending[ENDING.index("logout")].get("/users/me").status_code == 401


@pytest.mark.skipif(not IS_THOROUGH, reason="only with FUZZ_EXAMPLES, as before a release")
def test_responses_to_an_anonymous_client_match_the_schema(product, tmp_path):
    failures, count = fuzz(product, tmp_path, *without(*closed_operations()))

    assert failures == []
    assert count > 100
