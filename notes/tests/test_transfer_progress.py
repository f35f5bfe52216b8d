"""What `manage.py export_notes` shows on a terminal."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from notes.management import transfers
from notes.tests.factories import make_note
from notes.transfer.exports import archive


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("path", ["out", "out.zip"])
def test_an_export_shows_on_a_terminal_how_far_it_is(alice, tmp_path, monkeypatch, path):
    monkeypatch.setattr(transfers, "INTERVAL", 0)
    monkeypatch.setattr(archive, "INTERVAL", 2)
    for _ in range(3):
        make_note(owner=alice)
    screen = Terminal()

    call_command("export_notes", alice.email, str(tmp_path / path), stdout=StringIO(), stderr=screen)

    shown = [f"\rExporting {alice.email}: 2 notes {verb}\x1b[K" for verb in ("read", "written")]
    assert screen.getvalue() == "".join(shown) + "\n"


def test_the_error_of_an_export_is_on_a_line_of_its_own(alice, tmp_path, monkeypatch):
    monkeypatch.setattr(transfers, "INTERVAL", 0)
    monkeypatch.setattr(archive, "INTERVAL", 1)
    make_note(owner=alice)
    (tmp_path / ".out.new").touch()
    screen = Terminal()

    with pytest.raises(CommandError):
        call_command("export_notes", alice.email, str(tmp_path / "out"), stderr=screen)

    assert screen.getvalue().endswith("1 notes read\x1b[K\n")
