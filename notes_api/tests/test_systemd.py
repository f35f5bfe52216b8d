"""The units in `deploy/systemd`."""

import re
import shutil
import subprocess

import pytest

from notes_api.settings import BASE_DIR
from notes_api.tests.installed_wheel import PROGRAM

UNITS = BASE_DIR / "deploy/systemd"
SERVICES = ["cloud-notes.service", "cloud-notes-backup.service"]
WITH_SYSTEMD = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


def values(unit, name):
    return re.findall(rf"^{name}=(.*)$", (UNITS / unit).read_text(), re.MULTILINE)


def sandbox(unit):
    """Return the lines that confine a service."""
    return re.split(r"# What follows is the same in \S+\n", (UNITS / unit).read_text())[1].partition("\n\n")[0].strip()


@pytest.fixture
def units(tmp_path):
    """The units with a program that exists here."""
    for path in UNITS.iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace(PROGRAM, "/bin/true"))
    return tmp_path


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False)


@WITH_SYSTEMD
def test_systemd_accepts_the_units_without_a_remark(units):
    run = analyze("verify", *units.iterdir())

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@WITH_SYSTEMD
@pytest.mark.parametrize("name", SERVICES)
def test_the_services_are_hardly_exposed(units, name):
    # 1.5 on the scale from 0 to 10 of `systemd-analyze security`.
    run = analyze("security", "--offline=true", "--threshold=15", units / name)

    assert run.returncode == 0, run.stdout


def test_both_services_are_confined_in_the_same_way():
    first, second = map(sandbox, SERVICES)

    assert first == second
    assert "ProtectSystem=strict" in first


def test_a_start_may_take_as_long_as_a_migration():
    assert values("cloud-notes.service", "TimeoutStartSec") == ["infinity"]


def test_the_time_to_stop_is_longer_than_that_of_the_workers():
    [seconds] = values("cloud-notes.service", "TimeoutStopSec")

    # `graceful_timeout` of gunicorn_conf.py with the default settings.
    assert int(seconds) > 38


def test_the_units_that_are_enabled_have_an_install_section():
    installed = {path.name for path in UNITS.iterdir() if values(path.name, "WantedBy")}

    assert installed == {"cloud-notes.service", "cloud-notes-backup.timer"}
