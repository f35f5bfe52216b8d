"""Folders of exports are replaced in one step."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notes.transfer.exports import folder_writer
from notes.transfer.exports.earlier_export import RECORD
from notes.transfer.exports.exchange import exchange
from notes.transfer.exports.file_names import safe_name
from notes.transfer.exports.folder_writer import FolderWriter

MOMENT = datetime(2026, 1, 5, tzinfo=UTC)
# Looks for a folder all the time, and fails if it was missing once.
READER = "echo; while [ ! -e stop ]; do [ -e out ] || exit 1; done"


def write(path, name="a.md"):
    writer = FolderWriter(path)
    writer.add(name, b"Milk", MOMENT)
    writer.close()


def names(path):
    return sorted(each.name for each in path.iterdir() if each.name != RECORD)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems need two steps")
def test_a_reader_always_finds_the_folder(tmp_path):
    write(tmp_path / "out")
    with subprocess.Popen(["/bin/sh", "-c", READER], cwd=tmp_path, stdout=subprocess.PIPE) as reader:
        reader.stdout.readline()
        for number in range(200):
            write(tmp_path / "out", f"{number}.md")
        (tmp_path / "stop").touch()

    assert reader.returncode == 0
    assert names(tmp_path / "out") == ["199.md"]
    assert names(tmp_path) == ["out", "stop"]


def test_a_system_that_cannot_exchange_folders_takes_two_steps(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_writer, "exchange", lambda first, second: False)
    write(tmp_path / "out")

    write(tmp_path / "out", "b.md")

    assert names(tmp_path / "out") == ["b.md"]
    assert names(tmp_path) == ["out"]


def test_a_run_that_was_killed_between_the_two_steps_loses_nothing(tmp_path):
    write(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.old")

    FolderWriter(tmp_path / "out").end()

    assert names(tmp_path / "out") == ["a.md"]


def test_a_link_to_a_folder_stays(tmp_path):
    write(tmp_path / "real")
    (tmp_path / "out").symlink_to("real")

    write(tmp_path / "out", "b.md")

    assert (tmp_path / "out").is_symlink()
    assert names(tmp_path / "real") == ["b.md"]


def test_what_is_added_while_an_export_is_written_stays(tmp_path):
    write(tmp_path / "out")
    writer = FolderWriter(tmp_path / "out")
    (tmp_path / "out/mine.md").touch()

    with pytest.raises(FileExistsError):
        writer.close()

    assert names(tmp_path / "out") == ["a.md", "mine.md"]
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("state", ["old", "new"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_folder_of_something_else_beside_the_export_stays(tmp_path, state, is_first):
    if not is_first:
        write(tmp_path / "out")
    mine = tmp_path / f".out.{state}/mine.md"
    mine.parent.mkdir()
    mine.write_text("Mine")

    with pytest.raises(FileExistsError, match=rf"\.out\.{state} has a file that an export did not write"):
        FolderWriter(tmp_path / "out")

    assert mine.read_text() == "Mine"


def test_what_a_killed_run_left_is_deleted(tmp_path):
    writer = FolderWriter(tmp_path / "out")
    writer.add("notes/a.md", b"Milk", MOMENT)
    writer.create().close()
    # The end of a process ends its locks.
    writer.lines.close()

    write(tmp_path / "out")

    assert names(tmp_path / "out") == ["a.md"]
    assert names(tmp_path) == ["out"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such device")
def test_an_export_that_does_not_fit_on_the_disk_is_deleted(tmp_path):
    writer = FolderWriter(tmp_path / "out")
    writer.add("a.md", b"Milk", MOMENT)
    writer.lines.close()
    writer.lines = Path("/dev/full").open("a", buffering=1)  # noqa: SIM115  # `end` closes it
    with pytest.raises(OSError, match="No space left"):
        writer.add("b.md", b"Milk", MOMENT)

    writer.end()

    assert names(tmp_path) == []


def test_a_second_export_to_a_folder_is_refused_while_the_first_one_writes_it(tmp_path):
    writer = FolderWriter(tmp_path / "out")
    writer.add("a.md", b"Milk", MOMENT)

    with pytest.raises(FileExistsError, match="Another export is writing"):
        FolderWriter(tmp_path / "out")

    writer.add("b.md", b"Bread", MOMENT)
    writer.close()
    assert names(tmp_path / "out") == ["a.md", "b.md"]
    write(tmp_path / "out", "c.md")
    assert names(tmp_path / "out") == ["c.md"]


def test_a_second_export_in_the_moment_between_the_two_steps_changes_nothing(tmp_path):
    write(tmp_path / "out")
    writer = FolderWriter(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.old")

    with pytest.raises(FileExistsError, match="Another export is writing"):
        FolderWriter(tmp_path / "out")

    writer.close()
    assert names(tmp_path) == ["out"]


def test_the_record_of_an_export_is_deleted_last(tmp_path, monkeypatch):
    left = []
    write(tmp_path / "out")
    monkeypatch.setattr(
        folder_writer.shutil, "rmtree", lambda folder, **options: left.extend(each.name for each in folder.iterdir())
    )

    folder_writer.delete_folder(tmp_path / "out")

    assert left == [RECORD]


@pytest.mark.parametrize("state", ["old", "new"])
def test_what_is_added_in_the_last_moment_stays_beside_the_export(tmp_path, monkeypatch, state):
    def exchange_late(first, second):
        (second / "mine.md").touch()
        return state == "new" and exchange(first, second)

    monkeypatch.setattr(folder_writer, "exchange", exchange_late)
    write(tmp_path / "out")

    with pytest.raises(FileExistsError, match=rf"\.out\.{state} has a file"):
        write(tmp_path / "out", "b.md")

    assert names(tmp_path / "out") == ["b.md"]
    assert names(tmp_path / f".out.{state}") == ["a.md", "mine.md"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot")
def test_a_path_that_does_not_exist_cannot_be_exchanged(tmp_path):
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize("title", ["con", "CON .txt", "conin$", "lpt1.a"])
def test_the_name_of_a_device_is_not_a_file_name(title):
    assert safe_name(title) == f"_{title}"
