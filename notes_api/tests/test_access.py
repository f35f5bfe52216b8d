"""Who may do what: one row for every operation of the schema, one column for every identity."""

from datetime import timedelta
from functools import cache

import pytest
from django.utils import timezone

from accounts.authentication.otpauth import encode_secret
from accounts.authentication.tokens import AccessToken, RefreshToken
from accounts.models import ApiToken, MailLink, SecondFactor, Session, User
from accounts.scopes import Scope
from accounts.tests.authenticator_app import code
from accounts.tests.grants import access_token_of, make_grant
from conftest import NEW_PASSWORD
from notes.models import Import
from notes.models.note_queryset import NoteQuerySet
from notes.tests.exports import make_ready
from notes.tests.factories import make_note, make_trashed
from notes_api.db import compiled
from notes_api.tests.access_credentials import api_token, bearer
from notes_api.tests.access_table import (
    ADDING,
    ALONE,
    BODIES,
    CELLS,
    NARROW_ROWS,
    OTHERS,
    REFUSED,
    ROWS,
    SEEING,
    SENSITIVE,
    TOKEN_ROWS,
    WITH_ALICES_SECRET,
    everything,
    operations,
    what_alice_keeps,
)
from notes_api.tests.product_client import ProductClient


@pytest.fixture
def phone(alice):
    return Session.objects.create(user=alice)


@pytest.fixture
def enrolment(alice):
    """An unconfirmed second factor."""
    return SecondFactor.objects.enrol(alice)


@pytest.fixture
def script(alice, phone):
    return ApiToken.objects.issue(phone, "Night watch", [Scope.READ])


@pytest.fixture
def grant(alice):
    """The grant in the paths."""
    return make_grant(alice, Scope.READ, name="Night owl")


@pytest.fixture
def reset_token(alice):
    return MailLink.objects.issue("reset", alice.email, alice.pk).token


@pytest.fixture
def verification_token(alice):
    return MailLink.objects.issue("verify", alice.email, alice.pk).token


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk", content="one litre", tags=["home"]).change({"content": "two litres"})


@pytest.fixture
def trashed(alice):
    return make_trashed(owner=alice, title="Milk", content="two litres", tags=["home"])


@pytest.fixture
def ids(alice, phone, script, grant, note, trashed):
    objects = {"users": alice, "sessions": phone, "tokens": script, "grants": grant, "notes": note, "trash": trashed}
    objects |= {"exports": make_ready(owner=alice), "imports": Import.objects.create(user=alice, format="keep")}
    return {f"/{path}": each.pk for path, each in objects.items()}


@pytest.fixture
def bodies(phone, enrolment, grant, reset_token, verification_token):
    """The body of each operation; secrets are Alice's own."""
    return BODIES | {
        "POST /login/refresh": {"refresh_token": str(RefreshToken.of(phone))},
        "POST /login/revoke": {"token": str(RefreshToken.of(phone))},
        "POST /token": {
            "grant_type": "refresh_token",
            "client_id": grant.client.identifier,
            "refresh_token": grant.present_tokens[1],
        },
        "POST /device/authorization": {"client_id": grant.client.identifier},
        "POST /users/me/otp/confirm": {"otp": code(enrolment.secret)},
        "POST /email/verify": {"token": verification_token},
        "POST /password/reset/confirm": {"token": reset_token, "new_password": NEW_PASSWORD},
    }


@pytest.fixture
def send(ids, bodies, token_of):
    """`send("PUT /notes/{id}", "stranger")` runs the operation on Alice's data with these credentials."""

    def send(operation, identity):
        method, path = operation.split()
        client = ProductClient()
        if token := token_of(identity):
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        address = path.replace("{id}", str(ids.get(path.partition("/{")[0]))).replace("{version}", "1")
        address = address.replace("{name}", "home")
        return getattr(client, method.lower())(address, bodies.get(operation))

    return send


@pytest.fixture
def ids_of_alice(ids):
    return [str(each) for path, each in ids.items() if path != "/users"]


