"""POST /email/verify and POST /email/verify/send: an address is its owner's who reads its mail."""

import re

import pytest
from django.core import mail
from django.core.management import call_command

from accounts.models import MailLink, User
from accounts.tests.mailing import (
    ask_for_reset,
    ask_for_verification,
    change_email,
    choose_password,
    link_in,
    log_in,
    refused_fields,
    register,
    token_in,
    verify,
)
from conftest import PASSWORD
from notes_api.environment import BaseUrl, Rate

pytestmark = pytest.mark.django_db(transaction=True)

NEW_PASSWORD = "staple battery horse"
START = "2026-01-05T09:00:00Z"
ELSEWHERE = "198.51.100.7"


@pytest.fixture
def token(client, alice):
    """What Alice's mail brought her."""
    ask_for_verification(client)
    return token_in(mail.outbox.pop())


@pytest.fixture
def one_mail(settings, time_machine):
    """One mail an hour to a mailbox, five for an address; time stands still."""
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_MAIL = Rate(1, 3600)


def test_the_link_verifies_the_address(client, as_user, alice, token):
    response = verify(client, token)

    assert (response.status_code, response.content) == (204, b"")
    assert as_user(alice).get("/users/me").json()["email_verified"] is True


def test_it_is_remembered_when(client, alice, token, time_machine):
    time_machine.move_to(START, tick=False)
    ask_for_verification(client)

    verify(client, token_in(mail.outbox[0]))

    assert User.objects.get().email_verified_at.isoformat() == "2026-01-05T09:00:00+00:00"


def test_a_link_works_once(client, token):
    verify(client, token)

    response = verify(client, token)

    assert (response.status_code, response.json()["code"]) == (400, "invalid_token")


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: token + "A", str.swapcase, lambda _: "x"])
def test_an_altered_token_is_refused(client, token, change):
    response = verify(client, change(token))

    assert (response.status_code, response.json()["code"]) == (400, "invalid_token")
    assert User.objects.get().email_verified_at is None


def test_the_digest_is_no_token(client, token):
    assert verify(client, MailLink.objects.get().digest).status_code == 400


@pytest.mark.parametrize(("seconds", "status"), [(3599, 204), (3600, 400)])
def test_a_link_is_good_for_an_hour(client, alice, time_machine, seconds, status):
    time_machine.move_to(START, tick=False)
    ask_for_verification(client)
    time_machine.shift(seconds)

    assert verify(client, token_in(mail.outbox[0])).status_code == status


@pytest.mark.parametrize("value", [5, None, "", "a" * 129, "nul\x00", ["a"], {}])
def test_a_token_is_a_text(client, value):
    assert verify(client, value).status_code == 400


def test_a_token_is_required(client):
    assert refused_fields(client.post("/email/verify", {})) == [("token", "required")]


def test_a_link_to_verify_sets_no_password(client, token):
    assert choose_password(client, token, NEW_PASSWORD) == 400
    assert log_in(client, PASSWORD) == 200


def test_a_link_to_set_a_password_verifies_nothing_by_itself(client, alice):
    ask_for_reset(client)

    assert verify(client, token_in(mail.outbox[0])).status_code == 400
    assert User.objects.get().email_verified_at is None


def test_following_a_link_takes_a_post(client, token):
    assert client.get(f"/email/verify?token={token}").status_code == 405
    assert User.objects.get().email_verified_at is None


