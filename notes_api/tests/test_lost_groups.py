"""A shared commit of SQLite that fails: what the requests in it answer, and what they leave behind."""

import pytest
from django.db import OperationalError, connection, transaction

from conftest import NOWHERE
from notes.models import Note
from notes.tests.factories import make_note
from notes.tests.interleaving import closing
from notes_api.tests.group_members import waiting_behind

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has shared commits"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.fixture
def break_commit(alice):
    """A transaction with which no commit can succeed: the owner of its note does not exist."""
    note = Note(owner_id=NOWHERE, title="Milk", version=1, created_at=alice.created_at, updated_at=alice.created_at)
    return closing(transaction.atomic(note.save))


@pytest.fixture
def roll_back_all(shared):
    """A transaction that SQLite rolls back, with all others of the group, as it does when the disk is full."""
    return closing(transaction.atomic(lambda: shared.connection.execute("ROLLBACK")))


@pytest.mark.parametrize("fault", ["break_commit", "roll_back_all"])
def test_a_write_whose_shared_commit_fails_is_a_503(request, phone, shared, fault):
    create = closing(lambda: phone.post("/notes", {"title": "Bread"}))

    with waiting_behind(shared, create, request.getfixturevalue(fault)) as (created, broken):
        pass

    assert isinstance(broken.exception(), OperationalError)
    assert (created.result().status_code, created.result().json()["code"]) == (503, "service_unavailable")
    assert created.result().headers["Retry-After"] == "1"
    assert phone.get("/notes").json()["results"] == []


def test_a_conflict_whose_shared_commit_fails_is_a_503(phone, alice, shared, break_commit):
    note = make_note(owner=alice, title="Milk")
    rename = closing(lambda: phone.patch(f"/notes/{note.pk}", {"title": "Bread"}, headers={"If-Match": '"77"'}))

    with waiting_behind(shared, break_commit, rename) as (_, renamed):
        pass

    assert (renamed.result().status_code, renamed.result().json()["code"]) == (503, "service_unavailable")


def test_what_a_lost_transaction_wanted_to_do_after_its_commit_is_never_done(alice, shared, break_commit):
    done = []

    def fail():
        transaction.on_commit(lambda: done.append("lost"))
        raise ZeroDivisionError

    def fail_and_write():
        with pytest.raises(Exception, match="shared commit failed"):
            transaction.atomic(fail)()
        transaction.atomic(transaction.on_commit)(lambda: done.append("kept"))

    with waiting_behind(shared, break_commit, closing(fail_and_write)) as (_, kept):
        pass

    assert kept.exception() is None
    assert done == ["kept"]
