"""An earlier version and a database that a newer one has migrated."""

import io
import json
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

NEWER = "notes.9999_of_a_newer_version"


@pytest.fixture(autouse=True)
def _newer(one_behind):
    call_command("migrate", verbosity=0)
    MigrationRecorder(connection).record_applied(*NEWER.split("."))


def output_of(*command):
    output = io.StringIO()
    with suppress(SystemExit):
        call_command(*command, stdout=output, stderr=output)
    return output.getvalue()


def test_migrate_changes_nothing_and_says_that_the_database_is_newer():
    output = output_of("migrate")

    assert "No migrations to apply." in output
    assert "A newer version has migrated the database" in output
    assert NEWER in output


def test_doctor_warns_of_it():
    findings = json.loads(output_of("doctor", "--json"))

    finding = next(finding for finding in findings if finding["subject"] == "migrations")
    assert (finding["level"], finding["message"]) == ("warning", f"1 of a newer version are applied, such as {NEWER}")
    assert "docs/upgrading.md" in finding["advice"]
