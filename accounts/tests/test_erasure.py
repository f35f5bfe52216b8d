"""POST /users/me/erase: the way out."""

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as BrowserSession
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, Clock, MailLink, SecondFactor, Session, ThrottleCounter, User
from accounts.models.erasure import dependants
from accounts.tokens import RefreshToken
from conftest import PASSWORD
from notes.models import Note, Revision, StoredAnswer
from notes.tests.making import make_note
from notes_api.environment import Rate

OWN_ID = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
# All that refers to an account, at one remove or two. The record of what it did as staff keeps it from being erased.
KINDS = [Session, ApiToken, Clock, MailLink, SecondFactor, User.groups.through, User.user_permissions.through,
         StoredAnswer, StoredAnswer.notes.through, Revision, Note]  # fmt: skip


class ChangingHasher(MD5PasswordHasher):
    """While it checks a password, somebody changes it."""

    def verify(self, password, encoded):
        is_right = super().verify(password, encoded)
        User.objects.filter(password=encoded).update(password=make_password("another", hasher="md5"))
        return is_right


class ObservantHasher(MD5PasswordHasher):
    """Notes whether anybody has to wait for it."""

    seen = []

    def verify(self, password, encoded):
        self.seen.append(connection.in_atomic_block)
        return super().verify(password, encoded)


def erase(client, password=PASSWORD, **extra):
    return client.post("/users/me/erase", {"password": password}, **extra)


def refusal(response):
    return response.status_code, [(error["field"], error["code"]) for error in response.json()["errors"]]


def statements_to_erase(user):
    with CaptureQueriesContext(connection) as statements:
        user.erase()
    return len(statements)


@pytest.fixture
def one_guess(settings, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    settings.THROTTLE_LOGIN = Rate(1, 900)


@pytest.fixture
def rich(as_user, alice):
    """Alice, logged in, with a row of every kind."""
    client = as_user(alice)
    ApiToken.objects.issue(client.session_row, "Script", ["notes:read"])
    MailLink.objects.issue("reset", alice.email, alice.pk)
    SecondFactor.objects.enrol(alice)
    alice.groups.add(Group.objects.create(name="Readers"))
    alice.user_permissions.add(Permission.objects.get(codename="view_note"))
    made = client.post("/notes", {"title": "Milk"}, headers={"Idempotency-Key": "once"})
    client.patch(made.headers["Location"], {"title": "Bread"})
    return client


def test_an_account_that_was_erased_is_gone(as_user, alice, client):
    response = erase(as_user(alice))

    assert (response.status_code, response.content) == (204, b"")
    assert not User.objects.exists()
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 401


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_erasing_leaves_no_row_of_any_kind(rich, kind):
    assert kind.objects.exists()

    assert erase(rich).status_code == 204

    assert not kind.objects.exists()


def test_no_kind_of_row_is_forgotten_here():
    assert {model for model, _ in dependants(User)} == {*KINDS, LogEntry}


def test_erasing_ends_every_token_at_the_next_request(as_user, alice, client):
    phone, laptop = as_user(alice), as_user(alice)
    refresh = {"refresh_token": str(RefreshToken.of(phone.session_row))}

    erase(laptop)

    assert laptop.get("/users/me").status_code == 401
    assert phone.get("/changes/stream").status_code == 401
    assert client.post("/login/refresh", refresh).status_code == 401
    assert not Session.objects.exists()


def test_erasing_leaves_what_others_keep(as_user, alice, bob):
    make_note(owner=alice)
    of_bob, note = as_user(bob), make_note(owner=bob)

    erase(as_user(alice))

    assert Note.objects.get() == note
    assert of_bob.get(f"/notes/{note.pk}").status_code == 200


def test_the_address_and_the_ids_are_free_again(as_user, alice, bob, client):
    make_note(owner=alice, id=OWN_ID)
    absent = {"If-None-Match": "*"}
    assert as_user(bob).put(f"/notes/{OWN_ID}", {"title": "Bread"}, headers=absent).status_code == 409

    erase(as_user(alice))

    assert client.post("/users", {"email": alice.email, "password": PASSWORD}).status_code == 201
    assert as_user(bob).put(f"/notes/{OWN_ID}", {"title": "Bread"}, headers=absent).status_code == 201


@pytest.mark.parametrize("password", ["wrong", "", f"{PASSWORD} ", PASSWORD.upper()])
def test_a_wrong_password_erases_nothing(as_user, alice, password):
    client = as_user(alice)

    assert refusal(erase(client, password))[0] == 400
    assert client.get("/users/me").status_code == 200


def test_a_wrong_password_is_an_error_of_its_field(as_user, alice):
    assert refusal(erase(as_user(alice), "wrong")) == (400, [("password", "wrong")])


def test_guessing_the_password_here_is_limited_like_logging_in(as_user, alice, one_guess):
    client = as_user(alice)
    erase(client, "wrong")

    response = erase(client)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "900")
    assert User.objects.exists()


