"""The ASGI application: it runs the whole synchronous Django stack of a request in one piece.

Django's own ASGI handler gives each synchronous request a thread of its own, switches between the thread and the event
loop for every middleware, and opens a new database connection. Here the event loop reads the body and sends the
response. In between, a short read runs on the event loop, and everything else as one job of a long-lived thread. Both
keep their database connections.
"""

import logging
from functools import partial
from io import BytesIO
from typing import IO

from django.core.exceptions import BadRequest, SynchronousOnlyOperation
from django.core.handlers.asgi import ASGIRequest, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.db import close_old_connections, reset_queries
from django.urls import set_script_prefix

from notes_api.background_tasks import drain_all, start_all
from notes_api.monitoring.request_record import RequestRecord, get_record
from notes_api.server.admission import ClientDisconnected, Overloaded
from notes_api.server.asgi_types import Receive, Scope, Send
from notes_api.server.error_response import make_error_response
from notes_api.server.heap import LARGE, memory_releaser
from notes_api.server.metrics_view import is_metrics_token
from notes_api.server.request_body import BodyReader, EarlyError, discard_body, set_content_length
from notes_api.server.response import CLOSE, RawResponse, send_response, wait_to_send
from notes_api.server.response_cycle import begin_record
from notes_api.server.scheduler import Scheduler
from notes_api.server.short_path import ShortPath
from notes_api.server.thread_pool import DeadlineExceeded, ThreadPool

logger = logging.getLogger(__name__)

CREDENTIALS_URLCONF = "notes_api.server.preauth"


class CredentialsRejected(Exception):
    """Django rejected the credentials of a request before its body was read. `response` says why."""

    def __init__(self, response: RawResponse) -> None:
        super().__init__(response.status)
        self.response = response


class Utf8Request(ASGIRequest):
    """A request whose text is UTF-8, regardless of the charset that it names.

    The specifications of forms (WHATWG URL Standard, section 5.1) and of JSON (RFC 8259, section 8.1) allow no other.
    Some of Python's codecs, such as idna, raise an exception where Django expects them to replace characters.
    """

    @property
    def encoding(self) -> None:
        """Return None, which means Django's default."""

    @encoding.setter
    def encoding(self, charset: str) -> None:
        pass


