"""The files that are shipped beside the code match the code."""

import json
import os
import re
import runpy
import subprocess
import sys

import pytest
import yaml

from notes_api.settings import BASE_DIR
from notes_api.tests.environment import error_message

EIGHT = {
    "DATABASE_HOSTNAME": "postgres_db",
    "DATABASE_PORT": "5432",
    "DATABASE_PASSWORD": "a-password",
    "DATABASE_NAME": "notes",
    "DATABASE_USERNAME": "notes",
    "SECRET_KEY": "k9Xv-4mQzT7_wLp2RfYc8NbHs3Jd6GaEu1oViB0t",
    "ALGORITHM": "HS256",
    "ACCESS_TOKEN_EXPIRE_MINUTES": "30",
}


def read(name: str) -> str:
    return (BASE_DIR / name).read_text(encoding="utf-8")


def names_read_by_the_settings() -> set[str]:
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', read("notes_api/settings.py")))


def names_in_the_example() -> set[str]:
    return {name.removesuffix("_FILE") for name in re.findall(r"^#?([A-Z_]+)=", read(".env.example"), re.MULTILINE)}


def names_in_the_readme() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", read("README.md"), re.MULTILINE))


def start_with(**changes: str) -> str:
    """Return the output of a start with the eight settings of `.env` and these changes."""
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, **EIGHT, **changes}
    command = [sys.executable, "manage.py", "version"]
    run = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in run.stderr
    return run.stderr


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load(read("docker-compose.yml"))


def test_the_example_lists_every_setting_and_no_other():
    assert names_in_the_example() == names_read_by_the_settings()


def test_the_readme_lists_every_setting_and_no_other():
    assert names_in_the_readme() == names_read_by_the_settings()


def test_no_key_is_published_in_the_example():
    assert re.findall(r"^SECRET_KEY=.*", read(".env.example"), re.MULTILINE) == []


def test_the_eight_settings_are_enough_to_start():
    assert start_with() == ""


INVALID = [
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "too-short"),
    ("SECRET_KEY_FALLBACKS", "too-short"),
    ("ALGORITHM", "none"),
    ("ACCESS_TOKEN_EXPIRE_MINUTES", "soon"),
    ("DATABASE_PORT", "99999"),
    ("DATABASE_POOLER", "session"),
    ("LOG_FORMAT", "xml"),
    ("SLOW_REQUEST_MS", "1s"),
    ("METRICS_TOKEN", "too-short"),
    ("PUBLIC_BASE_URL", "notes.example.org"),
    ("THROTTLE_LOGIN", "often"),
    ("CACHE_URL", "redis"),
    ("SPOOL_DIR", "/nowhere"),
    ("ERASURE_JOURNAL", "/nowhere/journal"),
    ("PASSWORD_MIN_LENGTH", "7"),
    ("EMAIL_URL", "mail.example.org"),
    ("EMAIL_FROM", "nobody"),
    ("CORS_ALLOWED_ORIGINS", "*"),
    ("CORS_ALLOWED_ORIGINS", "app.example.org"),
    ("HOST", "not a host"),
    ("ALLOWED_HOSTS", "https://notes.example.org"),
]


def test_an_invalid_setting_is_refused_with_one_sentence_that_names_it(monkeypatch):
    def refusal(name, value):
        with monkeypatch.context() as patch:
            for variable, text in (EIGHT | {name: value}).items():
                patch.setenv(variable, text)
            return error_message(lambda: runpy.run_path(BASE_DIR / "notes_api/settings.py"))

    refusals = {each: refusal(*each) for each in INVALID}

    # The dot matches no line break.
    assert {each: text for each, text in refusals.items() if not re.fullmatch(rf"{each[0]} .*\.", text)} == {}


def test_a_refused_setting_stops_the_start_with_its_sentence_alone():
    assert re.fullmatch("Cannot start: ALGORITHM .*\n", start_with(ALGORITHM="none"))


def test_an_embedded_database_in_a_directory_that_is_missing_stops_the_start():
    message = start_with(DATABASE_HOSTNAME="", DATABASE_PATH="/nowhere/notes.sqlite3")

    assert message == (
        "Cannot start: DATABASE_PATH must be a file in an existing directory, not '/nowhere/notes.sqlite3'.\n"
    )


