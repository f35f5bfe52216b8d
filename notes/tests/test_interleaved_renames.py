"""Another write of the account commits after a request has planned to rename a tag, and before it writes."""

import gc

import pytest
from django.db import connection

from accounts.flows.erasure import erase
from notes.models import Note, TagCount
from notes.models.tag_plan import Plan
from notes.tests.factories import clock_of, make_note, make_trashed
from notes.tests.interleaving import before_the_write, run_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
plans_ahead = pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL plans in the tick")


@pytest.fixture
def laptop(as_user, alice):
    return as_user(alice)


@pytest.fixture
def note(alice):
    return make_note(owner=alice, tags=["shop"])


def counts_of(user):
    return dict(TagCount.objects.of_owner(user.pk).values_list("name", "notes"))


def test_a_rename_of_a_tag_reads_what_the_other_has_just_written(phone, laptop, note, alice):
    late = {"title": "Tea", "tags": ["shop", "late"]}
    with before_the_write(lambda: laptop.post("/notes", late)):
        response = phone.patch("/tags/shop", {"name": "market"})

    assert response.json() == {"name": "market", "count": 2}
    assert sorted(Note.objects.values_list("tags", flat=True)) == [["market"], ["market", "late"]]
    assert counts_of(alice) == {"market": 2, "late": 1}
    assert {each.version for each in Note.objects.all()} == {clock_of(alice)}


def test_a_rename_of_a_tag_does_not_return_one_that_the_other_has_just_removed(phone, laptop, note, alice):
    with before_the_write(lambda: laptop.patch(f"/notes/{note.pk}", {"tags": ["home"]})):
        response = phone.patch("/tags/shop", {"name": "market"})

    assert response.status_code == 404
    assert (Note.objects.get(pk=note.pk).tags, counts_of(alice)) == (["home"], {"home": 1})


def test_a_rename_of_a_tag_in_an_account_that_was_just_erased_is_a_401(phone, alice, note):
    with before_the_write(lambda: erase(alice)):
        response = phone.patch("/tags/shop", {"name": "market"})

    assert response.status_code == 401
    assert not Note.objects.exists()


def test_a_rename_of_a_tag_does_not_write_to_a_note_that_was_just_purged(phone, laptop, alice):
    gone = make_trashed(owner=alice, tags=["shop"])

    with before_the_write(lambda: laptop.delete(f"/trash/{gone.pk}")):
        response = phone.patch("/tags/shop", {"name": "market"})

    gone.refresh_from_db()
    assert (response.status_code, gone.tags, gone.version) == (404, [], clock_of(alice))


@plans_ahead
def test_a_rename_of_a_tag_that_is_planned_again_holds_one_plan_in_memory(phone, laptop, note):
    plans = []

    def count(execute, sql, params, many, context):
        if is_planning(sql):
            plans.append(sum(type(each) is Plan for each in gc.get_objects()))
        return execute(sql, params, many, context)

    # An error of another test may have left one.
    gc.collect()
    with connection.execute_wrapper(count), before_the_write(lambda: laptop.post("/notes", {"title": "Tea"})):
        phone.patch("/tags/shop", {"name": "market"})

    assert plans == [1, 1]


@plans_ahead
def test_only_one_rename_of_a_process_plans_before_its_tick(phone, laptop, note):
    statements = []

    def rename():
        with connection.execute_wrapper(record):
            assert laptop.patch("/tags/shop", {"name": "home"}).json()["count"] == 1

    def record(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    def intercept(execute, sql, params, many, context):
        if is_planning(sql) and not statements:
            run_elsewhere(rename)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(intercept):
        assert phone.patch("/tags/shop", {"name": "market"}).status_code == 404

    ticked = [sql.startswith("UPDATE accounts_clock") for sql in statements].index(True)
    assert [is_planning(sql) for sql in statements].index(True) > ticked
    assert Note.objects.get(pk=note.pk).tags == ["home"]


def is_planning(sql):
    """Whether a statement reads what a rename changes."""
    return "lost_tags" in sql and sql.startswith(("SELECT", "DECLARE"))
