"""Generated requests to the served product: every response matches openapi.json.

`FUZZ_EXAMPLES` is the maximum number of cases of an operation in each random phase; use 100 for a release.
"""

import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack

from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import logged_in

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "1")

# For a release also sequences of requests, in which one uses what another has returned.
PHASES = "examples,coverage,fuzzing" + (",stateful" if "FUZZ_EXAMPLES" in os.environ else "")

OPTIONS = [
    f"--phases={PHASES}",
    "--seed=20260105",
    f"--max-examples={EXAMPLES}",
    "--no-shrink",
    "--continue-on-failure",
    "--suppress-health-check=all",
    "--warnings=off",
]
# All checks but two. A schema cannot say which cursors, versions, passwords and addresses are valid; and a
# batch returns 200 with an error for each operation that failed.
CONFIGURATION = """
[checks]
positive_data_acceptance.enabled = false
# The precondition of a request may fail, too: schemathesis does not know 412.
negative_data_rejection.expected-statuses = ["4xx"]

[[operations]]
include-operation-id = "batchNotes"
checks.negative_data_rejection.enabled = false
"""
# These may end the session of the client, so each has an account of its own.
ENDING = ["logout", "endSession", "eraseMe"]
OWN_ACCOUNT = """
[[operations]]
include-operation-id = "{operation}"
headers = {{ Authorization = "Bearer {token}" }}
"""
# Its response does not end; it has tests of its own.
ENDLESS = ["streamChanges"]


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
        for operation, other in zip(ENDING, ending, strict=True):
            configuration += OWN_ACCOUNT.format(operation=operation, token=other.tokens["access_token"])

        failures, count = fuzz(product, tmp_path, *without(*ENDLESS), configuration=configuration)

        assert failures == []
        assert count > 700
        assert client.get("/users/me").status_code == 200
        assert ending[ENDING.index("logout")].get("/users/me").status_code == 401


def test_responses_to_an_anonymous_client_match_the_schema(product, tmp_path):
    failures, count = fuzz(product, tmp_path, *without(*closed_operations()))

    assert failures == []
    assert count > 100
