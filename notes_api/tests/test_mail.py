"""Mail on its way to a mail server."""

import socket

import pytest
from django.core.management import CommandError, call_command

from notes_api.mail import Letter, deliver, post
from notes_api.mail_url import mailer_of
from notes_api.tests.postbox import postbox

TEXT = "It is …\n.\n.. late.\n"
LETTER = Letter("alice@example.org", "Good evening", TEXT)


@pytest.fixture
def mail_by(settings):
    """`mail_by(server.url)`: mail goes by this server."""
    settings.DEFAULT_FROM_EMAIL = "Cloud Notes <notes@example.org>"
    return lambda url: setattr(settings, "MAILERS", {"default": mailer_of(url)})


def test_a_letter_is_plain_text_to_one_person(mail_by):
    with postbox() as server:
        mail_by(server.url)
        post(LETTER)

    sent = server.mail()
    assert sent.envelope == ["alice@example.org"]
    assert (sent["To"], sent["From"]) == ("alice@example.org", "Cloud Notes <notes@example.org>")
    assert sent["Subject"] == "Good evening"
    assert sent.get_content_type() == "text/plain"
    assert sent.get_content().replace("\r\n", "\n") == TEXT


def test_answering_machines_are_asked_for_silence(mail_by):
    with postbox() as server:
        mail_by(server.url)
        post(LETTER)

    assert server.mail()["Auto-Submitted"] == "auto-generated"


def test_a_letter_does_not_tell_how_the_machine_is_called(mail_by):
    with postbox() as server:
        mail_by(server.url)
        post(LETTER)

    assert server.mail()["Message-ID"].endswith("@example.org>")
    assert socket.gethostname() not in server.mail().as_string()


def test_the_password_of_the_mail_server_is_sent_as_it_was_meant(mail_by):
    with postbox(login=("alice@example.org", "p@ss:/%")) as server:
        mail_by(f"smtp://alice%40example.org:p%40ss%3A%2F%25@127.0.0.1:{server.server_address[1]}")
        post(LETTER)

    assert server.mail().envelope == ["alice@example.org"]


def test_a_mail_server_that_is_away_is_logged_and_breaks_nothing(mail_by, caplog):
    with postbox() as server:
        url = server.url
    mail_by(url)

    post(LETTER)

    assert "The mail 'Good evening' was not sent" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_mail_server_that_refuses_is_logged_and_breaks_nothing(mail_by, caplog):
    with postbox(refused=["alice@example.org"]) as server:
        mail_by(server.url)
        post(LETTER)

    assert server.mails == []
    assert "nobody here" in caplog.text


def test_a_mail_server_that_says_nothing_is_given_up(mail_by, settings, caplog):
    with postbox(is_silent=True) as server:
        mail_by(server.url)
        settings.MAILERS["default"]["OPTIONS"]["timeout"] = 0.1
        post(LETTER)

    assert "timed out" in caplog.text


@pytest.mark.parametrize(
    "address", ['"a,b@evil.example"@example.org', '"<bob@evil.example>"@example.org', "o'hara@example.org"]
)
def test_an_odd_address_stays_one_recipient(mail_by, address):
    with postbox() as server:
        mail_by(server.url)
        post(Letter(address, "Good evening", TEXT))

    assert len(server.mail().envelope) == 1
    assert server.mail().envelope[0].endswith("@example.org")


@pytest.mark.parametrize("name", ["recipient", "subject"])
def test_no_line_end_gets_into_a_header(mail_by, name):
    with postbox() as server:
        mail_by(server.url)
        with pytest.raises(ValueError, match=r"newline|linefeed|Invalid address"):
            deliver(LETTER._replace(**{name: "alice@example.org\r\nBcc: bob@example.org"}))

    assert server.mails == []


def test_sendtestemail_says_that_it_was_sent(mail_by, capsys):
    with postbox() as server:
        mail_by(server.url)
        call_command("sendtestemail", "alice@example.org")

    assert capsys.readouterr().out == "Sent to alice@example.org.\n"
    assert server.mail()["Subject"] == "Cloud Notes can send mail"


def test_sendtestemail_says_why_it_was_not_sent(mail_by):
    with postbox(refused=["alice@example.org"]) as server:
        mail_by(server.url)
        with pytest.raises(CommandError, match="nobody here"):
            call_command("sendtestemail", "alice@example.org")


def test_sendtestemail_says_that_there_is_no_such_address(mail_by):
    with pytest.raises(CommandError, match="The mail was not sent"):
        call_command("sendtestemail", "alice\nbob@example.org")
