"""Programs in the admin: with `OAUTH=closed`, staff add them."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import Grant, OAuthClient
from accounts.tests.grants import make_grant
from accounts.tests.programs import CALLBACK, Program
from notes.management.purging import purge

CLIENTS = "/admin/accounts/oauthclient/"


@pytest.fixture
def browser(in_admin, support):
    names = [f"{verb}_oauthclient" for verb in ("view", "add", "delete")]
    support.user_permissions.add(*Permission.objects.filter(codename__in=names))
    return in_admin(support)


def test_staff_add_a_program_to_a_closed_server(browser, client, alice, settings):
    browser.post(f"{CLIENTS}add/", {"name": "Assistant", "redirect_uris": CALLBACK})
    added, program = OAuthClient.objects.get(), Program(client)
    OAuthClient.objects.update(created_at="2025-01-01T00:00:00Z")
    settings.OAUTH = "closed"
    purge(lambda *parts: None)
    assert b"accepts no new programs by itself" in program.open(client_id="unknown").content
    program.client_id, program.redirect_uri = added.identifier, CALLBACK

    assert program.open().status_code == 200
    assert browser.get(f"{CLIENTS}{added.pk}/change/").status_code == 200


def test_staff_cannot_add_a_program_with_an_unsafe_address(browser):
    page = browser.post(f"{CLIENTS}add/", {"name": "Assistant", "redirect_uris": "javascript:alert(1)"})

    assert b"Use https" in page.content
    assert OAuthClient.objects.count() == 0


def test_deleting_a_program_ends_its_access(browser, alice):
    grant = make_grant(alice, "notes:read")
    page = browser.get(f"{CLIENTS}{grant.client_id}/delete/")
    browser.post(f"{CLIENTS}{grant.client_id}/delete/", {"post": "yes"})

    assert b"alice@example.com" not in page.content
    assert not Grant.objects.exists()


def test_staff_without_the_permission_change_no_programs(in_admin, staff, alice):
    grant = make_grant(alice, "notes:read")
    browser = in_admin(staff)

    assert browser.post(f"{CLIENTS}add/", {"name": "x", "redirect_uris": CALLBACK}).status_code == 403
    assert browser.post(f"{CLIENTS}{grant.client_id}/delete/", {"post": "yes"}).status_code == 403
