"""The first page of the admin counts accounts and notes, and shows how many were added each day."""

import re
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.admin.daily_counts import Chart
from accounts.models import User
from accounts.models.user_queryset import first_id
from notes.models import Note

SIGN_UPS, NEW_NOTES = "Sign-ups per day in the last 30 days", "New notes per day in the last 30 days"


@pytest.fixture(autouse=True)
def _nothing_is_remembered():
    cache.clear()
    yield
    cache.clear()


def summaries(page):
    """Return the text alternatives of the charts."""
    return re.findall(r'aria-label="([^"]* per day [^"]*)"', page.content.decode())


def sign_up(email, moment):
    User(id=first_id(moment), email=email, created_at=moment).create()


def test_the_charts_count_the_last_thirty_days(in_admin, superuser, time_machine):
    # Late on the day on which the superuser signed up, so that the seconds below never change a day.
    now = superuser.created_at.replace(hour=23, minute=0)
    time_machine.move_to(now)
    for days in (1, 1, 29, 40):
        sign_up(f"user{User.objects.count()}@example.com", now - timedelta(days=days, seconds=User.objects.count()))
    note = Note.objects.create_note(superuser, title="Milk")
    Note.objects.create_note(superuser, title="Eggs")
    Note.objects.filter(pk=note.pk).update(created_at=now - timedelta(days=40))

    page = in_admin(superuser).get("/admin/")

    assert sorted(summaries(page)) == [
        f"{NEW_NOTES}: 1 in total, at most 1 on one day",
        f"{SIGN_UPS}: 4 in total, at most 2 on one day",
    ]
    assert "Users: 5" in page.content.decode()
    assert "Notes: 2" in page.content.decode()


def test_purged_notes_are_not_counted(in_admin, superuser, as_user, alice):
    note = Note.objects.create_note(alice, title="Milk")
    client = as_user(alice)
    client.delete(f"/notes/{note.pk}")
    client.delete(f"/trash/{note.pk}")

    assert f"{NEW_NOTES}: 0 in total, at most 0 on one day" in summaries(in_admin(superuser).get("/admin/"))


def test_the_next_visit_counts_nothing(in_admin, superuser):
    browser = in_admin(superuser)
    browser.get("/admin/")
    Note.objects.create_note(superuser, title="Milk")

    with CaptureQueriesContext(connection) as queries:
        page = browser.get("/admin/")

    assert "Notes: 0" in page.content.decode()
    assert [query["sql"] for query in queries if "COUNT(" in query["sql"]] == []


def test_a_minute_later_the_charts_are_counted_again(in_admin, superuser, time_machine):
    time_machine.move_to(timezone.now())
    browser = in_admin(superuser)
    browser.get("/admin/")
    Note.objects.create_note(superuser, title="Milk")
    time_machine.shift(61)

    assert "Notes: 1" in browser.get("/admin/").content.decode()


def test_staff_see_the_charts_of_what_they_may_view(in_admin, staff):
    assert summaries(in_admin(staff).get("/admin/")) == []

    staff.user_permissions.add(Permission.objects.get(codename="view_note"))

    assert summaries(in_admin(staff).get("/admin/")) == [f"{NEW_NOTES}: 0 in total, at most 0 on one day"]


def test_the_page_needs_no_inline_style_or_script(in_admin, superuser):
    page = in_admin(superuser).get("/admin/").content.decode()
    chart = page.partition('<div id="charts">')[2].partition("</div>")[0]

    assert chart.count("<rect") == 60
    assert "style=" not in chart
    assert "<script" not in chart


@pytest.mark.parametrize(
    ("counts", "heights"), [([0, 0], [0, 0]), ([1, 1000], [1, 100]), ([1, 2], [50, 100]), ([0, 7], [0, 100])]
)
def test_a_day_with_an_addition_has_a_bar(counts, heights):
    chart = Chart("Notes", "New notes", sum(counts), [(date(2026, 1, 5), count) for count in counts])

    assert [bar.height for bar in chart.bars] == heights
