"""Who may do what: one row for every operation of the schema, one column for every identity."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.authentication.otpauth import encode_secret
from accounts.authentication.tokens import RefreshToken
from accounts.models import ApiToken, MailLink, SecondFactor, Session, User
from accounts.scopes import Scope
from accounts.tests.authenticator_app import code
from accounts.tests.grants import make_grant
from conftest import NEW_PASSWORD
from notes.models import Import
from notes.models.note_queryset import NoteQuerySet
from notes.tests.exports import make_ready
from notes.tests.factories import make_note, make_trashed
from notes_api.db import compiled
from notes_api.tests.access_credentials import CREDENTIALS
from notes_api.tests.access_table import (
    ADDING,
    BODIES,
    NARROW_ROWS,
    OTHERS,
    ROWS,
    SEEING,
    SENSITIVE,
    STATUSES,
    TOKEN_ROWS,
    WITH_ALICES_SECRET,
    everything,
    what_alice_keeps,
)
from notes_api.tests.openapi_document import OPERATIONS
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
def arrange(alice, mallory, staff):
    """`arrange("stranger")` returns a client with new credentials. It deactivates Alice for a deactivated identity."""

    def arrange(identity):
        client = ProductClient()
        if token := CREDENTIALS[identity]({"alice": alice, "mallory": mallory, "staff": staff}):
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        if "deactivated" in identity:
            User.objects.filter(pk=alice.pk).update(is_active=False)
        return client

    return arrange


@pytest.fixture
def send(ids, bodies):
    """`send(client, "PUT /notes/{id}")` runs the operation on Alice's data."""

    def send(client, operation):
        method, path = operation.split()
        address = path.replace("{id}", str(ids.get(path.partition("/{")[0]))).replace("{version}", "1")
        address = address.replace("{name}", "home")
        return getattr(client, method.lower())(address, bodies.get(operation))

    return send


@pytest.fixture
def private(ids, enrolment):
    """The texts that only Alice may read, and the ids of what she has; some tokens know the ids already."""
    texts = ["Milk", "litre", "home", "Night", encode_secret(enrolment.secret)]
    return texts, [str(each) for path, each in ids.items() if path != "/users"]


@pytest.fixture
def violations(alice, private):
    """`violations(operation, identity, run)` runs the operation and returns its status and the promises it broke."""

    def violations(operation, identity, run):
        # Read only where it is compared.
        unchanged = everything if STATUSES[operation][identity] >= 400 else list
        hers = (lambda: what_alice_keeps(alice)) if identity in OTHERS and operation not in WITH_ALICES_SECRET else list
        before, kept = unchanged(), hers()
        response = run()
        shown = b"" if response.streaming else b"".join(response)
        texts, ids = private
        secret = [] if identity in SEEING else texts if identity in ADDING else texts + ids
        broken = {
            "a refusal changed something": unchanged() != before,
            "somebody else changed what Alice keeps": hers() != kept,
            "somebody else saw what Alice keeps": any(text.encode() in shown for text in secret),
        }
        return response.status_code, [promise for promise in broken if broken[promise]]

    return violations


@pytest.fixture
def outcome_of(arrange, send, violations):
    """`outcome_of("PUT /notes/{id}", "stranger")` runs the operation, undoes it, and returns what `violations` does."""

    def outcome_of(operation, identity):
        with transaction.atomic():
            client = arrange(identity)
            outcome = violations(operation, identity, lambda: send(client, operation))
            transaction.set_rollback(True)
        return outcome

    return outcome_of


def test_every_operation_has_a_row_and_every_row_an_operation():
    for rows in (ROWS, TOKEN_ROWS, NARROW_ROWS):
        assert rows.keys() == OPERATIONS.keys()


# These promises share a test, because their arrangement takes long.
@pytest.mark.parametrize("operation", STATUSES)
def test_everybody_gets_the_status_of_the_table_and_only_alice_sees_or_changes_her_data(outcome_of, operation):
    outcomes = {identity: outcome_of(operation, identity) for identity in STATUSES[operation]}

    assert outcomes == {identity: (status, []) for identity, status in STATUSES[operation].items()}


def test_an_access_token_of_an_old_log_in_is_not_enough_for_a_sensitive_operation(arrange, send, bodies):
    client = arrange("owner")
    Session.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    for operation in SENSITIVE:
        bodies[operation] = {name: bodies[operation][name] for name in bodies[operation] if "password" not in name}
    before = everything()

    statuses = {operation: send(client, operation).status_code for operation in SENSITIVE}

    assert (statuses, everything()) == (dict.fromkeys(SENSITIVE, 403), before)


WITHOUT_FIRST_LOCK = {
    "stranger": ("owned_by", lambda notes, owner: notes.filter(purged_at=None)),
    **dict.fromkeys(["outside token", "outside grant"], ("limited_to", lambda notes, limit: notes)),
}


@pytest.mark.parametrize("identity", WITHOUT_FIRST_LOCK)
def test_is_owner_refuses_whom_the_query_does_not(arrange, send, monkeypatch, identity):
    client = arrange(identity)
    monkeypatch.setattr(NoteQuerySet, *WITHOUT_FIRST_LOCK[identity])
    monkeypatch.setattr(compiled, "compile_once", compiled.compile_once.__wrapped__)
    before = everything()
    one_note = [operation for operation in ROWS if "/notes/{id}" in operation or "/trash/{id}" in operation]

    statuses = {operation: send(client, operation).status_code for operation in one_note}

    assert (statuses, everything()) == (dict.fromkeys(one_note, 403), before)
