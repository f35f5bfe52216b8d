"""Who may act on a note."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from notes.models import Note


class IsOwner(BasePermission):
    """Only the owner may act on a note. Applies to views that fetch one note; other views query `owned_by`."""

    def has_object_permission(self, request: Request, view: APIView, obj: Note) -> bool:
        return bool(obj.owner_id == request.user.pk)
