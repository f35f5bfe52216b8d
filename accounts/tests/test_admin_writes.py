"""Each write of staff takes effect on the user's next request and is logged."""

import pytest
from django.contrib.admin.models import LogEntry

from accounts.flows.deactivation import deactivate
from accounts.models import User
from accounts.tests.account_requests import token_in
from accounts.tests.staff import USERS, page_of, run, save
from conftest import NEW_PASSWORD, PASSWORD
from notes.models import Note
from notes_api.config.rate import Rate


def test_saving_the_page_writes_only_what_was_changed(in_admin, superuser, alice, as_user):
    session = as_user(alice)

    save(in_admin(superuser), alice, is_staff="on")

    alice.refresh_from_db()
    assert alice.is_staff
    assert alice.check_password(PASSWORD)
    assert session.get("/users/me").status_code == 200


def test_saving_the_page_is_logged(in_admin, superuser, alice):
    save(in_admin(superuser), alice, is_active="")

    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.get_change_message()) == (superuser, str(alice.pk), "Changed Active.")


def test_unticking_active_ends_every_session_permanently(in_admin, superuser, alice, as_user):
    session = as_user(alice)
    browser = in_admin(superuser)

    save(browser, alice, is_active="")
    assert session.get("/users/me").status_code == 401
    alice.refresh_from_db()
    save(browser, alice, is_active="on")

    alice.refresh_from_db()
    assert alice.is_active
    assert session.get("/users/me").status_code == 401


def test_setting_a_password_ends_every_session(in_admin, superuser, alice, as_user, client):
    session = as_user(alice)
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true", "set-password": "1"}

    response = in_admin(superuser).post(f"{USERS}{alice.pk}/password/", form)

    assert response.headers["Location"] == page_of(alice)
    assert session.get("/users/me").status_code == 401
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 401
    assert client.post("/login", {"username": alice.email, "password": NEW_PASSWORD}).status_code == 200
    assert LogEntry.objects.get().get_change_message() == "Changed password."


def test_the_password_rules_apply_to_a_password_set_by_staff(in_admin, superuser, alice, as_user):
    session = as_user(alice)
    form = {"password1": "password", "password2": "password", "usable_password": "true", "set-password": "1"}

    response = in_admin(superuser).post(f"{USERS}{alice.pk}/password/", form)

    assert "This password is too common." in response.content.decode()
    assert session.get("/users/me").status_code == 200


def test_disabling_the_password_ends_every_session(in_admin, superuser, alice, as_user, client):
    session = as_user(alice)

    in_admin(superuser).post(f"{USERS}{alice.pk}/password/", {"usable_password": "false", "unset-password": "1"})

    assert session.get("/users/me").status_code == 401
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 401


def test_changing_ones_own_password_ends_every_session_but_not_the_admin(in_admin, superuser, as_user):
    session = as_user(superuser)
    browser = in_admin(superuser)
    form = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}

    response = browser.post("/admin/password_change/", form)

    assert response.headers["Location"] == "/admin/password_change/done/"
    assert session.get("/users/me").status_code == 401
    assert browser.get("/admin/").status_code == 200


