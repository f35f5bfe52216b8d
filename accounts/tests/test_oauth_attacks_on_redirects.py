"""Attacks on redirect URIs, and mix-up (RFC 9700, sections 4.1, 4.4 and 4.11)."""

import pytest

from accounts.models import Grant
from accounts.tests.programs import ISSUER, Program, hrefs_of, query_of

WEB = "https://app.example/callback"
LOOPBACK = "http://127.0.0.1:4711/callback"


@pytest.fixture
def web(client, alice):
    """A program on the web."""
    return Program(client, redirect_uris=[WEB])


@pytest.fixture
def native(client, alice):
    """A program on the machine of the user."""
    return Program(client, redirect_uris=[LOOPBACK])


TRICKS = [
    "https://evil.example/",  # not registered
    f"{WEB}2",  # prefix
    f"{WEB}/",
    f"{WEB}/../evil",
    f"{WEB}/%2e%2e/evil",
    f"{WEB}?next=https://evil.example/",
    f"{WEB}?",
    "https://app.example/call%62ack",  # encoded
    "https://app.example/Callback",
    f"{WEB}#fragment",
    f"{WEB}#",
    "https://app.example@evil.example/callback",  # user information
    "https://evil.example@app.example/callback",
    "https://app.example:@evil.example/callback",
    "https://app.example:444/callback",  # port
    "https://app.example:443/callback",
    "https://app.example:/callback",
    "HTTPS://app.example/callback",  # letter case
    "https://APP.example/callback",
    "http://app.example/callback",  # scheme
    "https://app.example./callback",
    "https://app.example.evil.example/callback",
    "https://evil.example/?https://app.example/callback",
    "https://app.example\\@evil.example/callback",
    "https://app.example%2f@evil.example/callback",
    "https:app.example/callback",
    "https:/app.example/callback",
    "//app.example/callback",
    "///evil.example/callback",
    "/callback",
    "javascript:alert(1)//https://app.example/callback",
    "data:text/html,hello",
    f" {WEB}",
    f"{WEB} ",
    f"{WEB}\t",
    f"{WEB}\r\nSet-Cookie: a=b",
    f"{WEB}\x00",
    "https://аpp.example/callback",  # a Cyrillic letter
    "",
]


def test_redirect_uri_tricks_lead_nowhere(web, subtests):
    for uri in TRICKS:
        with subtests.test(uri=uri):
            page = web.open(redirect_uri=uri)

            assert page.status_code == 400
            assert "Location" not in page.headers
            assert b"<form" not in page.content
            assert hrefs_of(page) == []


LOOPBACK_TRICKS = [
    "http://127.0.0.1:4711/other",
    "http://127.0.0.1:99999/callback",
    "http://127.0.0.1:-1/callback",
    "http://127.0.0.1:80@evil.example/callback",
    "http://127.0.0.1.evil.example/callback",
    "http://127.0.0.1:4711.evil.example/callback",
    "http://localhost:4711/callback",
    "http://localhost.evil.example:4711/callback",
    "http://127.1:4711/callback",
    "http://2130706433:4711/callback",
    "http://[::1]:4711/callback",
    "http://[::ffff:127.0.0.1]:4711/callback",
    "https://127.0.0.1:4711/callback",
    "http://127.0.0.1:4711/callback?a=b",
    "http://127.0.0.1:4711//callback",
]


def test_redirect_uri_tricks_with_the_loopback_interface_lead_nowhere(native, subtests):
    for uri in LOOPBACK_TRICKS:
        with subtests.test(uri=uri):
            page = native.open(redirect_uri=uri)

            assert page.status_code == 400
            assert "Location" not in page.headers
            assert hrefs_of(page) == []


def test_a_native_program_may_choose_its_port(native):
    """RFC 8252, section 7.3."""
    uri = "http://127.0.0.1:50000/callback"
    answer = native.answer(native.ask(redirect_uri=uri))

    assert answer.headers["Location"].startswith(f"{uri}?code=")


def test_a_program_with_several_redirect_uris_has_to_name_one(client, alice):
    program = Program(client, redirect_uris=[WEB, LOOPBACK])

    page = program.open(redirect_uri=None)

    assert page.status_code == 400
    assert hrefs_of(page) == []


def test_two_redirect_uris_lead_nowhere(web):
    page = web.open(redirect_uri=[WEB, "https://evil.example/"])

    assert page.status_code == 400
    assert hrefs_of(page) == []


@pytest.mark.parametrize("changed", [{"scope": "unknown"}, {"response_type": "token"}, {"code_challenge": None}])
def test_an_invalid_request_is_not_redirected(web, changed):
    """Mallory registers a program with her address; a link to this server must not lead there without a click."""
    page = web.open(**changed)

    assert page.status_code == 400
    assert "Location" not in page.headers
    assert b"http-equiv" not in page.content
    (back,) = hrefs_of(page)
    assert back.startswith(f"{WEB}?")
    assert "error" in query_of(back)


UNKNOWN_PROGRAMS = ["", "unknown", "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16", "\x00", "a" * 5000, None]


def test_an_unknown_program_leads_nowhere(web, subtests):
    for client_id in UNKNOWN_PROGRAMS:
        with subtests.test(client_id=client_id):
            page = web.open(client_id=client_id, redirect_uri="https://evil.example/")

            assert page.status_code == 400
            assert hrefs_of(page) == []


def test_the_state_cannot_add_headers_or_parameters(web):
    answer = web.answer(web.ask(state="a&code=evil\r\nSet-Cookie: a=b#"))

    assert "\r" not in answer.headers["Location"]
    assert query_of(answer.headers["Location"])["state"] == "a&code=evil\r\nSet-Cookie: a=b#"
    assert "a" not in answer.cookies


def test_mix_up_is_noticed_because_every_answer_names_the_issuer(client, web):
    metadata = client.get("/.well-known/oauth-authorization-server").json()
    allowed = web.answer(web.ask()).headers["Location"]
    refused = web.answer(web.ask(), decision="refuse").headers["Location"]
    (invalid,) = hrefs_of(web.open(scope="unknown"))

    assert metadata["issuer"] == ISSUER
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert [query_of(each)["iss"] for each in (allowed, refused, invalid)] == [ISSUER] * 3


def test_mix_up_cannot_be_hidden_by_an_issuer_in_the_redirect_uri(client, alice):
    program = Program(client, redirect_uris=[f"{WEB}?iss=https%3A%2F%2Fevil.example"])
    answer = program.answer(program.ask())

    # Programs refuse an answer with two issuers, or see the last one.
    assert answer.headers["Location"].endswith("&iss=http%3A%2F%2Ftestserver")


def test_the_redirect_after_the_password_is_followed_with_get(web):
    """A 307 would send the password to the program (RFC 9700, section 4.12)."""
    assert web.answer(web.ask()).status_code == 303


def test_a_code_for_one_address_is_not_redeemed_with_another(client, alice):
    program = Program(client, redirect_uris=[WEB, LOOPBACK])
    code = program.get_code()

    response = program.exchange(code, redirect_uri=LOOPBACK)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert Grant.objects.get().generation == 0
