"""Many rows are deleted in transactions that are short."""

import pytest

from notes_api.db import short_transactions
from notes_api.db.short_transactions import MAX_BYTES, MAX_ROWS, in_batches


def sizes_of(batches):
    return [len(batch) for batch in batches]


def test_a_batch_has_a_limited_number_of_rows():
    rows = [(number, 0) for number in range(2 * MAX_ROWS + 1)]

    batches = list(in_batches(rows))

    assert sizes_of(batches) == [MAX_ROWS, MAX_ROWS, 1]
    assert [key for batch in batches for key in batch] == list(range(2 * MAX_ROWS + 1))


@pytest.mark.parametrize(
    ("sizes", "batches"),
    [
        ([], []),
        ([MAX_BYTES // 2, MAX_BYTES // 2, 1], [2, 1]),
        ([1, MAX_BYTES, 1], [1, 1, 1]),
        ([5 * MAX_BYTES, 5 * MAX_BYTES], [1, 1]),
    ],
)
def test_a_batch_has_a_limited_number_of_bytes_unless_one_row_has_more(sizes, batches):
    assert sizes_of(in_batches(enumerate(sizes))) == batches


def test_it_rests_after_each_batch_for_as_long_as_that_took(monkeypatch):
    now, pauses = [0.0], []
    monkeypatch.setattr(short_transactions.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(short_transactions.time, "sleep", pauses.append)

    for number, _ in enumerate(in_batches([(1, MAX_BYTES), (2, MAX_BYTES)]), start=1):
        now[0] += 0.25 * number

    assert pauses == [0.25, 0.5]
