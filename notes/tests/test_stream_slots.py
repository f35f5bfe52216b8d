"""The five places of each account for event streams: when one is free, and how long a refused stream waits."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from notes.models import StreamSlot
from notes.models.stream_slot import LEASE, SLOTS
from notes_api.server.process_names import ProcessNames, process_names
from notes_api.tests.edge.server import ROOT

OTHER_MACHINE = f"{'0' * 32}:77"
LIFETIME = timedelta(minutes=15)

pytestmark = pytest.mark.usefixtures("at_nine")


def reserve(user, lifetime=LIFETIME):
    return StreamSlot.objects.reserve(user.pk, timezone.now() + lifetime)


def occupy(user, holder=None):
    slots = [reserve(user) for _ in range(SLOTS)]
    if holder:
        StreamSlot.objects.of(user.pk).update(holder=holder)
    return slots


def test_accounts_do_not_share_slots(alice, bob):
    occupy(alice)

    assert isinstance(reserve(alice), int)
    assert not isinstance(reserve(bob), int)


def test_a_refused_stream_waits_until_the_first_of_the_five_ends(alice):
    for minutes in (9, 4, 12, 7, 15):
        reserve(alice, timedelta(minutes=minutes))

    assert reserve(alice) == 4 * 60


def test_a_released_slot_is_free(alice):
    slots = occupy(alice)
    StreamSlot.objects.release(slots[2])

    assert not isinstance(reserve(alice), int)
    assert isinstance(reserve(alice), int)


def test_releasing_a_slot_that_another_stream_has_taken_changes_nothing(alice, time_machine):
    slots = occupy(alice)
    time_machine.shift(LEASE)
    occupy(alice)

    StreamSlot.objects.release(slots[0])

    assert isinstance(reserve(alice), int)


def test_a_slot_is_free_when_a_process_of_another_machine_has_not_renewed_it(alice, time_machine):
    occupy(alice, OTHER_MACHINE)
    time_machine.shift(LEASE - timedelta(seconds=1))
    assert reserve(alice) == 1

    time_machine.shift(1)

    assert not isinstance(reserve(alice), int)


def test_a_renewed_slot_stays_taken(alice, time_machine):
    slots = occupy(alice, OTHER_MACHINE)
    time_machine.shift(LEASE - timedelta(seconds=1))
    StreamSlot.objects.renew(slots)
    time_machine.shift(5)

    assert reserve(alice) == LIFETIME.total_seconds() - 64


def test_slots_reserved_before_the_clock_was_set_back_are_free(alice, time_machine):
    occupy(alice)
    time_machine.shift(timedelta(hours=-1))

    assert not isinstance(reserve(alice), int)


def test_only_one_of_two_requests_takes_an_ended_slot(alice, time_machine):
    occupy(alice)
    time_machine.shift(LEASE)
    ended = StreamSlot.objects.of(alice.pk).get(number=0)
    ends_at = timezone.now() + LIFETIME

    outcomes = [StreamSlot(user=alice, number=0, ends_at=ends_at).take_from(ended) for _ in range(2)]

    assert outcomes == [True, False]


def test_only_one_of_two_requests_takes_a_new_slot(alice):
    ends_at = timezone.now() + LIFETIME

    outcomes = [StreamSlot(user=alice, number=0, ends_at=ends_at).take_from(None) for _ in range(2)]

    assert outcomes == [True, False]


def name_of_other_process(tmp_path, program="print(names.own, flush=True)"):
    """Run a process that registers and does what the program says; return its name."""
    path = str(tmp_path / "processes")
    setup = (
        "import pathlib, django.conf; django.conf.settings.configure(SPOOL_DIR=None);"
        "from notes_api.server.process_names import ProcessNames;"
        f"names = ProcessNames(pathlib.Path({path!r}));"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", setup + program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    return process, process.stdout.readline().strip()


def test_a_process_has_ended_when_it_was_killed_and_not_before(tmp_path):
    names = ProcessNames(tmp_path / "processes")
    process, name = name_of_other_process(tmp_path, "print(names.own, flush=True); input()")
    with process:
        before = names.has_ended(name)
        process.kill()
        process.wait()

        assert not before
        assert names.has_ended(name)
        assert not names.has_ended(names.own)


def test_nothing_is_known_about_processes_of_another_machine(tmp_path):
    names, others = ProcessNames(tmp_path / "here"), ProcessNames(tmp_path / "there")

    assert not names.has_ended(others.own)
    assert not names.has_ended(OTHER_MACHINE)


def test_without_a_file_nothing_is_known_about_any_process(tmp_path):
    process, name = name_of_other_process(tmp_path)
    with process:
        process.wait()
    names = ProcessNames(tmp_path / "missing" / "processes")

    assert not names.has_ended(name)
    assert not ProcessNames(tmp_path / "processes").has_ended(names.own)


def test_the_slots_of_an_ended_process_are_free(alice, monkeypatch):
    monkeypatch.setattr("notes.models.stream_slot.process_names.has_ended", lambda name: name == "gone")
    occupy(alice)
    assert isinstance(reserve(alice), int)
    StreamSlot.objects.filter(number=3).update(holder="gone")

    assert not isinstance(reserve(alice), int)
    assert StreamSlot.objects.get(number=3).holder == process_names.own
