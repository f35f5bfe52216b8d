"""How long an imported note stays in the trash."""

import pytest

from conftest import START
from notes.tests.imports import line, sender
from notes.tests.test_purge import DAY, purge


@pytest.mark.parametrize("trashed_at", ["2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_an_imported_note_is_purged_30_days_after_its_import(as_user, alice, time_machine, capsys, trashed_at):
    time_machine.move_to(START, tick=False)
    phone = as_user(alice)
    sender(phone)(line(trashed_at=trashed_at).encode())
    [imported] = phone.get("/trash").json()["results"]
    time_machine.shift(30 * DAY)
    in_time = purge(capsys)["notes purged from the trash"]
    time_machine.shift(1)

    assert imported["trashed_at"] == min(trashed_at, START)
    assert (in_time, purge(capsys)["notes purged from the trash"]) == (0, 1)
