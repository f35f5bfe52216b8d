"""Who may do what: one row for every operation of the schema, one column for everybody who might ask."""

from datetime import timedelta
from functools import cache

import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from accounts.models import ApiToken, Clock, MailLink, SecondFactor, Session, ThrottleCounter, User
from accounts.otpauth import as_text
from accounts.scopes import Scope
from accounts.tests.authenticator import code
from accounts.tokens import AccessToken, RefreshToken
from conftest import PASSWORD
from notes.models import Note, Revision, StoredAnswer
from notes.models.note import NoteQuerySet
from notes.tests.making import make_note, make_trashed
from notes_api import compiled
from notes_api.tests.access_by_token import BY_API_TOKEN

# Alice owns the account, the session and the notes that the paths name, and has enrolled an app. The owner is logged in
# on a second device; `refresh` is her refresh token where an access token is due; a deactivated account's session
# still stands.
TABLE = """
                                               owner  stranger  staff  anonymous  expired  revoked  deactivated  refresh
POST   /users                                  201    201       201    201        201      201      201          201
GET    /users/me                               200    200       200    401        401      401      401          401
PATCH  /users/me                               200    200       200    401        401      401      401          401
POST   /users/me/password                      204    204       204    401        401      401      401          401
GET    /users/me/otp                           200    200       200    401        401      401      401          401
POST   /users/me/otp                           200    200       200    401        401      401      401          401
POST   /users/me/otp/confirm                   200    409       409    401        401      401      401          401
POST   /users/me/otp/disable                   204    204       204    401        401      401      401          401
POST   /users/me/erase                         204    204       409    401        401      401      401          401
GET    /users/{id}                             200    404       200    401        401      401      401          401
POST   /login                                  200    200       200    200        200      200      401          200
POST   /login/refresh                          200    200       200    200        200      200      401          200
POST   /logout                                 204    204       204    401        401      401      401          401
POST   /password/reset                         202    202       202    202        202      202      202          202
POST   /password/reset/confirm                 204    204       204    204        204      204      400          204
POST   /email/verify                           204    204       204    204        204      204      400          204
POST   /email/verify/send                      202    202       202    202        202      202      202          202
GET    /sessions                               200    200       200    401        401      401      401          401
DELETE /sessions                               204    204       204    401        401      401      401          401
DELETE /sessions/{id}                          204    404       404    401        401      401      401          401
GET    /tokens                                 200    200       200    401        401      401      401          401
POST   /tokens                                 201    201       201    401        401      401      401          401
GET    /tokens/{id}                            200    404       404    401        401      401      401          401
DELETE /tokens/{id}                            204    404       404    401        401      401      401          401
GET    /notes                                  200    200       200    401        401      401      401          401
POST   /notes                                  201    201       201    401        401      401      401          401
GET    /notes/{id}                             200    404       404    401        401      401      401          401
PUT    /notes/{id}                             200    404       404    401        401      401      401          401
PATCH  /notes/{id}                             200    404       404    401        401      401      401          401
DELETE /notes/{id}                             204    404       404    401        401      401      401          401
POST   /notes/{id}/append                      200    404       404    401        401      401      401          401
POST   /notes/{id}/edit                        200    404       404    401        401      401      401          401
GET    /notes/{id}/revisions                   200    404       404    401        401      401      401          401
GET    /notes/{id}/revisions/{version}         200    404       404    401        401      401      401          401
DELETE /notes/{id}/revisions/{version}         204    404       404    401        401      401      401          401
POST   /notes/{id}/revisions/{version}/restore 200    404       404    401        401      401      401          401
POST   /notes/batch                            200    200       200    401        401      401      401          401
GET    /trash                                  200    200       200    401        401      401      401          401
DELETE /trash                                  204    204       204    401        401      401      401          401
GET    /trash/{id}                             200    404       404    401        401      401      401          401
DELETE /trash/{id}                             204    404       404    401        401      401      401          401
POST   /trash/{id}/restore                     200    404       404    401        401      401      401          401
GET    /tags                                   200    200       200    401        401      401      401          401
PATCH  /tags/{name}                            200    404       404    401        401      401      401          401
DELETE /tags/{name}                            204    404       404    401        401      401      401          401
GET    /changes                                200    200       200    401        401      401      401          401
GET    /changes/stream                         200    200       200    401        401      401      401          401
"""


