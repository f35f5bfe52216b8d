"""Programs that staff have removed stay removed until staff allow them again."""

from datetime import timedelta
from threading import Thread

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import Grant, OAuthClient
from accounts.tests.grants import make_grant
from accounts.tests.programs import Program
from notes.management.purging import purge

CLIENTS = "/admin/accounts/oauthclient/"
REMOVED = b"The operator of this server has removed the program that sent you here. It gets no access."
SWAGGER = {"client_id": "http://testserver/docs", "redirect_uri": "http://testserver/docs/oauth2-redirect.html"}


@pytest.fixture
def browser(in_admin, support):
    support.user_permissions.add(*Permission.objects.filter(codename__in=["view_oauthclient", "delete_oauthclient"]))
    return in_admin(support)


def act(browser, action, *clients):
    form = {"action": action, "_selected_action": [str(each.pk) for each in clients], "post": "yes"}
    return browser.post(CLIENTS, form, follow=True).content.decode()


@pytest.mark.parametrize("oauth", ["open", "closed"])
def test_a_removed_program_with_a_document_stays_removed(browser, documented, web, time_machine, settings, oauth):
    documented.open()
    settings.OAUTH = oauth
    act(browser, "delete_selected", OAuthClient.objects.get())
    time_machine.move_to(timezone.now() + timedelta(days=100))

    purge(lambda *parts: None, is_clock_trusted=True)
    page = documented.open()

    assert (page.status_code, REMOVED in page.content, len(web.requests)) == (400, True, 1)
    assert OAuthClient.objects.get().removed_at is not None


def test_a_program_that_is_removed_during_the_fetch_of_its_document_stays_removed(documented, web, time_machine):
    documented.open()
    time_machine.move_to(timezone.now() + timedelta(hours=2))
    removed = []

    def remove_first(execute, sql, *arguments):
        if len(web.requests) == 2 and not removed:
            removed.append(True)
            OAuthClient.objects.update(removed_at=timezone.now())
        return execute(sql, *arguments)

    with connection.execute_wrapper(remove_first):
        page = documented.open()

    assert (page.status_code, REMOVED in page.content, removed) == (400, True, [True])


def test_staff_remove_swagger_ui_and_allow_it_again(browser, client, support, alice):
    program = Program(client)
    OAuthClient.objects.all().delete()
    program.open(**SWAGGER)
    swagger = OAuthClient.objects.get()

    act(browser, "delete_selected", swagger)
    refused = program.open(**SWAGGER)
    listed = [str(swagger.pk) in browser.get(f"{CLIENTS}?removed_at__isempty={n}").content.decode() for n in (0, 1)]
    page = act(browser, "allow_again", swagger)

    assert (REMOVED in refused.content, listed) == (True, [True, False])
    assert "Allowed again: 1." in page
    assert program.open(**SWAGGER).status_code == 200
    entry = LogEntry.objects.latest("pk")
    assert (entry.user, entry.get_change_message()) == (support, "Allowed the program again.")


def test_staff_who_may_not_delete_programs_do_not_allow_them_again(browser, support, alice):
    removed = make_grant(alice, "notes:read").client
    OAuthClient.objects.update(removed_at=timezone.now())
    support.user_permissions.remove(Permission.objects.get(codename="delete_oauthclient"))

    act(browser, "allow_again", removed)

    assert OAuthClient.objects.get().removed_at is not None


def test_programs_are_removed_together_or_not_at_all(browser, alice):
    clients = [make_grant(alice, "notes:read").client for _ in range(2)]

    def fail(execute, sql, *arguments):
        if sql.startswith('UPDATE "accounts_devicerequest"'):
            raise DatabaseError
        return execute(sql, *arguments)

    with connection.execute_wrapper(fail), pytest.raises(DatabaseError):
        act(browser, "delete_selected", *clients)

    assert not OAuthClient.objects.removed().exists()
    assert not LogEntry.objects.exists()
    assert Grant.objects.not_ended().count() == 2


def delete_program(browser, as_user, grant):
    return browser.post(f"{CLIENTS}{grant.client_id}/delete/", {"post": "yes"})


def end_sessions(browser, as_user, grant):
    return as_user(grant.user).delete("/sessions")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one lock")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [delete_program, end_sessions])
def test_flows_that_end_several_grants_lock_them_in_one_order(browser, as_user, alice, end, monkeypatch):
    options = connection.settings_dict["OPTIONS"]
    monkeypatch.setitem(options, "options", f"{options['options']} -c enable_indexscan=off -c enable_bitmapscan=off")
    first = make_grant(alice, "notes:read")
    second = Grant.objects.issue(alice, first.client, ["notes:read"], [])
    # This moves the row of the first behind that of the second, in the order in which an UPDATE reads the table.
    Grant.objects.filter(pk=first.pk).update(client_name="Other")
    statuses = []

    def run():
        statuses.append(end(browser, as_user, first).status_code)
        connection.close()

    thread = Thread(target=run)
    with transaction.atomic():
        Grant.objects.select_for_update().get(pk=first.pk)
        thread.start()
        wait_for_a_lock()
        is_free = Grant.objects.select_for_update(skip_locked=True).filter(pk=second.pk).exists()
    thread.join()

    assert is_free
    assert statuses in ([302], [204])
    assert not Grant.objects.not_ended().exists()


def wait_for_a_lock():
    """Wait until another connection waits for this one."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.01)")
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
    raise TimeoutError
