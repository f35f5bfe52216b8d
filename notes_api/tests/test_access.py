"""Who may do what: one row for every operation of the schema, one column for everybody who might ask."""

from datetime import timedelta

import pytest
from django.urls import get_resolver, path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from accounts.models import Clock, SecondFactor, Session, ThrottleCounter, User
from accounts.otpauth import as_text
from accounts.permissions import RegistrationIsOpen
from accounts.tests.authenticator import code
from accounts.tokens import AccessToken, RefreshToken
from conftest import PASSWORD
from notes.models import Note, Revision, StoredAnswer
from notes.permissions import IsOwner
from notes.tests.making import make_note, make_trashed
from notes.views.notes import NoteViewSet
from notes.views.revisions import RevisionViewSet
from notes.views.text import AppendView, EditView
from notes.views.trash import TrashViewSet
from notes_api import urls

# Alice owns the account, the session and the notes that the paths name, and has enrolled an app. The owner is logged in
# on a second device; `refresh` is her refresh token where an access token is due; a deactivated account's session
# still stands.
TABLE = """
                                               owner  stranger  staff  anonymous  expired  revoked  deactivated  refresh
POST   /users                                  201    201       201    201        201      201      201          201
GET    /users/me                               200    200       200    401        401      401      401          401
GET    /users/me/otp                           200    200       200    401        401      401      401          401
POST   /users/me/otp                           200    200       200    401        401      401      401          401
POST   /users/me/otp/confirm                   200    409       409    401        401      401      401          401
POST   /users/me/otp/disable                   204    204       204    401        401      401      401          401
GET    /users/{id}                             200    404       200    401        401      401      401          401
POST   /login                                  200    200       200    200        200      200      401          200
POST   /login/refresh                          200    200       200    200        200      200      401          200
POST   /logout                                 204    204       204    401        401      401      401          401
GET    /sessions                               200    200       200    401        401      401      401          401
DELETE /sessions                               204    204       204    401        401      401      401          401
DELETE /sessions/{id}                          204    404       404    401        401      401      401          401
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
HEADING, *LINES = TABLE.strip().splitlines()
IDENTITIES = HEADING.split()
ROWS = {" ".join(line.split()[:2]): [int(status) for status in line.split()[2:]] for line in LINES}
CELLS = [
    (operation, identity, status)
    for operation, statuses in ROWS.items()
    for identity, status in zip(IDENTITIES, statuses, strict=True)
]
# These two take Alice's own password or token in the body, whoever sends it.
WITH_ALICES_SECRET = ("POST /login", "POST /login/refresh")

BODIES = {
    "POST /users": {"email": "carol@example.com", "password": PASSWORD},
    "POST /users/me/otp": {"password": PASSWORD},
    "POST /users/me/otp/disable": {"password": PASSWORD},
    "POST /login": {"username": "alice@example.com", "password": PASSWORD},
    "POST /notes": {"title": "Bread"},
    "PUT /notes/{id}": {"title": "Bread"},
    "PATCH /notes/{id}": {"title": "Bread"},
    "POST /notes/{id}/append": {"text": "!"},
    "PATCH /tags/{name}": {"name": "house"},
    "POST /notes/{id}/edit": {"edits": [{"old": "two", "new": "three"}]},
    "POST /notes/batch": {"operations": [{"op": "create", "note": {"title": "Bread"}}]},
}
PUBLIC = {
    "RegistrationView",
    "LoginView",
    "RefreshView",
    "LogoutView",
    "SpectacularJSONAPIView",
    "SpectacularYAMLAPIView",
}


class SilentView(APIView):
    """Says nothing about who may come in."""

    def get(self, request):
        return Response("in")


urlpatterns = [*urls.urlpatterns, path("silent", SilentView.as_view())]


def operations():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def api_views(patterns):
    """Every DRF view of the URL map, by what it is called; the admin is Django's own affair."""
    nested = [pattern for pattern in patterns if hasattr(pattern, "url_patterns") and pattern.app_name != "admin"]
    found = {view for pattern in nested for view in api_views(pattern.url_patterns)}
    return found | {view for pattern in patterns if (view := getattr(pattern.callback, "cls", None))}


def everything():
    """Every row there is."""
    models = (User, Clock, Session, SecondFactor, Note, Revision, StoredAnswer, ThrottleCounter)
    return [list(model.objects.order_by("pk").values()) for model in models]


