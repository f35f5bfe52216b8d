"""The package as a user installs it: built from a copy of the source, in a virtual environment of its own."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from contextlib import contextmanager
from pathlib import Path

from notes_api.tests.edge.server import ROOT, gunicorn
from notes_api.tests.live_server import PRODUCT, environment, wait_until_ready

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["uv"]["build-backend"]["module-name"]
# Where the units of systemd expect the program.
PROGRAM = "/opt/cloud-notes/bin/cloud-notes"
# The build backend is built into uv, so nothing is downloaded.
UV = [sys.executable, "-m", "uv", "--offline", "--quiet"]


class Installation:
    def __init__(self, directory, wheel):
        self.wheel = wheel
        self.venv = directory / "venv"
        self.program = self.venv / "bin" / "cloud-notes"
        run([sys.executable, "-m", "venv", "--without-pip", self.venv])
        # It sees the packages of this environment, which are those of the lock.
        packages = next(self.venv.glob("lib/*/site-packages"))
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
        run([*UV, "pip", "install", "--no-deps", "--python", self.venv / "bin" / "python", wheel])

    def run(self, cwd, *arguments, **variables):
        """Run `cloud-notes` without the developer's variables."""
        variables = {"PATH": os.environ["PATH"], **variables}
        return subprocess.run(
            [self.program, *arguments], cwd=cwd, env=variables, capture_output=True, text=True, check=False
        )

    def command_of(self, unit):
        """Return the command that a unit of systemd starts, with the path of this program."""
        [command] = re.findall("^ExecStart=(.*)$", (ROOT / "deploy/systemd" / unit).read_text(), re.MULTILINE)
        return command.replace(PROGRAM, str(self.program))

    @contextmanager
    def serving(self, cwd, database, **variables):
        """Run the command of the unit of systemd, with `.env` in the directory; its log has all that it prints."""
        settings = environment(database, **{**PRODUCT, **variables})
        for name in ("ENV_FILE", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"):
            del settings[name]
        command = ("sh", "-c", f"exec {self.command_of('cloud-notes.service')} >&2")
        with gunicorn(settings, "PORT", wait_until_ready, command=command, cwd=cwd) as server:
            yield server


def build(directory):
    """Build the wheel and return its path."""
    source = directory / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", *PACKAGES):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    run([*UV, "build", "--wheel", "--out-dir", directory, source])
    return next(directory.glob("*.whl"))


def install(directory):
    return Installation(directory, build(directory))


def run(command):
    subprocess.run(command, check=True)


def files_of_product():
    """Return the files of the packages, without tests and what Python has compiled."""
    found = (path for package in PACKAGES for path in Path(ROOT, package).rglob("*"))
    relative = (path.relative_to(ROOT) for path in found if path.is_file())
    return {str(path) for path in relative if not {"tests", "__pycache__"} & set(path.parts)}
