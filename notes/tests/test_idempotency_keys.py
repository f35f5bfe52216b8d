"""Whose an `Idempotency-Key` is, and several keys in one request."""

from importlib import import_module

import pytest
from django.apps import apps

from notes.models import Note, StoredAnswer
from notes_api.tests.responses import field_errors

MILK = {"title": "Milk", "content": "two litres\n"}


def create(client, key="one"):
    return client.post("/notes", MILK, headers={"Idempotency-Key": key})


def test_a_retry_after_a_new_log_in_gets_the_first_response(phone, as_user, alice):
    first = create(phone)
    phone.session_row.revoke()

    response = create(as_user(alice))

    assert response.content == first.content
    assert response.headers["Idempotency-Replayed"] == "true"
    assert Note.objects.count() == 1


@pytest.mark.parametrize("scopes", [["notes:write"], ["notes:read", "notes:append"]])
def test_a_token_that_may_read_shares_the_keys_of_the_account(phone, by_token, alice, scopes):
    first = create(phone)

    assert create(by_token(alice, *scopes)).content == first.content
    assert Note.objects.count() == 1


def test_a_token_that_may_only_add_has_its_own_keys(phone, by_token, alice):
    create(phone)
    clients = [by_token(alice, "notes:append"), by_token(alice, "notes:append")]

    first = [create(client).json() for client in clients]

    assert [create(client).json() for client in clients] == first
    assert Note.objects.count() == 3
    assert [list(body) for body in first] == [["id", "version"]] * 2


def test_an_account_does_not_get_what_its_token_stored(phone, by_token, alice):
    create(by_token(alice, "notes:append"))

    assert "Idempotency-Replayed" not in create(phone).headers


# Servers and proxies join repeated fields with a comma.
SEVERAL_KEYS = ["one,two", "one, two", '"one","two"', '"one", two', 'one, "two"', "one,one", ",", "one,", '"one", ""']


def test_several_keys_are_rejected(phone, subtests):
    for keys in SEVERAL_KEYS:
        with subtests.test(keys=keys):
            assert field_errors(create(phone, keys)) == [("Idempotency-Key", "repeated")]
            assert not Note.objects.exists()


@pytest.mark.parametrize("key", ['"one,two"', '","', '"one, two, three"'])
def test_a_quoted_key_may_contain_commas(phone, key):
    create(phone, key)

    assert create(phone, key).headers["Idempotency-Replayed"] == "true"


def test_keys_of_sessions_and_reading_tokens_move_to_the_account(phone, by_token, alice):
    """The migration is for the keys that were stored for each credential."""
    reader, writer, adder = (by_token(alice, f"notes:{name}") for name in ("read", "write", "append"))
    holders = [phone.session_row, reader.token_row, writer.token_row, adder.token_row]
    for number, holder in enumerate(holders):
        create(phone, "same" if number in (1, 2) else f"key {number}")
        StoredAnswer.objects.filter(holder_id=alice.pk).update(holder_id=holder.pk)
    newest = StoredAnswer.objects.get(holder_id=writer.token_row.pk).pk

    import_module("notes.migrations.0015_keys_belong_to_accounts").move_keys_to_accounts(apps, None)

    assert dict(StoredAnswer.objects.values_list("key", "holder_id")) == {
        "key 0": alice.pk, "same": alice.pk, "key 3": adder.token_row.pk,
    }  # fmt: skip
    assert StoredAnswer.objects.get(key="same").pk == newest
