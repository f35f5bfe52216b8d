"""`POST /mcp`: streamable HTTP of the Model Context Protocol, without streams. One message, one JSON response."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.permissions import HasScope
from notes.mcp import messages, protocol, results
from notes.mcp.messages import Message, MessageId, RpcError
from notes.mcp.tool import Call, Tool
from notes.mcp.tools import TOOLS_BY_NAME, describe_tools
from notes.mcp.work import work_of_message
from notes_api.monitoring.request_record import current_record
from notes_api.rest.conditional import FIELDS as PRECONDITIONS
from notes_api.rest.error_list import shorten
from notes_api.rest.json_types import JSON, JSONObject
from notes_api.rest.operation import ANY_SCOPE, operation
from notes_api.rest.parsers import loads
from notes_api.rest.problems import Problem, problem_body
from notes_api.rest.renderers import encode_json
from notes_api.rest.views import StrictView, break_cycles

# Errors of a call that concern the whole request, so that clients log in again, ask for more scopes or wait.
REQUEST_STATUSES = (401, 403, 429, 503)
HEADERS_OF_ERRORS = ("WWW-Authenticate", "Retry-After")
# Errors in requests that are well formed. Before 2026-07-28, clients expect them with the status 200.
METHOD_CODES = (messages.METHOD_NOT_FOUND, messages.INVALID_PARAMS)

JSON_TYPE = "application/json"
# Bytes.
SHORT_BODY = 64 * 1024
# Headers, in META, with which DRF processes the request.
DRF_HEADERS = frozenset({"HTTP_ORIGIN", *PRECONDITIONS})

# Before a valid one has been read.
NO_MESSAGE = Message("", {}, None)


class McpView(StrictView):
    """Tools for agents (Model Context Protocol)."""

    request: AuthenticatedRequest
    permission_classes = [IsAuthenticated, HasScope]
    # The tools describe themselves. In the OpenAPI document this would be an operation without useful types.
    schema = None
    work_of_body = staticmethod(work_of_message)

    message = NO_MESSAGE
    message_id: MessageId = None
    is_stateless = True
    call: Call | None = None
    failure: Exception | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # Any: Django's signature
        """Process a usual call without DRF, through which its request to the operation passes anyway."""
        if is_short_json_post(request) and self.reads_call(request):
            return self.respond_to_call(cast("Call", self.call)).as_json(self.allow_and_vary())
        return super().dispatch(request, *args, **kwargs)

    def reads_call(self, request: HttpRequest) -> bool:
        """Whether the body is a valid call of a tool. DRF reads any other body again, and responds to it."""
        try:
            self.read_message(request, loads(request.body.decode("utf-8-sig")))
        except (RpcError, APIException, ToolArgumentsInvalid, UnicodeDecodeError):
            return False
        return self.call is not None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # Any: DRF's signature
        """Read the message. Its errors wait until the credentials are checked: with none, the response is a 401."""
        require_known_origin(request)
        if request.method == "POST":
            try:
                self.read_message(request._request, request.data)
            except (RpcError, APIException, ToolArgumentsInvalid) as error:
                self.failure = error
        super().initial(request, *args, **kwargs)

    def read_message(self, request: HttpRequest, body: JSON) -> None:
        self.message_id = messages.read_id(body)
        # For errors outside the view, such as those of the database.
        request.wrap_problem = partial(messages.problem_failure, self.message_id)  # type: ignore[attr-defined]  # our own
        self.message = message = Message.parse(body)
        self.is_stateless = protocol.require_revision(message, request.META)
        if message.method == "tools/call" and message.id is not None:
            self.call = prepare_call(request, message)
            # A full disk is reported for this request.
            request.stores_data = self.call.tool.operation.stores_data  # type: ignore[attr-defined]  # our own

    def perform_authentication(self, request: Request) -> None:
        """Check the credentials, permissions and throttles once: the view of the operation does so for a call."""
        if self.call is None:
            super().perform_authentication(request)

    def check_permissions(self, request: Request) -> None:
        if self.call is None:
            super().check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        if self.call is None:
            super().check_throttles(request)

    @operation("callMcp", "Agents", "Call a tool", scope=ANY_SCOPE, runs_on_loop=True, returns={200: None})
    def post(self, request: AuthenticatedRequest) -> Response:
        if self.call is not None:
            return self.respond_to_call(self.call).as_response()
        if isinstance(self.failure, ToolArgumentsInvalid):
            self.failure.tool.require_allowed(request.auth)
            return self.succeed(results.error_result(problem_body(self.failure.error, request.id))).as_response()
        if self.failure is not None:
            raise self.failure
        if self.message.id is None:
            return Response(status=202)
        return self.succeed(self.answer(self.message, request)).as_response()

    def answer(self, message: Message, request: AuthenticatedRequest) -> JSONObject:
        """Return the result of a request that is not a call. Raises `RpcError`."""
        if message.method == "tools/list":
            if message.params.get("cursor") is not None:
                raise RpcError(messages.INVALID_PARAMS, "There is no other page of tools.")
            return {"tools": describe_tools(request.auth), "ttlMs": protocol.TTL, "cacheScope": "private"}
        if message.method == "server/discover" and self.is_stateless:
            return protocol.discover()
        if message.method == "initialize" and not self.is_stateless:
            return protocol.initialize(message.params)
        if message.method == "ping" and not self.is_stateless:
            return {}
        name = shorten(message.method, protocol.MAX_NAME_LENGTH)
        raise RpcError(messages.METHOD_NOT_FOUND, f"There is no method `{name}`.", status=404)

    def respond_to_call(self, call: Call) -> "Reply":
        record_tool(call.tool)
        response = call.run()
        reply = self.reply_with(call, response)
        # The server does this only for responses that it sends.
        break_cycles(response)
        return reply

    def reply_with(self, call: Call, response: Response) -> "Reply":
        if response.status_code in REQUEST_STATUSES:
            return self.fail_with(response)
        if response.status_code < 400:
            return self.succeed(results.tool_result(call.tool.result.render(response.data, call.arguments)))
        return self.succeed(results.error_result(response.data, call.arguments.get("version")))

    def succeed(self, result: JSONObject) -> "Reply":
        return Reply(messages.success(self.message_id, protocol.complete(result) if self.is_stateless else result))

    def fail_with(self, response: Response) -> "Reply":
        """Return a problem as an error of JSON-RPC, with its status."""
        headers = {name: response[name] for name in HEADERS_OF_ERRORS if name in response}
        return Reply(messages.problem_failure(self.message_id, response.data), response.status_code, headers)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, RpcError):
            is_understood = self.message is not NO_MESSAGE and not self.is_stateless
            status = 200 if is_understood and exc.code in METHOD_CODES else exc.status
            return Response(messages.failure(self.message_id, exc.code, exc.message, exc.data), status=status)
        if isinstance(exc, ParseError):
            return Response(messages.failure(None, messages.PARSE_ERROR, str(exc.detail)), status=400)
        response = super().handle_exception(exc)
        return self.fail_with(response).as_response() if self.request.method == "POST" else response


class Reply(NamedTuple):
    """A message to the client, with what its response has besides."""

    message: JSONObject
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})

    def as_response(self) -> Response:
        return Response(self.message, self.status, headers=self.headers)

    def as_json(self, headers: Mapping[str, str]) -> HttpResponse:
        """Return the response that DRF would make of it, with these headers of the view."""
        return HttpResponse(encode_json(self.message), JSON_TYPE, self.status, headers={**headers, **self.headers})


class ToolArgumentsInvalid(Exception):
    """The arguments of a call are invalid. A model can correct them, so it gets this as a result."""

    def __init__(self, tool: Tool, error: ValidationError) -> None:
        super().__init__(tool.name)
        self.tool, self.error = tool, error


def is_short_json_post(request: HttpRequest) -> bool:
    """Whether it is a short JSON body without anything that concerns DRF, such as preconditions or another origin."""
    meta = request.META
    is_short_json = meta.get("CONTENT_TYPE") == JSON_TYPE and int(meta.get("CONTENT_LENGTH") or 0) <= SHORT_BODY
    is_unusual = meta.get("QUERY_STRING") or not DRF_HEADERS.isdisjoint(meta)
    return request.method == "POST" and is_short_json and not is_unusual


def prepare_call(request: HttpRequest, message: Message) -> Call:
    name, arguments = message.params.get("name"), message.params.get("arguments")
    arguments = {} if arguments is None else arguments
    tool = TOOLS_BY_NAME.get(name) if isinstance(name, str) else None
    if tool is None:
        raise RpcError(messages.INVALID_PARAMS, f"There is no tool `{shorten(str(name), protocol.MAX_NAME_LENGTH)}`.")
    if not isinstance(arguments, dict):
        raise RpcError(messages.INVALID_PARAMS, "`params.arguments` must be an object.")
    try:
        return tool.prepare(request, arguments)
    except ValidationError as error:
        raise ToolArgumentsInvalid(tool, error) from None


def record_tool(tool: Tool) -> None:
    """Let the log and the metrics show the tool."""
    if (record := current_record.get()) is not None:
        record.tool = tool.name


def require_known_origin(request: Request) -> None:
    """Raise `Problem` (403) for a page of another site, which DNS rebinding could let read a server in this network."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin is not None and origin not in (settings.PUBLIC_BASE_URL.origin, *settings.CORS_ALLOWED_ORIGINS):
        detail = "This origin may not use the server. Its operator can add it to CORS_ALLOWED_ORIGINS."
        raise Problem(403, "origin_not_allowed", detail)
