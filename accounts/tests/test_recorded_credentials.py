"""What the record of a request says about its credential. The access log and the fair queue read it."""

import pytest

from notes_api.tests import product_client


@pytest.fixture
def records(monkeypatch):
    records = []
    monkeypatch.setattr(product_client, "end_request", records.append)
    return records


def test_an_accepted_credential_is_recorded(as_user, by_token, alice, records):
    session, script = as_user(alice), by_token(alice, "notes:read")

    statuses = [client.get("/notes").status_code for client in (session, script)]

    assert statuses == [200, 200]
    assert [(each.account_id, each.credential_id, each.is_token_rejected) for each in records] == [
        (alice.pk, session.session_row.pk, False),
        (alice.pk, script.token_row.pk, False),
    ]


def test_a_rejected_credential_is_recorded_as_rejected(as_user, by_token, alice, records):
    session, script = as_user(alice), by_token(alice, "notes:read")
    session.session_row.revoke()
    script.token_row.revoke()

    statuses = [client.get("/notes").status_code for client in (session, script)]

    assert statuses == [401, 401]
    assert [(each.account_id, each.credential_id, each.is_token_rejected) for each in records] == [
        (None, None, True)
    ] * 2