def rows_of(table):
    """The statuses of each operation, by who asks."""
    heading, *lines = table.strip().splitlines()
    columns = {" ".join(line.split()[:2]): map(int, line.split()[2:]) for line in lines}
    return {name: dict(zip(heading.split(), statuses, strict=True)) for name, statuses in columns.items()}


ROWS, TOKEN_ROWS = rows_of(TABLE), rows_of(BY_API_TOKEN)
CELLS = [(name, identity, status) for name, row in ROWS.items() for identity, status in row.items()]
CELLS += [(name, f"{identity} token", status) for name, row in TOKEN_ROWS.items() for identity, status in row.items()]
# Who may see what Alice keeps, and who may not but changes it.
SEEING, ADDING = ("owner", "read token", "write token"), "append token"
OTHERS = ("stranger", "staff", "stranger token", "staff token")
# These take Alice's own password or a token of hers in the body, whoever sends it.
WITH_ALICES_SECRET = ("POST /login", "POST /login/refresh", "POST /password/reset/confirm", "POST /email/verify")

NEW_PASSWORD = "staple battery horse"
BODIES = {
    "POST /users": {"email": "carol@example.com", "password": PASSWORD},
    "PATCH /users/me": {"email": "carol@example.com", "current_password": PASSWORD},
    "POST /users/me/password": {"current_password": PASSWORD, "new_password": NEW_PASSWORD},
    "POST /password/reset": {"email": "alice@example.com"},
    "POST /email/verify/send": {"email": "alice@example.com"},
    "POST /users/me/otp": {"password": PASSWORD},
    "POST /users/me/otp/disable": {"password": PASSWORD},
    "POST /users/me/erase": {"password": PASSWORD},
    "POST /login": {"username": "alice@example.com", "password": PASSWORD},
    "POST /notes": {"title": "Bread"},
    "POST /tokens": {"name": "Script", "scopes": ["notes:read"]},
    "PUT /notes/{id}": {"title": "Bread"},
    "PATCH /notes/{id}": {"title": "Bread"},
    "POST /notes/{id}/append": {"text": "!"},
    "PATCH /tags/{name}": {"name": "house"},
    "POST /notes/{id}/edit": {"edits": [{"old": "two", "new": "three"}]},
    "POST /notes/batch": {"operations": [{"op": "create", "note": {"title": "Bread"}}]},
}


def operations():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def everything():
    """Every row there is."""
    models = (User, Clock, Session, ApiToken, SecondFactor, MailLink, Note, Revision, StoredAnswer, ThrottleCounter)
    return [list(model.objects.order_by("pk").values()) for model in models]


def what_alice_keeps(alice):
    querysets = (
        User.objects.filter(pk=alice.pk),
        Clock.objects.filter(user=alice),
        Session.objects.filter(user=alice),
        SecondFactor.objects.filter(user=alice),
        ApiToken.objects.filter(user=alice),
        Note.objects.filter(owner=alice),
        Revision.objects.filter(note__owner=alice),
    )
    return [list(queryset.order_by("pk").values()) for queryset in querysets]


@pytest.fixture
def phone(alice):
    """The session that the paths name."""
    return Session.objects.create(user=alice)


@pytest.fixture
def enrolment(alice):
    """A second factor that waits to be confirmed."""
    return SecondFactor.objects.enrol(alice)


@pytest.fixture
def script(alice, phone):
    """The API token that the paths name."""
    return ApiToken.objects.issue(phone, "Night watch", [Scope.READ])


@pytest.fixture
def reset_token(alice):
    return MailLink.objects.issue("reset", alice.email, alice.pk)


@pytest.fixture
def verification_token(alice):
    return MailLink.objects.issue("verify", alice.email, alice.pk)


@pytest.fixture
def note(alice):
    """With a revision, 1, which is its own text but for a word."""
    return make_note(owner=alice, title="Milk", content="one litre", tags=["home"]).change({"content": "two litres"})


@pytest.fixture
def trashed(alice):
    return make_trashed(owner=alice, title="Milk", content="two litres")


@pytest.fixture
def bodies(phone, enrolment, reset_token, verification_token):
    """What each operation is sent; where it takes a secret, Alice's own."""
    return BODIES | {
        "POST /login/refresh": {"refresh_token": str(RefreshToken.of(phone))},
        "POST /users/me/otp/confirm": {"otp": code(enrolment.secret)},
        "POST /email/verify": {"token": verification_token},
        "POST /password/reset/confirm": {"token": reset_token, "new_password": NEW_PASSWORD},
    }


