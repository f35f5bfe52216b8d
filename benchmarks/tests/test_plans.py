"""What is asked, and of which notes."""

import random
import re

import pytest

from benchmarks.comparison.dataset import CONTENT_LENGTH, Dataset, texts
from benchmarks.comparison.plans import MARK, Known, create, mixed, replace, unchanged
from benchmarks.comparison.workloads import WORKLOADS

SMALL = Dataset(users=10, notes_each=4, large=(6, 9))


@pytest.fixture
def known():
    return Known(SMALL, [f"token-{number}" for number in range(12)], {8: '"1"', 9: '"2"'}, "/notes?offset=4")


def accounts_in(plan):
    return {int(re.search(rb"token-(\d+)", request)[1]) for request in plan}


def test_every_note_has_an_id_of_its_own():
    notes = list(SMALL.notes())

    assert len({note.id for note in notes}) == len(notes) == 10 * 4 + 6 + 9


def test_ids_and_times_grow_together_within_an_account():
    for owner in (0, 9, 11):
        notes = [SMALL.note(owner, position) for position in range(SMALL.count(owner))]

        assert sorted(notes, key=lambda note: note.id) == sorted(notes, key=lambda note: note.moment) == notes


def test_every_content_is_as_long_as_the_others():
    assert {len(text.content) for text in texts()} == {CONTENT_LENGTH}


@pytest.mark.parametrize("plan", [create, replace], ids=lambda plan: plan.__name__)
def test_a_write_announces_the_length_it_has(known, plan):
    head, _, body = next(plan(known, random.Random(1))).partition(b"\r\n\r\n")

    assert f"Content-Length: {len(body)}".encode() in head
    assert body.count(MARK.encode()) == 1


def test_nobody_writes_to_the_accounts_whose_lists_stay_unchanged(known):
    written = accounts_in([*create(known, random.Random(1)), *replace(known, random.Random(1))])

    assert accounts_in(unchanged(known, random.Random(1))).isdisjoint(written)


def test_a_fifth_of_the_mixed_requests_write(known):
    methods = [request.split()[0] for request in mixed(known, random.Random(1))]

    assert 0.17 < sum(method in {b"POST", b"PUT"} for method in methods) / len(methods) < 0.23


def test_no_request_holds_what_ends_a_request_in_a_plan(known):
    plans = {workload.plan for workload in WORKLOADS}

    assert all(b"\0" not in request for plan in plans for request in plan(known, random.Random(1)))
