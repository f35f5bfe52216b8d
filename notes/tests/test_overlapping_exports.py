"""Two runs of `manage.py export_notes` that write to one archive. For folders, see `transfer/test_folder_writer.py`."""

import pytest
from django.core.management import CommandError, call_command

from notes.management.commands import export_notes
from notes.tests.exports import opened
from notes.tests.factories import make_note
from notes.transfer.exports import own_file
from notes.transfer.exports.archive import export_account


def test_a_second_export_to_an_archive_is_refused_while_the_first_one_writes_it(alice, tmp_path, monkeypatch):
    refusals = []

    def export_twice(*arguments):
        with pytest.raises(CommandError) as refusal:
            call_command("export_notes", alice.email, str(tmp_path / "out.zip"))
        refusals.append(str(refusal.value))
        return export_account(*arguments)

    monkeypatch.setattr(export_notes, "export_account", export_twice)
    make_note(owner=alice)

    call_command("export_notes", alice.email, str(tmp_path / "out.zip"))

    assert refusals == [f"Another export is writing {tmp_path}/.out.zip.new. Wait until it has ended."]
    assert "notes/Milk.md" in opened((tmp_path / "out.zip").read_bytes()).namelist()
    assert [each.name for each in tmp_path.iterdir()] == ["out.zip"]


def test_a_file_that_another_export_has_just_put_in_place_is_not_emptied(tmp_path, monkeypatch):
    partial = tmp_path / ".out.zip.new"
    monkeypatch.setattr(own_file.fcntl, "flock", lambda *arguments: partial.rename(tmp_path / "out.zip"))

    with pytest.raises(FileExistsError, match="Another export is writing"):
        own_file.lock_file(partial)
