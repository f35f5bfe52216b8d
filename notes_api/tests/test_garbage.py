"""Most requests leave no reference cycles behind: to find them among thousands of requests takes the collector long."""

import asyncio
import gc
import json
import logging
from contextlib import suppress

import pytest
from django.http import StreamingHttpResponse

from notes.tests.factories import make_note
from notes_api.monitoring.request_record import RECORD_KEY, RequestRecord
from notes_api.server import admission
from notes_api.server.response import send_stream
from notes_api.server.thread_pool import ThreadPool
from notes_api.tests.loop_requests import run, token_of
from notes_api.tests.small_disks import small_disk
from notes_api.tests.test_refusals import fill, post, until

pytestmark = pytest.mark.django_db(transaction=True)


async def count_garbage(send):
    """Return the objects that three requests leave to the garbage collector."""
    await send()
    gc.collect()
    gc.disable()
    try:
        answers = [await send() for _ in range(3)]
        return [answer.status for answer in answers if answer], gc.collect()
    finally:
        gc.enable()


@pytest.mark.parametrize(("path", "status"), [("/notes", 200), ("/tags", 200), ("/notes?q=milk", 200), ("/none", 404)])
def test_a_read_leaves_no_garbage(alice, path, status):
    token = token_of(alice)

    async def main(application):
        return await count_garbage(lambda: application.get(path, token))

    assert run(main) == ([status] * 3, 0)


@pytest.mark.parametrize("headers", [{"origin": "https://app.example"}, {"cookie": "a=b"}])
def test_a_read_that_the_event_loop_passes_on_to_a_thread_leaves_no_garbage(alice, headers):
    """Each read of a web application on another origin is one."""
    token = token_of(alice)

    async def main(application):
        return await count_garbage(lambda: application.get("/notes", token, **headers))

    assert run(main) == ([200] * 3, 0)


def test_a_write_leaves_no_garbage(alice):
    token = token_of(alice)

    async def main(application):
        return await count_garbage(lambda: post(application, token, 10))

    assert run(main) == ([201] * 3, 0)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/notes/batch", {"operations": [{"op": "create", "note": {"title": "Milk"}}]}, 200),
        ("/notes", {"title": 1}, 400),
        ("/imports?format=text", "Milk", 200),
    ],
)
def test_what_may_have_a_large_body_leaves_no_garbage(alice, path, body, status):
    """Otherwise the body would stay, and what was made of it."""
    token, body = token_of(alice), json.dumps(body).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}

    async def main(application):
        return await count_garbage(lambda: application.get(path, token, {"method": "POST"}, body, **headers))

    assert run(main) == ([status] * 3, 0)


def test_a_create_that_conflicts_with_a_note_leaves_no_garbage(alice):
    """A client that retries sends the whole text again."""
    token, note, body = token_of(alice), make_note(owner=alice), b'{"title": "Milk"}'
    headers = {"content-type": "application/json", "content-length": str(len(body)), "if-none-match": "*"}

    async def main(application):
        return await count_garbage(
            lambda: application.get(f"/notes/{note.pk}", token, {"method": "PUT"}, body, **headers)
        )

    assert run(main) == ([412] * 3, 0)


def test_a_call_of_a_tool_leaves_no_garbage(alice):
    """What it leaves would hold the text of the note."""
    token, note = token_of(alice), make_note(owner=alice, title="Milk")

    async def main(application):
        return await count_garbage(lambda: application.call("read_note", token, id=str(note.pk)))

    assert run(main) == ([200] * 3, 0)


def test_an_earlier_text_that_was_read_is_not_left_in_memory(alice):
    token, note = token_of(alice), make_note(owner=alice)
    earlier = note.version
    note.change({"title": "Bread", "content": "another one"})

    async def main(application):
        return await count_garbage(lambda: application.get(f"/notes/{note.pk}/revisions/{earlier}", token))

    assert run(main) == ([200] * 3, 0)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/notes", {"content-length": "1000000"}, 401),
        ("/login", {"content-length": "1000000"}, 413),
        ("/notes", {"content-length": "2", "content-encoding": "gzip"}, 415),
    ],
)
def test_a_request_that_is_rejected_before_its_body_is_read_leaves_no_garbage(path, headers, status):
    async def main(application):
        return await count_garbage(lambda: application.get(path, "wrong", {"method": "POST"}, b"{}", **headers))

    assert run(main) == ([status] * 3, 0)