def what_alice_keeps(alice):
    querysets = (
        User.objects.filter(pk=alice.pk),
        Clock.objects.filter(user=alice),
        Session.objects.filter(user=alice),
        SecondFactor.objects.filter(user=alice),
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
def note(alice):
    """With a revision, 1, which is its own text but for a word."""
    return make_note(owner=alice, title="Milk", content="one litre", tags=["home"]).change({"content": "two litres"})


@pytest.fixture
def trashed(alice):
    return make_trashed(owner=alice, title="Milk", content="two litres")


@pytest.fixture
def private(note, trashed, phone, enrolment):
    """What of Alice's nobody else is shown."""
    return ["Milk", "litre", str(note.pk), str(trashed.pk), str(phone.pk), as_text(enrolment.secret)]


@pytest.fixture
def send(request, alice, phone, enrolment, note, trashed):
    """`send("PUT /notes/{id}", "stranger")`: the operation, on what Alice keeps, with these credentials."""

    def send(operation, identity):
        method, path = operation.split()
        ids = {"/users": alice.pk, "/sessions": phone.pk, "/notes": note.pk, "/trash": trashed.pk}
        body = BODIES.get(operation)
        if operation == "POST /login/refresh":
            body = {"refresh_token": str(RefreshToken.of(phone))}
        if operation == "POST /users/me/otp/confirm":
            body = {"otp": code(enrolment.secret)}
        client = APIClient()
        if token := request.getfixturevalue("tokens")[identity]:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        address = path.replace("{id}", str(ids.get(path.partition("/{")[0]))).replace("{version}", "1")
        address = address.replace("{name}", "home")
        return getattr(client, method.lower())(address, body)

    return send


@pytest.fixture
def tokens(alice, mallory, staff, bearer):
    """The credentials of each identity."""
    expired = AccessToken.of(Session.objects.create(user=alice))
    expired.set_exp(lifetime=timedelta(seconds=-1))
    return {
        "owner": bearer(alice),
        "stranger": bearer(mallory),
        "staff": bearer(staff),
        "anonymous": None,
        "expired": expired,
        "revoked": bearer(alice, is_revoked=True),
        "deactivated": bearer(alice),
        "refresh": RefreshToken.of(Session.objects.create(user=alice)),
    }


@pytest.fixture
def bearer():
    def bearer(user, is_revoked=False):
        session = Session.objects.create(user=user)
        if is_revoked:
            session.revoke()
        return AccessToken.of(session)

    return bearer


@pytest.fixture
def arranged(request, alice, tokens):
    """Alice's account is deactivated where the column says so, and nothing else about it changes."""
    if request.getfixturevalue("identity") == "deactivated":
        User.objects.filter(pk=alice.pk).update(is_active=False)


def test_every_operation_has_a_row():
    assert operations() - ROWS.keys() == set()


def test_every_row_has_an_operation():
    assert ROWS.keys() - operations() == set()


@pytest.mark.parametrize(("operation", "identity", "status"), CELLS)
def test_everybody_gets_what_the_table_says(send, arranged, operation, identity, status):
    assert send(operation, identity).status_code == status


@pytest.mark.parametrize(("operation", "identity"), [cell[:2] for cell in CELLS if cell[2] >= 400])
def test_a_refusal_changes_nothing(send, arranged, operation, identity):
    before = everything()

    send(operation, identity)

    assert everything() == before


@pytest.mark.parametrize(("operation", "identity"), [cell[:2] for cell in CELLS if cell[1] in ("stranger", "staff")])
def test_nobody_else_changes_what_alice_keeps(send, arranged, alice, operation, identity):
    before = what_alice_keeps(alice)

    send(operation, identity)

    assert operation in WITH_ALICES_SECRET or what_alice_keeps(alice) == before


@pytest.mark.parametrize(("operation", "identity"), [cell[:2] for cell in CELLS if cell[1] != "owner"])
def test_nobody_else_is_shown_what_alice_keeps(send, arranged, private, operation, identity):
    response = send(operation, identity)
    shown = b"".join(response) if not response.streaming else b""

    assert [text for text in private if text.encode() in shown] == []


@pytest.mark.parametrize("operation", [name for name in ROWS if "/notes/{id}" in name or "/trash/{id}" in name])
def test_without_the_first_lock_the_second_holds(send, monkeypatch, tokens, operation):
    monkeypatch.setattr(NoteViewSet, "get_queryset", lambda view: Note.objects.all())
    monkeypatch.setattr(AppendView, "get_queryset", lambda view: Note.objects.all())
    monkeypatch.setattr(EditView, "get_queryset", lambda view: Note.objects.all())
    monkeypatch.setattr(RevisionViewSet, "get_queryset", lambda view: Note.objects.all())
    monkeypatch.setattr(TrashViewSet, "get_queryset", lambda view: Note.objects.all())
    before = everything()

    response = send(operation, "stranger")

    assert response.status_code == 403
    assert everything() == before


def test_the_owner_passes_the_second_lock(rf, alice, note):
    rf.user = alice

    assert IsOwner().has_object_permission(rf, None, note)


def test_a_stranger_does_not_pass_the_second_lock(rf, mallory, note):
    rf.user = mallory

    assert not IsOwner().has_object_permission(rf, None, note)


def test_staff_do_not_pass_the_second_lock(rf, staff, note):
    rf.user = staff

    assert not IsOwner().has_object_permission(rf, None, note)


def test_every_view_on_notes_names_both_locks():
    views = [view for view in api_views(get_resolver().url_patterns) if view.__module__.startswith("notes.")]

    assert NoteViewSet in views
    assert [view for view in views if not {IsAuthenticated, IsOwner} <= set(view.permission_classes)] == []


def test_every_queryset_denies_by_default():
    views = [view for view in api_views(get_resolver().url_patterns) if getattr(view, "queryset", None) is not None]

    assert NoteViewSet in views
    assert [view for view in views if view.queryset.exists()] == []


def test_only_these_views_are_public():
    views = api_views(get_resolver().url_patterns)

    assert {view.__name__ for view in views if IsAuthenticated not in view.permission_classes} == PUBLIC


def test_what_is_public_says_so():
    views = api_views(get_resolver().url_patterns)

    assert [view for view in views if {IsAuthenticated, AllowAny}.isdisjoint(view.permission_classes)] == []


def test_registration_asks_whether_it_is_open():
    views = {view.__name__: view for view in api_views(get_resolver().url_patterns)}

    assert RegistrationIsOpen in views["RegistrationView"].permission_classes


@pytest.mark.urls(__name__)
def test_a_view_that_says_nothing_is_closed(client):
    assert client.get("/silent").status_code == 401


@pytest.mark.urls(__name__)
def test_a_view_that_says_nothing_lets_in_who_is_logged_in(as_user, alice):
    assert as_user(alice).get("/silent").status_code == 200
