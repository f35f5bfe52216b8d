"""Machine-made requests to the product as it is served: every answer is one that openapi.json promises.

`FUZZ_EXAMPLES` is the most cases an operation gets in each random phase; a release is tested with 100.
"""

import json
import os
import re
import subprocess
import sys

import pytest

from notes_api.tests.serving import logged_in

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "4")

OPTIONS = [
    "--seed=20260105",
    f"--max-examples={EXAMPLES}",
    "--no-shrink",
    "--continue-on-failure",
    "--suppress-health-check=all",
    "--warnings=off",
]
# All checks but two. A schema cannot say which cursors, versions, passwords and addresses are good; and a batch
# answers 200 and says of each operation what is wrong with it.
CONFIGURATION = """
[checks]
positive_data_acceptance.enabled = false

[[operations]]
include-operation-id = "batchNotes"
checks.negative_data_rejection.enabled = false
"""
# These end the session of whoever asks.
ENDING = ["logout", "endSession"]
# Does not end by itself: it has tests of its own.
ENDLESS = ["streamChanges"]


def fuzz(server, directory, *options):
    """What was found wrong, and how many requests were made."""
    report = directory / "report.json"
    (directory / "schemathesis.toml").write_text(CONFIGURATION)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", *OPTIONS, *options]
    command += ["--report=json", f"--report-json-path={report}"]
    # In a directory of its own: it keeps what it finds.
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    print(re.sub(r"Bearer \S+", "Bearer …", run.stdout))  # noqa: T201 (shown where the test fails)
    assert report.exists(), run.stderr
    found = json.loads(report.read_text())
    assert found["errors"] == []
    return found["failures"], found["test_cases"]["generated"]


def without(*operations):
    return [f"--exclude-operation-id={operation}" for operation in operations]


@pytest.fixture
def token(product):
    with logged_in(product) as client:
        yield f"--header=Authorization: Bearer {client.tokens['access_token']}"


def test_whoever_is_logged_in_gets_what_the_schema_promises(product, token, tmp_path):
    failures, count = fuzz(product, tmp_path, token, *without(*ENDING, *ENDLESS))

    assert failures == []
    assert count > 700


@pytest.mark.parametrize("operation", ENDING)
def test_whoever_ends_a_session_gets_what_the_schema_promises(product, token, tmp_path, operation):
    failures, count = fuzz(product, tmp_path, token, f"--include-operation-id={operation}")

    assert failures == []
    assert count > 5


def test_whoever_is_not_logged_in_gets_what_the_schema_promises(product, tmp_path):
    failures, count = fuzz(product, tmp_path, "--phases=examples,coverage,fuzzing")

    assert failures == []
    assert count > 500
