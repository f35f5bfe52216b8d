"""Attacks on authorization codes and on PKCE (RFC 9700, sections 4.5 and 4.8; RFC 6749, section 4.1.2)."""

from datetime import timedelta
from threading import Barrier, Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from accounts.flows.deactivation import deactivate
from accounts.models import Grant
from accounts.tests.programs import Program, error_of, hrefs_of, make_challenge

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture
def program(client, alice):
    return Program(client)


@pytest.fixture
def other(client):
    """A program of Mallory, with the same redirect URI."""
    return Program(client, client_name="Mallory's")


def is_refused(response, error="invalid_grant"):
    return (response.status_code, response.json()["error"]) == (400, error)


def test_code_injection_into_a_session_with_another_verifier_is_refused(program):
    code = program.get_code()

    assert is_refused(program.exchange(code, code_verifier="another-session-of-the-same-program-0123456789"))
    # The attempt costs the rightful program nothing.
    assert program.call(program.exchange(code).json()).status_code == 200


def test_code_injection_into_another_program_is_refused(program, other):
    code = program.get_code()

    assert is_refused(other.exchange(code, code_verifier=program.verifier))
    assert program.call(program.exchange(code).json()).status_code == 200


def test_code_injection_with_another_redirect_uri_is_refused(client, alice):
    uris = ["https://app.example/callback", "https://app.example/other"]
    program = Program(client, redirect_uris=uris)
    code = program.get_code()

    assert is_refused(program.exchange(code, redirect_uri=uris[1]))
    assert (
        is_refused(program.exchange(code, redirect_uri=None), "invalid_request") or Grant.objects.get().generation == 0
    )


def test_code_replay_ends_the_tokens_of_the_first_exchange(program):
    code = program.get_code()
    tokens = program.exchange(code).json()

    assert is_refused(program.exchange(code))
    assert program.call(tokens).status_code == 401
    assert is_refused(program.refresh(tokens["refresh_token"]))


def test_code_replay_without_the_verifier_cannot_end_the_tokens(program, other):
    code = program.get_code()
    tokens = program.exchange(code).json()

    assert is_refused(program.exchange(code, code_verifier="what-an-attacker-with-a-stolen-code-makes-up-0"))
    assert is_refused(program.exchange(code, code_verifier="x" * 43, resource="http://testserver/mcp"))
    assert is_refused(other.exchange(code))
    assert program.call(tokens).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_code_replay_in_a_race_leads_to_at_most_one_pair_of_tokens(program):
    code = program.get_code()
    responses, barrier = [], Barrier(4)

    def redeem():
        barrier.wait(30)
        responses.append(program.in_thread().exchange(code))
        connection.close()

    threads = [Thread(target=redeem) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    redeemed = [response.json() for response in responses if response.status_code == 200]
    assert (len(responses), len(redeemed)) == (4, 1)
    # The others were replays.
    assert program.call(redeemed[0]).status_code == 401


def test_a_code_works_for_a_minute(program, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    code = program.get_code()
    time_machine.move_to(timezone.now() + timedelta(seconds=61), tick=False)

    assert is_refused(program.exchange(code))


def test_a_code_of_a_deactivated_account_is_refused(program, alice):
    code = program.get_code()
    deactivate(alice)

    assert is_refused(program.exchange(code))


def test_a_code_is_not_an_access_token(program):
    assert program.call({"access_token": program.get_code()}).status_code == 401


DOWNGRADES = [
    {"code_challenge": None, "code_challenge_method": None},
    {"code_challenge": None},
    {"code_challenge": ""},
    {"code_challenge_method": None},
    {"code_challenge_method": ""},
    {"code_challenge_method": "plain"},
    {"code_challenge_method": "s256"},
    {"code_challenge_method": "S512"},
    {"code_challenge": "a" * 42},
    {"code_challenge": "a" * 44},
    {"code_challenge": "a" * 42 + "="},
    {"code_challenge": "a" * 42 + "+"},
    {"code_challenge": ["a" * 43, "b" * 43]},
    {"code_challenge_method": ["S256", "plain"]},
]


def test_pkce_downgrade_in_the_request_for_a_code_is_refused(program, subtests):
    for changed in DOWNGRADES:
        with subtests.test(changed=changed):
            page = program.open(**changed)

            assert page.status_code == 400
            assert b"<form" not in page.content
            # What the program hears is an error.
            assert all(parse_qs(urlsplit(each).query)["error"] == ["invalid_request"] for each in hrefs_of(page))


@pytest.mark.parametrize("verifier", [None, "", "a" * 42, "a" * 129, "wrong" * 10, "ü" * 43, "a b" * 20])
def test_pkce_downgrade_at_the_token_endpoint_is_refused(program, verifier):
    code = program.get_code()

    response = program.exchange(code, code_verifier=verifier)

    assert (response.status_code, response.json()["error"]) in [(400, "invalid_grant"), (400, "invalid_request")]
    assert Grant.objects.get().generation == 0


def test_pkce_downgrade_with_the_challenge_as_the_verifier_is_refused(program):
    code = program.get_code()

    assert is_refused(program.exchange(code, code_verifier=make_challenge(program.verifier)))


@pytest.mark.parametrize("length", [42, 43, 128, 129])
def test_a_verifier_has_43_to_128_characters(program, length):
    program.verifier = "v" * length
    code = program.get_code()

    assert (program.exchange(code).status_code == 200) is (43 <= length <= 128)


def test_a_request_with_a_parameter_twice_is_refused(program):
    page = program.open(state=["one", "two"])

    assert (page.status_code, error_of(page)) == (400, None)
    assert b"<form" not in page.content


OTHER_RESPONSE_TYPES = ["token", "code token", "id_token", "none", "", None]


def test_only_codes_are_issued(program, subtests):
    for response_type in OTHER_RESPONSE_TYPES:
        with subtests.test(response_type=response_type):
            page = program.open(response_type=response_type)

            assert page.status_code == 400
            assert b"<form" not in page.content


OTHER_RESPONSE_MODES = ["fragment", "form_post", "web_message"]


def test_codes_are_returned_only_in_the_query(program, subtests):
    for mode in OTHER_RESPONSE_MODES:
        with subtests.test(mode=mode):
            assert program.open(response_mode=mode).status_code == 400


OTHER_GRANT_TYPES = ["password", "client_credentials", "implicit", "", None]


def test_programs_get_no_tokens_in_other_ways(program, subtests):
    for grant_type in OTHER_GRANT_TYPES:
        with subtests.test(grant_type=grant_type):
            values = {"username": "alice@example.com", "password": "correct horse battery", "client_secret": ""}
            values |= {} if grant_type is None else {"grant_type": grant_type}

            response = program.token(**values)

            assert (
                response.status_code,
                response.json()["error"] in ("unsupported_grant_type", "invalid_request"),
            ) == (
                400,
                True,
            )