def test_the_password_form_of_the_admin_is_throttled(in_admin, superuser, settings):
    settings.THROTTLE_LOGIN = Rate(2, 900)
    browser = in_admin(superuser)
    guess = {"old_password": "a guess", "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    for _ in range(2):
        browser.post("/admin/password_change/", guess)

    response = browser.post("/admin/password_change/", {**guess, "old_password": PASSWORD})

    assert "Too many attempts: wait 15 minutes" in response.content.decode()
    assert User.objects.get(pk=superuser.pk).check_password(PASSWORD)


def test_deactivating_ends_every_session_and_is_logged(in_admin, superuser, alice, bob, as_user):
    of_alice, of_bob = as_user(alice), as_user(bob)

    response = run(in_admin(superuser), "deactivate", alice, bob)

    assert "Deactivated 2 users." in response.content.decode()
    assert of_alice.get("/users/me").status_code == 401
    assert of_bob.get("/users/me").status_code == 401
    assert [(entry.user, entry.object_id, entry.get_change_message()) for entry in LogEntry.objects.order_by("id")] == [
        (superuser, str(alice.pk), "Deactivated the account."),
        (superuser, str(bob.pk), "Deactivated the account."),
    ]


def test_reactivating_lets_a_user_log_in_again_and_restores_no_session(in_admin, superuser, alice, as_user, client):
    session = as_user(alice)
    deactivate(alice)

    response = run(in_admin(superuser), "reactivate", alice)

    assert "Reactivated 1 user." in response.content.decode()
    assert session.get("/users/me").status_code == 401
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 200
    assert LogEntry.objects.get().get_change_message() == "Reactivated the account."


def test_ending_sessions_logs_every_device_out_and_is_logged(in_admin, superuser, alice, bob, as_user):
    laptop, telephone, of_bob = as_user(alice), as_user(alice), as_user(bob)

    response = run(in_admin(superuser), "end_sessions", alice)

    assert "Ended all sessions of 1 user." in response.content.decode()
    assert laptop.get("/users/me").status_code == 401
    assert telephone.get("/users/me").status_code == 401
    assert of_bob.get("/users/me").status_code == 200
    assert LogEntry.objects.get().get_change_message() == "Ended all sessions of the account."


@pytest.mark.django_db(transaction=True)
def test_staff_send_a_reset_link_that_only_its_owner_reads(in_admin, support, alice, as_user, client, mailoutbox):
    session = as_user(alice)

    page = run(in_admin(support), "send_reset_links", alice)

    assert "Sent a reset link to 1 user." in page.content.decode()
    assert [mail.to for mail in mailoutbox] == [[alice.email]]
    assert token_in(mailoutbox[0]) not in page.content.decode()
    assert session.get("/users/me").status_code == 200
    assert LogEntry.objects.get().get_change_message() == "Sent a reset link to the account."
    reset = {"token": token_in(mailoutbox[0]), "new_password": NEW_PASSWORD}
    assert client.post("/password/reset/confirm", reset).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_no_reset_link_is_sent_to_inactive_or_higher_accounts(in_admin, support, superuser, alice, mailoutbox):
    deactivate(alice)

    page = run(in_admin(support), "send_reset_links", alice, superuser)

    assert "Skipped 2 users" in page.content.decode()
    assert mailoutbox == []
    assert not LogEntry.objects.exists()


def test_deleting_a_user_deletes_their_data(in_admin, superuser, alice, bob, as_user):
    session = as_user(alice)
    Note.objects.create_note(alice, title="Milk")
    Note.objects.create_note(bob, title="Bread")

    in_admin(superuser).post(f"{USERS}{alice.pk}/delete/", {"post": "yes"})

    assert session.get("/users/me").status_code == 401
    assert not User.objects.with_email("alice@example.com").exists()
    assert Note.objects.get().owner == bob
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.object_repr) == (str(alice.pk), "erased account")


def test_deleting_users_from_the_list_deletes_their_data(in_admin, superuser, alice, bob, as_user):
    session = as_user(alice)
    data = {"action": "delete_selected", "_selected_action": [alice.pk, bob.pk], "post": "yes"}

    in_admin(superuser).post(USERS, data)

    assert session.get("/users/me").status_code == 401
    assert User.objects.get() == superuser


def test_deleting_users_from_the_list_is_logged(in_admin, superuser, alice, bob):
    data = {"action": "delete_selected", "_selected_action": [alice.pk, bob.pk], "post": "yes"}

    in_admin(superuser).post(USERS, data)

    assert {(entry.user, entry.object_id, entry.object_repr) for entry in LogEntry.objects.all()} == {
        (superuser, str(alice.pk), "erased account"),
        (superuser, str(bob.pk), "erased account"),
    }


def test_staff_with_log_entries_cannot_be_deleted(in_admin, superuser, support, alice):
    run(in_admin(support), "deactivate", alice)
    browser = in_admin(superuser)

    alone = browser.post(f"{USERS}{support.pk}/delete/", {"post": "yes"})
    data = {"action": "delete_selected", "_selected_action": [support.pk], "post": "yes"}
    listed = browser.post(USERS, data)

    said = "The log of what support@example.com did as staff. Deactivate the account instead."
    assert said in alone.content.decode()
    assert said in listed.content.decode()
    assert LogEntry.objects.get().user == support
