"""Who may act on a note."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import Credential
from notes.models import Note
from notes.models.visibility import Visibility


class IsOwner(BasePermission):
    """Only the owner may act on a note, and only with credentials that know it: see `Visibility`.

    Applies to views that fetch one note; other views query `visible_to`.
    """

    def has_object_permission(self, request: Request, view: APIView, obj: Note) -> bool:
        if not isinstance(request.auth, Credential):
            return False
        return obj.owner_id == request.user.pk and Visibility.of(request.auth).includes(obj.tags)
