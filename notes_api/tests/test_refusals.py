"""A refusal that its client has to wait for holds no memory, and ends when the client disconnects.

Meanwhile a short request may still be served.
"""

import asyncio
import time

import pytest

from notes_api.monitoring.request_record import RECORD_KEY, RequestRecord
from notes_api.server import admission
from notes_api.server.admission import Overloaded, Ticket
from notes_api.server.memory_budget import incoming
from notes_api.tests.loop_requests import run, token_of

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


def fill(queue, kind, client):
    """Take the whole share of the client. Whatever else it sends would have to wait for too long."""
    queue.max_wait = -1
    tickets = [Ticket(time.monotonic() + 5) for _ in range(kind.per_client)]
    for ticket in tickets:
        queue.enter(ticket, client, kind)
    return tickets


async def until(claim):
    """Wait until the claim is true."""
    async with asyncio.timeout(30):
        while not claim():
            await asyncio.sleep(0.01)


def post(application, token, size):
    body = b'{"title": "a", "content": "%s"}' % (b"x" * size)
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    return asyncio.ensure_future(application.get("/notes", token, {"method": "POST"}, body, **headers))


def test_a_short_write_is_served_if_its_turn_comes_before_its_refusal(alice, monkeypatch):
    monkeypatch.setattr(admission, "REFUSAL_INTERVAL", 3.0)
    token = token_of(alice)

    async def main(application):
        queue = application.scheduler.request_queue
        ticket, *_ = fill(queue, queue.writes, alice.pk)
        refused = await post(application, token, 10)
        short, long = post(application, token, 10), post(application, token, 10_000)
        await until(lambda: queue.waiting)
        await asyncio.sleep(0.1)
        waiting = queue.waiting
        queue.release(ticket)
        served = await short
        long.cancel()
        return refused.status, waiting, served.status

    assert run(main) == (503, 1, 201)


@pytest.mark.parametrize("path", ["/notes", "/tags"])
def test_a_read_is_refused_if_its_turn_does_not_come(alice, monkeypatch, path):
    monkeypatch.setattr(admission, "REFUSAL_INTERVAL", 0.3)
    token = token_of(alice)

    async def main(application):
        pool, requests = application.loop_pool, application.scheduler.request_queue
        fill(pool.queue, pool.kind, alice.pk)
        fill(requests, requests.reads, alice.pk)
        await application.get(path, token)
        waiting = asyncio.ensure_future(application.get(path, token))
        await until(lambda: pool.queue.waiting + requests.waiting)
        answer = await waiting
        return answer.status, answer.body["code"], pool.queue.waiting + requests.waiting

    assert run(main) == (503, "overloaded", 0)


def test_half_of_its_time_is_left_to_a_long_request_that_waits_in_place_of_its_refusal(alice, monkeypatch, settings):
    """What begins later would be stopped at its deadline. The refusal is sent when it is due."""
    settings.REQUEST_TIMEOUT, settings.REQUEST_TIMEOUTS = 2.0, {}
    monkeypatch.setattr(admission, "REFUSAL_INTERVAL", 3.0)
    monkeypatch.setattr(admission, "WORK_MARGIN", 1_000_000)
    token = token_of(alice)

    async def answer_after(request):
        began = time.monotonic()
        answer = await request
        return answer.status, answer.body["code"], 1.6 <= time.monotonic() - began < 2

    async def main(application):
        on_loop, in_threads = application.loop_pool.queue, application.scheduler.request_queue
        lines = [(on_loop, application.loop_pool.kind), (in_threads, in_threads.writes)]
        for queue, kind in lines:
            fill(queue, kind, alice.pk)
        await application.get("/notes", token)
        await post(application, token, 10)
        waiting = [asyncio.ensure_future(answer_after(each)) for each in (
            application.get("/notes", token), post(application, token, 10))]  # fmt: skip
        await until(lambda: on_loop.waiting and in_threads.waiting)
        tickets = [ticket for queue, kind in lines for ticket in queue.clients[alice.pk].line_for(kind).waiting]
        seconds_left = [ticket.ends_at - ticket.leaves_at for ticket in tickets]
        return seconds_left, await asyncio.gather(*waiting)

    seconds_left, answers = run(main)
    assert seconds_left == pytest.approx([1.0, 1.0], abs=0.1)
    assert answers == [(503, "overloaded", True)] * 2


def test_a_scraper_without_the_right_token_waits_in_the_queue_like_others(settings):
    settings.METRICS_TOKEN = "correct-horse-battery"

    async def main(application):
        refuse_after(application, 0)
        wrong = await application.get("/metrics", token="correct-horse-batter")
        return wrong.status

    assert run(main) == 503
