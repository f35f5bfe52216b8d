"""Ending the grants of programs in the admin."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from accounts.models import Grant
from accounts.tests.grants import make_grant

GRANTS = "/admin/accounts/grant/"


@pytest.fixture
def grant(alice):
    return make_grant(alice, "notes:read", name="Writing assistant")


@pytest.fixture
def browser(in_admin, support):
    """A browser in which support is logged in, with the permissions of the group."""
    support.user_permissions.add(*Permission.objects.filter(codename__in=["view_grant", "change_grant"]))
    return in_admin(support)


def test_staff_see_what_a_grant_is_limited_to(browser, alice, grant):
    limited = make_grant(alice, "notes:read", tags=["work", "home"], resource="/mcp")

    pages = [browser.get(f"{GRANTS}{each.pk}/change/").content.decode() for each in (limited, grant)]

    assert [text in pages[0] for text in ("work, home", "/mcp", "all notes")] == [True, True, False]
    assert "all notes" in pages[1]


def end(browser, *grants):
    data = {"action": "revoke", "_selected_action": [str(each.pk) for each in grants]}
    return browser.post(GRANTS, data, follow=True).content.decode()


def is_live(grant):
    return Grant.objects.live().with_id(grant.pk).exists()


def test_staff_end_grants_and_it_is_logged(browser, support, alice, grant):
    page = end(browser, grant)

    assert "Ended: 1 of 1." in page
    assert not is_live(grant)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.get_change_message()) == (
        support,
        str(grant.pk),
        f"Ended the grant of account {alice.pk}.",
    )
    assert "Writing assistant" not in entry.object_repr


def test_ending_an_ended_grant_is_not_logged(browser, grant):
    grant.revoke()

    assert "Ended: 0 of 1." in end(browser, grant)
    assert not LogEntry.objects.exists()


def test_support_cannot_end_the_grants_of_staff(browser, grant, superuser):
    of_root = make_grant(superuser, "notes:read")

    page = end(browser, grant, of_root)

    assert "Skipped, because you may not manage the account: 1." in page
    assert [is_live(grant), is_live(of_root)] == [False, True]


@pytest.mark.parametrize("rights", [[], ["view_grant"], ["view_grant", "change_user", "change_apitoken"]])
def test_staff_without_the_permission_cannot_end_grants(in_admin, staff, grant, rights):
    staff.user_permissions.set(Permission.objects.filter(codename__in=rights))

    end(in_admin(staff), grant)

    assert is_live(grant)


def test_staff_find_grants_by_program_and_by_owner_and_see_no_digest(browser, grant, bob):
    make_grant(bob, "notes:edit", name="Importer")
    page = browser.get(f"{GRANTS}?q=writing+alice").content.decode()
    detail = browser.get(f"{GRANTS}{grant.pk}/change/").content.decode()

    assert "Writing assistant" in page
    assert "Importer" not in page
    assert grant.access_digest not in page + detail
    assert 'name="_save"' not in detail