def test_a_guess_here_counts_at_the_log_in_too(as_user, alice, client, one_guess):
    erase(as_user(alice), "wrong")

    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 429


def test_the_right_password_is_no_guess(as_user, alice, one_guess):
    erase(as_user(alice))

    assert {counter.count for counter in ThrottleCounter.objects.all()} == {0}


def test_a_password_changed_while_it_was_checked_is_a_wrong_one(as_user, alice, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.ChangingHasher"]

    assert refusal(erase(as_user(alice))) == (400, [("password", "wrong")])
    assert User.objects.get() == alice


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_check_of_the_password(as_user, alice, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.ObservantHasher"]
    ObservantHasher.seen.clear()

    erase(as_user(alice))

    assert ObservantHasher.seen == [False]


def test_the_check_of_the_password_has_the_lane_of_the_log_ins(settings):
    assert "/users/me/erase" in settings.HASHING_PATHS


def test_a_large_account_may_take_longer_than_other_requests(settings):
    assert settings.REQUEST_TIMEOUTS["/users/me/erase"] >= 30


@pytest.mark.parametrize("who", ["staff", "support", "superuser"])
def test_staff_cannot_erase_themselves(as_user, request, who):
    client = as_user(request.getfixturevalue(who))

    response = erase(client)

    assert (response.status_code, response.json()["code"]) == (409, "staff_account")
    assert client.get("/users/me").status_code == 200


def test_whoever_worked_as_staff_cannot_erase_the_record_of_it(as_user, alice, bob):
    LogEntry.objects.log_actions(alice.pk, User.objects.filter(pk=bob.pk), CHANGE, "Deactivated.", single_object=True)

    response = erase(as_user(alice))

    assert (response.status_code, response.json()["code"]) == (409, "staff_account")
    assert LogEntry.objects.get().user == alice


def test_what_staff_did_stays_on_record_without_the_address(as_user, superuser, alice):
    LogEntry.objects.log_actions(superuser.pk, User.objects.filter(pk=alice.pk), CHANGE, "Deactivated.")

    erase(as_user(alice))

    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.object_repr, entry.user) == (str(alice.pk), "erased account", superuser)


def test_what_staff_did_to_others_keeps_its_name(as_user, superuser, alice, bob):
    LogEntry.objects.log_actions(superuser.pk, User.objects.filter(pk=bob.pk), CHANGE, "Deactivated.")
    kind = ContentType.objects.get(app_label="auth", model="group")
    LogEntry.objects.create(user=superuser, content_type=kind, object_id=alice.pk, object_repr="Admins", action_flag=2)

    erase(as_user(alice))

    assert {entry.object_repr for entry in LogEntry.objects.all()} == {"bob@example.com", "Admins"}


def test_the_browsers_of_who_was_staff_are_forgotten(as_user, in_admin, superuser, staff):
    in_admin(superuser)
    in_admin(staff)
    User.objects.filter(pk=staff.pk).update(is_staff=False)

    erase(as_user(staff))

    assert [row.get_decoded()["_auth_user_id"] for row in BrowserSession.objects.all()] == [str(superuser.pk)]


def test_erasing_takes_as_many_statements_for_a_hundred_notes_as_for_one(alice, bob, mallory):
    make_note(owner=alice).change({"title": "Bread"})
    for _ in range(100):
        make_note(owner=bob).change({"title": "Bread"})
    statements_to_erase(mallory)  # the first looks up what Django then remembers

    assert statements_to_erase(bob) == statements_to_erase(alice)


def test_whatever_belongs_to_an_account_goes_with_it():
    """`dependants` deletes, so nothing that refers to an account may ask for anything else."""
    relations = [relation for relation in User._meta.get_fields(include_hidden=True) if hasattr(relation, "on_delete")]

    assert "Note" in {model.__name__ for model, _ in dependants(User)}
    assert [relation for relation in relations if relation.on_delete is not models.CASCADE] == []


def test_a_body_without_a_password_is_refused(as_user, alice):
    assert refusal(as_user(alice).post("/users/me/erase", {})) == (400, [("password", "required")])
