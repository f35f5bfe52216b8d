"""The package that `pip` and `pipx` install: what it contains, and its program `cloud-notes`."""

import json
import re
import socket
import stat
from email.parser import HeaderParser
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from django.conf import settings
from packaging.requirements import Requirement

from notes_api.tests.edge.server import ROOT, get
from notes_api.tests.installed_wheel import PROJECT, files_of_product, install
from notes_api.tests.live_server import scratch_database

KEY = "k9Xv-4mQzT7_wLp2RfYc8NbHs3Jd6GaEu1oViB0t"


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    return install(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def service(installation, template, tmp_path_factory):
    """The server as systemd starts it: its directory, its database, what it has said to systemd, and itself."""
    folder = tmp_path_factory.mktemp("service")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, scratch_database(template) as database:
        manager.bind(str(folder / "notify"))
        manager.settimeout(10)
        # An empty variable is as good as none, also for gunicorn.
        variables = {"NOTIFY_SOCKET": str(folder / "notify"), "WEB_CONCURRENCY": ""}
        with installation.serving(folder, database, **variables) as server:
            yield SimpleNamespace(folder=folder, database=database, manager=manager, server=server)


@pytest.fixture
def folder(tmp_path):
    """The empty directory in which the server is started."""
    path = tmp_path / "server"
    path.mkdir()
    return path


def names_in(wheel):
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def metadata_of(wheel):
    with ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return HeaderParser().parsestr(archive.read(name).decode())


def test_the_wheel_contains_the_product_without_tests(installation):
    names = {name for name in names_in(installation.wheel) if ".dist-info/" not in name}

    assert names == files_of_product()
    assert {"notes_api/server/gunicorn_conf.py", "accounts/templates/accounts/link.html"} < names


def test_the_wheel_requires_the_packages_that_are_locked(installation):
    required = metadata_of(installation.wheel).get_all("Requires-Dist")

    assert list(map(Requirement, required)) == list(map(Requirement, PROJECT["project"]["dependencies"]))


def test_the_wheel_has_the_version_that_the_server_says(installation, tmp_path):
    version = settings.SPECTACULAR_SETTINGS["VERSION"]

    assert metadata_of(installation.wheel)["Version"] == version
    assert installation.run(tmp_path, "--version").stdout == f"{version}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_without_a_command_it_explains_itself(installation, folder, arguments):
    run = installation.run(folder, *arguments)

    assert run.returncode == 0
    assert "cloud-notes serve " in run.stdout
    assert "cloud-notes manage help" in run.stdout
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("arguments", [["server"], ["serve", "--port", "80"]])
def test_an_unknown_command_is_refused_with_an_explanation(installation, folder, arguments):
    run = installation.run(folder, *arguments)

    assert run.returncode == 1
    assert run.stderr.startswith(f"Unknown: cloud-notes {' '.join(arguments)}\n\nCloud Notes API ")


@pytest.mark.parametrize("command", [["serve"], ["manage", "doctor"]])
def test_an_invalid_setting_stops_the_start_with_a_sentence_that_names_it(installation, folder, command):
    run = installation.run(folder, *command, SECRET_KEY=KEY, ALGORITHM="none")

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "Cannot start: ALGORITHM must be one of HS256, HS384, HS512, not 'none'.\n"


def test_a_command_in_the_wrong_directory_says_that_the_key_is_missing(installation, folder):
    run = installation.run(folder, "manage", "migrate")

    assert run.returncode == 1
    assert run.stderr == (
        "Cannot start: SECRET_KEY is not set: it signs every token. Without .env, `make env` or `cloud-notes serve`"
        " writes one with a random key. To a .env that exists, add SECRET_KEY_FILE=secret_key; they write that file.\n"
    )
    assert list(folder.iterdir()) == []


def test_the_package_does_not_serve_the_code_of_a_checkout_in_the_current_directory(installation, folder):
    (folder / "notes_api").mkdir()

    run = installation.run(folder, "serve", PORT="0")  # which would stop it

    assert run.returncode == 1
    assert run.stderr.startswith(f"Cannot start: {folder}/notes_api would be served instead of the installed package.")
    assert [path.name for path in folder.iterdir()] == ["notes_api"]


def test_its_data_is_in_the_directory_in_which_it_is_started(installation, folder):
    # The tables of one app are enough to see where the file is.
    run = installation.run(folder, "manage", "migrate", "contenttypes", "--verbosity=0", SECRET_KEY=KEY)

    assert run.stderr == ""
    assert {path.name for path in folder.iterdir()} - {"notes.sqlite3-lock"} == {"notes.sqlite3"}
    assert stat.S_IMODE((folder / "notes.sqlite3").stat().st_mode) == 0o600


def test_it_serves_with_the_files_of_the_wheel(service):
    url = service.server.url
    page = get(f"{url}/docs")
    style = get(url + re.search(r'href="(/static/[^"]+)"', page.text)[1])

    assert (page.status_code, style.status_code) == (200, 200)
    assert get(f"{url}/openapi.json").json() == json.loads((ROOT / "openapi.json").read_text())


def test_a_first_start_writes_keys_and_prints_the_addresses(service):
    assert stat.S_IMODE((service.folder / ".env").stat().st_mode) == 0o600
    admin = f"{service.server.url}/admin/   (create an account: cloud-notes manage createsuperuser)"
    assert admin in service.server.log()


def test_systemd_hears_that_the_server_is_ready(service):
    assert b"READY=1" in service.manager.recv(1000)


def test_the_commands_have_the_settings_of_the_server(installation, service):
    doctor = installation.run(service.folder, "manage", "doctor", "--json", **service.database.variables)

    levels = {finding["subject"]: finding["level"] for finding in json.loads(doctor.stdout)}
    assert [levels[subject] for subject in ("settings", "database", "migrations")] == ["ok"] * 3


def test_the_command_of_the_backup_service_writes_a_backup(installation, service):
    command = installation.command_of("cloud-notes-backup.service").split()
    installation.run(service.folder, *command[1:], **service.database.variables)

    assert len(list((service.folder / "backups").glob("cloud-notes-*.json"))) == 1


def test_it_writes_no_env_file_if_the_key_is_in_the_environment(installation, folder):
    run = installation.run(folder, "serve", SECRET_KEY=KEY, PORT="0")

    assert run.stderr == "Cannot start: PORT must be a whole number from 1 to 65535, not '0'.\n"
    assert list(folder.iterdir()) == []
