"""Who may do what with accounts, and what credentials it takes."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models.credential import Credential
from accounts.scopes import Scope
from notes_api.conditional import Preconditions
from notes_api.problems import Problem

if TYPE_CHECKING:
    # Which imports the default permissions, this module among them.
    from rest_framework.views import APIView

Handler = TypeVar("Handler", bound=Callable[..., Any])  # Any: a view's method


class InsufficientScope(Problem):
    """The credentials are good, but not for this (RFC 6750, section 3.1)."""

    def __init__(self, needed: frozenset[Scope]) -> None:
        scope = " ".join(sorted(needed))
        is_for_tokens = Scope.ACCOUNT not in needed
        detail = f"This token lacks the scope `{scope}`." if is_for_tokens else "This takes a log-in, not an API token."
        challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
        super().__init__(403, "insufficient_scope", detail, headers={"WWW-Authenticate": challenge})


def demand(credential: Credential, *scopes: Scope) -> None:
    """Raises `InsufficientScope` unless the credential has them all."""
    if not credential.granted.issuperset(scopes):
        raise InsufficientScope(frozenset(scopes))


def needs(*scopes: Scope, to_create: Scope | None = None) -> Callable[[Handler], Handler]:
    """Declare what an operation needs, for `HasScope` and for the documentation; none: any credentials will do.

    With `If-None-Match: *` it can only create: that needs no more than `to_create`. An operation that declares
    nothing is for log-ins alone.
    """
    declared = {"x-scopes": scopes, **({"x-scopes-to-create": (to_create,)} if to_create else {})}

    def declare(handler: Handler) -> Handler:
        documented: Handler = extend_schema(
            auth=[{"login": []}, {"token": []}],  # type: ignore[list-item]  # OpenAPI's own form, which it takes too
            extensions={name: [str(scope) for scope in named] for name, named in declared.items()},
        )(handler)
        documented.scopes = declared  # type: ignore[attr-defined]  # read back below
        return documented

    return declare


class HasScope(BasePermission):
    """The credentials have the scopes that the operation declares with `needs`."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, Credential):
            return False
        demand(request.auth, *scopes_for(request, view))
        return True


def scopes_for(request: Request, view: "APIView") -> Sequence[Scope]:
    """What the operation needs that the request asks for."""
    handler = getattr(view, (request.method or "").lower(), None)
    if handler is None or request.method == "OPTIONS":
        # The method is what is wrong, and that is answered next; and whoever is known may ask which there are.
        return ()
    declared: Mapping[str, Sequence[Scope]] = getattr(handler, "scopes", {"x-scopes": (Scope.ACCOUNT,)})
    if "x-scopes-to-create" in declared and Preconditions.of(request).wants_absence:
        return declared["x-scopes-to-create"]
    return declared["x-scopes"]


class RegistrationIsOpen(BasePermission):
    """With REGISTRATION=closed only staff (in the admin) and `manage.py createuser` make accounts."""

    code = "registration_closed"
    message = "This server takes no registrations: ask its operator for an account."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return bool(settings.REGISTRATION == "open")
