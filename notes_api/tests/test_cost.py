"""No request costs more than it may: requests made from `openapi.json`, and what they cost a served process."""

import os
from itertools import islice

import pytest

from notes_api.tests.cost.account import Account
from notes_api.tests.cost.bounds import measured
from notes_api.tests.cost.hostile import hostile_requests
from notes_api.tests.cost.meter import metering
from notes_api.tests.cost.operations import operations
from notes_api.tests.live_server import serving

OPERATIONS = operations()
# `make soak` sends everything; `make test` one of each operation, with a smaller body.
SAMPLE = 1
SAMPLE_BODY = 64 * 1024
# Otherwise there would be a skipped test for each of them.
SENT_IN_FULL = OPERATIONS if "SOAK" in os.environ else []


@pytest.fixture
def account(product):
    account = Account(product)
    yield account
    account.close()


def sample_of(operation):
    """Choose requests evenly, others for each operation."""
    every = list(hostile_requests(operation, SAMPLE_BODY))
    step = max(1, len(every) // SAMPLE)
    return islice(every, OPERATIONS.index(operation) * 7 % step, None, step)


def test_a_sample_of_hostile_requests_stays_within_the_bounds(served_database, product, account):
    account.fill(10, 4096)
    with metering(product, served_database) as meter:
        found = [
            excess
            for operation in OPERATIONS
            for hostile in sample_of(operation)
            if (excess := measured(account, meter, operation, hostile)[2])
        ]

    assert found == []


@pytest.fixture(scope="module")
def alone(served_database):
    """One worker with the product's own password hashes."""
    with serving(served_database, DJANGO_SETTINGS_MODULE="notes_api.settings") as server:
        account = Account(server)
        account.fill(100, 64 * 1024)
        with metering(server, served_database) as meter:
            yield account, meter
        account.close()


@pytest.mark.parametrize("operation", SENT_IN_FULL, ids=lambda operation: operation.name)
def test_every_hostile_request_stays_within_the_bounds(alone, operation):
    account, meter = alone
    requests = hostile_requests(operation, operation.body_limit)

    assert [excess for hostile in requests if (excess := measured(account, meter, operation, hostile)[2])] == []
