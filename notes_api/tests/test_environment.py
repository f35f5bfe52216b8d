"""Where the value of an environment variable comes from."""

import pytest

from notes_api.config.environment import Environment
from notes_api.tests.environment import error_message, variables


def test_a_value_is_read_from_the_env_file(env_file):
    env_file.write_text("NAME=value\n")

    assert Environment(env_file, {}).text("NAME") == "value"


def test_the_process_environment_wins_over_the_env_file(env_file):
    env_file.write_text("NAME=file\n")

    assert Environment(env_file, {"NAME": "process"}).text("NAME") == "process"


def test_an_empty_value_in_the_process_environment_hides_the_one_in_the_env_file(env_file):
    env_file.write_text("NAME=file\n")

    assert Environment(env_file, {"NAME": ""}).text("NAME", "default") == "default"


def test_a_missing_env_file_is_ignored(env_file):
    assert Environment(env_file, {}).text("NAME", "default") == "default"


def test_reading_an_env_file_leaves_the_process_environment_as_it_is(env_file, monkeypatch):
    monkeypatch.delenv("NAME", raising=False)
    env_file.write_text("NAME=file\n")

    Environment(env_file)

    assert Environment().text("NAME") == ""


def test_values_are_taken_literally(env_file, subtests):
    for value in ["$HOME", "${HOME}", "a$$b", "#1", "a #b", "a=b", "p\\n", "%(x)s", "ä€"]:
        with subtests.test(value=value):
            env_file.write_text(f"NAME={value}\n", encoding="utf-8")

            assert Environment(env_file, {}).text("NAME") == value


@pytest.mark.parametrize("line", ["NAME='a $b'", 'NAME="a $b"', "export NAME=a $b"])
def test_quotes_around_a_value_are_removed(env_file, line):
    env_file.write_text(f"{line}\n")

    assert Environment(env_file, {}).text("NAME") == "a $b"


def test_a_secret_is_read_from_the_file_that_is_named(tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")

    assert variables(NAME_FILE=f"{tmp_path}/secret").text("NAME") == "s3cret"


def test_a_value_wins_over_the_file_that_is_named():
    assert variables(NAME="value", NAME_FILE="/nowhere").text("NAME") == "value"


def test_a_file_named_in_the_process_environment_wins_over_the_value_in_the_env_file(env_file, tmp_path):
    env_file.write_text("NAME=file\n")
    (tmp_path / "secret").write_text("s3cret")

    assert Environment(env_file, {"NAME_FILE": f"{tmp_path}/secret"}).text("NAME") == "s3cret"


def test_a_named_file_that_is_missing_is_refused_by_name():
    assert error_message(lambda: variables(NAME_FILE="/nowhere").text("NAME")) == (
        "NAME_FILE names '/nowhere', which cannot be read: No such file or directory."
    )


def test_a_named_file_that_is_not_text_is_refused_by_name(tmp_path):
    (tmp_path / "secret").write_bytes(b"\xff\xff")

    assert "NAME_FILE names" in error_message(lambda: variables(NAME_FILE=f"{tmp_path}/secret").text("NAME"))
