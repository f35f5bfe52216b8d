"""Permission classes, and the scopes that an operation requires."""

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models.credential import Credential
from accounts.scopes import Scope
from notes_api.rest.conditional import Preconditions
from notes_api.rest.operation import ANY_SCOPE, declared_operation
from notes_api.rest.problems import Problem

if TYPE_CHECKING:
    # At run time this import is circular: views import the default permissions from this module.
    from rest_framework.views import APIView


class InsufficientScope(Problem):
    """The credentials are valid but lack a scope (RFC 6750, section 3.1)."""

    def __init__(self, needed: frozenset[Scope]) -> None:
        scope = " ".join(sorted(needed))
        detail = f"This token lacks the scope `{scope}`."
        if Scope.ACCOUNT in needed:
            detail = "This requires a login session. Tokens of programs are not accepted."
        challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
        super().__init__(403, "insufficient_scope", detail, headers={"WWW-Authenticate": challenge})


def require_scopes(credential: Credential, *scopes: Scope) -> None:
    """Raise `InsufficientScope` unless the credential has all these scopes."""
    if not credential.granted_scopes.issuperset(scopes):
        raise InsufficientScope(frozenset(scopes))


class HasScope(BasePermission):
    """Check that the credentials have the scope of the operation. Without a declared scope only sessions pass."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, Credential):
            return False
        require_scopes(request.auth, *get_required_scopes(request, view))
        return True


def get_required_scopes(request: Request, view: "APIView") -> list[Scope]:
    """Return the scopes that the requested operation needs."""
    if request.method == "OPTIONS" or not hasattr(view, (request.method or "").lower()):
        # OPTIONS requires only valid credentials. DRF responds to an unsupported method with 405 next.
        return []
    operation = declared_operation(view, request.method)
    if operation is None or operation.scope is None:
        return [Scope.ACCOUNT]
    if operation.scope_to_create is not None and Preconditions.from_request(request).is_create_only:
        return [Scope(operation.scope_to_create)]
    return [] if operation.scope == ANY_SCOPE else [Scope(operation.scope)]


class RegistrationIsOpen(BasePermission):
    """With REGISTRATION=closed only staff (in the admin) and `manage.py createuser` can create accounts."""

    code = "registration_closed"
    message = "Registration is closed on this server: ask its operator for an account."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return bool(settings.REGISTRATION == "open")
