"""The requests of the benchmark, and the notes they use."""

import random
import re

import pytest

from benchmarks.comparison.dataset import CONTENT_LENGTH, TEXTS, Dataset, common_words, missing_words, texts
from benchmarks.comparison.plans import (
    MARK,
    Known,
    create,
    mixed,
    one_note_by_unused_token,
    replace,
    unchanged,
)
from benchmarks.comparison.workloads import WORKLOADS

SMALL = Dataset(users=10, notes_each=4, large=(6, 9))


@pytest.fixture
def known():
    return Known(SMALL, [f"token-{number}" for number in range(12)], {8: '"1"', 9: '"2"'}, "/notes?offset=4")


def accounts_in(plan):
    return {int(re.search(rb"token-(\d+)", request)[1]) for request in plan}


def test_every_note_has_its_own_id():
    notes = list(SMALL.notes())

    assert len({note.id for note in notes}) == len(notes) == 10 * 4 + 6 + 9


def test_ids_and_times_increase_together_within_an_account():
    for owner in (0, 9, 11):
        notes = [SMALL.note(owner, position) for position in range(SMALL.count(owner))]

        assert sorted(notes, key=lambda note: note.id) == sorted(notes, key=lambda note: note.moment) == notes


def test_all_contents_have_the_same_length():
    assert {len(text.content) for text in texts()} == {CONTENT_LENGTH}


def test_no_note_is_replaced_twice_in_a_measurement(known):
    paths = [request.split()[1] for request in replace(known, random.Random(1))]

    assert len(set(paths)) == len(paths) == 8 * 4


def test_an_unused_token_reads_one_note_of_its_account():
    known = Known(SMALL, [f"token-{number}" for number in range(12 + 15)], {}, "")

    requests = list(one_note_by_unused_token(known, random.Random(1)))

    assert accounts_in(requests) == set(range(12, 27))
    assert requests[10].split()[1].decode() in {f"/notes/{SMALL.note(0, position).id}" for position in range(4)}


def test_a_common_word_is_in_5_to_15_percent_of_the_notes():
    every_text = [f" {text.title} {text.content} ".lower() for text in texts()]
    word = common_words()[0]

    assert 0.05 <= sum(bool(re.search(rf"\b{word}\b", text)) for text in every_text) / TEXTS <= 0.15


def test_no_note_contains_a_missing_word():
    every_word = {word for text in texts() for word in re.findall(r"\w+", f"{text.title} {text.content}".lower())}

    assert len(missing_words()) > 100
    assert every_word.isdisjoint(missing_words())


@pytest.mark.parametrize("plan", [create, replace], ids=lambda plan: plan.__name__)
def test_a_write_has_its_true_content_length(known, plan):
    head, _, body = next(plan(known, random.Random(1))).partition(b"\r\n\r\n")

    assert f"Content-Length: {len(body)}".encode() in head
    assert body.count(MARK.encode()) == 1


def test_no_write_changes_an_account_whose_lists_must_stay_unchanged(known):
    written = accounts_in([*create(known, random.Random(1)), *replace(known, random.Random(1))])

    assert accounts_in(unchanged(known, random.Random(1))).isdisjoint(written)


def test_a_fifth_of_the_mixed_requests_write(known):
    methods = [request.split()[0] for request in mixed(known, random.Random(1))]

    assert 0.17 < sum(method in {b"POST", b"PUT"} for method in methods) / len(methods) < 0.23


def test_no_request_holds_the_byte_that_separates_requests(known):
    plans = {workload.plan for workload in WORKLOADS}

    assert all(b"\0" not in request for plan in plans for request in plan(known, random.Random(1)))
