"""A refusal that its client has to wait for holds no memory, and ends when the client disconnects."""

import asyncio
import time

import pytest

from notes_api.monitoring.request_record import RECORD_KEY, RequestRecord
from notes_api.server.admission import Overloaded
from notes_api.server.memory_budget import incoming
from notes_api.tests.loop_requests import run

pytestmark = pytest.mark.django_db(transaction=True)

BODY = b"x" * 60_000


def refuse_after(application, seconds):
    async def refuse(*arguments):
        raise Overloaded(seconds)

    application.scheduler.run = refuse


def begin_post(application, record):
    """Return a task that sends a note, and the messages of the response."""
    headers = [(b"host", b"localhost"), (b"content-length", b"%d" % len(BODY))]
    scope = {"type": "http", "method": "POST", "path": "/notes", "query_string": b"", "scheme": "http",
             "client": ("127.0.0.1", 1), "headers": headers, RECORD_KEY: record}  # fmt: skip
    sent = []

    async def receive():
        return {"type": "http.request", "body": BODY}

    async def send(message):
        sent.append(message)

    return asyncio.ensure_future(application(scope, receive, send)), sent


def test_a_body_is_released_before_its_refusal_is_sent():
    async def main(application):
        refuse_after(application, 0.3)
        before = incoming.total
        task, sent = begin_post(application, RequestRecord())
        await asyncio.sleep(0.1)
        held = incoming.total - before, list(sent)
        await task
        return held, sent[0]["status"]

    assert run(main) == ((0, []), 503)


def test_a_refusal_is_over_when_its_client_disconnects():
    async def main(application):
        refuse_after(application, 20)
        record = RequestRecord()
        task, _ = begin_post(application, record)
        await asyncio.sleep(0.1)
        record.abandon()
        began = time.monotonic()
        await task
        return time.monotonic() - began

    assert run(main) < 5


def test_a_scraper_without_the_right_token_waits_in_the_queue_like_others(settings):
    settings.METRICS_TOKEN = "correct-horse-battery"

    async def main(application):
        refuse_after(application, 0)
        wrong = await application.get("/metrics", token="correct-horse-batter")
        return wrong.status

    assert run(main) == 503
