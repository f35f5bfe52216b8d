"""Who may do what with accounts."""

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class RegistrationIsOpen(BasePermission):
    """With REGISTRATION=closed only staff (in the admin) and `manage.py createuser` make accounts."""

    code = "registration_closed"
    message = "This server takes no registrations: ask its operator for an account."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(settings.REGISTRATION == "open")
