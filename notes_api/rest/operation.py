"""The decorator of every API operation: its name, who may call it, what it accepts and what it returns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from notes_api.rest.decorators import hashes_password
from notes_api.rest.documented_errors import documented_errors
from notes_api.rest.negotiation import JSON, MERGE_PATCH
from notes_api.rest.query_params import QueryParams

# Any: handlers return DRF's responses or Django's.
AnyHandler = Callable[..., Any]
Handler = TypeVar("Handler", bound=AnyHandler)
# Any: a serializer (class), a basic type, None, or a mapping of these by media type.
Content = Any
Security = Sequence[Mapping[str, Sequence[str]]]

# For `scope`: every API token may call the operation.
ANY_SCOPE = ""
# For `security`: nobody is asked for credentials, or only a login session is accepted.
PUBLIC: Security = ()
LOGIN: Security = ({"login": []},)

NOT_MODIFIED = OpenApiResponse(description="The client has this version already.")


@dataclass(frozen=True)
class Feature:
    """Behaviour that wraps a handler, and what it adds to the documentation of the operation."""

    wrap: Callable[[AnyHandler], AnyHandler]
    headers: Sequence[OpenApiParameter] = ()
    returns: Mapping[int, Content] | None = None
    errors: Sequence[int] = ()


@dataclass(frozen=True)
class operation:  # noqa: N801  # reads as the decorator it is
    """Declares a view's method as an operation of the API.

    The handler keeps the declaration as its attribute `operation`: `StrictView` reads the query parameters from it and
    `HasScope` the scopes. Without `scope`, only login sessions are accepted.
    """

    id: str
    tag: str
    summary: str
    _: KW_ONLY
    scope: str | None = None
    # The scope that is enough for a request that can only create (`If-None-Match: *`).
    scope_to_create: str | None = None
    security: Security | None = None
    body: Content = None
    returns: Mapping[int, Content]
    # The error statuses that not every operation has; `schema.add_problems` adds the others.
    errors: Sequence[int] = ()
    query: type[QueryParams] = QueryParams
    headers: Sequence[OpenApiParameter] = ()
    examples: Sequence[OpenApiExample] = ()
    features: Sequence[Feature] = ()
    # Reads little, by compiled queries only: the server runs it on the event loop, see `server/loop_pool.py`.
    runs_on_loop: bool = False
    # See `decorators.hashes_password`.
    hashes_password: bool = False

    def __call__(self, handler: Handler) -> Handler:
        wrapped: AnyHandler = handler
        for feature in self.features:
            wrapped = feature.wrap(wrapped)
        documented = extend_schema(
            operation_id=self.id,
            tags=[self.tag],
            summary=self.summary,
            auth=self._security(),
            request=self.body,
            responses=self._responses(),
            parameters=self._parameters(),
            examples=list(self.examples),
            extensions=self._scopes(),
        )(wrapped)
        if self.hashes_password:
            hashes_password(documented)
        documented.operation = self  # type: ignore[attr-defined]  # `declared_operation` reads it
        return cast("Handler", documented)

    @property
    def stores_data(self) -> bool:
        """Whether the operation may add to what is stored for long. It is refused while the disk is full."""
        return 507 in self.errors

    @cached_property
    def preconditions(self) -> list[str]:
        """The names of the preconditions that the operation evaluates: those that it documents."""
        return [header.name for header in self._headers() if header.name in ("If-Match", "If-None-Match", "If-Range")]

    @property
    def has_content(self) -> bool:
        """Whether a successful response has content."""
        return any(content is not None for content in self.returns.values())

    def _security(self) -> Any:  # Any: spectacular's annotation lacks the form of OpenAPI, which it accepts
        if self.scope is not None:
            return [{"login": []}, {"token": []}, {"program": self.scope.split()}]
        return self.security if self.security is None else list(self.security)

    def _responses(self) -> dict[Any, Content]:  # Any: a status, or a status with a media type
        errors, returns = list(self.errors), dict(self.returns)
        for feature in self.features:
            errors += feature.errors
            returns |= feature.returns or {}
        return {**by_media_type(returns), **documented_errors(*errors)}

    def _parameters(self) -> list[OpenApiParameter | type[QueryParams]]:
        query = [] if self.query is QueryParams else [self.query]
        return [*self._headers(), *query]

    def _headers(self) -> list[OpenApiParameter]:
        return [*self.headers, *(header for feature in self.features for header in feature.headers)]

    def _scopes(self) -> dict[str, list[str]]:
        declared = {"x-scopes": self.scope, "x-scopes-to-create": self.scope_to_create}
        return {name: scope.split() for name, scope in declared.items() if scope is not None}


def by_media_type(returns: Mapping[int, Content]) -> dict[Any, Content]:  # Any: as above
    """Return responses in the form of `extend_schema`: (status, media type) where a status has several types."""
    responses: dict[Any, Content] = {}
    for status, content in returns.items():
        if isinstance(content, Mapping):
            responses |= {(status, media_type): schema for media_type, schema in content.items()}
        else:
            responses[status] = content
    return responses


def declared_operation(view: object, method: str | None) -> operation | None:
    """Return the operation that the view declares for an HTTP method; None if it declares none."""
    return getattr(getattr(view, (method or "").lower(), None), "operation", None)


def merge_patch(serializer: Content) -> dict[str, Content]:
    """Return the body of a PATCH operation: JSON, or the same JSON as a merge patch (RFC 7396)."""
    return {JSON: serializer, MERGE_PATCH: serializer}


def request_example(name: str, value: object, media_type: str | None = None) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True, media_type=media_type)


def response_example(status: int, name: str, value: object, media_type: str = "application/json") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)], media_type=media_type)
