"""What each scope allows, and the error for a missing one."""

import itertools

import pytest

from accounts.authentication.tokens import RefreshToken
from accounts.scopes import LOGIN_SCOPES, TOKEN_SCOPES, Scope, expand_scopes
from notes.tests.factories import make_note

ACCOUNT = [
    ("get", "/sessions"),
    ("delete", "/sessions"),
    ("post", "/logout"),
    ("get", "/tokens"),
    ("post", "/tokens"),
]
every_scope = pytest.mark.parametrize("scope", TOKEN_SCOPES)


GRANTED = [
    (["notes:read"], {Scope.READ}),
    (["notes:append"], {Scope.APPEND}),
    (["notes:read", "notes:append"], {Scope.READ, Scope.APPEND}),
    (["notes:write"], set(TOKEN_SCOPES)),
    (["notes:edit"], {Scope.READ, Scope.APPEND, Scope.EDIT}),
    (["notes:trash"], {Scope.TRASH}),
    (["notes:purge"], {Scope.PURGE}),
    (["notes:edit", "notes:trash"], {Scope.READ, Scope.APPEND, Scope.EDIT, Scope.TRASH}),
    (["account"], set()),
    (["notes:read", "account", "notes:admin", ""], {Scope.READ}),
    ([], set()),
]


def test_scopes_add_up_and_some_include_others(subtests):
    for scopes, granted in GRANTED:
        with subtests.test(scopes=scopes, granted=granted):
            assert expand_scopes(scopes) == granted


def test_a_log_in_has_all_scopes():
    assert set(Scope) == LOGIN_SCOPES


def test_no_api_token_can_get_permissions_of_log_ins():
    assert Scope.ACCOUNT not in TOKEN_SCOPES


MISSING = [
    ("notes:append", "get", "/notes", "notes:read"),
    ("notes:read", "post", "/notes", "notes:append"),
    ("notes:read", "delete", "/trash", "notes:purge"),
    ("notes:append", "delete", "/trash", "notes:purge"),
    ("notes:edit", "delete", "/trash", "notes:purge"),
    ("notes:trash", "delete", "/trash", "notes:purge"),
    ("notes:trash", "get", "/trash", "notes:read"),
    ("notes:purge", "get", "/trash", "notes:read"),
    ("notes:read", "patch", "/tags/home", "notes:edit"),
]


def test_the_missing_scope_is_named(by_token, alice, subtests):
    for scope, method, path, needed in MISSING:
        with subtests.test(scope=scope, method=method, path=path, needed=needed):
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
def test_an_operation_for_log_ins_names_no_scope_in_its_challenge(by_token, alice, scope, subtests):
    for method, path in ACCOUNT:
        with subtests.test(method=method, path=path):
            response = getattr(by_token(alice, scope), method)(path)

            assert response.status_code == 403
            assert response.json()["detail"] == "This requires a login session. Tokens of programs are not accepted."
            assert response.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="account"'


def test_an_api_token_cannot_create_tokens(by_token, alice):
    client = by_token(alice, *TOKEN_SCOPES)

    assert client.post("/tokens", {"name": "Heir", "scopes": ["notes:read"]}).status_code == 403
    assert list(alice.api_tokens.all()) == [client.token_row]


def test_a_token_revokes_no_token_not_even_itself(by_token, alice):
    client = by_token(alice, *TOKEN_SCOPES)

    assert client.delete(f"/tokens/{client.token_row.pk}").status_code == 403
    assert client.get("/users/me").status_code == 200


def test_a_token_logs_nobody_out(by_token, as_user, alice):
    phone = as_user(alice)

    assert by_token(alice, *TOKEN_SCOPES).post("/logout").status_code == 403
    assert phone.get("/users/me").status_code == 200


def test_a_refresh_token_in_the_body_decides_which_session_ends(by_token, as_user, alice):
    phone = as_user(alice)
    body = {"refresh_token": str(RefreshToken.of(phone.session_row))}

    assert by_token(alice, "notes:read").post("/logout", body).status_code == 204
    assert phone.get("/users/me").status_code == 401


def test_every_api_token_may_read_its_account(by_token, alice, subtests):
    for scope in TOKEN_SCOPES:
        with subtests.test(scope=scope):
            assert by_token(alice, scope).get("/users/me").json()["email"] == "alice@example.com"


def test_a_token_of_staff_cannot_read_other_accounts(by_token, staff, alice):
    assert by_token(staff, *TOKEN_SCOPES).get(f"/users/{alice.pk}").status_code == 403


def test_options_needs_only_authentication(by_token, alice, subtests):
    for scope, path in itertools.product(TOKEN_SCOPES, ["/notes", "/sessions", "/trash"]):
        with subtests.test(scope=scope, path=path):
            response = by_token(alice, scope).options(path)

            assert response.status_code == 204
            assert "GET" in response.headers["Allow"]


def test_a_wrong_method_gets_405(by_token, alice, subtests):
    for scope in TOKEN_SCOPES:
        with subtests.test(scope=scope):
            assert by_token(alice, scope).patch("/notes", {}).status_code == 405


def test_head_needs_the_same_scope_as_get(by_token, alice):
    note = make_note(owner=alice)

    assert by_token(alice, "notes:append").head(f"/notes/{note.pk}").status_code == 403
    assert by_token(alice, "notes:read").head(f"/notes/{note.pk}").status_code == 200


def test_a_missing_scope_does_not_reveal_what_exists(by_token, alice):
    client, named = by_token(alice, "notes:append"), {"X-Request-ID": "same"}

    existing = client.get(f"/notes/{make_note(owner=alice).pk}", headers=named)
    missing = client.get("/notes/01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16", headers=named)

    assert (existing.status_code, existing.content) == (403, missing.content)


def test_the_scope_is_checked_before_the_body_is_read(by_token, alice):
    response = by_token(alice, "notes:read").generic("POST", "/notes", "{", content_type="application/json")

    assert response.status_code == 403
