"""Fixtures that several tests of accounts share."""

import getpass
import io
import socket
import ssl
import sys

import jwt
import pytest
from django.core import mail

from accounts.authentication.signing_keys import current_key
from accounts.authentication.tokens import AUDIENCE, ISSUER, AccessToken
from accounts.models import OAuthClient, Session
from accounts.tests.account_requests import (
    ask_for_reset,
    ask_for_verification,
    token_in,
)
from accounts.tests.documents_server import CLIENT_ID, DOCUMENT, PUBLIC_ADDRESS, serving_documents
from accounts.tests.link_pages import RESET, VERIFY
from accounts.tests.programs import Program
from accounts.tests.second_factors import switch_on
from notes_api.config.mail_url import parse_email_url
from notes_api.config.rate import Rate
from outbox.worker import worker


@pytest.fixture
def held_up(monkeypatch):
    """The worker of the outbox is busy: entries stay."""
    monkeypatch.setattr(worker, "wake", lambda: None)


@pytest.fixture
def away(settings):
    """The mail server is away; `away()` brings it back."""
    before, settings.MAILERS = settings.MAILERS, {"default": parse_email_url("smtp://127.0.0.1:9")}
    return lambda: setattr(settings, "MAILERS", before)


@pytest.fixture
def pipe(monkeypatch):
    """`pipe("a")` sets the text of standard input."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.fixture
def script(by_token, alice):
    """A client with an API token of Alice."""
    return by_token(alice, "notes:read", "notes:append")


@pytest.fixture
def other(by_token, bob):
    """A client with an API token of Bob."""
    return by_token(bob, "notes:read")


@pytest.fixture
def browser(in_admin, support):
    """A browser in which support is logged in to the admin."""
    return in_admin(support)


@pytest.fixture
def phone(as_user, alice, at_nine):
    """A login session of Alice's, begun at 09:00."""
    return as_user(alice)


@pytest.fixture
def type_in(monkeypatch):
    """`type_in("a", "b")` types these passwords at the next prompts."""

    def type_passwords(*passwords):
        remaining = iter(passwords)
        monkeypatch.setattr(getpass, "getpass", lambda prompt="Password: ": next(remaining))

    return type_passwords


@pytest.fixture
def logged(caplog):
    """`logged()` returns the lines of the security log since the last call, each with its level."""
    caplog.set_level("INFO", "notes_api.security")

    def read():
        records = [record for record in caplog.records if record.name == "notes_api.security"]
        lines = [f"{record.levelname} {record.getMessage()}" for record in records]
        caplog.clear()
        return lines

    return read


@pytest.fixture
def confirmed(settings):
    """Addresses are verified, so a new address has to be confirmed."""
    settings.EMAIL_VERIFICATION = "optional"


@pytest.fixture
def one_guess(settings, at_nine):
    """One guess in 15 minutes, five per IP address; time is frozen."""
    settings.THROTTLE_LOGIN = Rate(1, 900)


@pytest.fixture
def one_mail(settings, at_nine):
    """One mail an hour to a mailbox, five for an IP address; time is frozen."""
    settings.THROTTLE_MAIL = Rate(1, 3600)


@pytest.fixture
def link_tokens(client, alice):
    """The tokens in Alice's mails, by the path of their links."""
    ask_for_reset(client)
    ask_for_verification(client)
    return {RESET: token_in(mail.outbox[0]), VERIFY: token_in(mail.outbox[1])}


@pytest.fixture
def secret(alice):
    """The secret of Alice's second factor."""
    return switch_on(alice)[0]


@pytest.fixture
def recovery_codes(alice):
    """The recovery codes of Alice's second factor."""
    return switch_on(alice)[1]


@pytest.fixture
def _secret_of_the_standard(monkeypatch):
    """Enrolments get the secret of the examples in RFC 6238."""
    monkeypatch.setattr("secrets.token_bytes", lambda count: b"12345678901234567890"[:count])


@pytest.fixture
def session(alice):
    return Session.objects.create(user=alice)


@pytest.fixture
def forge(session):
    """Alice's token, with other claims, another header or another key."""

    def forge(key=None, algorithm="HS256", headers=None, **claims):
        ours = current_key()
        payload = {**AccessToken.of(session).payload, "iss": ISSUER, "aud": AUDIENCE, **claims}
        payload = {name: value for name, value in payload.items() if value is not None}
        headers = {"kid": ours.id, **(headers or {})}
        return jwt.encode(payload, ours.key if key is None else key, algorithm, headers=headers)

    return forge


@pytest.fixture
def documented(client, alice):
    """A program that calls itself by the address of its metadata document."""
    program = Program(client)
    program.client_id, program.redirect_uri = CLIENT_ID, DOCUMENT["redirect_uris"][0]
    OAuthClient.objects.all().delete()
    return program


@pytest.fixture
def resolve(monkeypatch):
    """`resolve(address, …)` sets the addresses of all hosts."""
    names = []

    def resolve(*addresses):
        def getaddrinfo(host, port, *args, **kwargs):
            names.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return names

    return resolve


@pytest.fixture
def connections(monkeypatch):
    """The addresses to which the server has tried to connect; nobody listens there."""
    addresses = []

    def connect(address, *args, **kwargs):
        addresses.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return addresses


@pytest.fixture
def web(tmp_path, monkeypatch, resolve):
    """The server of the documents, which the product trusts and believes to be in the public network."""
    trust = ssl.create_default_context
    with serving_documents(tmp_path) as server:
        resolve(PUBLIC_ADDRESS)
        monkeypatch.setattr(socket, "create_connection", server.connect)
        monkeypatch.setattr(ssl, "create_default_context", lambda: trust(cafile=server.certificate))
        yield server
