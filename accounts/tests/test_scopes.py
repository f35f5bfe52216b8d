"""What a scope lets in, and how the lack of one is told."""

import pytest

from accounts.scopes import OF_LOGINS, OF_TOKENS, Scope, implied_by
from accounts.tokens import RefreshToken
from notes.tests.making import make_note

ACCOUNT = [
    ("get", "/sessions"),
    ("delete", "/sessions"),
    ("post", "/logout"),
    ("get", "/tokens"),
    ("post", "/tokens"),
]
every_scope = pytest.mark.parametrize("scope", OF_TOKENS)


@pytest.mark.parametrize(
    ("scopes", "granted"),
    [
        (["notes:read"], {Scope.READ}),
        (["notes:append"], {Scope.APPEND}),
        (["notes:read", "notes:append"], {Scope.READ, Scope.APPEND}),
        (["notes:write"], {Scope.READ, Scope.WRITE, Scope.APPEND}),
        (["account"], set()),
        (["notes:read", "account", "notes:admin", ""], {Scope.READ}),
        ([], set()),
    ],
)
def test_scopes_add_up_and_writing_includes_the_others(scopes, granted):
    assert implied_by(scopes) == granted


def test_a_log_in_may_do_everything():
    assert set(Scope) == OF_LOGINS


def test_no_token_can_be_given_what_is_for_log_ins():
    assert Scope.ACCOUNT not in OF_TOKENS


@pytest.mark.parametrize(
    ("scope", "method", "path", "needed"),
    [
        ("notes:append", "get", "/notes", "notes:read"),
        ("notes:read", "post", "/notes", "notes:append"),
        ("notes:read", "delete", "/trash", "notes:write"),
        ("notes:append", "delete", "/trash", "notes:write"),
    ],
)
def test_what_is_lacking_is_named(by_token, alice, scope, method, path, needed):
    response = getattr(by_token(alice, scope), method)(path, headers={"X-Request-ID": "one"})

    assert response.headers["WWW-Authenticate"] == f'Bearer error="insufficient_scope", scope="{needed}"'
    assert response.json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": f"This token lacks the scope `{needed}`.",
        "code": "insufficient_scope",
        "request_id": "one",
        "errors": [],
    }


@every_scope
@pytest.mark.parametrize(("method", "path"), ACCOUNT)
def test_what_is_for_log_ins_says_so(by_token, alice, scope, method, path):
    response = getattr(by_token(alice, scope), method)(path)

    assert response.status_code == 403
    assert response.json()["detail"] == "This takes a log-in, not an API token."
    assert response.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="account"'


def test_a_token_makes_no_token_even_with_all_scopes(by_token, alice):
    client = by_token(alice, *OF_TOKENS)

    assert client.post("/tokens", {"name": "Heir", "scopes": ["notes:read"]}).status_code == 403
    assert list(alice.api_tokens.all()) == [client.token_row]


def test_a_token_revokes_no_token_not_even_itself(by_token, alice):
    client = by_token(alice, *OF_TOKENS)

    assert client.delete(f"/tokens/{client.token_row.pk}").status_code == 403
    assert client.get("/users/me").status_code == 200


def test_a_token_logs_nobody_out(by_token, as_user, alice):
    phone = as_user(alice)

    assert by_token(alice, *OF_TOKENS).post("/logout").status_code == 403
    assert phone.get("/users/me").status_code == 200


def test_beside_a_refresh_token_it_is_that_which_logs_out(by_token, as_user, alice):
    phone = as_user(alice)
    body = {"refresh_token": str(RefreshToken.of(phone.session_row))}

    assert by_token(alice, "notes:read").post("/logout", body).status_code == 204
    assert phone.get("/users/me").status_code == 401


@every_scope
def test_every_token_may_ask_whose_it_is(by_token, alice, scope):
    assert by_token(alice, scope).get("/users/me").json()["email"] == "alice@example.com"


def test_a_token_of_staff_reads_nobody_elses_account(by_token, staff, alice):
    assert by_token(staff, *OF_TOKENS).get(f"/users/{alice.pk}").status_code == 403


@every_scope
@pytest.mark.parametrize("path", ["/notes", "/sessions", "/trash"])
def test_whoever_is_known_may_ask_for_the_methods(by_token, alice, scope, path):
    response = by_token(alice, scope).options(path)

    assert response.status_code == 204
    assert "GET" in response.headers["Allow"]


@every_scope
def test_a_wrong_method_is_a_wrong_method(by_token, alice, scope):
    assert by_token(alice, scope).patch("/notes", {}).status_code == 405


def test_asking_for_the_head_needs_what_reading_needs(by_token, alice):
    note = make_note(owner=alice)

    assert by_token(alice, "notes:append").head(f"/notes/{note.pk}").status_code == 403
    assert by_token(alice, "notes:read").head(f"/notes/{note.pk}").status_code == 200


def test_the_lack_of_a_scope_does_not_tell_what_there_is(by_token, alice):
    client, named = by_token(alice, "notes:append"), {"X-Request-ID": "same"}

    existing = client.get(f"/notes/{make_note(owner=alice).pk}", headers=named)
    missing = client.get("/notes/01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16", headers=named)

    assert (existing.status_code, existing.content) == (403, missing.content)


def test_the_scope_is_asked_for_before_the_body_is_read(by_token, alice):
    response = by_token(alice, "notes:read").generic("POST", "/notes", "{", content_type="application/json")

    assert response.status_code == 403
