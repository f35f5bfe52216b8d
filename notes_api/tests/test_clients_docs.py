"""Every example in docs/clients.md runs against the server."""

import json
import os
import re
import shutil
import subprocess

import pytest

from notes_api.tests import node_packages
from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import PASSWORD

GUIDE = (ROOT / "docs" / "clients.md").read_text()
NEEDS_NODE = node_packages.what_is_missing("openapi-fetch", "openapi-typescript", "typescript")
MISSING_PROGRAMS = [name for name in ("bash", "curl", "python3", "uuidgen") if not shutil.which(name)]
NEEDS_CURL = f"not installed here: {', '.join(MISSING_PROGRAMS)}" if MISSING_PROGRAMS else ""
OPTIONS = ["--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--skipLibCheck"]


def examples(language):
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE))


def require_version(command, least):
    """Skip the test if this program is older."""
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    version = tuple(map(int, re.search(r"(\d+)\.(\d+)", printed).groups()))
    if version < least:
        pytest.skip(f"{command[0]} is older than {'.'.join(map(str, least))}")


def run(command, directory, product, visitor):
    variables = {"SERVER": product.url, "EMAIL": visitor.email, "PASSWORD": PASSWORD}
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=directory, env=environment, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(bool(NEEDS_CURL), reason=NEEDS_CURL)
def test_curl(product, visitor, tmp_path):
    require_version(["curl", "--version"], (7, 82))
    (tmp_path / "example.sh").write_text("set -eu\n" + examples("sh"))

    printed = run(["bash", "example.sh"], tmp_path, product, visitor)

    assert printed.splitlines() == ["200", "412", "milk, eggs", "[]"]
    assert len(visitor.get("/notes").json()["results"]) == 1


def test_python(product, visitor):
    names = {"SERVER": product.url, "EMAIL": visitor.email, "PASSWORD": PASSWORD}
    exec(compile(examples("python"), "docs/clients.md", "exec"), names)
    client = names["client"]
    client.auth.tokens = {**client.auth.tokens, "access_token": "expired"}

    assert client.get("/users/me").json()["email"] == visitor.email
    client.close()


@pytest.mark.skipif(bool(NEEDS_NODE), reason=NEEDS_NODE)
def test_typescript(product, visitor, tmp_path):
    require_version(["node", "--version"], (20, 0))
    programs = node_packages.PACKAGES / ".bin"
    (tmp_path / "node_modules").symlink_to(node_packages.PACKAGES)
    (tmp_path / "package.json").write_text(json.dumps({"type": "module"}))
    declarations = "declare const process: { env: Record<string, string | undefined> };\n"
    (tmp_path / "example.ts").write_text(examples("typescript") + declarations)

    generate = [programs / "openapi-typescript", ROOT / "openapi.json", "--default-non-nullable", "false"]
    run([*generate, "-o", "api.d.ts"], tmp_path, product, visitor)
    run([programs / "tsc", *OPTIONS, "example.ts"], tmp_path, product, visitor)
    run(["node", "example.js"], tmp_path, product, visitor)

    [note] = visitor.get("/notes").json()["results"]
    assert note["content"] == "milk\neggs\neggs\n"
