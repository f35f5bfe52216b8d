"""The locks on the doors, each tried on its own; and that no door is without them."""

import pytest
from django.urls import get_resolver, path
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import HasScope, RegistrationIsOpen
from notes.permissions import IsOwner
from notes.tests.making import make_note
from notes.views.notes import NoteViewSet
from notes_api import urls

PUBLIC = {
    "RegistrationView",
    "LoginView",
    "RefreshView",
    "LogoutView",
    "ResetView",
    "ResetConfirmView",
    "VerificationView",
    "VerificationLinkView",
    "SpectacularJSONAPIView",
    "SpectacularYAMLAPIView",
}


class SilentView(APIView):
    """Says nothing about who may come in."""

    def get(self, request):
        return Response("in")


urlpatterns = [*urls.urlpatterns, path("silent", SilentView.as_view())]


def api_views(patterns):
    """Every DRF view of the URL map, by what it is called; the admin is Django's own affair."""
    nested = [pattern for pattern in patterns if hasattr(pattern, "url_patterns") and pattern.app_name != "admin"]
    found = {view for pattern in nested for view in api_views(pattern.url_patterns)}
    return found | {view for pattern in patterns if (view := getattr(pattern.callback, "cls", None))}


@pytest.fixture
def note(alice):
    return make_note(owner=alice)


def test_the_owner_passes_the_second_lock(rf, alice, note):
    rf.user = alice

    assert IsOwner().has_object_permission(rf, None, note)


def test_a_stranger_does_not_pass_the_second_lock(rf, mallory, note):
    rf.user = mallory

    assert not IsOwner().has_object_permission(rf, None, note)


def test_staff_do_not_pass_the_second_lock(rf, staff, note):
    rf.user = staff

    assert not IsOwner().has_object_permission(rf, None, note)


def test_who_brings_no_credentials_of_ours_has_no_scope(rf, alice):
    rf.user, rf.auth = alice, "another kind of credentials"

    assert not HasScope().has_permission(rf, NoteViewSet())


def test_every_view_on_notes_names_all_locks():
    views = [view for view in api_views(get_resolver().url_patterns) if view.__module__.startswith("notes.")]

    assert NoteViewSet in views
    assert [view for view in views if not {IsAuthenticated, HasScope, IsOwner} <= set(view.permission_classes)] == []


def test_every_view_that_asks_who_you_are_asks_for_the_scope():
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
@pytest.mark.parametrize("scope", ["notes:read", "notes:write", "notes:append"])
def test_a_view_that_says_nothing_lets_no_api_token_in(by_token, alice, scope):
    response = by_token(alice, scope).get("/silent")

    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.urls(__name__)
def test_a_view_that_says_nothing_lets_in_who_is_logged_in(as_user, alice):
    assert as_user(alice).get("/silent").status_code == 200
