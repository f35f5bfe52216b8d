"""`manage.py createtoken`."""

import json
import re

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from accounts.models import ApiToken
from accounts.models.api_token import MAX_TOKENS
from accounts.tests.commands import log_lines
from accounts.tests.credentials import read_me
from outbox.kinds import handlers

pytestmark = pytest.mark.usefixtures("at_nine")

READ = ["--name", "Night watch", "--scope", "notes:read"]


@pytest.fixture
def create(capsys):
    """`create("a@b", …)` runs the command and returns what it prints on standard output and on standard error."""

    def create(*arguments):
        call_command("createtoken", *arguments)
        return capsys.readouterr()

    return create


def test_the_token_alone_is_printed_on_standard_output(create, alice, client):
    printed = create("Alice@Example.com", *READ)

    assert re.fullmatch(r"cn_pat_[0-9A-Za-z]{49}\n", printed.out)
    assert read_me(client, printed.out.strip()).json()["id"] == str(alice.pk)


def test_the_rest_is_printed_on_standard_error(create, alice):
    printed = create(alice.email, *READ)

    assert printed.err == (
        f"Created Night watch ({printed.out[:15]}…) of alice@example.com. It is shown only now, and does not expire.\n"
    )


def test_the_token_has_these_scopes_and_no_others(create, alice, client):
    secret = create(alice.email, *READ).out.strip()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

    assert client.get("/notes").status_code == 200
    assert client.post("/notes", {"title": "Milk"}).status_code == 403


def test_a_token_may_be_limited_to_tags(create, alice, mailoutbox):
    create(alice.email, *READ, "--tag", "work", "--tag", " team ")

    assert ApiToken.objects.get().tags == ("work", "team")
    assert "limited to notes with one of these tags: work, team" in " ".join(mailoutbox[0].body.split())


def test_several_scopes_come_in_the_order_of_the_documentation(create, alice):
    create(alice.email, "--name", "x", "--scope", "notes:append", "--scope", "notes:read")

    assert ApiToken.objects.get().scopes == ["notes:read", "notes:append"]


def test_it_expires_after_the_days(create, alice):
    printed = create(alice.email, *READ, "--days", "30")

    assert ApiToken.objects.get().expires_at.isoformat() == "2026-02-04T09:00:00+00:00"
    assert printed.err.endswith("It is shown only now, and expires on 2026-02-04 09:00 UTC.\n")


def test_as_json_it_is_what_the_api_returns(create, alice, as_user):
    printed = json.loads(create(alice.email, *READ, "--days", "1", "--json").out)

    token = printed.pop("token")
    assert token.startswith(printed["prefix"])
    assert as_user(alice).get(f"/tokens/{printed['id']}").json() == printed


@pytest.mark.django_db(transaction=True)
def test_the_owner_gets_mail_without_the_token(create, alice):
    secret = create(alice.email, *READ).out.strip()

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == ([alice.email], "An API token was created")
    assert secret[:15] in sent.body
    assert secret not in sent.body


def test_it_is_logged_with_ids(create, alice, caplog):
    caplog.set_level("INFO", "notes_api.security")
    create(alice.email, *READ)

    token = ApiToken.objects.get()
    assert log_lines(caplog) == [
        ("INFO", f"token_created account {alice.pk} token {token.pk}"),
        ("WARNING", f"API token {token.pk} of account {alice.pk} was created by createtoken"),
    ]


MISTAKES = [
    (["nobody@example.com", *READ], "No account has the e-mail address nobody@example.com."),
    (["alice@example.com", *READ, "--name", "a\nb"], "--name: A name is one line of visible text."),
    (["alice@example.com", *READ, "--name", ""], "--name: This field may not be blank."),
    (["alice@example.com", *READ, "--name", "\udcff"], "--name: "),
    (["alice@example.com", *READ, "--scope", "notes:read"], "--scope: Give each scope only once."),
    (["alice@example.com", *READ, "--days", "0"], "--days must be from 1 to 36500."),
    (["alice@example.com", *READ, "--days", "36501"], "--days must be from 1 to 36500."),
    (["alice@example.com", *READ, "--scope", "account"], "Error: argument --scope: invalid choice: 'account'"),
    (["alice@example.com", "--name", "x"], "Error: the following arguments are required: --scope"),
    (["alice@example.com", "--scope", "notes:read"], "Error: the following arguments are required: --name"),
]


def test_what_is_wrong_is_said_in_a_sentence_that_names_it(alice, subtests):
    for arguments, sentence in MISTAKES:
        with subtests.test(arguments=arguments, sentence=sentence):
            with pytest.raises(CommandError, match=rf"^{re.escape(sentence)}"):
                call_command("createtoken", *arguments)

            assert not ApiToken.objects.exists()


def test_an_account_can_have_a_limited_number(alice):
    rows = [ApiToken(user=alice, name="x", prefix="x", digest=str(number), scopes=[]) for number in range(MAX_TOKENS)]
    ApiToken.objects.bulk_create(rows)

    with pytest.raises(CommandError, match="An account can have at most 100 API tokens: revoke one first"):
        call_command("createtoken", alice.email, *READ)


def test_a_deactivated_account_gets_none(alice):
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)

    with pytest.raises(CommandError, match=r"^The account alice@example\.com is deactivated"):
        call_command("createtoken", alice.email, *READ)


def test_an_account_that_must_verify_its_address_first_gets_none(alice, settings):
    settings.EMAIL_VERIFICATION = "required"

    with pytest.raises(CommandError, match=r"^The e-mail address alice@example\.com is not verified"):
        call_command("createtoken", alice.email, *READ)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("held_up")
def test_mail_that_is_printed_does_not_mix_with_the_token(create, alice, settings):
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}

    printed = create(alice.email, *READ)

    assert re.fullmatch(r"cn_pat_[0-9A-Za-z]{49}\n", printed.out)
    assert "Subject: An API token was created" in printed.err


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("held_up")
def test_the_token_is_printed_before_the_mail_is_sent(alice, monkeypatch, capsys):
    def interrupt(payload):
        raise KeyboardInterrupt

    monkeypatch.setitem(handlers, "mail", interrupt)

    with pytest.raises(KeyboardInterrupt):
        call_command("createtoken", alice.email, *READ)

    assert re.fullmatch(r"cn_pat_[0-9A-Za-z]{49}\n", capsys.readouterr().out)
