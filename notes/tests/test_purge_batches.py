"""A purge of many notes is many short transactions, so that nobody waits long."""

import pytest
from django.utils import timezone

from accounts.flows.erasure import erase
from accounts.models import Clock
from conftest import START
from notes.models import Note
from notes.models.purging import apply_in_batches, purge_notes
from notes.tests.factories import clock_of, copies, make_note, make_trashed
from notes.tests.test_purge import DAY, purge


@pytest.fixture(autouse=True)
def _morning(time_machine):
    time_machine.move_to(START, tick=False)


def test_many_notes_take_one_tick_for_each_hundred(alice, time_machine, capsys):
    Note.objects.bulk_create(copies(alice, 250, trashed_at=timezone.now()))
    time_machine.shift(31 * DAY)

    assert purge(capsys)["notes purged from the trash"] == 250
    assert clock_of(alice) == 3
    time_machine.shift(181 * DAY)

    assert purge(capsys)["tombstones deleted"] == 250
    assert not Note.objects.exists()
    assert Clock.objects.get().sync_floor == 3


def test_notes_with_long_texts_are_purged_one_by_one(alice, time_machine, capsys):
    for _ in range(2):
        note = make_note(alice, content="x" * 600_000)
        note.change({"content": ""})
        note.trash()
    time_machine.shift(31 * DAY)
    before = clock_of(alice)

    assert purge(capsys)["notes purged from the trash"] == 2
    assert clock_of(alice) == before + 2


def test_an_account_that_is_erased_during_the_purge_is_skipped(alice, bob, time_machine):
    for owner in (alice, bob):
        make_trashed(owner=owner)
    time_machine.shift(31 * DAY)

    def erase_alice_and_purge(notes, owner_id):
        if owner_id == alice.pk:
            erase(alice)
        return purge_notes(notes, owner_id)

    assert apply_in_batches(erase_alice_and_purge, Note.objects.trashed_before(timezone.now())) == 1
    assert Note.objects.get().owner == bob
