"""Queries that are compiled once, and rows that share one statement."""

import os
import runpy
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Length

from accounts.models import Session
from notes.models import Note, Revision
from notes.tests.factories import make_note
from notes_api.db import row_writer
from notes_api.db.compiled import compile_once, compiled

MOMENT = datetime(2026, 1, 5, 9, 0, 0, 250_000, tzinfo=UTC)


@compiled
def titles(order, *, owner, version):
    return Note.objects.filter(owner=owner, version__gte=version).order_by(order).values_list("title")


@pytest.fixture
def milk(alice):
    return make_note(owner=alice, title="Milk", content="two\nlitres", tags=["home", "Zuhause"])


def test_every_run_brings_its_own_values(alice, bob, milk):
    make_note(owner=bob, title="Tea")

    assert titles("title", owner=alice.pk, version=1) == [("Milk",)]
    assert titles("title", owner=bob.pk, version=1) == [("Tea",)]
    assert titles("title", owner=alice.pk, version=2) == []


def every_value(owner):
    sessions = Session.objects.annotate(is_old=Q(created_at__lt=F("last_used_at")), agent_length=Length("user_agent"))
    return sessions.filter(user=owner).order_by("pk").values_list(
        "id", "user_id", "created_at", "rotated_at", "user_agent", "ip_address", "is_old", "agent_length",
        "user__is_active", "user__email", "user__clock__value", Coalesce("rotated_at", "created_at"))  # fmt: skip


read_every_value = compiled(every_value)


def test_every_value_is_what_the_orm_reads(alice):
    Session.objects.create(user=alice, created_at=MOMENT, ip_address="192.0.2.7", user_agent="curl")
    Session.objects.create(user=alice, created_at=MOMENT - timedelta(days=1), rotated_at=MOMENT)

    rows = read_every_value(owner=alice.pk)

    assert rows == list(every_value(alice))
    assert [list(map(type, row)) for row in rows] == [list(map(type, row)) for row in every_value(alice)]


@compiled
def notes_with_tags(*, owner):
    return Note.objects.filter(owner=owner).values_list("tags", "trashed_at", "is_pinned", "updated_at")


def test_requests_do_not_share_what_they_may_change(alice, milk):
    [(tags, *others)] = notes_with_tags(owner=alice.pk)
    tags.append("changed")

    assert others == [None, False, milk.updated_at]
    assert notes_with_tags(owner=alice.pk)[0][0] == ["home", "Zuhause"]


def test_a_query_of_one_shape_is_compiled_once(alice):
    compile_once.cache_clear()

    for version in range(5):
        titles("title", owner=alice.pk, version=version)
    titles("-title", owner=alice.pk, version=1)

    assert compile_once.cache_info().misses == 2


def test_an_impossible_key_needs_no_query(alice, milk, django_assert_num_queries):
    @compiled
    def nothing(*, owner):
        return Note.objects.filter(owner=owner, pk__in=[]).values_list("title")

    with django_assert_num_queries(0):
        assert nothing(owner=alice.pk) == []


def test_no_query_is_prepared_behind_a_pooler(monkeypatch):
    monkeypatch.setenv("DATABASE_HOSTNAME", "pooler.example.org")
    monkeypatch.setenv("DATABASE_POOLER", "transaction")
    monkeypatch.setenv("ENV_FILE", os.devnull)
    monkeypatch.setenv("SECRET_KEY", "k9Xv-4mQzT7_wLp2RfYc8NbHs3Jd6GaEu1oViB0t")

    database = runpy.run_path("notes_api/settings.py")["DATABASES"]["default"]

    assert "options" not in database["OPTIONS"]
    assert database["DISABLE_SERVER_SIDE_CURSORS"] is True


@pytest.mark.parametrize("value", ["Milk", MOMENT, UUID(int=7)])
def test_a_query_with_a_literal_value_is_not_compiled(value):
    @compiled
    def careless():
        return Note.objects.annotate(stray=Value(value)).values_list("stray")

    with pytest.raises(TypeError, match="no run can change"):
        careless()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="psycopg converts times for PostgreSQL")
def test_a_time_without_a_time_zone_is_refused(alice):
    """It would be taken for local time."""
    with pytest.raises(ValueError, match="no time zone"):
        rotated_before(owner=alice.pk, moment=MOMENT.replace(tzinfo=None))


@compiled
def rotated_before(*, owner, moment):
    return Session.objects.filter(user=owner, rotated_at__lt=moment).values_list("id")


def test_numbers_keep_their_size_however_large(alice):
    Session.objects.create(user=alice)

    assert titles("title", owner=alice.pk, version=2**53) == []


def test_a_row_is_what_the_orm_would_have_written(milk):
    values = {"title": "Brot", "content": "  ü\U0001f35e\n", "tags": ["\"'\\%s", "{}"], "written_by": milk.pk}

    row_writer.insert(Revision(note=milk, version=7, written_at=MOMENT, kept_at=MOMENT, **values))

    Revision.objects.create(note=milk, version=8, written_at=MOMENT, kept_at=MOMENT, **values)
    ours, theirs = Revision.objects.order_by("version").values()
    assert ours == {**theirs, "id": ours["id"], "version": 7}


def test_a_row_whose_id_is_taken_is_refused(alice, milk):
    with pytest.raises(IntegrityError), transaction.atomic():
        row_writer.insert(Note(pk=milk.pk, owner=alice, title="Tea", version=9, created_at=MOMENT, updated_at=MOMENT))


def test_several_rows_get_their_own_values_of_the_columns_named(alice, milk):
    tea, rye, oats = (make_note(owner=alice, title=title) for title in ("Tea", "Rye", "Oats"))
    names = ("title", "tags", "is_pinned", "revised_at", "content_bloom_0")
    one, two = ["Oat milk", ["%s", "ü"], True, MOMENT, 7], ["Mate", [], False, None, None]

    first, second = (row_writer.values_of(Note, names, row) for row in (one, two))
    ids = row_writer.values_of(Note, ["id"] * 3, [milk.pk, tea.pk, oats.pk])
    row_writer.update_all(Note, names, list(zip((first, second, first), ids, strict=True)))

    unchanged = ["Rye", [], False, None, rye.content_bloom_0]
    written = {row[-1]: list(row[:-1]) for row in Note.objects.values_list(*names, "id")}
    assert written == {milk.pk: one, tea.pk: two, oats.pk: one, rye.pk: unchanged}
    assert Note.objects.get(pk=milk.pk).content == "two\nlitres"


def test_only_the_columns_named_are_written_and_only_in_that_row(alice, milk):
    tea = make_note(owner=alice, title="Tea")

    row_writer.update(milk, {"title": "Oat milk", "tags": ["%s"], "is_pinned": True, "revised_at": None})

    milk.refresh_from_db()
    tea.refresh_from_db()
    assert (milk.title, milk.content, milk.tags, milk.is_pinned) == ("Oat milk", "two\nlitres", ["%s"], True)
    assert (tea.title, tea.tags, tea.is_pinned) == ("Tea", [], False)
