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

from notes_api.tests.fuzz_rows import NAMED, name_rows
from notes_api.tests.live_server import logged_in
from notes_api.tests.openapi_document import OPERATIONS

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "4")
IS_THOROUGH = "FUZZ_EXAMPLES" in os.environ
# Rows for each operation that ends or deletes them.
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
# Each of these has an account of its own. They end the session of the client, delete what others need, lose their rows
# to other requests, or need a large account.
ALONE = ["logout", "endSession", "eraseMe", "changePassword", "emptyTrash", "getImport", "getExport"]
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
    assert not IS_THOROUGH or "Missing test data" not in run.stdout
    assert found["errors"] == []
    return found["failures"], found["test_cases"]["generated"]


def without(*operations):
    return [f"--exclude-operation-id={operation}" for operation in operations]


def closed_operations():
    """The operations that need credentials, but for one: without credentials all take the same path."""
    closed = {operation["operationId"] for operation in OPERATIONS.values() if operation.get("security")}
    return sorted(closed - {"updateNote"})


def test_responses_to_a_logged_in_client_match_the_schema(product, tmp_path):
    with ExitStack() as stack:
        client, *others = [stack.enter_context(logged_in(product)) for _ in ["most operations", *ALONE]]
        configuration = f'headers = {{ Authorization = "{client.headers["Authorization"]}" }}\n'
        owners = dict(zip(ALONE, others, strict=True))
        for operation, other in owners.items():
            configuration += OWN_ACCOUNT.format(operation=operation, token=other.tokens["access_token"])
        configuration += "".join(name_rows(owners.get(each, client), each, ROWS) for each in NAMED)
        failures, count = fuzz(product, tmp_path, *without(*ENDLESS), configuration=configuration)

        assert failures == []
        assert count > (700 if IS_THOROUGH else 200)
        assert client.get("/users/me").status_code == 200
        assert owners["logout"].get("/users/me").status_code == 401


@pytest.mark.skipif(not IS_THOROUGH, reason="only with FUZZ_EXAMPLES, as before a release")
def test_responses_to_an_anonymous_client_match_the_schema(product, tmp_path):
    failures, count = fuzz(product, tmp_path, *without(*closed_operations()))

    assert failures == []
    assert count > 100