def test_beside_postgresql_the_file_of_the_embedded_database_does_not_matter():
    assert start_with(DATABASE_PATH="/nowhere/notes.sqlite3") == ""


def test_a_missing_secret_key_file_stops_the_start_with_one_sentence_that_names_it():
    assert start_with(SECRET_KEY="", SECRET_KEY_FILE="/nowhere") == (
        "Cannot start: SECRET_KEY_FILE names '/nowhere', which cannot be read: No such file or directory.\n"
    )


@pytest.mark.parametrize("lock", ["base.txt", "dev.txt", "django61.txt"])
def test_a_lock_names_no_registry_and_hashes_everything(lock):
    text = read(f"requirements/{lock}")

    assert "://" not in text
    assert len(re.findall(r"^[a-z0-9].*==.* \\$", text, re.MULTILINE)) == len(
        re.findall(r"^[a-z0-9].*", text, re.MULTILINE)
    )


def test_tests_run_with_the_releases_that_are_served():
    pin = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)

    assert set(pin.findall(read("requirements/base.txt"))) <= set(pin.findall(read("requirements/dev.txt")))


def test_every_service_of_compose_is_confined(compose):
    services = compose["services"].values()

    assert len(services) == 3
    assert all(service["read_only"] for service in services)
    assert all(service["cap_drop"] == ["ALL"] and "cap_add" not in service for service in services)
    assert all(service["security_opt"] == ["no-new-privileges:true"] for service in services)


def test_every_service_of_compose_has_limits_of_memory_and_threads(compose):
    limits = [(service["mem_limit"], service["pids_limit"]) for service in compose["services"].values()]

    assert limits == [("1g", 200), ("1200m", 200), ("1200m", 200)]


def test_no_service_of_compose_can_execute_a_temporary_file(compose):
    mounts = [mount for service in compose["services"].values() for mount in service["tmpfs"]]

    assert [mount.partition(":")[0] for mount in mounts].count("/tmp") == 3
    assert all(mount.endswith("noexec,nosuid,nodev") for mount in mounts)


def test_the_superuser_of_compose_is_not_the_role_of_the_application(compose):
    database = compose["services"]["postgres_db"]

    assert database["environment"]["POSTGRES_USER"] == "cluster_superuser"
    assert database["environment"]["DATABASE_USERNAME"] == "${DATABASE_USERNAME:-notes}"
    assert "./docker/application_role.sh:/docker-entrypoint-initdb.d/application_role.sh:ro" in database["volumes"]


def test_compose_serves_only_after_the_one_migration(compose):
    assert compose["services"]["api"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_compose_publishes_the_api_and_not_the_database(compose):
    published = {name for name, service in compose["services"].items() if "ports" in service}

    assert published == {"api"}


def test_the_image_contains_no_secrets_and_no_history():
    assert read(".dockerignore").splitlines()[1] == "*"
    assert not {"!.env", "!.git", "!.", "!*"} & set(read(".dockerignore").splitlines())


def test_the_image_does_not_run_as_root():
    users = re.findall(r"^USER (\S+)", read("Dockerfile"), re.MULTILINE)

    assert users[-1:] == ["10001"]


NPM_DIRECTORIES = ["notes_api/tests/node", "notes_api/tests/clients"]


@pytest.mark.parametrize("directory", NPM_DIRECTORIES)
def test_a_lock_of_npm_packages_is_complete_and_names_no_registry(directory):
    wanted, lock = (json.loads(read(f"{directory}/{name}.json")) for name in ("package", "package-lock"))
    root, *packages = lock["packages"].values()

    assert root["dependencies"] == wanted["dependencies"]
    assert [package for package in packages if "integrity" not in package or "resolved" in package] == []


def test_npm_packages_are_installed_from_their_locks():
    commands = [line for line in read("Makefile").splitlines() if line.strip().startswith("@npm")]

    assert len(commands) == len(NPM_DIRECTORIES)
    assert [command for command in commands if not re.search(r" ci\b", command)] == []