@pytest.fixture
def token_of(request, alice):
    """`token_of("stranger")` returns the credentials of the identity; they are created at the first call."""

    def expired():
        token = AccessToken.of(Session.objects.create(user=alice))
        token.set_exp(lifetime=timedelta(seconds=-1))
        return token

    ways = {
        "owner": lambda: bearer(alice),
        "stranger": lambda: bearer(request.getfixturevalue("mallory")),
        "staff": lambda: bearer(request.getfixturevalue("staff")),
        "anonymous": lambda: None,
        "expired": expired,
        "revoked": lambda: bearer(alice, is_revoked=True),
        "deactivated": lambda: bearer(alice),
        "refresh": lambda: RefreshToken.of(Session.objects.create(user=alice)),
        "read token": lambda: api_token(alice, Scope.READ),
        "write token": lambda: api_token(alice, Scope.WRITE),
        "append token": lambda: api_token(alice, Scope.APPEND),
        "edit token": lambda: api_token(alice, Scope.EDIT),
        "trash token": lambda: api_token(alice, Scope.TRASH),
        "purge token": lambda: api_token(alice, Scope.PURGE),
        "inside token": lambda: api_token(alice, Scope.WRITE, tags=["home"]),
        "outside token": lambda: api_token(alice, Scope.WRITE, tags=["work"]),
        "stranger token": lambda: api_token(request.getfixturevalue("mallory"), Scope.WRITE),
        "staff token": lambda: api_token(request.getfixturevalue("staff"), Scope.WRITE),
        "expired token": lambda: api_token(alice, Scope.WRITE, expires_at=timezone.now()),
        "revoked token": lambda: api_token(alice, Scope.WRITE, revoked_at=timezone.now()),
        "read grant": lambda: access_token_of(alice, Scope.READ),
        "write grant": lambda: access_token_of(alice, Scope.WRITE),
        "append grant": lambda: access_token_of(alice, Scope.APPEND),
        "stranger grant": lambda: access_token_of(request.getfixturevalue("mallory"), Scope.WRITE),
        "expired grant": lambda: access_token_of(alice, Scope.WRITE, access_expires_at=timezone.now()),
        "revoked grant": lambda: access_token_of(alice, Scope.WRITE, revoked_at=timezone.now()),
        "deactivated grant": lambda: access_token_of(alice, Scope.WRITE),
        "deactivated token": lambda: api_token(alice, Scope.WRITE),
    }
    return cache(lambda identity: ways[identity]())


@pytest.fixture
def arranged(request, alice, token_of):
    """The credentials exist, and Alice's account is deactivated if the column says so."""
    identity = request.getfixturevalue("identity")
    token_of(identity)
    if "deactivated" in identity:
        User.objects.filter(pk=alice.pk).update(is_active=False)


@pytest.mark.parametrize("rows", [ROWS, TOKEN_ROWS, NARROW_ROWS], ids=["logged in", "by API token", "by narrow token"])
def test_every_operation_has_a_row_and_every_row_an_operation(rows):
    assert rows.keys() == operations()


@pytest.fixture
def private(ids_of_alice, enrolment, identity):
    """The texts that only Alice may read; some tokens know the ids already."""
    texts = ["Milk", "litre", "home", "Night", encode_secret(enrolment.secret)]
    return texts if identity in ADDING else [*texts, *ids_of_alice]


@pytest.mark.parametrize("operation", REFUSED)
def test_a_request_without_valid_credentials_gets_401_and_changes_nothing(send, token_of, operation):
    for identity in REFUSED[operation]:
        token_of(identity)
    before = everything()

    responses = {identity: send(operation, identity) for identity in REFUSED[operation]}

    assert {identity: response.status_code for identity, response in responses.items()} == dict.fromkeys(responses, 401)
    assert everything() == before


# These promises share a test, because their arrangement takes long.
@pytest.mark.parametrize(("operation", "identity"), ALONE)
def test_everybody_gets_the_status_of_the_table_and_only_alice_sees_or_changes_her_data(
    send, arranged, alice, private, operation, identity
):
    status = CELLS[operation, identity]
    # What must not change. It is read only where it is compared.
    unchanged = everything if status >= 400 else list
    hers = (lambda: what_alice_keeps(alice)) if identity in OTHERS and operation not in WITH_ALICES_SECRET else list
    before, kept = unchanged(), hers()

    response = send(operation, identity)
    shown = b"".join(response) if not response.streaming else b""

    assert response.status_code == status
    assert unchanged() == before, "a refusal changed something"
    assert hers() == kept, "somebody else changed what Alice keeps"
    if identity not in SEEING:
        assert [text for text in private if text.encode() in shown] == [], "somebody else saw what Alice keeps"


@pytest.mark.parametrize("operation", SENSITIVE)
def test_an_access_token_of_an_old_log_in_is_not_enough_for_a_sensitive_operation(send, bodies, token_of, operation):
    token_of("owner")
    Session.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    bodies[operation] = {name: bodies[operation][name] for name in bodies[operation] if "password" not in name}
    before = everything()
    assert (send(operation, "owner").status_code, everything()) == (403, before)


WITHOUT_FIRST_LOCK = {
    "stranger": ("owned_by", lambda notes, owner: notes.filter(purged_at=None)),
    "outside token": ("limited_to", lambda notes, limit: notes),
}


@pytest.mark.parametrize("identity", WITHOUT_FIRST_LOCK)
@pytest.mark.parametrize("operation", [name for name in ROWS if "/notes/{id}" in name or "/trash/{id}" in name])
def test_is_owner_refuses_whom_the_query_does_not(send, monkeypatch, token_of, operation, identity):
    token_of(identity)
    monkeypatch.setattr(NoteQuerySet, *WITHOUT_FIRST_LOCK[identity])
    monkeypatch.setattr(compiled, "compile_once", compiled.compile_once.__wrapped__)
    before = everything()
    assert (send(operation, identity).status_code, everything()) == (403, before)
