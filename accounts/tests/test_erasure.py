"""POST /users/me/erase."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as BrowserSession
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.authentication.tokens import RefreshToken
from accounts.flows import erasure
from accounts.flows.erasure import related_models
from accounts.models import ApiToken, Clock, DeviceRequest, Grant, MailLink, SecondFactor, Session, User
from accounts.tests.account_requests import erase_account
from accounts.tests.grants import make_grant
from conftest import PASSWORD
from notes.models import (
    Chunk,
    Export,
    Import,
    Note,
    ReportPage,
    Revision,
    StoredAnswer,
    StoredFile,
    StreamSlot,
    TagCount,
)
from notes.tests.exports import make_ready
from notes.tests.factories import make_note
from outbox.models import Entry

OWN_ID = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
# Every model that refers to an account, directly or not. Log entries of staff prevent an erasure.
KINDS = [Session, ApiToken, Grant, DeviceRequest, Clock, MailLink, SecondFactor, User.groups.through,
         User.user_permissions.through, StoredAnswer, StoredAnswer.notes.through, Revision, TagCount, StreamSlot, Note,
         Entry, Export, Import, ReportPage, StoredFile, Chunk]  # fmt: skip


def statements_to_erase(user):
    with CaptureQueriesContext(connection) as statements:
        erasure.erase(user)
    return len(statements)


@pytest.fixture
def rich(as_user, alice):
    """Alice, logged in, with a row in every table."""
    client = as_user(alice)
    ApiToken.objects.issue(client.session_row, "Script", ["notes:read"])
    grant = make_grant(alice, "notes:read")
    DeviceRequest.objects.begin(grant.client, ["notes:read"], "").decide(grant)
    MailLink.objects.issue("reset", alice.email, alice.pk)
    Entry.objects.add("test", {}, alice.pk)
    SecondFactor.objects.enrol(alice)
    alice.groups.add(Group.objects.create(name="Readers"))
    alice.user_permissions.add(Permission.objects.get(codename="view_note"))
    made = client.post("/notes", {"title": "Milk", "tags": ["shop"]}, headers={"Idempotency-Key": "once"})
    client.patch(made.headers["Location"], {"title": "Bread"})
    make_ready(owner=alice)
    Import.objects.create(user=alice, format="keep").record([{"status": "created"}])
    StreamSlot.objects.reserve(alice.pk, timezone.now() + timedelta(hours=1))
    return client


def test_an_account_that_was_erased_is_gone(as_user, alice, client):
    response = erase_account(as_user(alice))

    assert (response.status_code, response.content) == (204, b"")
    assert not User.objects.exists()
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 401


def test_erasing_leaves_no_row_of_any_kind(rich):
    assert [kind for kind in KINDS if not kind.objects.exists()] == []

    erasure.erase(User.objects.get())

    assert [kind for kind in KINDS if kind.objects.exists()] == []


def test_every_model_is_listed():
    assert {model for model, _ in related_models(User)} == {*KINDS, LogEntry}


def test_erasing_ends_every_token_at_the_next_request(as_user, alice, client):
    phone, laptop = as_user(alice), as_user(alice)
    refresh = {"refresh_token": str(RefreshToken.of(phone.session_row))}

    erase_account(laptop)

    assert laptop.get("/users/me").status_code == 401
    assert phone.get("/changes/stream").status_code == 401
    assert client.post("/login/refresh", refresh).status_code == 401
    assert not Session.objects.exists()


def test_erasing_keeps_the_data_of_others(as_user, alice, bob):
    make_note(owner=alice)
    of_bob, note = as_user(bob), make_note(owner=bob)

    erase_account(as_user(alice))

    assert Note.objects.get() == note
    assert of_bob.get(f"/notes/{note.pk}").status_code == 200


def test_the_address_and_the_ids_are_free_again(as_user, alice, bob, client):
    make_note(owner=alice, id=OWN_ID)
    absent = {"If-None-Match": "*"}
    assert as_user(bob).put(f"/notes/{OWN_ID}", {"title": "Bread"}, headers=absent).status_code == 409

    erase_account(as_user(alice))

    assert client.post("/users", {"email": alice.email, "password": PASSWORD}).status_code == 201
    assert as_user(bob).put(f"/notes/{OWN_ID}", {"title": "Bread"}, headers=absent).status_code == 201


def test_a_large_account_may_take_longer_than_other_requests(settings):
    assert settings.REQUEST_TIMEOUTS["/users/me/erase"] >= 30


@pytest.mark.parametrize("who", ["staff", "support", "superuser"])
def test_staff_cannot_erase_themselves(as_user, request, who):
    client = as_user(request.getfixturevalue(who))

    response = erase_account(client)

    assert (response.status_code, response.json()["code"]) == (409, "staff_account")
    assert client.get("/users/me").status_code == 200


def test_staff_with_log_entries_cannot_erase_themselves(as_user, alice, bob):
    LogEntry.objects.log_actions(alice.pk, User.objects.filter(pk=bob.pk), CHANGE, "Deactivated.", single_object=True)

    response = erase_account(as_user(alice))

    assert (response.status_code, response.json()["code"]) == (409, "staff_account")
    assert LogEntry.objects.get().user == alice


def test_log_entries_about_an_erased_account_stay_without_the_address(as_user, superuser, alice):
    LogEntry.objects.log_actions(superuser.pk, User.objects.filter(pk=alice.pk), CHANGE, "Deactivated.")

    erase_account(as_user(alice))

    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.object_repr, entry.user) == (str(alice.pk), "erased account", superuser)


def test_log_entries_about_other_accounts_keep_their_name(as_user, superuser, alice, bob):
    LogEntry.objects.log_actions(superuser.pk, User.objects.filter(pk=bob.pk), CHANGE, "Deactivated.")
    kind = ContentType.objects.get(app_label="auth", model="group")
    LogEntry.objects.create(user=superuser, content_type=kind, object_id=alice.pk, object_repr="Admins", action_flag=2)

    erase_account(as_user(alice))

    assert {entry.object_repr for entry in LogEntry.objects.all()} == {"bob@example.com", "Admins"}


def test_the_admin_sessions_of_a_former_staff_member_are_deleted(as_user, in_admin, superuser, staff):
    in_admin(superuser)
    in_admin(staff)
    User.objects.filter(pk=staff.pk).update(is_staff=False)

    erase_account(as_user(staff))

    assert [row.get_decoded()["_auth_user_id"] for row in BrowserSession.objects.all()] == [str(superuser.pk)]


def test_erasing_takes_as_many_statements_for_a_hundred_notes_as_for_one(alice, bob, mallory):
    make_note(owner=alice).change({"title": "Bread"})
    for _ in range(100):
        make_note(owner=bob).change({"title": "Bread"})
    statements_to_erase(mallory)  # the first looks up what Django then remembers

    assert statements_to_erase(bob) == statements_to_erase(alice)


def test_erasing_an_account_deletes_its_rows():
    """The erasure deletes related rows itself, so every foreign key must be CASCADE."""
    relations = [relation for relation in User._meta.get_fields(include_hidden=True) if hasattr(relation, "on_delete")]

    assert "Note" in {model.__name__ for model, _ in related_models(User)}
    assert [relation for relation in relations if relation.on_delete is not models.CASCADE] == []
