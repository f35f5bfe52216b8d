"""`.ci/run_tests` runs up to five failed tests once more, and says so. `.ci/run` leaves no processes."""

import os
import select
import shutil
import signal
import subprocess
import sys

import pytest

from notes_api.settings import BASE_DIR

ONCE = """
def test_once(tmp_path_factory):
    marker = tmp_path_factory.getbasetemp().parent / "marker"
    has_failed, _ = marker.exists(), marker.touch()
    assert has_failed
"""
ALWAYS = """
def test_always():
    assert False
"""
SIX = """
import pytest

@pytest.mark.parametrize("number", range(6))
def test_six(number):
    assert False
"""
SKIPPED = ONCE.replace("assert has_failed", "import pytest; pytest.skip() if has_failed else pytest.fail()")
BROKEN = "import nothing_of_this_name"
# The options of xdist and of pytest-cov, which would take longer to load than the tests to run.
CONFTEST = """
def pytest_addoption(parser):
    group = parser.getgroup("plugins")
    group._addoption("-n")
    group._addoption("--no-cov", action="store_true")
"""


@pytest.mark.parametrize(
    ("tests", "status", "is_repeated"),
    [
        pytest.param({"once": ONCE}, 0, True, id="fails once"),
        pytest.param({"once": ONCE, "always": ALWAYS}, 1, True, id="one fails always"),
        pytest.param({"skipped": SKIPPED}, 1, True, id="fails, then is skipped"),
        pytest.param({"six": SIX}, 1, False, id="six fail"),
        pytest.param({"broken": BROKEN}, 1, False, id="cannot be imported"),
    ],
)
def test_a_failed_test_must_pass_in_the_second_run(tmp_path, tests, status, is_repeated):
    for name, text in tests.items():
        (tmp_path / f"test_{name}.py").write_text(text)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    options = ["-c", os.devnull, "--rootdir", tmp_path, f"--basetemp={tmp_path}/run"]
    command = [BASE_DIR / ".ci/run_tests", sys.executable, *options]
    names = tmp_path / "names"
    environment = {"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PASSED_AGAIN": str(names)}

    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert run.returncode == status
    assert ("Running the failed tests again" in run.stdout) == is_repeated
    passed_again = run.stdout.partition("=== Passed only when run again\n")[2]
    assert passed_again == ("test_once.py::test_once\n" if status == 0 else "")
    assert names.exists() == (status == 0)


# The installations take a minute, and `make check` interrupts the run.
PROGRAMS = {
    "apt-get": "sleep 60",
    "sudo": "sleep 60",
    "make": """case $1 in
        node) sleep 60 ;;
        check) kill -s "$SIGNAL" $PPID $$ ;;
    esac""",
}
# The tests may run in the background of a shell, where SIGINT is ignored. Bash would then ignore it for good.
WITH_SIGINT = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_installations_in_the_background_end_with_an_interrupted_run(tmp_path, name):
    run, programs = tmp_path / ".ci/run", tmp_path / "programs"
    for directory in (run.parent, programs):
        directory.mkdir()
    shutil.copy(BASE_DIR / ".ci/run", run)
    for program, text in PROGRAMS.items():
        (programs / program).write_text(f"#!/bin/sh\n{text}\n")
        (programs / program).chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "SIGNAL": name, "TMPDIR": str(tmp_path)}
    # The system closes the pipe when the last process has ended that the run has started.
    reading, writing = os.pipe()

    command = [sys.executable, "-c", WITH_SIGINT, run]
    ended = subprocess.run(command, env=environment, capture_output=True, pass_fds=[writing], check=False)
    os.close(writing)
    are_all_gone = bool(select.select([reading], [], [], 50)[0])
    os.close(reading)

    assert ended.returncode == -signal.Signals[f"SIG{name}"]
    assert are_all_gone
    assert sorted(path.name for path in tmp_path.iterdir()) == [".ci", "programs"]