@pytest.fixture
def send(alice, phone, script, bodies, note, trashed, token_of):
    """`send("PUT /notes/{id}", "stranger")`: the operation, on what Alice keeps, with these credentials."""

    def send(operation, identity):
        method, path = operation.split()
        ids = {"/users": alice.pk, "/sessions": phone.pk, "/tokens": script.pk, "/notes": note.pk, "/trash": trashed.pk}
        client = APIClient()
        if token := token_of(identity):
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        address = path.replace("{id}", str(ids.get(path.partition("/{")[0]))).replace("{version}", "1")
        address = address.replace("{name}", "home")
        return getattr(client, method.lower())(address, bodies.get(operation))

    return send


@pytest.fixture
def ids_of_alice(phone, script, note, trashed):
    return [str(thing.pk) for thing in (phone, script, note, trashed)]


@pytest.fixture
def token_of(request, alice, bearer, api_token):
    """The credentials of an identity, made at the first call: of each test one, since making all takes long."""

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
        "stranger token": lambda: api_token(request.getfixturevalue("mallory"), Scope.WRITE),
        "staff token": lambda: api_token(request.getfixturevalue("staff"), Scope.WRITE),
        "expired token": lambda: api_token(alice, Scope.WRITE, expires_at=timezone.now()),
        "revoked token": lambda: api_token(alice, Scope.WRITE, revoked_at=timezone.now()),
        "deactivated token": lambda: api_token(alice, Scope.WRITE),
    }
    return cache(lambda identity: ways[identity]())


@pytest.fixture
def bearer():
    def bearer(user, is_revoked=False):
        session = Session.objects.create(user=user)
        if is_revoked:
            session.revoke()
        return AccessToken.of(session)

    return bearer


@pytest.fixture
def api_token():
    """The secret of a token that was just in use, so that asking once more leaves no trace."""

    def api_token(user, scope, **values):
        token = ApiToken.objects.issue(Session.objects.create(user=user), "Script", [scope])
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now(), **values)
        return token.secret

    return api_token


@pytest.fixture
def arranged(request, alice, token_of):
    """Who asks has the credentials. Alice's account is deactivated where the column says so, and nothing else of it."""
    identity = request.getfixturevalue("identity")
    token_of(identity)
    if "deactivated" in identity:
        User.objects.filter(pk=alice.pk).update(is_active=False)


@pytest.mark.parametrize("rows", [ROWS, TOKEN_ROWS], ids=["logged in", "by API token"])
def test_every_operation_has_a_row(rows):
    assert operations() - rows.keys() == set()


@pytest.mark.parametrize("rows", [ROWS, TOKEN_ROWS], ids=["logged in", "by API token"])
def test_every_row_has_an_operation(rows):
    assert rows.keys() - operations() == set()


@pytest.fixture
def private(ids_of_alice, enrolment, identity):
    """What nobody but Alice may read; whoever adds to a note has named it."""
    texts = ["Milk", "litre", "home", "Night", as_text(enrolment.secret)]
    return texts if identity == ADDING else [*texts, *ids_of_alice]


# The promises stand together, for what takes long is the arrangement.
@pytest.mark.parametrize(("operation", "identity", "status"), CELLS)
def test_everybody_gets_what_the_table_says_and_nobody_else_sees_or_changes_what_alice_keeps(
    send, arranged, alice, private, operation, identity, status
):
    before, kept = everything(), what_alice_keeps(alice)

    response = send(operation, identity)
    shown = b"".join(response) if not response.streaming else b""

    assert response.status_code == status
    assert status < 400 or everything() == before, "a refusal changed something"
    if identity in OTHERS and operation not in WITH_ALICES_SECRET:
        assert what_alice_keeps(alice) == kept, "somebody else changed what Alice keeps"
    if identity not in SEEING:
        assert [text for text in private if text.encode() in shown] == [], "somebody else saw what Alice keeps"


@pytest.mark.parametrize("operation", [name for name in ROWS if "/notes/{id}" in name or "/trash/{id}" in name])
def test_without_the_first_lock_the_second_holds(send, monkeypatch, token_of, operation):
    token_of("stranger")
    monkeypatch.setattr(NoteQuerySet, "owned_by", lambda notes, owner: notes.filter(purged_at=None))
    monkeypatch.setattr(compiled, "statement", compiled.statement.__wrapped__)
    before = everything()

    response = send(operation, "stranger")

    assert response.status_code == 403
    assert everything() == before
