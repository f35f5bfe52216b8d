"""POST /password/reset/confirm: the link from a mail."""

import pytest
from django.core import mail
from django.core.management import call_command

from accounts.authentication.tokens import RefreshToken
from accounts.flows.deactivation import deactivate, reactivate
from accounts.flows.password_change import replace_password, reset_password
from accounts.models import MailLink, Session, User
from accounts.tests.account_requests import ask_for_reset as ask
from accounts.tests.account_requests import log_in, token_in
from accounts.tests.staff import USERS
from conftest import NEW_PASSWORD, PASSWORD, START
from notes_api.tests.responses import field_errors

pytestmark = pytest.mark.usefixtures("on_commit")


def confirm(client, token, password=NEW_PASSWORD, **members):
    return client.post("/password/reset/confirm", {"token": token, "new_password": password, **members})


@pytest.fixture
def token(client, alice):
    """The token in Alice's mail."""
    ask(client)
    return token_in(mail.outbox.pop())


def test_the_link_sets_a_new_password(client, token):
    response = confirm(client, token)

    assert (response.status_code, response.content) == (204, b"")
    assert log_in(client, NEW_PASSWORD) == 200
    assert log_in(client, PASSWORD) == 401


def test_a_link_works_once(client, token):
    confirm(client, token)

    response = confirm(client, token, "a third password")

    assert (response.status_code, response.json()["code"]) == (400, "invalid_token")
    assert log_in(client, NEW_PASSWORD) == 200


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: token + "A", str.swapcase, lambda _: "x"])
def test_an_altered_token_is_refused(client, token, change):
    response = confirm(client, change(token))

    assert (response.status_code, response.json()["code"]) == (400, "invalid_token")
    assert log_in(client, PASSWORD) == 200


def test_the_digest_is_refused_as_a_token(client, token):
    assert confirm(client, MailLink.objects.get().digest).status_code == 400


@pytest.mark.parametrize(("seconds", "status"), [(3599, 204), (3600, 400)])
def test_a_link_is_valid_for_an_hour(client, alice, time_machine, seconds, status):
    time_machine.move_to(START, tick=False)
    ask(client)
    time_machine.shift(seconds)

    assert confirm(client, token_in(mail.outbox[0])).status_code == status


@pytest.mark.parametrize(
    ("password", "code"),
    [("Ohm.ei7", "password_too_short"), ("password123", "password_too_common"), ("a" * 129, "max_length"),
     ("alice@example.com", "password_too_similar")],
)  # fmt: skip
def test_a_weak_password_does_not_use_up_the_link(client, token, password, code):
    response = confirm(client, token, password)

    assert response.status_code == 400
    assert field_errors(response) == [("new_password", code)]
    assert confirm(client, token).status_code == 204


@pytest.mark.parametrize("missing", ["token", "new_password"])
def test_token_and_password_are_required(client, token, missing):
    body = {"token": token, "new_password": NEW_PASSWORD}
    del body[missing]

    assert field_errors(client.post("/password/reset/confirm", body)) == [(missing, "required")]


def test_a_token_is_a_text(client, subtests):
    for value in [5, None, "", "a" * 129, "nul\x00", ["a"]]:
        with subtests.test(value=value):
            assert confirm(client, value).status_code == 400


def test_every_session_ends_with_the_reset(client, as_user, alice, token):
    phone = as_user(alice)
    refresh = {"refresh_token": str(RefreshToken.of(phone.session_row))}

    confirm(client, token)

    assert phone.get("/users/me").status_code == 401
    assert client.post("/login/refresh", refresh).status_code == 401


def test_a_reset_ends_admin_sessions(client, in_admin, superuser):
    browser = in_admin(superuser)
    ask(client, superuser.email)

    confirm(client, token_in(mail.outbox[0]))

    assert browser.get(USERS).status_code == 302


def test_the_sessions_of_others_stay_active(client, as_user, bob, token):
    of_bob = as_user(bob)

    confirm(client, token)

    assert of_bob.get("/users/me").status_code == 200


def test_every_other_link_ends_with_the_reset(client, alice, token):
    ask(client)

    confirm(client, token)

    assert confirm(client, token_in(mail.outbox[0]), "a third password").status_code == 400


def test_links_of_other_accounts_stay_valid(client, bob, token):
    ask(client, "bob@example.com")

    confirm(client, token)

    assert confirm(client, token_in(mail.outbox[0])).status_code == 204


def test_links_end_when_the_password_is_changed(client, as_user, alice, token):
    passwords = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    as_user(alice).post("/users/me/password", passwords)

    assert confirm(client, token, "a third password").status_code == 400


def test_links_end_when_staff_set_a_password(client, alice, token):
    replace_password(alice, NEW_PASSWORD)

    assert confirm(client, token, "a third password").status_code == 400


def test_deactivation_invalidates_links_permanently(client, alice, token):
    deactivate(alice)
    reactivate(alice)

    assert confirm(client, token).status_code == 400


def test_a_link_does_not_work_for_an_inactive_account(client, alice, token):
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert confirm(client, token).status_code == 400
    assert MailLink.objects.exists()


def test_a_link_is_invalid_after_the_address_changed(client, alice, token):
    User.objects.filter(pk=alice.pk).update(email="new@example.com")

    assert confirm(client, token).status_code == 400
    assert log_in(client, PASSWORD, "new@example.com") == 200


def test_a_reset_verifies_the_address(client, alice, token, time_machine):
    User.objects.filter(pk=alice.pk).update(email_verified_at=None)
    time_machine.move_to(START, tick=False)
    ask(client)

    confirm(client, token_in(mail.outbox[-1]))

    alice.refresh_from_db()
    assert alice.email_verified_at.isoformat() == "2026-01-05T09:00:00+00:00"


def test_a_link_read_just_before_it_was_used_is_refused(alice, token):
    first, second = (MailLink.objects.get_by_token(token, "reset") for _ in range(2))
    reset_password(alice, NEW_PASSWORD, first)

    with pytest.raises(MailLink.DoesNotExist):
        reset_password(alice, "the slower one", second)

    assert User.objects.get().check_password(NEW_PASSWORD)


def test_a_login_with_the_old_password_gets_no_session_during_the_reset(alice, token):
    checked = User.objects.authenticate("alice@example.com", PASSWORD)
    reset_password(alice, NEW_PASSWORD, MailLink.objects.get_by_token(token, "reset"))

    assert Session.objects.start(checked, "", None) is None


def test_purge_removes_links_that_are_too_old(client, alice, time_machine, capsys):
    time_machine.move_to(START, tick=False)
    ask(client)
    time_machine.shift(1800)
    ask(client)
    time_machine.shift(1800)

    call_command("purge", "--trust-clock")

    assert MailLink.objects.count() == 1
    assert "1 expired mail links deleted" in capsys.readouterr().out


def test_a_link_from_before_a_restore_is_invalid(client, token):
    call_command("new_epoch")

    assert confirm(client, token).status_code == 400
