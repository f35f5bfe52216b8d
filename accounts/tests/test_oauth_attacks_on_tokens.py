"""Replay and substitution of tokens, and escalation of scopes (RFC 9700, sections 2.2, 2.3, 4.9 and 4.14)."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from accounts.tests.programs import Program

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture
def program(client, alice):
    return Program(client)


@pytest.fixture
def tokens(program):
    return program.connect()


@pytest.fixture
def other(client):
    """A program of Mallory."""
    return Program(client, client_name="Mallory's")


@pytest.fixture
def _no_grace(settings):
    settings.REFRESH_TOKEN_GRACE = timedelta(0)


def is_refused(response, error="invalid_grant"):
    return (response.status_code, response.json()["error"]) == (400, error)


def refresh_in_threads(program, token, count):
    """Return the responses to parallel requests with the same refresh token."""
    responses, barrier = [], Barrier(count)

    def refresh():
        barrier.wait(30)
        responses.append(program.in_thread().refresh(token))
        connection.close()

    threads = [Thread(target=refresh) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return responses


def test_refresh_token_replay_ends_the_grant(program, tokens, time_machine):
    renewed = program.refresh(tokens["refresh_token"]).json()
    # After the time in which a program may repeat a request whose response was lost.
    time_machine.move_to(timezone.now() + timedelta(seconds=11))

    assert is_refused(program.refresh(tokens["refresh_token"]))
    assert program.call(renewed).status_code == 401
    assert is_refused(program.refresh(renewed["refresh_token"]))


def test_refresh_token_replay_of_an_older_token_ends_the_grant_at_once(program, tokens):
    second = program.refresh(tokens["refresh_token"]).json()
    third = program.refresh(second["refresh_token"]).json()

    assert is_refused(program.refresh(tokens["refresh_token"]))
    assert program.call(third).status_code == 401


def test_a_repeated_refresh_leads_to_the_same_tokens(program, tokens):
    """So that thief and victim cannot have two chains of tokens."""
    first, second = (program.refresh(tokens["refresh_token"]).json() for _ in range(2))

    assert first["refresh_token"] == second["refresh_token"]
    assert first["access_token"] == second["access_token"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_grace")
def test_refresh_token_replay_in_a_race_ends_the_grant(program, tokens):
    responses = refresh_in_threads(program, tokens["refresh_token"], 4)

    renewed = [response.json() for response in responses if response.status_code == 200]
    assert (len(responses), len(renewed)) == (4, 1)
    assert program.call(renewed[0]).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_parallel_refreshes_of_one_program_lead_to_the_same_tokens(program, tokens):
    responses = refresh_in_threads(program, tokens["refresh_token"], 4)

    assert {response.status_code for response in responses} == {200}
    assert len({response.json()["access_token"] for response in responses}) == 1
    assert program.call(responses[0].json()).status_code == 200


def test_the_access_token_before_a_refresh_stops_working(program, tokens):
    program.refresh(tokens["refresh_token"])

    assert program.call(tokens).status_code == 401


def test_token_substitution_of_another_programs_refresh_token_is_refused(program, tokens, other):
    assert is_refused(other.refresh(tokens["refresh_token"]))
    # The attempt costs the rightful program nothing.
    assert program.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("client_id", ["", "unknown", "\x00"])
def test_a_refresh_token_needs_its_program(program, tokens, client_id):
    response = program.refresh(tokens["refresh_token"], client_id=client_id)

    assert response.status_code in (400, 401)
    assert program.refresh(tokens["refresh_token"]).status_code == 200


def test_token_substitution_of_an_access_token_at_the_token_endpoint_is_refused(program, tokens):
    assert program.refresh(tokens["access_token"]).status_code in (400, 401)
    assert is_refused(program.exchange(tokens["access_token"]))
    assert is_refused(program.exchange(tokens["refresh_token"]))


def test_token_substitution_of_a_refresh_token_at_the_api_is_refused(program, tokens):
    assert program.call({"access_token": tokens["refresh_token"]}).status_code == 401


def test_a_token_for_mcp_is_refused_elsewhere(program, subtests):
    tokens = program.connect(resource="http://testserver/mcp")

    for path in ["/notes", "/changes", "/tags", "/trash", "/users/me", "/mcp2", "/mc"]:
        with subtests.test(path=path):
            assert program.call(tokens, path).status_code in (401, 404)
            assert program.call(tokens, "/notes").status_code == 401


OTHER_RESOURCES = [
    "https://other.example/mcp",
    "http://testserver.evil.example/mcp",
    "http://testserver@evil.example/mcp",
    "http://testserver/mcp#fragment",
    "http://testserver/mcp?a=b",
    "http://testserver/mcp/../notes",
    "http://testserver/notes",
    "HTTP://TESTSERVER/MCP",
    "/mcp",
    "mcp",
    "",
    ["http://testserver/mcp", "https://other.example/mcp"],
]


def test_a_token_is_not_issued_for_another_resource(program, subtests):
    for resource in OTHER_RESOURCES:
        with subtests.test(resource=resource):
            page = program.open(resource=resource)

            assert page.status_code == 400
            assert b"<form" not in page.content


@pytest.mark.parametrize("resource", ["https://other.example/", "http://testserver"])
def test_a_resource_at_the_token_endpoint_cannot_widen_what_was_allowed(program, resource):
    code = program.get_code(resource="http://testserver/mcp")

    assert is_refused(program.exchange(code, resource=resource), "invalid_target")
    tokens = program.exchange(code).json()
    assert is_refused(program.refresh(tokens["refresh_token"], resource=resource), "invalid_target")
    assert program.call(tokens).status_code == 401


@pytest.mark.parametrize("scope", ["notes:read notes:purge", "notes:write", "account", "notes:read account"])
def test_scope_escalation_by_a_refresh_is_refused(program, scope):
    tokens = program.exchange(program.get_code(scope=["notes:read"])).json()

    renewed = program.refresh(tokens["refresh_token"], scope=scope)

    assert renewed.status_code == 400 or renewed.json()["scope"] == "notes:read"
    assert program.call(tokens, "/notes", "post", data={"title": "a"}, format="json").status_code in (401, 403)


@pytest.mark.parametrize("scope", ["account", "notes:read account", "notes:read openid offline_access *"])
def test_scope_escalation_to_the_account_is_refused(program, scope):
    page = program.open(scope=scope)
    if page.status_code == 400:
        assert b"<form" not in page.content
        return
    tokens = program.exchange(program.get_code(scope=scope.split())).json()

    assert tokens["scope"] == "notes:read"


def test_scope_escalation_by_an_altered_form_is_refused(program):
    page = program.ask(scope="notes:read")
    answer = program.answer(page, scope=["notes:read", "notes:write", "notes:purge", "account"])
    tokens = program.exchange(answer.headers["Location"].split("code=")[1].split("&")[0]).json()

    assert tokens["scope"] == "notes:read"
    assert program.call(tokens, "/notes", "post", data={"title": "a"}, format="json").status_code == 403


OF_THE_ACCOUNT = [
    ("get", "/grants"),
    ("get", "/tokens"),
    ("post", "/tokens"),
    ("get", "/sessions"),
    ("delete", "/sessions"),
    ("patch", "/users/me"),
    ("post", "/users/me/password"),
    ("post", "/users/me/erase"),
    ("post", "/users/me/otp"),
    ("post", "/users/me/otp/disable"),
    ("get", "/export"),
]


def test_scope_escalation_from_a_grant_to_the_account_is_refused(program, tokens, subtests):
    for method, path in OF_THE_ACCOUNT:
        with subtests.test(method=method, path=path):
            assert program.call(tokens, path, method, data={}, format="json").status_code in (403, 404)


def test_tokens_are_not_accepted_outside_of_the_header(client, tokens):
    token = tokens["access_token"]

    assert client.get(f"/users/me?access_token={token}").status_code == 401
    assert client.post("/notes", {"title": "a", "access_token": token}, format="json").status_code == 401
    client.cookies["access_token"] = token
    assert client.get("/users/me").status_code == 401


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "0", str.upper, lambda t: t[:10] + "\x00" + t[11:]])
def test_altered_tokens_are_refused(program, tokens, change):
    assert program.call({"access_token": change(tokens["access_token"])}).status_code == 401
    assert program.refresh(change(tokens["refresh_token"])).status_code in (400, 401)


def test_revocation_by_the_program_ends_its_grant_only(program, tokens):
    second = program.connect()
    program.client.post("/login/revoke", {"token": tokens["access_token"]}, format="json")

    assert program.call(tokens).status_code == 401
    assert is_refused(program.refresh(tokens["refresh_token"]))
    assert program.call(second).status_code == 200
