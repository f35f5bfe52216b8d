"""What the authorisation server refuses."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from accounts.models import Grant, Session
from accounts.tests.link_pages import BROWSER, FORM, heading
from accounts.tests.programs import CALLBACK, Program, hidden_form, register
from conftest import NEW_PASSWORD, PASSWORD

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture
def program(client, alice):
    return Program(client)


def error_of(response):
    assert response.status_code in (400, 401), response.content
    return response.json()["error"]


ALTERED_EXCHANGES = [
    ({"code_verifier": "x" * 43}, "invalid_grant"),
    ({"code_verifier": None}, "invalid_request"),
    ({"redirect_uri": "http://127.0.0.1:4711/other"}, "invalid_grant"),
    ({"redirect_uri": "http://127.0.0.1:4712/callback"}, "invalid_grant"),
    ({"client_id": "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"}, "invalid_client"),
    ({"resource": "https://elsewhere.example"}, "invalid_target"),
]


def test_a_code_is_bound_to_what_it_was_asked_with(program, subtests):
    for changed, error in ALTERED_EXCHANGES:
        with subtests.test(changed=changed, error=error):
            code = program.get_code()

            assert error_of(program.exchange(code, **changed)) == error
            assert program.exchange(code).status_code == 200


def test_a_code_of_another_client_is_refused(client, program):
    other = Program(client, browser=program.browser)
    other.verifier = program.verifier

    assert error_of(other.exchange(program.get_code())) == "invalid_grant"


def test_a_second_use_of_a_code_with_the_verifier_ends_the_grant(program):
    code = program.get_code()
    tokens = program.exchange(code).json()

    assert error_of(program.exchange(code, code_verifier="x" * 43)) == "invalid_grant"
    assert program.call(tokens).status_code == 200
    assert error_of(program.exchange(code)) == "invalid_grant"
    assert program.call(tokens).status_code == 401


def test_a_code_expires_after_a_minute(program):
    code = program.get_code()
    Grant.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert error_of(program.exchange(code)) == "invalid_grant"


INVALID_REQUESTS = [
    {"code_challenge": None},
    {"code_challenge_method": None},
    {"code_challenge_method": "plain"},
    {"code_challenge": "short"},
    {"response_type": "token"},
    {"response_type": None},
    {"response_mode": "fragment"},
    {"scope": "account"},
    {"resource": "https://elsewhere.example"},
]


def test_an_invalid_request_is_a_page_with_a_way_back(program, subtests):
    for changed in INVALID_REQUESTS:
        with subtests.test(changed=changed):
            page = program.open(**changed)

            assert page.status_code == 400
            assert "Location" not in page.headers
            assert f'href="{CALLBACK}?error=' in page.content.decode()
            assert "iss=http" in page.content.decode()


UNKNOWN_ADDRESSES = [
    {"redirect_uri": "https://evil.example/callback"},
    {"redirect_uri": "http://127.0.0.1:4711/callback/../evil"},
    {"redirect_uri": "http://127.0.0.1:4711/callback?x=1"},
    {"redirect_uri": "http://127.0.0.1:4711@evil.example/callback"},
    {"redirect_uri": "http://localhost:4711/callback"},
    {"redirect_uri": "https://127.0.0.1:4711/callback"},
    {"client_id": "unknown"},
    {"client_id": None},
    {"state": ["a", "b"]},
]


def test_nobody_is_sent_to_an_address_that_is_not_registered(program, subtests):
    for changed in UNKNOWN_ADDRESSES:
        with subtests.test(changed=changed):
            page = program.open(**changed)

            assert page.status_code == 400
            assert "Location" not in page.headers
            assert "href=" not in page.content.decode().split("<body>")[1]


def test_any_port_of_the_loopback_interface_is_fine(program):
    program.redirect_uri = "http://127.0.0.1:65000/callback"

    assert program.connect()["scope"] == "notes:read notes:write"


def test_a_used_refresh_token_ends_the_grant_after_the_grace_period(program):
    first = program.connect()
    second = program.refresh(first["refresh_token"]).json()

    assert program.refresh(first["refresh_token"]).json()["access_token"] == second["access_token"]
    Grant.objects.update(rotated_at=timezone.now() - timedelta(minutes=1))
    assert error_of(program.refresh(first["refresh_token"])) == "invalid_grant"
    assert program.call(second).status_code == 401
    assert error_of(program.refresh(second["refresh_token"])) == "invalid_grant"


def test_a_refresh_token_belongs_to_its_client(client, program):
    tokens = program.connect()

    assert error_of(Program(client).refresh(tokens["refresh_token"])) == "invalid_grant"
    assert program.refresh(tokens["refresh_token"]).status_code == 200


def test_a_refresh_cannot_ask_for_more(program):
    tokens = program.exchange(program.get_code(scope=["notes:read"])).json()

    assert error_of(program.refresh(tokens["refresh_token"], scope="notes:read notes:purge")) == "invalid_scope"
    assert program.refresh(tokens["refresh_token"], scope="notes:read").status_code == 200


def test_a_form_of_another_browser_is_refused(client, program):
    page = program.ask()
    form = {"form": hidden_form(page), "decision": "allow", "scope": "notes:read"}

    answer = type(client)().post("/authorize", urlencode(form), content_type=FORM, headers=BROWSER)

    assert (answer.status_code, heading(answer)) == (400, "This did not work")
    assert Grant.objects.count() == 0


def test_a_form_from_another_site_is_refused(program):
    program.browser.defaults["HTTP_SEC_FETCH_SITE"] = "cross-site"

    assert program.log_in(program.open()).status_code == 400


def test_a_page_is_answered_once(program):
    page = program.ask()
    program.answer(page)

    assert program.answer(page).status_code == 400
    assert Grant.objects.count() == 1


def test_a_new_password_in_the_meantime_voids_the_page(program, as_user, alice):
    page = program.ask()
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert as_user(alice).post("/users/me/password", body).status_code == 204

    assert program.answer(page).status_code == 400
    assert Grant.objects.count() == 0


def test_the_log_in_of_the_page_opens_nothing_else(program):
    program.ask()

    assert program.browser.get("/notes").status_code == 401
    assert {cookie["path"] for cookie in program.browser.cookies.values()} == {"/authorize"}
    assert all(cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in program.browser.cookies.values())


def test_the_page_cannot_be_framed_and_sends_forms_only_here_and_to_the_program(program):
    policy = program.open().headers["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:4711;" in policy


def test_a_user_can_allow_less_but_not_more(program):
    code = program.get_code(scope=["notes:read", "notes:purge"], tags=" work , home,work ")

    assert program.exchange(code).json()["scope"] == "notes:read"
    assert Grant.objects.get().tags == ("work", "home")


@pytest.mark.parametrize("uri", ["https://a.example/cb", "cursor://app/cb", "com.example.app:/cb", "http://[::1]/cb"])
def test_redirect_uris_of_apps_are_registered(client, uri):
    assert register(client, redirect_uris=[uri]).status_code == 201


def test_a_token_for_agents_works_only_there(program):
    tokens = program.exchange(program.get_code(resource="http://testserver/mcp")).json()
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18",
            "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}}  # fmt: skip

    assert program.call(tokens).status_code == 401
    assert program.call(tokens, "/mcp", "post", data=body, format="json").status_code == 200


@pytest.mark.parametrize("end", ["/sessions", "/grants/{id}"])
def test_the_owner_ends_the_access_with_the_next_request(program, as_user, alice, end):
    owner = as_user(alice)
    tokens = program.connect()
    listed = owner.get("/grants").json()["results"]

    assert owner.delete(end.format(id=listed[0]["id"])).status_code == 204

    assert program.call(tokens).status_code == 401
    assert error_of(program.refresh(tokens["refresh_token"])) == "invalid_grant"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_the_program_revokes_its_own_grant(program, client, kind):
    tokens = program.connect()

    assert client.post("/login/revoke", {"token": tokens[kind]}).status_code == 200
    assert program.call(tokens).status_code == 401


def test_a_wrong_password_leaves_no_session(program):
    page = program.log_in(program.open(), password="wrong password")

    assert (page.status_code, "wrong" in page.content.decode()) == (401, True)
    assert Session.objects.count() == 0