class ThreadedASGIHandler(BaseHandler):
    """The ASGI application. It also responds to errors that occur before, around or after Django."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        # This imports all views, so a broken one stops the start and not the first request.
        self.short_path = ShortPath()
        self.scheduler = Scheduler()
        self.file_pool = ThreadPool("files", 2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.handle_http(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
        elif scope["type"] == "lifespan":
            await self.handle_lifespan(receive, send)

    async def handle_lifespan(self, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "lifespan.startup":
            start_all()
            await send({"type": "lifespan.startup.complete"})
        if message["type"] == "lifespan.shutdown":
            self.scheduler.stop()
            self.file_pool.stop()
            drain_all()
            await send({"type": "lifespan.shutdown.complete"})

    async def handle_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = begin_record(scope)
        try:
            await self.respond(scope, receive, send)
        except ClientDisconnected as error:
            # As in `call_django`. Many clients may disconnect together.
            error.__traceback__ = None
        except CredentialsRejected as rejection:
            await wait_to_send(rejection.response, record)
            await self.send_early(rejection.response, receive, send)
        except EarlyError as error:
            response = self.make_error(scope, error.status, error.code, error.detail)
            await self.send_early(response, receive, send)

    async def respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, process the request and send its response. Raises errors of reading the body."""
        reader = BodyReader(scope, receive, self.file_pool)
        body = await reader.read(partial(self.authorize, scope))
        scope = set_content_length(scope, reader.size) if reader.is_chunked else scope
        try:
            response = await self.call_django(scope, body)
        finally:
            reader.release()
        del body  # it may be large, and the client may read its response slowly
        if max(reader.size, len(response.content)) > LARGE:
            memory_releaser.schedule()
        if response.delay:
            await wait_to_send(response, get_record(scope))
        await send_response(response, receive, send, self.file_pool)

    async def authorize(self, scope: Scope) -> None:
        """Raise `CredentialsRejected` unless the request's headers contain valid credentials."""
        response = await self.call_django(set_content_length(scope, 0), BytesIO(), CREDENTIALS_URLCONF)
        if response.status != 204:
            raise CredentialsRejected(response)

    async def send_early(self, response: RawResponse, receive: Receive, send: Send) -> None:
        """Send a response before the whole body has been read, and close the connection.

        The client must get the response first, so discard what it still sends before closing.
        """
        await send({"type": "http.response.start", "status": response.status, "headers": [*response.headers, CLOSE]})
        await send({"type": "http.response.body", "body": response.content, "more_body": True})
        await discard_body(receive)
        await send({"type": "http.response.body"})

    async def call_django(self, scope: Scope, body: IO[bytes], urlconf: str | None = None) -> RawResponse:
        """Return Django's response, or an error if the request must not run, or fails outside Django's own handling."""
        try:
            return await self.run_in_turn(scope, body, urlconf)
        except Exception as error:
            # A thread may still read the body.
            if not (isinstance(error, DeadlineExceeded) and error.has_started):
                body.close()
            if isinstance(error, ClientDisconnected):
                raise
            response = self.make_error(scope, *describe_error(error, get_record(scope)))
            # It refers to its frames, and these to it: a refusal would stay until the next garbage collection.
            error.__traceback__ = None
            return response._replace(delay=error.delay) if isinstance(error, Overloaded) else response

    async def run_in_turn(self, scope: Scope, body: IO[bytes], urlconf: str | None) -> RawResponse:
        in_thread, on_loop = partial(self.process_request, scope, body, urlconf), None
        # None if it is in a file.
        content = body.getvalue() if isinstance(body, BytesIO) else None
        if scope["path"] == "/livez":
            # It needs neither the database nor a thread, all of which may be stuck.
            return in_thread()
        if scope["path"] == "/metrics" and is_metrics_token(find_authorization(scope)):
            # It takes long for the event loop, and works while all threads for requests are stuck.
            return await self.file_pool.run(get_record(scope).time_run(in_thread))
        if match := self.short_path.match(scope["path"]):
            # The log shows it even if the request is refused.
            get_record(scope).route = match.route
            if urlconf is None and content is not None and self.short_path.may_run_on_loop(scope["method"], match):
                on_loop = partial(self.process_on_loop, scope, content)
        response = await self.scheduler.run(scope, content, in_thread, on_loop)
        self.scheduler.client_keys.learn(scope, get_record(scope))
        return response

    def process_on_loop(self, scope: Scope, content: bytes) -> RawResponse:
        """Process a request with this body in the greenlet that it has on the event loop."""
        request = Utf8Request(scope, BytesIO(content))
        view = self.short_path.find_view(request)
        if view is None:
            raise SynchronousOnlyOperation
        return self.short_path.respond(request, view)

    def process_request(self, scope: Scope, body: IO[bytes], urlconf: str | None) -> RawResponse:
        """Process one whole request in the thread that calls this."""
        request = Utf8Request(scope, body)
        view = self.short_path.find_view(request) if urlconf is None else None
        if view is None:
            return self.run_middleware(request, urlconf)
        # The middleware chain does this in receivers of its signals.
        reset_queries()
        close_old_connections()
        response = self.short_path.respond(request, view)
        request.close()
        return response

    def run_middleware(self, request: Utf8Request, urlconf: str | None) -> RawResponse:
        """Process the request with Django's middleware chain, from `request_started` to `request_finished`."""
        set_script_prefix(get_script_prefix(request.scope))
        request_started.send(sender=type(self), scope=request.scope)
        if urlconf is not None:
            request.urlconf = urlconf
        response = self.get_response(request)
        response._handler_class = type(self)  # type: ignore[attr-defined] # the sender of its request_finished
        raw = RawResponse.from_django(response, request.method or "")
        if raw.stream is None and not response.closed:
            response.close()
        return raw

    def make_error(self, scope: Scope, status: int, code: str, detail: str) -> RawResponse:
        return make_error_response(scope, status, code, detail, get_record(scope).id)


def find_authorization(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), "")


def describe_error(error: Exception, record: RequestRecord) -> tuple[int, str, str]:
    """Return the status, code and detail of the response to an error outside Django, and record why it is refused."""
    if isinstance(error, DeadlineExceeded):
        record.refusal = "deadline"
        return 503, "service_unavailable", "The service is too busy at the moment. Try again soon."
    if isinstance(error, Overloaded):
        record.refusal = "queue"
        return 503, "overloaded", "Too many of your requests wait already. Try again soon."
    if isinstance(error, UnicodeDecodeError):
        return 400, "bad_request", "The query string is not UTF-8."
    if isinstance(error, BadRequest):
        # Django 6 raises this while it reads the headers, outside its own error handling.
        return 400, "bad_request", str(error)
    logger.error("A request failed outside Django's own error handling", exc_info=error)
    return 500, "internal_error", "An internal error occurred. It has been logged."