def test_a_body_that_does_not_fit_on_the_disk_leaves_no_garbage(alice, tmp_path, settings, caplog):
    # pytest would keep the logged error, and all that it refers to.
    caplog.set_level(logging.CRITICAL, "notes_api.server.request_body")
    settings.SPOOL_DIR = tmp_path
    token, headers = token_of(alice), {"content-length": "200000"}

    async def main(application):
        return await count_garbage(
            lambda: application.get("/imports", token, {"method": "POST"}, b"x" * 200_000, **headers)
        )

    with small_disk(tmp_path, 64 * 1024):
        assert run(main) == ([503] * 3, 0)


@pytest.mark.parametrize("fails", ["reading", "sending"])
@pytest.mark.parametrize("is_async", [True, False])
def test_a_stream_that_fails_leaves_no_garbage(fails, is_async):
    def parts():
        yield b"milk"
        if fails == "reading":
            raise OSError

    async def parts_on_loop():
        for part in parts():
            yield part

    async def send(message):
        if fails == "sending":
            raise OSError

    async def send_failing(files):
        stream = StreamingHttpResponse(parts_on_loop() if is_async else parts())
        with suppress(OSError):
            await send_stream(stream, asyncio.Event().wait, send, files)
            raise AssertionError

    async def main():
        files = ThreadPool("files", 1)
        garbage = await count_garbage(lambda: send_failing(files))
        files.stop()
        return garbage

    assert asyncio.run(main()) == ([], 0)


@pytest.mark.parametrize("size", [10, 10_000])
def test_a_refusal_leaves_no_garbage(alice, monkeypatch, size):
    """A short request has waited for its turn, a long one has not."""
    monkeypatch.setattr(admission, "REFUSAL_INTERVAL", 0.1)
    token = token_of(alice)

    async def main(application):
        queue = application.scheduler.request_queue
        fill(queue, queue.writes, alice.pk)
        return await count_garbage(lambda: post(application, token, size))

    assert run(main) == ([503] * 3, 0)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_client_that_disconnects_before_its_turn_leaves_no_garbage(alice, monkeypatch, method):
    """A read waits for its turn on the event loop, a write for a thread. Many may disconnect together."""
    monkeypatch.setattr(admission, "REFUSAL_INTERVAL", 3.0)
    token = token_of(alice)

    async def main(application):
        queue = application.scheduler.request_queue
        fill(application.loop_pool.queue, application.loop_pool.kind, alice.pk)
        fill(queue, queue.writes, alice.pk)
        await (application.get("/notes", token) if method == "GET" else post(application, token, 10))
        return await count_garbage(lambda: disconnect(application, method, token))

    assert run(main) == ([], 0)


async def disconnect(application, method, token):
    """Send a request, and disconnect while it waits for its turn."""
    record, body = RequestRecord(), b"{}" if method == "POST" else b""
    headers = [(b"host", b"localhost"), (b"authorization", b"Bearer %s" % token.encode()),
               (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]  # fmt: skip
    scope = {"type": "http", "method": method, "path": "/notes", "query_string": b"", "scheme": "http",
             "client": ("127.0.0.1", 1), "headers": headers, RECORD_KEY: record}  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        raise AssertionError(message)

    task = asyncio.ensure_future(application(scope, receive, send))
    await until(lambda: record.when_abandoned)
    record.abandon()
    await task


def test_a_read_on_the_event_loop_that_is_refused_leaves_no_garbage(alice, monkeypatch):
    monkeypatch.setattr(admission, "REFUSAL_INTERVAL", 0.1)
    token = token_of(alice)

    async def main(application):
        fill(application.loop_pool.queue, application.loop_pool.kind, alice.pk)
        return await count_garbage(lambda: application.get("/notes", token))

    assert run(main) == ([503] * 3, 0)
