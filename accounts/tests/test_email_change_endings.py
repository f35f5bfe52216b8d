"""What ends a pending change of the e-mail address."""

import pytest
from django.core import mail

from accounts.flows.deactivation import deactivate, reactivate
from accounts.flows.email_change import confirm_change, replace_email, send_change_link
from accounts.flows.erasure import erase
from accounts.flows.password_change import replace_password
from accounts.models import MailLink, User
from accounts.tests.account_requests import (
    NEW_EMAIL,
    ask_for_reset,
    ask_for_verification,
    change_email,
    choose_password,
    email_of,
    token_in,
    verify,
)
from conftest import NEW_PASSWORD

pytestmark = pytest.mark.usefixtures("on_commit")


def test_only_the_last_requested_address_can_be_confirmed(client, as_user, alice, confirmed):
    change_email(as_user(alice), "typo@example.com")
    change_email(as_user(alice))
    typo, meant = map(token_in, mail.outbox)

    assert verify(client, typo).status_code == 400
    assert verify(client, meant).status_code == 204


def test_asking_for_a_taken_address_ends_an_earlier_change_like_any_other(client, as_user, alice, bob, confirmed):
    change_email(as_user(alice))
    change_email(as_user(alice), "bob@example.com")

    assert verify(client, token_in(mail.outbox[0])).status_code == 400


def test_sending_the_current_address_cancels_the_pending_change(client, as_user, alice, confirmed):
    change_email(as_user(alice))

    response = change_email(as_user(alice), "Alice@example.com")

    assert (response.status_code, response.json()["email"]) == (200, "alice@example.com")
    assert verify(client, token_in(mail.outbox[0])).status_code == 400
    assert len(mail.outbox) == 1


def test_a_pending_change_keeps_other_links_valid(client, as_user, alice, confirmed):
    ask_for_verification(client)
    ask_for_reset(client)
    change_email(as_user(alice))
    verification, reset = map(token_in, mail.outbox[:2])

    assert verify(client, verification).status_code == 204
    assert choose_password(client, reset, NEW_PASSWORD) == 204


ENDINGS = {
    "another password": lambda user: replace_password(user, NEW_PASSWORD),
    "another address": lambda user: replace_email(user, "third@example.com", verified_at=None),
    "shut": deactivate,
    "shut for a while": lambda user: (deactivate(user), reactivate(user)),
    "shut in passing": lambda user: user.update_columns({"is_active": False}),
    "erased": erase,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_pending_change_ends_when_its_account_changes(client, as_user, alice, confirmed, ending):
    change_email(as_user(alice))
    token = token_in(mail.outbox[0])
    ENDINGS[ending](alice)

    assert verify(client, token).json()["code"] == "invalid_token"
    assert not User.objects.filter(email=NEW_EMAIL).exists()


def test_a_reset_ends_a_pending_change_of_the_address(client, as_user, alice, confirmed):
    change_email(as_user(alice), "mallory@example.com")
    ask_for_reset(client)
    choose_password(client, token_in(mail.outbox[1]), NEW_PASSWORD)

    assert verify(client, token_in(mail.outbox[0])).status_code == 400
    assert email_of(alice) == "alice@example.com"


def test_no_link_is_sent_once_the_password_has_been_replaced(alice):
    read_before = User.objects.get()
    replace_password(alice, NEW_PASSWORD)

    send_change_link(read_before, NEW_EMAIL)

    assert [sent.subject for sent in mail.outbox] == ["Your password was changed"]


@pytest.mark.parametrize("mode", ["off", "optional"])
def test_links_sent_to_the_old_address_end_with_the_change(client, as_user, alice, settings, mode):
    ask_for_reset(client)
    ask_for_verification(client)
    settings.EMAIL_VERIFICATION = mode
    change_email(as_user(alice))
    reset, verification = map(token_in, mail.outbox[:2])
    if mode == "optional":
        verify(client, token_in(mail.outbox[2]))

    assert email_of(alice) == NEW_EMAIL
    assert choose_password(client, reset, NEW_PASSWORD) == 400
    assert verify(client, verification).status_code == 400


def test_a_link_read_just_before_the_account_moved_on_is_refused(as_user, alice, confirmed):
    change_email(as_user(alice))
    link = MailLink.objects.get_by_token(token_in(mail.outbox[0]), MailLink.Purpose.CHANGE)
    replace_password(alice, NEW_PASSWORD)

    with pytest.raises(MailLink.DoesNotExist):
        confirm_change(link.user, link)

    assert email_of(alice) == "alice@example.com"
