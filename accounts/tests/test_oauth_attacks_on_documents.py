"""Attacks with client-id metadata documents: the server fetches an address that anyone can name."""

import socket
from datetime import timedelta
from threading import Event

import pytest
from django.utils import timezone

from accounts.flows.oauth import client_documents
from accounts.models import OAuthClient
from accounts.tests.documents_server import CLIENT_ID, DOCUMENT, PUBLIC_ADDRESS, http_response, is_refused, is_unknown
from notes_api.config.rate import Rate


def test_a_document_introduces_its_program(documented, web):
    page = documented.open()
    again = documented.open()

    assert b"Notebook" in page.content
    assert b"app.<wbr>example" in page.content
    assert (page.status_code, again.status_code, len(web.requests)) == (200, 200, 1)
    assert web.requests[0].startswith("GET /client.json HTTP/1.1\r\n")


def test_a_document_that_redirects_is_not_followed(documented, web):
    web.parts = [http_response(b"", status="302 Found", headers="Location: https://app.example/other.json\r\n")]

    assert is_unknown(documented.open())
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    "parts",
    [
        [http_response({**DOCUMENT, "padding": "a" * 20_000})],
        [b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", *[b" " * 10_000] * 100],
        [b"HTTP/1.1 200 OK\r\n", *[b"A: " + b"a" * 60_000 + b"\r\n"] * 200],
        [b"a" * 1_000_000],
    ],
    ids=["long", "endless", "head", "line"],
)
def test_a_huge_document_is_refused(documented, web, parts):
    web.parts = parts

    assert is_unknown(documented.open())


def test_a_slow_document_is_refused(documented, web, monkeypatch):
    monkeypatch.setattr(client_documents, "TIMEOUT", 0.5)
    # Each byte arrives in time, the whole document does not: it would take a minute.
    web.parts = [bytes([byte]) for byte in http_response(DOCUMENT)]
    web.pause = 0.2

    begun = timezone.now()
    assert is_unknown(documented.open())
    assert timezone.now() - begun < timedelta(seconds=30)


FOREIGN_DOCUMENTS = [
    {**DOCUMENT, "client_id": "https://app.example/other.json"},
    {**DOCUMENT, "client_id": "https://app.example/client.json/"},
    {**DOCUMENT, "client_id": "HTTPS://app.example/client.json"},
    {**DOCUMENT, "client_id": [CLIENT_ID]},
    {name: value for name, value in DOCUMENT.items() if name != "client_id"},
    [DOCUMENT],
    "text",
    None,
]


def test_a_document_of_another_client_id_is_refused(documented, web, subtests):
    for document in FOREIGN_DOCUMENTS:
        with subtests.test(document=document):
            web.parts = [http_response(document)]

            assert is_unknown(documented.open())
            assert OAuthClient.objects.count() == 0


INVALID_METADATA = [
    {"redirect_uris": ["javascript:alert(1)"]},
    {"redirect_uris": []},
    {"redirect_uris": None},
    {"client_secret": "secret"},
    {"token_endpoint_auth_method": "client_secret_post"},
    {"token_endpoint_auth_method": "private_key_jwt"},
    {"grant_types": ["implicit"]},
    {"client_name": 5},
]


def test_a_document_with_invalid_metadata_is_refused(documented, web, subtests):
    for changed in INVALID_METADATA:
        with subtests.test(changed=changed):
            web.parts = [http_response({**DOCUMENT, **changed})]

            assert is_unknown(documented.open())


@pytest.mark.parametrize(
    "response",
    [
        http_response(DOCUMENT, content_type="text/html"),
        http_response(DOCUMENT, status="404 Not Found"),
        http_response(DOCUMENT, status="500 Error"),
        http_response(b"{"),
        http_response(b"\xff\xfe"),
        http_response(b"[" * 10_000),
        b"not HTTP",
        b"",
    ],
    ids=["html", "404", "500", "json", "encoding", "depth", "protocol", "nothing"],
)
def test_a_document_that_is_not_json_is_refused(documented, web, response):
    web.parts = [response]

    assert is_unknown(documented.open())


def test_a_document_with_a_certificate_of_another_host_is_refused(documented, web):
    web.present_certificate("evil.example")

    assert is_unknown(documented.open())
    assert web.requests == []


def test_a_redirect_uri_that_is_not_in_the_document_is_refused(documented, web):
    assert is_unknown(documented.open(redirect_uri="https://evil.example/callback"))


def test_a_deceptive_name_in_a_document_is_cleaned_and_its_host_shown(documented, web):
    web.parts = [http_response({**DOCUMENT, "client_name": "Google\u202e\x00<b>"})]
    page = documented.open().content.decode()

    assert "Google &lt;b&gt;" in page
    assert "<dd>app.<wbr>example</dd>" in page


def test_many_documents_are_limited(documented, settings, resolve, connections):
    settings.THROTTLE_REGISTER = Rate(2, 3600)
    resolve(PUBLIC_ADDRESS)

    pages = [documented.open(client_id=f"https://app.example/{n}") for n in range(30)]

    assert all(map(is_refused, pages))
    assert b"Too many requests" in pages[-1].content
    assert 2 <= len(connections) < 30


@pytest.mark.parametrize(
    ("hours", "part", "is_used"),
    [
        (2, b"", True),
        (2, http_response(DOCUMENT, status="503 Unavailable"), True),
        (26, b"", False),
        (2, http_response(DOCUMENT, status="404 Not Found"), False),
        (2, http_response({**DOCUMENT, "redirect_uris": []}), False),
    ],
    ids=["away", "503", "a day", "404", "invalid"],
)
def test_the_last_document_is_used_for_a_day_while_its_server_is_away(
    documented, web, time_machine, hours, part, is_used
):
    documented.open()
    time_machine.move_to(timezone.now() + timedelta(hours=hours))
    web.parts = [part]

    assert is_unknown(documented.open()) is not is_used
    assert len(web.requests) == 2


def test_a_name_that_is_resolved_slowly_delays_only_its_own_program(documented, web, monkeypatch):
    monkeypatch.setattr(client_documents, "TIMEOUT", 0.3)
    resolve_now, resolved = socket.getaddrinfo, Event()

    def resolve(host, *rest, **options):
        if host == "slow.example":
            resolved.wait(30)
        return resolve_now(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    slow = [documented.open(client_id=f"https://slow.example/{n}") for n in range(2)]
    monkeypatch.setattr(client_documents, "TIMEOUT", 30)
    page = documented.open()
    resolved.set()

    assert all(map(is_unknown, slow))
    assert b"Too many documents" in slow[1].content
    assert page.status_code == 200


def test_a_closed_server_fetches_nothing(documented, settings, resolve, connections):
    settings.OAUTH = "closed"
    resolve(PUBLIC_ADDRESS)

    assert is_unknown(documented.open())
    assert connections == []
