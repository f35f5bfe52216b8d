"""Sending mail to a mail server."""

import socket
import threading
from contextlib import suppress
from smtplib import SMTPAuthenticationError, SMTPConnectError

import pytest
from django.core.management import CommandError, call_command

from notes_api.config.mail_url import parse_email_url
from notes_api.mail import PlainEmail, describe_mail_error, send_email
from notes_api.tests.edge.server import eventually
from notes_api.tests.fake_smtp import postbox

TEXT = "It is …\n.\n.. late.\n"
LETTER = PlainEmail("alice@example.org", "Good evening", TEXT)


@pytest.fixture
def mail_by(settings):
    """`mail_by(server.url)` sends mail over this server."""
    settings.DEFAULT_FROM_EMAIL = "Cloud Notes <notes@example.org>"
    return lambda url: setattr(settings, "MAILERS", {"default": parse_email_url(url)})


def test_a_mail_is_plain_text_to_one_recipient(mail_by):
    with postbox() as server:
        mail_by(server.url)
        send_email(LETTER)

    sent = server.mail()
    assert sent.envelope == ["alice@example.org"]
    assert (sent["To"], sent["From"]) == ("alice@example.org", "Cloud Notes <notes@example.org>")
    assert sent["Subject"] == "Good evening"
    assert sent.get_content_type() == "text/plain"
    assert sent.get_content().replace("\r\n", "\n") == TEXT


def test_mails_ask_for_no_automatic_replies(mail_by):
    with postbox() as server:
        mail_by(server.url)
        send_email(LETTER)

    assert server.mail()["Auto-Submitted"] == "auto-generated"


def test_a_mail_does_not_contain_the_host_name_of_the_machine(mail_by):
    with postbox() as server:
        mail_by(server.url)
        send_email(LETTER)

    assert server.mail()["Message-ID"].endswith("@example.org>")
    assert socket.gethostname() not in server.mail().as_string()


def test_the_password_of_the_mail_server_is_sent_as_it_was_meant(mail_by):
    with postbox(login=("alice@example.org", "p@ss:/%")) as server:
        mail_by(f"smtp://alice%40example.org:p%40ss%3A%2F%25@127.0.0.1:{server.server_address[1]}")
        send_email(LETTER)

    assert server.mail().envelope == ["alice@example.org"]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("{'alice@example.org': (550, b'<ALICE@example.org>?')}", "{'(recipient)': (550, b'<(recipient)>?')}"),
        ("notes@example.org may not send", "(address) may not send"),
        ("spam: http://a.example/email/verify?token=a-b_c=", "spam: http://a.example/email/verify?token=(hidden)="),
        ("[Errno 111] Connection refused", "[Errno 111] Connection refused"),
    ],
)  # fmt: skip
def test_the_description_of_an_error_contains_no_address_and_no_token(message, shown):
    assert describe_mail_error(OSError(message), "alice@example.org") == shown


def test_an_error_of_the_mail_server_is_raised(mail_by):
    with postbox(refused=["alice@example.org"]) as server:
        mail_by(server.url)
        with pytest.raises(OSError, match="nobody here"):
            send_email(LETTER)

    assert server.mails == []


def test_a_silent_mail_server_times_out(mail_by, settings):
    with postbox(is_silent=True) as server:
        mail_by(server.url)
        settings.MAILERS["default"]["OPTIONS"]["timeout"] = 0.1
        with pytest.raises(OSError, match="timed out"):
            send_email(LETTER)


def test_a_conversation_with_a_slow_mail_server_ends(mail_by, monkeypatch):
    monkeypatch.setattr("notes_api.mail.MAX_SECONDS", 0.2)
    with postbox(is_slow=True) as server:
        mail_by(server.url)
        with pytest.raises(SMTPConnectError):
            send_email(LETTER)


