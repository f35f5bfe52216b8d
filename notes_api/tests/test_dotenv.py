import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from notes_api.config import dotenv
from notes_api.config.environment import Environment

NO_VARIABLES: dict[str, str] = {}


@pytest.fixture(autouse=True)
def _nothing_in_the_process_environment(monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SECRET_KEY_FILE", raising=False)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def settings_from(env_file: Path) -> Environment:
    return Environment(env_file, NO_VARIABLES)


def test_a_written_env_has_a_key_that_production_accepts(env_file):
    dotenv.main(env_file)

    assert len(settings_from(env_file).secret_key("SECRET_KEY", is_debug=False)) >= 50


def test_a_written_env_has_the_eight_names_but_no_hostname(env_file):
    dotenv.main(env_file)

    [_, written] = settings_from(env_file).layers
    assert set(written) == {
        "SECRET_KEY",
        "ALGORITHM",
        "ACCESS_TOKEN_EXPIRE_MINUTES",
        "DATABASE_PORT",
        "DATABASE_NAME",
        "DATABASE_USERNAME",
        "DATABASE_PASSWORD",
    }


def test_two_written_envs_share_no_secret(tmp_path):
    dotenv.main(tmp_path / "one")
    dotenv.main(tmp_path / "two")

    one, two = settings_from(tmp_path / "one"), settings_from(tmp_path / "two")
    assert one.text("SECRET_KEY") != two.text("SECRET_KEY")
    assert one.text("DATABASE_PASSWORD") != two.text("DATABASE_PASSWORD")


def test_only_the_owner_may_read_what_was_written(env_file):
    dotenv.main(env_file)

    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600


def test_an_existing_env_file_is_never_overwritten(env_file):
    env_file.write_text("PORT=9000\n")

    dotenv.main(env_file)

    assert env_file.read_text() == "PORT=9000\n"


def test_writing_the_env_file_leaves_no_other_file(env_file):
    dotenv.main(env_file)

    assert list(env_file.parent.iterdir()) == [env_file]


def test_a_missing_secret_key_file_is_created_with_a_strong_key(env_file, tmp_path):
    env_file.write_text(f"SECRET_KEY_FILE={tmp_path}/data/key\n")

    dotenv.main(env_file)

    key = settings_from(env_file).secret_key("SECRET_KEY", is_debug=False)
    assert key == (tmp_path / "data" / "key").read_text().strip()


def test_a_secret_key_file_is_for_the_owner_alone(env_file, tmp_path):
    env_file.write_text(f"SECRET_KEY_FILE={tmp_path}/key\n")

    dotenv.main(env_file)

    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_an_existing_secret_key_file_is_never_overwritten(env_file, tmp_path):
    env_file.write_text(f"SECRET_KEY_FILE={tmp_path}/key\n")
    (tmp_path / "key").write_text("kept")

    dotenv.main(env_file)

    assert (tmp_path / "key").read_text() == "kept"


def test_no_secret_key_file_is_created_if_the_key_is_set(env_file, tmp_path):
    env_file.write_text(f"SECRET_KEY=anything\nSECRET_KEY_FILE={tmp_path}/key\n")

    dotenv.main(env_file)

    assert not (tmp_path / "key").exists()


def test_the_command_reports_a_file_that_it_cannot_write(tmp_path):
    (tmp_path / "file").touch()
    environment = {**os.environ, "ENV_FILE": f"{tmp_path}/file/.env"}

    run = subprocess.run(
        [sys.executable, "-m", "notes_api.config.dotenv"], env=environment, capture_output=True, check=False
    )

    assert run.returncode == 1
    assert run.stderr.startswith(b"Cannot write ")
    assert b"Traceback" not in run.stderr
