"""The synchronous Django stack under ASGI in one hop: a request is one job on one long-lived thread.

Under Django's own ASGI handler a synchronous request gets a thread of its own, hops into it once per middleware and
opens a new database connection. Here the loop reads the body, hands the request to a thread that keeps its
connections, and sends what comes back.
"""

import logging
import os
from functools import partial
from io import BytesIO
from typing import IO

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.handlers.asgi import ASGIRequest, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.urls import get_resolver, set_script_prefix

from notes_api.answers import Answer, send_answer
from notes_api.asgi_types import Receive, Scope, Send
from notes_api.bodies import BodyReader, ClientGone, Refusal, discard, longest_match, with_length
from notes_api.errands import errands
from notes_api.lanes import Lane, Overdue
from notes_api.problems import request_id
from notes_api.refusals import refusal
from notes_api.turns import WritingTurns

logger = logging.getLogger(__name__)

# More threads than this take the interpreter lock from each other, fewer leave it idle while PostgreSQL works.
PAGE_THREADS = 4
CREDENTIALS_URLCONF = "notes_api.credentials"


class BadCredentials(Exception):
    """Django's refusal of a request whose body was not read."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Utf8Request(ASGIRequest):
    """A request whose text is UTF-8, whatever charset it names.

    Forms have no other (WHATWG URL Standard, section 5.1), JSON has no other (RFC 8259, section 8.1), and of what
    Python knows by the name of a codec some, such as idna, raise where Django expects them to replace.
    """

    @property
    def encoding(self) -> None:
        """Django's default."""

    @encoding.setter
    def encoding(self, charset: str) -> None:
        pass


class OneHop(BaseHandler):
    """The ASGI application. A problem that arises before, around or after Django is answered by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        # All views are imported before the first request, and a broken one stops the start.
        get_resolver().url_patterns  # noqa: B018
        self.pages = Lane("pages", PAGE_THREADS)
        self.writing = WritingTurns(PAGE_THREADS)
        # Hashing takes a core for a quarter of a second: a storm of log-ins must leave the other lanes alone.
        self.hashing = Lane("hashing", max(1, (os.cpu_count() or 1) // settings.WEB_CONCURRENCY))
        # Liveness is answered even if every other thread hangs.
        self.liveness = Lane("liveness", 1)
        self.files = Lane("files", 2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
        elif scope["type"] == "lifespan":
            await self.live(receive, send)

    async def live(self, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        if message["type"] == "lifespan.shutdown":
            for lane in (self.pages, self.hashing, self.liveness, self.files):
                lane.stop()
            errands.drain()
            await send({"type": "lifespan.shutdown.complete"})

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = with_request_id(scope)
        body = BodyReader(scope, receive, self.files)
        try:
            file = await body.read(partial(self.vet, scope))
        except ClientGone:
            return
        except BadCredentials as refusal:
            await self.answer_early(refusal.answer, receive, send)
        except Refusal as refusal:
            answer = self.refuse(scope, refusal.status, refusal.code, refusal.detail)
            await self.answer_early(answer, receive, send)
        else:
            scope = with_length(scope, body.size) if body.is_chunked else scope
            await send_answer(await self.hop(scope, file), receive, send, self.files)

    async def vet(self, scope: Scope) -> None:
        """Raise `BadCredentials` unless the headers alone prove who is asking."""
        answer = await self.hop(with_length(scope, 0), BytesIO(), CREDENTIALS_URLCONF)
        if answer.status != 204:
            raise BadCredentials(answer)

    async def answer_early(self, answer: Answer, receive: Receive, send: Send) -> None:
        """Answer before the body was read to its end, which ends the connection, but not before it was heard."""
        headers = [*answer.headers, (b"connection", b"close")]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.content, "more_body": True})
        await discard(receive)
        await send({"type": "http.response.body"})

    async def hop(self, scope: Scope, body: IO[bytes], urlconf: str | None = None) -> Answer:
        """What Django answers; 503 if it takes too long, 500 if it breaks where its own handlers do not reach."""
        seconds = longest_match(scope["path"], settings.REQUEST_TIMEOUTS, settings.REQUEST_TIMEOUT)
        lane = self.lane(scope)
        turns = self.writing.of(scope) if lane is self.pages else ()
        try:
            return await lane.run(partial(self.run, scope, body, urlconf), seconds or None, turns)
        except Overdue as overdue:
            if not overdue.has_begun:
                body.close()
            return self.refuse(scope, 503, "service_unavailable", "The service is too busy just now: try again soon.")
        except UnicodeDecodeError:
            body.close()
            return self.refuse(scope, 400, "bad_request", "The query string is not UTF-8.")
        except BadRequest as error:
            # Django 6 says so while it reads the head, where its own handlers do not reach.
            body.close()
            return self.refuse(scope, 400, "bad_request", str(error))
        except Exception:
            logger.exception("A request failed where Django's own handlers do not reach")
            return self.refuse(scope, 500, "internal_error", "Something went wrong here; it has been logged.")

    def lane(self, scope: Scope) -> Lane:
        if scope["path"] == "/livez":
            return self.liveness
        if scope["method"] in ("POST", "PATCH") and scope["path"] in settings.HASHING_PATHS:
            return self.hashing
        return self.pages

    def run(self, scope: Scope, body: IO[bytes], urlconf: str | None) -> Answer:
        """One whole request, in one thread from Django's `request_started` to its `request_finished`."""
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=type(self), scope=scope)
        request = Utf8Request(scope, body)
        if urlconf is not None:
            request.urlconf = urlconf
        response = self.get_response(request)
        response._handler_class = type(self)  # type: ignore[attr-defined] # what its request_finished names as sender
        return Answer.of(response, scope["method"])

    def refuse(self, scope: Scope, status: int, code: str, detail: str) -> Answer:
        identity = dict(scope["headers"])[b"x-request-id"].decode("ascii")
        level = logging.WARNING if status >= 500 else logging.INFO
        logger.log(level, "%s %s %d %s %s", scope["method"], scope["path"], status, code, identity)
        return refusal(scope, status, code, detail, identity)


def with_request_id(scope: Scope) -> Scope:
    """One id per request, whoever answers it: the middleware finds the one that was made here."""
    headers = [header for header in scope["headers"] if header[0] != b"x-request-id"]
    sent = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"]
    identity = request_id(sent[0] if len(sent) == 1 else None)
    return {**scope, "headers": [*headers, (b"x-request-id", identity.encode("ascii"))]}
