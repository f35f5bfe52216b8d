"""The files for the operator in `deploy/` and `docker-compose.yml` match the settings and each other."""

import re

import yaml

from notes_api.settings import BASE_DIR
from notes_api.tests.test_packaging import names_read_by_the_settings

# The examples for Patroni configure other programs.
FOUND = [path for path in BASE_DIR.glob("deploy/**/*") if path.is_file() and path.parent.name != "patroni"]
FILES = ["docker-compose.yml", *sorted(str(path.relative_to(BASE_DIR)) for path in FOUND)]
COMPOSE = ["docker-compose.yml", "deploy/compose.limits.yml"]
# Words in capitals that are no settings: protocols, constants of systemd, variables of PostgreSQL's image and Apache.
OTHERS = {"HTTP", "TCP", "AF_INET", "AF_INET6", "AF_UNIX", "POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_USER",
          "REQUEST_SCHEME"}  # fmt: skip


def names_in(file):
    """Return the names that look like those of environment variables."""
    text = (BASE_DIR / file).read_text(encoding="utf-8")
    assigned = re.findall(r"(?:^|[\s\"{])([A-Z][A-Z0-9_]{2,})(?:=|: )", text)
    return {*assigned, *re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", text)}


def test_every_variable_in_a_deploy_file_is_a_setting():
    known = names_read_by_the_settings()

    unknown = {file: {name.removesuffix("_FILE") for name in names_in(file) - OTHERS} - known for file in FILES}

    assert {file: names for file, names in unknown.items() if names} == {}


def test_the_override_changes_limits_of_services_that_exist_and_nothing_else():
    base, override = (yaml.safe_load((BASE_DIR / file).read_text())["services"] for file in COMPOSE)

    assert override.keys() == base.keys()
    changed = {name for service in override.values() for name in service}
    assert changed == {"cpus", "mem_limit", "memswap_limit", "pids_limit", "ulimits", "environment"}
    assert all(service["memswap_limit"] == service["mem_limit"] for service in override.values())


def test_the_logs_of_every_service_are_rotated():
    services = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())["services"].values()

    assert [service["logging"]["options"] for service in services] == [{"max-size": "10m", "max-file": "5"}] * 3
