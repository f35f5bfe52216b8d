"""The permissions of every view: each is tested alone, and every view names those that apply to it."""

import pytest
from django.urls import get_resolver, path
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiToken, Session
from accounts.permissions import HasScope, RegistrationIsOpen
from accounts.scopes import TOKEN_SCOPES
from notes.permissions import IsOwner
from notes.tests.factories import make_note
from notes.views.note_view import SingleNoteView
from notes.views.notes import NoteViewSet
from notes_api import urls

PUBLIC = {
    "RegistrationView",
    "LoginView",
    "RefreshView",
    "RevocationView",
    "LogoutView",
    "TokenView",
    "RegistrationOfClientsView",
    "DeviceAuthorizationView",
    # Pages for a browser without a log-in. They ask for the password themselves.
    "AuthorizePage",
    "LogInPage",
    "DevicePage",
    "DeviceLogInPage",
    "ResetView",
    "ResetConfirmView",
    "VerificationView",
    "VerificationLinkView",
    "SpectacularJSONAPIView",
    "SpectacularYAMLAPIView",
}

# Views whose address names no note.
WITHOUT_A_NOTE = {
    "BatchView",
    "ChangesView",
    "ExportView",
    "GrantUndoView",
    "ImportView",
    "McpView",
    "NewExportView",
    "NewImportView",
    "StreamView",
    "TagViewSet",
    "TokenUndoView",
}


class SilentView(APIView):
    """Declares neither permissions nor an operation."""

    def get(self, request):
        return Response("in")


urlpatterns = [*urls.urlpatterns, path("silent", SilentView.as_view())]


def api_views(patterns):
    """Return every DRF view of the URL map, without the admin."""
    nested = [pattern for pattern in patterns if hasattr(pattern, "url_patterns") and pattern.app_name != "admin"]
    found = {view for pattern in nested for view in api_views(pattern.url_patterns)}
    return found | {view for pattern in patterns if (view := getattr(pattern.callback, "cls", None))}


NOTE_VIEWS = sorted(
    (view for view in api_views(urls.urlpatterns) if view.__module__.startswith("notes.")),
    key=lambda view: view.__name__,
)


@pytest.fixture
def note(alice):
    return make_note(owner=alice)


def test_is_owner_accepts_the_owner(rf, alice, note):
    rf.user, rf.auth = alice, Session(user=alice)

    assert IsOwner().has_object_permission(rf, None, note)


def test_is_owner_refuses_a_stranger(rf, mallory, note):
    rf.user, rf.auth = mallory, Session(user=mallory)

    assert not IsOwner().has_object_permission(rf, None, note)


def test_is_owner_refuses_staff(rf, staff, note):
    rf.user, rf.auth = staff, Session(user=staff)

    assert not IsOwner().has_object_permission(rf, None, note)


@pytest.mark.parametrize(("tags", "is_accepted"), [(["home"], True), (["work", "home"], True), (["work"], False)])
def test_is_owner_refuses_a_token_that_is_limited_to_other_tags(rf, alice, tags, is_accepted):
    rf.user, rf.auth = alice, ApiToken(user=alice, tag_limit=tags)

    assert IsOwner().has_object_permission(rf, None, make_note(owner=alice, tags=["home"])) == is_accepted


def test_unknown_credentials_have_no_scope(rf, alice):
    rf.user, rf.auth = alice, "another kind of credentials"

    assert not HasScope().has_permission(rf, NoteViewSet())


def test_every_view_on_notes_requires_credentials_and_a_scope():
    assert NoteViewSet in NOTE_VIEWS
    assert [view for view in NOTE_VIEWS if not {IsAuthenticated, HasScope} <= set(view.permission_classes)] == []


def test_only_views_that_fetch_no_single_note_lack_the_owner_check():
    without = {view.__name__ for view in NOTE_VIEWS if IsOwner not in view.permission_classes}

    assert without == WITHOUT_A_NOTE
    assert {view.__name__ for view in NOTE_VIEWS if not issubclass(view, SingleNoteView)} == without


def test_a_view_rejects_a_strangers_note_even_if_its_query_finds_it(rf, mallory, note, subtests):
    for view in [view for view in NOTE_VIEWS if issubclass(view, SingleNoteView)]:
        with subtests.test(view=view):
            request = Request(rf.get("/"))
            request.user = mallory

            with pytest.raises(PermissionDenied):
                view().check_object_permissions(request, note)


def test_every_view_that_needs_authentication_checks_the_scope():
    views = [view for view in api_views(get_resolver().url_patterns) if IsAuthenticated in view.permission_classes]

    assert NoteViewSet in views
    assert [view for view in views if HasScope not in view.permission_classes] == []


def test_every_queryset_denies_by_default():
    views = [view for view in api_views(get_resolver().url_patterns) if getattr(view, "queryset", None) is not None]

    assert NoteViewSet in views
    assert [view for view in views if view.queryset.exists()] == []


def test_only_these_views_are_public():
    views = api_views(get_resolver().url_patterns)

    assert {view.__name__ for view in views if IsAuthenticated not in view.permission_classes} == PUBLIC


def test_every_public_view_names_allow_any():
    views = api_views(get_resolver().url_patterns)

    assert [view for view in views if {IsAuthenticated, AllowAny}.isdisjoint(view.permission_classes)] == []


def test_registration_asks_whether_it_is_open():
    views = {view.__name__: view for view in api_views(get_resolver().url_patterns)}

    assert RegistrationIsOpen in views["RegistrationView"].permission_classes


@pytest.mark.urls(__name__)
def test_a_view_without_permissions_refuses_anonymous_requests(client):
    assert client.get("/silent").status_code == 401


@pytest.mark.urls(__name__)
def test_a_view_without_permissions_refuses_api_tokens(by_token, alice, subtests):
    for scope in TOKEN_SCOPES:
        with subtests.test(scope=scope):
            response = by_token(alice, scope).get("/silent")

            assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.urls(__name__)
def test_a_view_without_permissions_accepts_a_log_in(as_user, alice):
    assert as_user(alice).get("/silent").status_code == 200