@pytest.mark.parametrize("login", [None, ("alice", "another password")])
def test_a_conversation_leaves_no_thread_and_no_connection(mail_by, login):
    with postbox(login=login) as server:
        before = set(threading.enumerate())
        mail_by(f"smtp://alice:secret@127.0.0.1:{server.server_address[1]}" if login else server.url)
        with suppress(SMTPAuthenticationError):
            send_email(LETTER)

        eventually(lambda: before.issuperset(threading.enumerate()))


def test_a_mail_may_have_an_id_of_its_own(mail_by):
    with postbox() as server:
        mail_by(server.url)
        send_email(LETTER._replace(message_id="<once@example.org>"))

    assert server.mail()["Message-ID"] == "<once@example.org>"


@pytest.mark.parametrize(
    "address", ['"a,b@evil.example"@example.org', '"<bob@evil.example>"@example.org', "o'hara@example.org"]
)
def test_an_address_with_special_characters_stays_one_recipient(mail_by, address):
    with postbox() as server:
        mail_by(server.url)
        send_email(PlainEmail(address, "Good evening", TEXT))

    assert len(server.mail().envelope) == 1
    assert server.mail().envelope[0].endswith("@example.org")


def test_an_address_with_other_letters_before_the_at_is_sent_as_it_is(mail_by):
    with postbox(extensions=["SMTPUTF8", "8BITMIME"]) as server:
        mail_by(server.url)
        send_email(PlainEmail("jürgen@müller.example", "Good evening", TEXT))

    sent = server.mail()
    assert sent.envelope == ["jürgen@müller.example"]
    assert "SMTPUTF8" in sent.sender
    assert dict(sent.raw_items())["To"].encode(errors="surrogateescape").decode() == "jürgen@müller.example"
    assert (sent["From"], sent["Subject"]) == ("Cloud Notes <notes@example.org>", "Good evening")
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Message-ID"].endswith("@example.org>")
    assert sent["Date"]
    assert sent.get_content().replace("\r\n", "\n") == TEXT


def test_without_smtputf8_such_an_address_is_an_error(mail_by):
    with postbox() as server:
        mail_by(server.url)
        with pytest.raises(OSError, match="does not advertise the required SMTPUTF8 capability"):
            send_email(PlainEmail("jürgen@example.org", "Good evening", TEXT))

    assert server.mails == []


@pytest.mark.parametrize("name", ["recipient", "subject"])
@pytest.mark.parametrize("letter", ["a", "ä"])
def test_no_line_end_gets_into_a_header(mail_by, name, letter):
    with postbox(extensions=["SMTPUTF8"]) as server:
        mail_by(server.url)
        values = {"recipient": f"{letter}@example.org", name: f"{letter}@example.org\r\nBcc: bob@example.org"}
        with pytest.raises(ValueError, match=r"newline|linefeed|Invalid address|CR or LF"):
            send_email(LETTER._replace(**values))

    assert server.mails == []


def test_sendtestemail_confirms_that_the_mail_was_sent(mail_by, capsys):
    with postbox() as server:
        mail_by(server.url)
        call_command("sendtestemail", "alice@example.org")

    assert capsys.readouterr().out == "Sent to alice@example.org.\n"
    assert server.mail()["Subject"] == "Cloud Notes can send mail"


def test_sendtestemail_does_not_claim_to_have_sent_what_it_printed(mail_by, capsys):
    mail_by("consolemail://")

    call_command("sendtestemail", "alice@example.org")

    output = capsys.readouterr().out
    assert "Subject: Cloud Notes can send mail" in output
    assert output.endswith("Nothing was sent: without EMAIL_URL, mail is printed, as above.\n")


def test_sendtestemail_reports_the_error(mail_by):
    with postbox(refused=["alice@example.org"]) as server:
        mail_by(server.url)
        with pytest.raises(CommandError, match="nobody here"):
            call_command("sendtestemail", "alice@example.org")


def test_sendtestemail_reports_an_invalid_address(mail_by):
    with pytest.raises(CommandError, match="The e-mail was not sent"):
        call_command("sendtestemail", "alice\nbob@example.org")
