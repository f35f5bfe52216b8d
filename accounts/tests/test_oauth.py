"""The authorisation server: a program asks, a user allows, and the tokens work."""

import pytest

from accounts.models import Grant, Session
from accounts.tests.programs import CALLBACK, ISSUER, Program, query_of

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture
def program(client, alice):
    return Program(client)


def test_a_program_gets_tokens_and_reads_notes(program):
    tokens = program.connect()

    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 1800)
    assert tokens["scope"] == "notes:read notes:write"
    assert program.call(tokens).status_code == 200


def test_the_answer_names_the_code_the_state_and_the_issuer(program):
    answer = program.answer(program.ask())

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    assert query_of(answer.headers["Location"]).keys() == {"code", "state", "iss"}
    assert query_of(answer.headers["Location"])["state"] == "af0ifjsldkj"
    assert query_of(answer.headers["Location"])["iss"] == ISSUER


def test_a_refusal_tells_the_program_and_leaves_nothing(program):
    answer = program.answer(program.ask(), decision="refuse")

    assert query_of(answer.headers["Location"])["error"] == "access_denied"
    assert Grant.objects.count() == 0
    assert Session.objects.live().count() == 0
