"""Clients that other people's generators make of `openapi.json` use the served product, and linters find nothing.

`make clients` installs the generators and runs these tests. Each client registers, logs in, creates, updates with
`If-Match`, reads the present note of a 412, pages, searches, syncs and sends a batch.
"""

import os
import secrets

import pytest

from notes_api.tests.clients.toolchain import DOCUMENT, MAKERS, Tools

DIRECTORY = os.environ.get("CLIENT_TOOLS")

pytestmark = pytest.mark.skipif(not DIRECTORY, reason="`make clients` installs the generators")


@pytest.fixture
def tools():
    return Tools(DIRECTORY)


@pytest.mark.parametrize("name", MAKERS)
def test_a_generated_client_can_use_the_server(product, tools, name):
    tools.run(*tools.program(name), product.url, f"{secrets.token_hex(8)}@example.org")


def test_redocly_finds_nothing(tools, tmp_path):
    assert "Your API description is valid" in tools.run("redocly", "lint", DOCUMENT, "--format=stylish", cwd=tmp_path)


def test_spectral_finds_nothing(tools, tmp_path):
    (tmp_path / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')

    tools.run("spectral", "lint", "--fail-severity=hint", DOCUMENT, cwd=tmp_path)


def test_openapi_generator_finds_nothing(tools):
    found = tools.run("openapi-generator-cli", "validate", "--recommend", "-i", DOCUMENT)

    assert "No validation issues detected." in found
