"""What DRF's own errors say to clients. DRF's texts do not say what to change."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rest_framework import exceptions
from rest_framework.request import Request

from notes_api.rest.negotiation import MERGE_PATCH

if TYPE_CHECKING:
    from rest_framework.views import APIView


def detail_of(exc: exceptions.APIException, view: "APIView", request: Request) -> str | None:
    """Return the text for an error that DRF raises itself, with the choices of the client; None for all others."""
    match exc:
        case exceptions.NotAuthenticated():
            return "Log in first, and send the token as `Authorization: Bearer <token>`."
        case exceptions.NotAcceptable():
            return f"Name {either(renderer.media_type for renderer in view.get_renderers())} in `Accept`."
        case exceptions.UnsupportedMediaType():
            return f"Send the body as {either(accepted_media_types(view, request))}, and say so in `Content-Type`."
        case exceptions.MethodNotAllowed():
            return method_detail(request.method or "", view.allowed_methods)
    return None


def accepted_media_types(view: "APIView", request: Request) -> list[str]:
    """Return the media types of bodies. Only PATCH accepts merge patches."""
    names = [str(parser.media_type) for parser in view.parser_classes]
    return [name for name in names if name != MERGE_PATCH or request.method == "PATCH"]


def method_detail(method: str, allowed: Iterable[str]) -> str:
    return f"This resource does not support {method}; it supports {', '.join(allowed)}."


def either(names: Iterable[str | None]) -> str:
    """Return `a`, `b` or `c`."""
    quoted = [f"`{name}`" for name in names]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))
