"""EMAIL_URL and EMAIL_FROM."""

import email
import email.policy

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage

from notes_api.config.mail_url import parse_email_url, parse_sender


def options(url):
    found = parse_email_url(url)
    assert found["BACKEND"] == "notes_api.mail.LimitedSMTPBackend"
    return found["OPTIONS"]


def test_mail_is_printed_without_a_mail_server():
    assert parse_email_url("consolemail://") == {"BACKEND": "django.core.mail.backends.console.EmailBackend"}


SERVERS = [
    ("smtp://mail", {"host": "mail", "port": 25}),
    ("smtp://mail.example.org/", {"host": "mail.example.org", "port": 25}),
    ("smtp://127.0.0.1:2525", {"host": "127.0.0.1", "port": 2525}),
    ("smtp://[::1]:2525", {"host": "::1", "port": 2525}),
    ("smtp+tls://mail", {"host": "mail", "port": 587, "use_tls": True}),
    ("smtp+ssl://mail", {"host": "mail", "port": 465, "use_ssl": True}),
    ("smtp+tls://mail:25", {"host": "mail", "port": 25, "use_tls": True}),
    ("smtp://alice:secret@mail", {"host": "mail", "port": 25, "username": "alice", "password": "secret"}),
    (
        "smtp+tls://alice%40example.org:p%40ss%3A%2F%25+$w@mail",
        {"host": "mail", "port": 587, "use_tls": True, "username": "alice@example.org", "password": "p@ss:/%+$w"},
    ),
    ("smtp://%C3%A4:%C3%B6@mail", {"host": "mail", "port": 25, "username": "ä", "password": "ö"}),
]


def test_a_mail_server_is_named_by_one_address():
    assert [(url, options(url)) for url, _ in SERVERS] == [(url, {"timeout": 10, **values}) for url, values in SERVERS]


INVALID_URLS = [
    "mail.example.org",
    "consolemail",
    "consolemail://mail",
    "http://mail",
    "smtps://mail",
    "smtp+starttls://mail",
    "SMTP://mail",
    "smtp:mail",
    "smtp://",
    "smtp://:25",
    "smtp://mail:0",
    "smtp://mail:65536",
    "smtp://mail:port",
    "smtp://mail:25/path",
    "smtp://mail?timeout=5",
    "smtp://mail#fragment",
    "smtp://alice@mail",
    "smtp://alice:@mail",
    "smtp://:sesame@mail",
    "smtp://alice:ses@me@mail",
    "smtp://alice:ses/ame@mail",
    "smtp://alice:sesame%@mail",
    "smtp://alice:sesame%0d%0a@mail",
    "smtp://alice:sesame%00@mail",
    "smtp://alice:sesame%ff@mail",
    "smtp://ma il",
    "smtp://mäil",
    "smtp://-mail",
    "smtp://mail\n",
    "smtp://::1",
]


def refusal_of(url):
    """Return the message; empty if the URL is accepted."""
    try:
        parse_email_url(url)
    except ImproperlyConfigured as refusal:
        return str(refusal)
    return ""


def test_an_invalid_mail_url_is_refused_without_repeating_it():
    refusals = {url: refusal_of(url) for url in INVALID_URLS}

    expected = "EMAIL_URL must be consolemail:// or a URL such as"
    assert [url for url, text in refusals.items() if not text.startswith(expected) or "sesame" in text] == []


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("notes.example.org", "Cloud Notes <notes@notes.example.org>"),
        ("nas", "Cloud Notes <notes@nas>"),
        ("127.0.0.1", "Cloud Notes <notes@localhost>"),
        ("[fe80::1]", "Cloud Notes <notes@localhost>"),
    ],
)
def test_mail_comes_from_the_served_host_by_default(host, expected):
    assert parse_sender("", host) == expected


SENDERS = [
    ("notes@example.org", "", "notes@example.org"),
    ("<notes@nas>", "", "notes@nas"),
    ("Cloud Notes <notes@example.org>", "Cloud Notes", "notes@example.org"),
    ("notes.example.org <notes@example.org>", "notes.example.org", "notes@example.org"),
    ("Zoë's notes <no-reply+1@example.org>", "Zoë's notes", "no-reply+1@example.org"),
]


def test_a_sender_is_an_address_with_or_without_a_name(subtests):
    for text, name, address in SENDERS:
        with subtests.test(text=text, name=name, address=address):
            sent = EmailMessage("Hello", "", parse_sender(text, "nas"), ["alice@example.org"]).message().as_bytes()

            [sender] = email.message_from_bytes(sent, policy=email.policy.default)["From"].addresses
            assert (sender.display_name, sender.addr_spec) == (name, address)


INVALID_SENDERS = [
    "notes",
    "notes@",
    "@example.org",
    "a@b@c",
    "notes@example.org, bob@example.org",
    "Notes notes@example.org",
    "<>",
    "Notes <notes@example.org> x",
    "notes@exa mple.org",
    "Notes\r\nBcc: bob@example.org <notes@example.org>",
    "Notes, <notes@example.org>",
    '"Notes" <notes@example.org>',
]


def test_an_invalid_sender_is_refused_by_name(subtests):
    for text in INVALID_SENDERS:
        with (
            subtests.test(text=text),
            pytest.raises(ImproperlyConfigured, match="EMAIL_FROM must be an e-mail address"),
        ):
            parse_sender(text, "nas")