ENDINGS = {
    "another password": lambda user: user.replace_password(NEW_PASSWORD),
    "another address": lambda user: user.replace_email("new@example.com", verified_at=None),
    "shut": User.deactivate,
    "shut for a while": lambda user: (user.deactivate(), user.reactivate()),
    "erased": User.erase,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_link_ends_with_what_it_was_sent_for(client, alice, token, ending):
    ENDINGS[ending](alice)

    assert verify(client, token).status_code == 400
    assert not User.objects.exclude(email_verified_at=None).exists()


def test_links_end_when_the_owner_changes_the_password(client, as_user, alice, token):
    as_user(alice).post("/users/me/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})

    assert verify(client, token).status_code == 400


def test_links_end_with_a_reset(client, token):
    ask_for_reset(client)
    choose_password(client, token_in(mail.outbox[0]), NEW_PASSWORD)

    assert verify(client, token).status_code == 400


def test_a_link_is_void_once_the_account_has_another_address(client, alice, token):
    User.objects.filter(pk=alice.pk).update(email="new@example.com")

    assert verify(client, token).status_code == 400


def test_a_link_does_not_open_an_account_that_is_shut(client, alice, token):
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert verify(client, token).status_code == 400
    assert MailLink.objects.exists()


def test_a_link_from_before_a_restore_is_void(client, token):
    call_command("new_epoch")

    assert verify(client, token).status_code == 400


def test_a_link_read_just_before_it_was_used_is_refused(alice, token):
    first, second = (MailLink.objects.read(token, MailLink.Purpose.VERIFY) for _ in range(2))
    alice.verify_email(first)

    with pytest.raises(MailLink.DoesNotExist):
        alice.verify_email(second)


def test_a_link_comes_by_mail(client, alice, settings):
    settings.PUBLIC_BASE_URL = BaseUrl("https", "notes.example.org", "notes.example.org")

    response = ask_for_verification(client, "ALICE@Example.com")

    assert (response.status_code, response.content) == (202, b"")
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["alice@example.com"], "Verify your e-mail address")
    assert link_in(sent).startswith("https://notes.example.org/email/verify?token=")
    assert "alice@example.com" in sent.body


@pytest.mark.parametrize(
    "headers",
    [{"Host": "localhost"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"},
     {"Origin": "https://evil.example"}, {"X-Forwarded-Proto": "https"}],
)  # fmt: skip
def test_no_header_has_a_say_in_the_link(client, alice, headers):
    ask_for_verification(client, **headers)

    assert link_in(mail.outbox[0]).startswith("http://127.0.0.1:8000/email/verify?")


def test_the_token_is_kept_as_a_digest_only(client, alice):
    ask_for_verification(client)
    token = token_in(mail.outbox[0])

    assert len(token) == 43
    assert not [value for value in MailLink.objects.values().get().values() if token in str(value)]


SILENT = {
    "unknown": User.erase,
    "inactive": User.deactivate,
    "verified": User.vouch_for_email,
}


@pytest.mark.parametrize("state", SILENT)
def test_the_answer_does_not_tell_who_has_an_account(client, alice, state):
    named = {"X-Request-ID": "same"}
    known = ask_for_verification(client, **named)
    mail.outbox.clear()

    SILENT[state](alice)
    answer = ask_for_verification(client, **named)

    assert (answer.status_code, answer.content) == (known.status_code, known.content) == (202, b"")
    assert answer.headers == known.headers
    assert mail.outbox == []


@pytest.mark.parametrize("email", ["alice", "alice@example.com\r\nBcc: bob@example.com", "", None, 5, ["a@b.example"]])
def test_what_is_no_address_is_refused(client, email):
    assert ask_for_verification(client, email).status_code == 400
    assert mail.outbox == []


def test_a_mailbox_gets_only_so_many_mails(client, alice, one_mail):
    ask_for_verification(client, address=ELSEWHERE)

    response = ask_for_verification(client)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")
    assert len(mail.outbox) == 1


def test_unknown_mailboxes_are_counted_like_known_ones(client, one_mail):
    ask_for_verification(client, "nobody@example.com")

    response = ask_for_verification(client, "NOBODY@example.com")

    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")


def test_an_address_may_ask_for_five_times_as_many(client, one_mail):
    statuses = [ask_for_verification(client, f"{name}@example.com").status_code for name in "abcdef"]

    assert statuses == [202] * 5 + [429]
    assert ask_for_verification(client, "f@example.com", address=ELSEWHERE).status_code == 202


def test_mails_of_another_kind_are_counted_for_themselves(client, alice, one_mail):
    ask_for_reset(client)

    assert ask_for_verification(client).status_code == 202


def test_where_nothing_is_verified_registering_sends_no_mail(client):
    assert register(client).status_code == 201
    assert mail.outbox == []


def test_where_it_is_optional_registering_sends_a_link_and_logging_in_works_without(client, settings):
    settings.EMAIL_VERIFICATION = "optional"

    response = register(client)

    assert (response.status_code, response.json()["email_verified"]) == (201, False)
    assert log_in(client, PASSWORD) == 200
    assert verify(client, token_in(mail.outbox[0])).status_code == 204
    assert log_in(client, PASSWORD) == 200


def test_where_it_is_optional_a_taken_address_is_a_conflict_and_gets_no_mail(client, alice, settings):
    settings.EMAIL_VERIFICATION = "optional"

    assert register(client).json()["code"] == "email_taken"
    assert mail.outbox == []


@pytest.mark.parametrize("mode", ["optional", "required"])
def test_registering_counts_as_a_mail(client, one_mail, settings, mode):
    settings.EMAIL_VERIFICATION = mode
    register(client, address=ELSEWHERE)

    response = register(client)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")


def test_where_nothing_is_verified_registering_counts_as_no_mail(client, one_mail):
    register(client, address=ELSEWHERE)

    assert register(client).status_code == 409


def test_every_letter_is_plain_text_of_lines_that_fit(client, as_user, alice, bob, settings):
    settings.EMAIL_VERIFICATION = "required"
    register(client, "carol@example.com")
    register(client, "bob@example.com")
    change_email(as_user(alice), "bob@example.com")
    change_email(as_user(alice), "new@example.com")
    verify(client, token_in(mail.outbox[-1]))

    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["carol@example.com"], "Verify your e-mail address"),
        (["bob@example.com"], "You have an account already"),
        (["bob@example.com"], "Your e-mail address was not changed"),
        (["new@example.com"], "Confirm your new e-mail address"),
        (["alice@example.com"], "Your e-mail address was changed"),
    ]
    lines = [line for sent in mail.outbox for line in sent.body.splitlines() if "?token=" not in line]
    assert max(map(len, lines)) <= 78
    assert not [sent for sent in mail.outbox if re.search(r"[{}<>&]|\n\n\n", sent.body)]
