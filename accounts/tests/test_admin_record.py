"""Superusers can read the log of what staff did, and nobody can change it."""

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.flows.erasure import erase
from accounts.models import ApiToken, User
from accounts.tests.staff import filter_links, revoke_tokens, run
from notes.models import Note

RECORD = "/admin/admin/logentry/"


def listed(page):
    """The rows of the list."""
    return page.content.decode().partition('id="result_list"')[2].partition("</table>")[0]


@pytest.fixture
def browser(in_admin, superuser):
    return in_admin(superuser)


@pytest.fixture
def entry(in_admin, support, alice):
    """Support deactivated Alice."""
    run(in_admin(support), "deactivate", alice)
    return LogEntry.objects.get()


def test_the_list_shows_who_did_what_to_whom(browser, entry):
    page = listed(browser.get(RECORD))

    shown = ("support@example.com", "alice@example.com", "Change", "user", "Deactivated the account.")
    assert [text for text in shown if text not in page] == []


@pytest.mark.parametrize("asked", ["support@", "ALICE@example.com"])
def test_the_list_finds_who_did_it_and_to_whom_it_was_done(browser, entry, in_admin, superuser, bob, asked):
    run(in_admin(superuser), "deactivate", bob)

    page = listed(browser.get(RECORD, {"q": asked}))

    assert "alice@example.com" in page
    assert "bob@example.com" not in page


def test_the_list_finds_log_entries_about_an_erased_account(browser, entry, alice, bob):
    erase(User.objects.get(pk=alice.pk))
    run(browser, "deactivate", bob)

    page = listed(browser.get(RECORD, {"q": str(alice.pk)}))

    assert "erased account" in page
    assert "alice@example.com" not in page
    assert "bob@example.com" not in page


def test_log_entries_of_an_earlier_version_do_not_show_the_beginning_of_a_token(browser, by_token, alice):
    token = by_token(alice, "notes:read").token_row
    revoke_tokens(browser, token)
    LogEntry.objects.update(change_message="Revoked the token.")

    erase(alice)

    assert token.prefix not in listed(browser.get(RECORD))


def test_log_entries_about_an_erased_account_do_not_show_the_beginning_of_its_tokens(browser, by_token, alice, bob):
    of_alice, of_bob = (by_token(user, "notes:read").token_row for user in (alice, bob))
    revoke_tokens(browser, of_alice, of_bob)
    ApiToken.objects.all().delete()

    erase(alice)

    page = listed(browser.get(RECORD))
    assert (of_alice.prefix in page, of_bob.prefix in page) == (False, True)
    assert f"Revoked the token of account {alice.pk}." in page


def test_every_link_of_the_filters_leads_to_a_list(browser, entry):
    links = filter_links(browser.get(RECORD))

    assert len(links) >= 9
    assert {browser.get(f"{RECORD}{link}").status_code for link in links} == {200}


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("action_flag__exact=2", True),
        ("action_flag__exact=3", False),
        ("action_time__gte=2020-01-01+00:00:00%2B00:00", True),
        ("action_time__lt=2020-01-01+00:00:00%2B00:00", False),
    ],
)
def test_the_list_filters_by_kind_and_date(browser, entry, query, is_found):
    assert ("alice@example.com" in listed(browser.get(f"{RECORD}?{query}"))) is is_found


def test_the_list_filters_by_who_did_it(browser, entry, support, superuser):
    assert "alice@example.com" in listed(browser.get(RECORD, {"user": str(support.pk)}))
    assert "alice@example.com" not in listed(browser.get(RECORD, {"user": str(superuser.pk)}))


LOOKUPS = [
    "user__password__startswith=a",
    "user=1",
    "object_repr__regex=(",
    "change_message__contains=a",
    "action_flag__exact=4",
    "action_flag__exact=%00",
    "action_time__year=99999999",
    "action_time__gte=yesterday",
]


def test_the_list_refuses_other_lookups(browser, subtests):
    for query in LOOKUPS:
        with subtests.test(query=query):
            assert browser.get(f"{RECORD}?{query}").status_code == 400


@pytest.mark.parametrize("path", ["", "{}/change/", "{}/history/"])
def test_log_entries_are_for_superusers(in_admin, support, browser, entry, path):
    support.user_permissions.add(*Permission.objects.filter(content_type__model="logentry"))
    address = RECORD + path.format(entry.pk)

    assert in_admin(support).get(address).status_code == 403
    assert browser.get(address).status_code == 200
    assert RECORD not in in_admin(support).get("/admin/").content.decode()


@pytest.mark.parametrize("path", ["add/", "{}/change/", "{}/delete/"])
def test_superusers_cannot_write_log_entries(browser, entry, path):
    response = browser.post(RECORD + path.format(entry.pk), {"post": "yes", "change_message": "Nothing."})

    assert response.status_code == 403
    assert LogEntry.objects.get().change_message == entry.change_message


def test_no_action_deletes_log_entries(browser, entry):
    browser.post(RECORD, {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})

    assert LogEntry.objects.get() == entry


def test_log_entries_do_not_contain_note_titles(browser, alice):
    note = Note.objects.create_note(alice, title="Milk", content="a secret recipe")

    answers = [browser.post(f"/admin/notes/note/{note.pk}/{what}/", {"post": "yes"}) for what in ("change", "delete")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert not LogEntry.objects.exists()


def test_the_list_runs_the_same_number_of_queries_for_1_and_for_10_entries(browser, entry, alice):
    browser.get(RECORD)
    with CaptureQueriesContext(connection) as with_one:
        browser.get(RECORD)
    staff = [User.objects.create_user(f"staff{number}@example.com", is_staff=True) for number in range(9)]
    for user in staff:
        LogEntry.objects.log_actions(user.pk, User.objects.filter(pk=alice.pk), CHANGE, "Deactivated.")

    with CaptureQueriesContext(connection) as with_ten:
        browser.get(RECORD)

    assert len(with_ten) == len(with_one)
