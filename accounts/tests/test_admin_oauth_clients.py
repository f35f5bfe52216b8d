"""Programs in the admin: with `OAUTH=closed`, staff add them."""

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.utils import timezone

from accounts.models import Grant, OAuthClient
from accounts.tests.grants import make_grant
from accounts.tests.link_pages import BROWSER
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


def delete_one(browser, grant):
    return browser.post(f"{CLIENTS}{grant.client_id}/delete/", {"post": "yes"})


def delete_selected(browser, grant):
    data = {"action": "delete_selected", "_selected_action": [str(grant.client_id)], "post": "yes"}
    return browser.post(CLIENTS, data)


def test_the_page_before_a_deletion_counts_the_grants_and_names_no_user(browser, alice):
    grant = make_grant(alice, "notes:read")
    Grant.objects.issue(alice, grant.client, ["notes:read"], []).revoke()

    page = browser.get(f"{CLIENTS}{grant.client_id}/delete/").content.decode()

    assert ("Grants: 1" in page, alice.email in page) == (True, False)
    assert "is refused from now on" in page


@pytest.mark.parametrize("delete", [delete_one, delete_selected])
def test_deleting_a_program_ends_its_access_which_its_users_still_see(browser, client, alice, as_user, delete, caplog):
    program = Program(client)
    tokens = program.connect()
    grant, kept = Grant.objects.get(), make_grant(alice, "notes:read")
    shown = as_user(alice).get(f"/grants/{grant.pk}").json()
    del shown["last_used_at"]

    assert delete(browser, grant).status_code == 302

    assert [program.call(tokens).status_code, program.refresh(tokens["refresh_token"]).status_code] == [401, 401]
    assert b"has removed the program" in program.open().content
    assert browser.get(f"{CLIENTS}{grant.client_id}/delete/").status_code == 403
    (ended,) = as_user(alice).get("/grants?ended=true").json()["results"]
    assert ended.items() >= {**shown, "ended_at": ended["ended_at"]}.items()
    assert ended["ended_at"] is not None
    assert f"grant_revoked account {alice.pk} grant {grant.pk}" in caplog.messages
    assert Grant.objects.live().get() == kept


def test_only_programs_that_are_not_removed_yet_count_as_deleted(browser, alice):
    removed, present = make_grant(alice, "notes:read").client, make_grant(alice, "notes:read").client
    OAuthClient.objects.among([removed]).remove()
    before = OAuthClient.objects.get(pk=removed.pk).removed_at
    select = lambda *clients: {"action": "delete_selected", "_selected_action": [str(each.pk) for each in clients]}  # noqa: E731

    shown = browser.post(CLIENTS, select(removed, present)).content.decode()
    both = browser.post(CLIENTS, {**select(removed, present), "post": "yes"}, follow=True).content.decode()
    again = browser.post(CLIENTS, {**select(removed, present), "post": "yes"}, follow=True).content.decode()

    assert "Programs: 1" in shown
    assert "Successfully deleted 1 OAuth client." in both
    assert ("Successfully" in again, "The programs are removed already." in again) == (False, True)
    assert LogEntry.objects.filter(action_flag=DELETION).count() == 1
    assert OAuthClient.objects.get(pk=removed.pk).removed_at == before


def test_deleting_a_program_refuses_the_devices_that_wait_with_it(browser, client, alice):
    program = Program(client)
    body = {"client_id": program.client_id}
    code = client.post("/device/authorization", body, format="json").json()["user_code"]
    opened = lambda: program.browser.get(f"/device?user_code={code}", headers=BROWSER).status_code  # noqa: E731

    assert opened() == 200
    browser.post(f"{CLIENTS}{OAuthClient.objects.get().pk}/delete/", {"post": "yes"})
    assert opened() == 400


def test_a_program_that_is_deleted_while_its_user_answers_gets_no_access(browser, client, alice):
    program = Program(client)
    page = program.ask()

    def delete_first(execute, sql, *arguments):
        if sql.startswith('UPDATE "accounts_oauthclient" SET "last_used_at"'):
            OAuthClient.objects.update(removed_at=timezone.now())
        return execute(sql, *arguments)

    with connection.execute_wrapper(delete_first):
        answer = program.answer(page)

    assert (answer.status_code, Grant.objects.count()) == (400, 0)


@pytest.mark.parametrize("oauth", ["open", "closed"])
def test_the_purge_deletes_a_deleted_program_when_nobody_sees_its_access_any_more(browser, alice, settings, oauth):
    settings.OAUTH = oauth
    grant = make_grant(alice, "notes:read")
    delete_one(browser, grant)
    purge(lambda *parts: None)
    kept = OAuthClient.objects.exists()
    Grant.objects.update(revoked_at="2025-01-01T00:00:00Z")

    purge(lambda *parts: None)

    assert (kept, OAuthClient.objects.exists(), Grant.objects.exists()) == (True, False, False)


def test_staff_without_the_permission_change_no_programs(in_admin, staff, alice):
    grant = make_grant(alice, "notes:read")
    browser = in_admin(staff)

    assert browser.post(f"{CLIENTS}add/", {"name": "x", "redirect_uris": CALLBACK}).status_code == 403
    assert browser.post(f"{CLIENTS}{grant.client_id}/delete/", {"post": "yes"}).status_code == 403
