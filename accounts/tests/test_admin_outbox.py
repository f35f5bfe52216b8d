"""The outbox in the admin."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from conftest import PASSWORD
from outbox.models import Entry
from outbox.models.entry import State
from outbox.tests.entries import make_entry

OUTBOX = "/admin/outbox/entry/"


@pytest.fixture
def helper():
    """A member of the group Support."""
    helper = User.objects.create_user("helper@example.com", PASSWORD, is_staff=True)
    helper.groups.add(Group.objects.get(name="Support"))
    return helper


@pytest.fixture
def failed(alice):
    payload = {"recipient": "elsewhere@example.com"}
    return make_entry("mail", payload, alice, failed_at=timezone.now(), attempts=4, last_error="Connection refused")


def retry(browser, *entries):
    data = {"action": "retry", "_selected_action": [str(entry.pk) for entry in entries]}
    return browser.post(OUTBOX, data, follow=True).content.decode()


def test_support_sees_what_failed_and_never_the_payload(in_admin, helper, failed, subtests):
    for ending in ["", "?q=alice", "?q=mail", "?state=failed", "{}/change/"]:
        with subtests.test(ending=ending):
            page = in_admin(helper).get(f"{OUTBOX}{ending.format(failed.pk)}").content.decode()

            assert [text for text in ("alice@example.com", "failed", "Connection refused") if text not in page] == []
            assert "elsewhere" not in page
            assert failed.sealed_payload not in page


@pytest.mark.parametrize("ending", ["?q=bob", "?state=waiting", "?state=running"])
def test_filters_and_the_search_restrict_the_list(in_admin, helper, failed, ending):
    assert "0 outbox entries" in in_admin(helper).get(f"{OUTBOX}{ending}").content.decode()


@pytest.mark.parametrize("query", ["sealed_payload__startswith=g", "state=x", "user=1", "last_error__contains=a"])
def test_the_list_refuses_other_lookups(in_admin, helper, failed, query):
    assert in_admin(helper).get(f"{OUTBOX}?{query}").status_code == 400


def test_support_retries_entries_on_the_record(in_admin, helper, failed):
    assert "Retried: 1 of 1." in retry(in_admin(helper), failed)

    assert Entry.objects.get().state == State.WAITING
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (helper, str(failed.pk), "Retried.")


def test_an_entry_that_is_being_carried_out_is_not_retried(in_admin, helper, alice):
    running = make_entry("mail", user=alice)
    running.claim()

    assert "Retried: 0 of 1." in retry(in_admin(helper), running)
    assert not LogEntry.objects.exists()


def test_staff_with_no_right_to_change_entries_cannot_retry_them(in_admin, staff, failed):
    staff.user_permissions.add(Permission.objects.get(codename="view_entry"))

    retry(in_admin(staff), failed)

    assert Entry.objects.get().state == State.FAILED


def test_staff_without_rights_do_not_see_the_outbox(in_admin, staff, failed):
    assert in_admin(staff).get(OUTBOX).status_code == 403


@pytest.mark.parametrize("path", ["add/", "{}/delete/"])
def test_nobody_adds_or_deletes_entries(in_admin, superuser, failed, path):
    assert in_admin(superuser).get(f"{OUTBOX}{path.format(failed.pk)}").status_code == 403


def test_the_list_takes_the_same_queries_for_one_entry_and_for_ten(in_admin, superuser, failed):
    browser = in_admin(superuser)
    with CaptureQueriesContext(connection) as one:
        browser.get(OUTBOX)
    for _ in range(9):
        make_entry("mail", user=failed.user)

    with CaptureQueriesContext(connection) as ten:
        browser.get(OUTBOX)

    assert len(one) == len(ten)
