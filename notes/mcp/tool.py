"""What a tool is: one operation of the API, with the arguments and the result that suit a model."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models.credential import Credential
from accounts.permissions import require_scopes
from accounts.scopes import Scope
from notes.mcp.arguments import Arguments, EmptyArguments, precondition_headers, query_of
from notes.mcp.calls import OperationRequest
from notes.mcp.results import Result
from notes.mcp.schemas import object_schema, request_schema
from notes.views.note_view import SingleNoteView
from notes_api.rest.error_list import name_errors
from notes_api.rest.json_types import JSON, JSONObject
from notes_api.rest.operation import Content, operation
from notes_api.rest.serializers import shared_instance


@dataclass(frozen=True)
class Hints:
    """What clients may tell their users before they call the tool. All tools only concern the notes of the account."""

    is_read_only: bool = False
    is_destructive: bool = False
    is_idempotent: bool = False

    def as_json(self, title: str) -> JSONObject:
        hints = {"readOnlyHint": self.is_read_only, "openWorldHint": False}
        if not self.is_read_only:
            hints |= {"destructiveHint": self.is_destructive, "idempotentHint": self.is_idempotent}
        return {"title": title, **hints}


class Call(NamedTuple):
    """A call of a tool with valid arguments. The view of the operation checks everything else."""

    tool: "Tool"
    arguments: JSONObject
    request: OperationRequest

    def run(self) -> Response:
        """Return the response of the view, which is not rendered."""
        path_arguments = {"pk": self.arguments["id"]} if "id" in self.arguments else {}
        response: Response = self.tool.handler(self.request, **path_arguments)
        return response


@dataclass(frozen=True)
class Tool:
    name: str
    title: str
    description: str
    _: KW_ONLY
    view: type[SingleNoteView]
    # The name of the view's method, and its route as the OpenAPI document writes it: `PATCH /notes/{id}`.
    action: str
    route: str
    result: Result
    hints: Hints
    arguments: type[Arguments] = EmptyArguments
    # The members of the operation's body or the parameters of its query that are arguments, too.
    members: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    # Parameters of the query that the call has besides its arguments, and those that an argument may replace.
    query: Mapping[str, str] | None = None

    @cached_property
    def operation(self) -> operation:
        declared: operation = getattr(self.view, self.action).operation
        return declared

    @cached_property
    def handler(self) -> Callable[..., Response]:
        method = self.route.partition(" ")[0].lower()
        return self.view.as_view({method: self.action})

    def is_allowed(self, credential: Credential) -> bool:
        return credential.granted_scopes.issuperset(self.scopes)

    def require_allowed(self, credential: Credential) -> None:
        require_scopes(credential, *self.scopes)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return (Scope(self.operation.scope or Scope.ACCOUNT),)

    @property
    def work(self) -> str:
        """The kind of work of a call without costly arguments, see `RequestQueue`."""
        if self.operation.runs_on_loop:
            return "reads"
        return "costly_reads" if self.hints.is_read_only else "writes"

    def prepare(self, outer: HttpRequest, given: JSON) -> Call:
        """Return the call with these arguments. Raises `ValidationError`."""
        # Models send null for arguments that they leave out.
        given = {name: value for name, value in given.items() if value is not None}
        self.require_known(given)
        # `read` ignores the members of the note.
        arguments = self.arguments.read(given)
        members = {name: given[name] for name in self.members if name in given}
        self.require_complete(members)
        return Call(self, arguments, self.make_request(outer, arguments, members))

    @cached_property
    def own_names(self) -> tuple[str, ...]:
        """The names of the arguments that are not members of the body or query."""
        return tuple(shared_instance(self.arguments).fields)

    def require_known(self, given: JSONObject) -> None:
        if unknown := set(given).difference(self.own_names, self.members):
            known = ", ".join((*self.own_names, *self.members))
            raise serializers.ValidationError(
                name_errors(unknown, serializers.ErrorDetail(f"Unknown argument; accepted: {known}.", "unknown"))
            )

    def require_complete(self, members: JSONObject) -> None:
        if missing := [name for name in self.required if name not in members]:
            message = serializers.ErrorDetail("This argument is required.", "required")
            raise serializers.ValidationError(name_errors(missing, message))

    def make_request(self, outer: HttpRequest, arguments: JSONObject, members: JSONObject) -> OperationRequest:
        method, _, path = self.route.partition(" ")
        if "id" in arguments:
            path = path.replace("{id}", str(arguments["id"]))
        query = None if self.query is None else {**self.query, **query_of(members)}
        request = OperationRequest(outer, method, path, query)
        request.META |= precondition_headers(arguments)
        request.summarize = self.result.summarize
        if self.body is not None:
            request.set_body(members)
        return request

    @property
    def body(self) -> Content:
        """The serializer of the operation's body; None without a body."""
        body = self.operation.body
        return body["application/json"] if isinstance(body, Mapping) else body

    def input_schema(self) -> JSONObject:
        own = request_schema(shared_instance(self.arguments))
        shared = request_schema(shared_instance(self.body or self.operation.query), self.members)
        required = [*own.get("required", ()), *(name for name in self.members if self.is_required(name, shared))]
        properties = {**own["properties"], **shared["properties"]}
        for name, value in (self.query or {}).items():
            if name in properties:
                properties[name] = {**properties[name], "default": int(value) if value.isdigit() else value}
        return {**object_schema(properties, required), "additionalProperties": False}

    def is_required(self, name: str, schema: JSONObject) -> bool:
        return name in self.required or name in schema.get("required", ())

    def as_json(self) -> dict[str, Any]:  # Any: as JSON
        """Return what `tools/list` says about the tool."""
        described = {"name": self.name, "title": self.title, "description": self.description}
        schemas = {"inputSchema": self.input_schema(), "outputSchema": self.result.schema()}
        return {**described, **schemas, "annotations": self.hints.as_json(self.title)}
