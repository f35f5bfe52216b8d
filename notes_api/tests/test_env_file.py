"""A `.env` is read as its author meant it, or the start fails with the number of the line and without its text."""

import codecs
import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from notes_api.config.env_file import read_env_file
from notes_api.settings import BASE_DIR
from notes_api.tests.environment import error_message, variables

PASSWORD = "hunter2hunter2"


LINES = [
    b"NAME=a value",
    b"NAME = a value",
    b"NAME =a value",
    b"NAME=\t a value  ",
    b"  NAME=a value",
    b"\tNAME=a value",
    b"\xc2\xa0NAME=a value",
    b"NAME: a value",
    b"export NAME=a value",
    b"export   NAME = a value",
    b"NAME=a value\r",
    b'NAME = "a value"  ',
    b"NAME = 'a value' # why",
    b'NAME="a value"\t# why "so"',
    codecs.BOM_UTF8 + b"NAME=a value",
    codecs.BOM_UTF8 + b"# a comment\r\nNAME=a value\r\n",
    b"# gr\xfcn\nNAME=a value",
    b"   # indented\n\n  \nNAME=a value",
    b"NAME=another\nNAME=a value",
    "NAME=a value\r\n".encode("utf-16"),
]


def test_a_line_is_read_as_its_author_meant_it(env_file):
    def read(line):
        env_file.write_bytes(line + b"\n" if line[:2] != codecs.BOM_UTF16_LE else line)
        return read_env_file(env_file)

    assert {line: read(line) for line in LINES} == {line: {"NAME": "a value"} for line in LINES}


VALUES = [
    ("", ""),
    ("''", ""),
    ('""', ""),
    ("a #b", "a #b"),
    ("=", "="),
    ("a:b=c", "a:b=c"),
    ("'it's'", "it's"),
    ("'a' 'b'", "a' 'b"),
    ('"say \\"so\\""', 'say "so"'),
    ("' spaces '", " spaces "),
    ("it's", "it's"),
    ("'#1' #2", "#1"),
    ("'a'#b'", "a'#b"),
    ("a\\nb", "a\\nb"),
    ("'a\\nb\\\\'", "a\\nb\\\\"),
    ("'\"so\"'", '"so"'),
]


def test_a_value_may_hold_any_character(env_file):
    def read(written):
        env_file.write_text(f"NAME={written}\n", encoding="utf-8")
        return written, read_env_file(env_file)["NAME"]

    assert [read(written) for written, _ in VALUES] == VALUES


INVALID = [
    f"DATABASE_PASSWORD {PASSWORD}".encode(),
    f"DATABASE_PASSWORD:{PASSWORD}".encode(),
    f"DATABASE-PASSWORD={PASSWORD}".encode(),
    f"1NAME={PASSWORD}".encode(),
    f"={PASSWORD}".encode(),
    f"set NAME={PASSWORD}".encode(),
    f'NAME="{PASSWORD}'.encode(),
    f"NAME='{PASSWORD}\" # why".encode(),
    f"NAME={PASSWORD}\0".encode(),
    f"NAME={PASSWORD}\u2028a".encode(),
    f"NAME={PASSWORD}\x0ba".encode(),
    b"NAME=gr\xfcn" + PASSWORD.encode(),
    b"\xfc=" + PASSWORD.encode(),
    PASSWORD.encode(),
]


def test_a_line_that_cannot_be_read_is_reported_by_its_number_only(env_file):
    def message(line):
        env_file.write_bytes(b"PORT=8000\r\n\r\n" + line + b"\r\n")
        return error_message(lambda: read_env_file(env_file))

    messages = {line: message(line) for line in INVALID}

    assert [line for line, text in messages.items() if not text.startswith(f"{env_file}, line 3: ")] == []
    assert [line for line, text in messages.items() if PASSWORD in text] == []


def test_no_file_means_no_variables(env_file):
    assert read_env_file(env_file) == {}


def make_directory(path):
    path.mkdir()


def make_dangling_link(path):
    path.symlink_to(path.parent / "nowhere")


def make_loop(path):
    path.symlink_to(path)


def make_half_of_utf16(path):
    path.write_bytes(codecs.BOM_UTF16_LE + b"P")


def test_a_file_that_cannot_be_read_stops_the_start(env_file):
    make_half_of_utf16(env_file)

    run = start(env_file)

    assert run.returncode == 1
    assert run.stderr.startswith(f"Cannot start: {env_file} ")
    assert run.stderr.count("\n") == 1


@pytest.mark.skipif(os.getuid() == 0, reason="root may read every file")
def test_a_file_of_another_user_stops_the_start(env_file):
    env_file.write_text("PORT=8000\n")
    env_file.chmod(0)

    assert "Permission denied" in error_message(lambda: read_env_file(env_file))


def test_a_file_that_the_environment_names_must_exist(env_file):
    assert start(env_file).stderr == f"Cannot start: {env_file} cannot be read: No such file or directory.\n"


def test_a_line_that_cannot_be_read_stops_make_run(env_file):
    env_file.write_text(f"DATABASE_PASSWORD {PASSWORD}\n")

    run = start(env_file, "-m", "notes_api.config.dotenv")

    assert (run.returncode, run.stderr) == (1, f"Cannot start: {env_file}, line 1: it is not NAME=value.\n")


def start(env_file, *command):
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": str(env_file)}
    command = [sys.executable, *(command or ("manage.py", "version"))]
    return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)


SECRETS = [
    *(b"s3cret", b"s3cret\n", b"s3cret\r\n", b"s3cret\n\n"),
    *(codecs.BOM_UTF8 + b"s3cret\r\n", "s3cret\r\n".encode("utf-16")),
]


def test_a_secret_file_loses_its_mark_and_its_last_line_end(tmp_path):
    def read(content):
        (tmp_path / "secret").write_bytes(content)
        return variables(NAME_FILE=f"{tmp_path}/secret").text("NAME")

    assert {content: read(content) for content in SECRETS} == dict.fromkeys(SECRETS, "s3cret")


@pytest.mark.parametrize("make", [make_directory, make_dangling_link, make_loop])
def test_a_file_that_need_not_exist_must_be_readable_if_it_does(env_file, make):
    make(env_file)

    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        read_env_file(env_file)
