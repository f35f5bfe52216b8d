"""The users in the admin."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format

from accounts.flows.deactivation import deactivate
from accounts.models import Session, User
from accounts.tests.staff import USERS, filter_links, page_of
from conftest import PASSWORD
from notes.models import Note


def test_the_list_finds_a_user_by_part_of_the_address_in_any_case(in_admin, superuser, alice, bob):
    response = in_admin(superuser).get(USERS, {"q": "ALICE@"})

    assert b"alice@example.com" in response.content
    assert b"bob@example.com" not in response.content


@pytest.mark.parametrize(
    "query",
    ["is_active__exact=0", "is_staff__exact=0", "is_superuser__exact=0", "created_at__gte=2020-01-01+00:00:00%2B00:00"],
)
def test_the_list_filters(in_admin, superuser, alice, query):
    deactivate(alice)

    response = in_admin(superuser).get(f"{USERS}?{query}")

    assert response.status_code == 200
    assert b"alice@example.com" in response.content


LOOKUPS = [
    "email__regex=(",
    "email__contains=%00",
    "email=alice@example.com",
    "password__startswith=a",
    "notes__content__contains=secret",
    "sessions__ip_address=192.0.2.7",
    "created_at__year=99999999",
    "created_at__gte=yesterday",
    "created_at__gte=2020-13-01+00:00:00%2B00:00",
    "created_at__gte=2020-01-01",
    "created_at__gte=2020-01-01+00:00:00",
    "created_at__gte=0001-01-01+00:00:00%2B14:00",
    "created_at__lt=9999-12-31+23:59:59-12:00",
    "created_at__lt=%00",
    "is_active__exact=%00",
    "is_active__exact=yes",
    "groups__name__regex=(",
]


def test_the_list_refuses_other_lookups(in_admin, superuser, subtests):
    for query in LOOKUPS:
        with subtests.test(query=query):
            assert in_admin(superuser).get(f"{USERS}?{query}").status_code == 400


def test_every_link_of_the_filters_leads_to_a_list(in_admin, support):
    browser = in_admin(support)

    links = filter_links(browser.get(USERS))

    assert len(links) >= 14  # Django 6.1 adds one that clears all filters
    assert {browser.get(f"{USERS}{link}").status_code for link in links} == {200}


def test_groups_have_no_filters(in_admin, superuser):
    assert in_admin(superuser).get("/admin/auth/group/?name__regex=((").status_code == 400


def test_admin_objects_have_no_public_page(in_admin, superuser):
    assert in_admin(superuser).get("/admin/r/1/1/").status_code == 404


def test_the_list_runs_the_same_number_of_queries_for_1_and_for_10_users(in_admin, superuser):
    browser = in_admin(superuser)
    browser.get(USERS)
    with CaptureQueriesContext(connection) as with_one:
        browser.get(USERS)
    User.objects.bulk_create([User(email=f"user{number}@example.com") for number in range(10)])

    with CaptureQueriesContext(connection) as with_ten:
        browser.get(USERS)

    assert len(with_ten) == len(with_one)


def test_the_page_before_deletion_counts_the_objects(in_admin, superuser, alice):
    Note.objects.create_note(alice, title="Milk")

    response = in_admin(superuser).get(f"{USERS}{alice.pk}/delete/")

    assert "notes: 1" in response.content.decode().lower()
    assert b"Milk" not in response.content


def test_the_page_lists_live_sessions_without_tokens(in_admin, superuser, alice):
    Session.objects.create(user=alice, user_agent="Firefox on Linux", ip_address="192.0.2.7")
    Session.objects.create(user=alice, user_agent="Ended").revoke()

    response = in_admin(superuser).get(page_of(alice))

    assert b"Firefox on Linux" in response.content
    assert b"192.0.2.7" in response.content
    assert b"Ended" not in response.content


def test_the_page_lists_at_most_20_sessions(in_admin, superuser, alice):
    Session.objects.bulk_create([Session(user=alice, user_agent=f"device {number}.") for number in range(25)])

    page = in_admin(superuser).get(page_of(alice)).content.decode()

    assert "The newest 20 of 25." in page
    assert "device 24." in page
    assert "device 4." not in page


def test_a_user_agent_is_escaped(in_admin, superuser, alice):
    Session.objects.create(user=alice, user_agent="<script>alert(1)</script>")

    response = in_admin(superuser).get(page_of(alice))

    assert b"<script>alert" not in response.content


def test_the_page_counts_notes_and_never_shows_them(in_admin, support, alice, settings):
    settings.MAX_BYTES_PER_USER = 1000
    for title in ("Milk", "Cocoa", "Cheese"):
        Note.objects.create_note(alice, title=title, content="a secret recipe")
    Note.objects.get(title="Cocoa").trash()

    page = in_admin(support).get(page_of(alice)).content.decode()

    assert "2 active, 1 in the trash, 60 bytes of text" in page
    assert [text for text in ("Milk", "Cocoa", "Cheese", "recipe") if text in page] == []


def test_the_page_counts_no_note_that_was_purged(in_admin, support, alice):
    note = Note.objects.create_note(alice, title="Milk")
    note.trash().purge()

    assert "0 active, 0 in the trash" in in_admin(support).get(page_of(alice)).content.decode()


def test_the_page_counts_no_notes_of_others(in_admin, support, alice, bob):
    Note.objects.create_note(bob, title="Bread")

    assert "0 active, 0 in the trash" in in_admin(support).get(page_of(alice)).content.decode()


def test_the_page_runs_the_same_number_of_queries_for_1_and_for_10_notes(in_admin, support, alice):
    browser = in_admin(support)
    Note.objects.create_note(alice, title="Milk")
    browser.get(page_of(alice))
    with CaptureQueriesContext(connection) as with_one:
        browser.get(page_of(alice))
    for number in range(9):
        Note.objects.create_note(alice, title=f"no. {number}")

    with CaptureQueriesContext(connection) as with_ten:
        browser.get(page_of(alice))

    assert len(with_ten) == len(with_one)


def test_the_list_shows_the_last_log_in_over_the_api(in_admin, superuser, alice, client):
    client.post("/login", {"username": alice.email, "password": PASSWORD})

    page = in_admin(superuser).get(USERS, {"q": alice.email}).content.decode()

    alice.refresh_from_db()
    assert f'<td class="field-last_login nowrap">{date_format(alice.last_login, "DATETIME_FORMAT")}</td>' in page
