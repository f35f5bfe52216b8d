"""The reader of request bodies: slow and disconnected clients, a full disk, limits by path."""

import asyncio
import gc
import threading
from contextlib import suppress

import pytest

from notes_api.monitoring.request_record import RECORD_KEY, RequestRecord
from notes_api.server import request_body
from notes_api.server.memory_budget import incoming
from notes_api.server.request_body import BodyReader, ClientDisconnected, EarlyError, discard_body, longest_match
from notes_api.server.thread_pool import ThreadPool
from notes_api.tests.small_disks import small_disk

MIB = 1024 * 1024


@pytest.fixture
def _notes_may_be_long(settings):
    settings.BODY_LIMITS = {"/notes": 8 * MIB}


def read(path, *messages, headers=(), authorize=None, record=None):
    """Return what the reader makes of these messages; None is a client that stops sending."""
    incoming = list(messages)

    async def receive():
        message = incoming.pop(0)
        return await asyncio.Event().wait() if message is None else message

    async def nobody_asks():
        raise AssertionError("credentials were asked for")

    async def main():
        files = ThreadPool("files", 1)
        scope = {"path": path, "headers": [*headers], RECORD_KEY: record or RequestRecord()}
        reader = BodyReader(scope, receive, files)
        try:
            # Well below the time that the whole body may take.
            async with asyncio.timeout(20):
                with await reader.read(authorize or nobody_asks) as body:
                    return body.read()
        finally:
            reader.release()
            files.stop()

    return asyncio.run(main())


def part(body, *, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


CHUNKED = [(b"transfer-encoding", b"chunked")]


def test_a_client_that_stops_sending_gets_408(monkeypatch):
    monkeypatch.setattr(request_body, "CHUNK_TIMEOUT", 0.05)

    with pytest.raises(EarlyError) as refusal:
        read("/notes", part(b"x"), None, headers=CHUNKED)

    assert (refusal.value.status, refusal.value.code) == (408, "request_timeout")


def test_the_time_that_the_server_takes_for_a_chunk_is_not_a_pause_of_the_client(settings, monkeypatch):
    settings.BODY_LIMITS = {"/notes": MIB}
    monkeypatch.setattr(request_body, "CHUNK_TIMEOUT", 0.2)

    async def authorize():
        await asyncio.sleep(0.5)

    long = b"x" * (settings.BODY_LIMIT + 1)
    body = read("/notes", part(long), part(b"x", more=False), headers=CHUNKED, authorize=authorize)

    assert len(body) == len(long) + 1


def test_a_client_that_sends_too_slowly_is_disconnected(monkeypatch):
    monkeypatch.setattr(request_body, "CHUNK_TIMEOUT", 0.2)
    monkeypatch.setattr(request_body, "MIN_RATE", 1e9)
    started = []

    async def receive():
        started.append(1)
        await asyncio.sleep(0.02)
        return part(b"x")

    async def main():
        async with asyncio.timeout(20):
            await BodyReader({"path": "/notes", "headers": CHUNKED}, receive, ThreadPool("files", 1)).read(None)

    with pytest.raises(EarlyError) as refusal:
        asyncio.run(main())

    assert refusal.value.status == 408
    assert len(started) > 2


def test_a_body_that_has_arrived_counts_until_it_is_released():
    record = RequestRecord(take_body=lambda: b"x" * 1000)

    async def main():
        reader = BodyReader({"path": "/notes", "headers": CHUNKED, RECORD_KEY: record}, None, None)
        before = incoming.total
        body = await reader.read(None)
        held = incoming.total - before
        reader.release()
        return body.read(), held, incoming.total - before, record.take_body

    assert asyncio.run(main()) == (b"x" * 1000, 1000, 0, None)


def test_a_disconnected_client_is_noticed():
    with pytest.raises(ClientDisconnected):
        read("/notes", part(b"x"), {"type": "http.disconnect"}, headers=CHUNKED)


def test_a_client_that_disconnects_while_its_credentials_are_checked_is_noticed(settings):
    """The protocol deletes the body that has arrived: it must not be taken for an empty one."""
    settings.BODY_LIMIT, settings.BODY_LIMITS = 100, {"/notes": MIB}
    arrived = bytearray(b"x" * 1000)
    record = RequestRecord(take_body=lambda: bytes(arrived))

    async def authorize():
        arrived.clear()
        record.abandon()

    with pytest.raises(ClientDisconnected):
        read("/notes", headers=[(b"content-length", b"1000")], authorize=authorize, record=record)


@pytest.mark.usefixtures("_notes_may_be_long")
def test_credentials_are_checked_once():
    asked = []

    async def authorize():
        asked.append(1)

    body = read("/notes", *[part(b"x" * 60_000)] * 4, part(b"", more=False), headers=CHUNKED, authorize=authorize)

    assert len(body) == 240_000
    assert asked == [1]


# Of the second, only the last few bytes do not fit. They would wait in the buffer of the file.
@pytest.mark.usefixtures("_notes_may_be_long")
@pytest.mark.parametrize("sizes", [[MIB // 2] * 3, [MIB // 2, MIB // 2, 100]])
def test_a_full_disk_is_a_503(settings, tmp_path, caplog, sizes):
    async def authorize():
        pass

    settings.SPOOL_DIR = tmp_path
    parts = [*[part(b"x" * size) for size in sizes], part(b"", more=False)]
    with small_disk(tmp_path, MIB), pytest.raises(EarlyError) as refusal:
        read("/notes", *parts, headers=CHUNKED, authorize=authorize)

    assert refusal.value.status == 503
    # An error that nobody awaits would be logged here.
    gc.collect()
    assert [record.message for record in caplog.records] == ["A request body could not be written to a temporary file"]


def test_the_server_reads_a_limited_amount_after_an_error(monkeypatch):
    monkeypatch.setattr(request_body, "DISCARD_BYTES", 1000)
    received = []

    async def receive():
        received.append(1)
        return part(b"x" * 100)

    asyncio.run(discard_body(receive))

    assert len(received) == 10


PREFIXES = [
    ("/notes", 1),
    ("/notes/", 1),
    ("/notes/7", 1),
    ("/notes/batch", 2),
    ("/notesbatch", 0),
    ("/notes/batches", 1),
]


def test_a_prefix_counts_in_whole_segments(subtests):
    for path, limit in PREFIXES:
        with subtests.test(path=path, limit=limit):
            assert longest_match(path, {"/notes": 1, "/notes/batch": 2}, 0) == limit


@pytest.mark.usefixtures("_notes_may_be_long")
def test_a_file_is_closed_only_when_a_thread_no_longer_writes_to_it(monkeypatch):
    steps, has_begun, may_end, is_closed = [], threading.Event(), threading.Event(), threading.Event()

    class SlowFile:
        def write(self, chunk):
            has_begun.set()
            may_end.wait(10)
            steps.append("written")

        def flush(self):
            pass

        def close(self):
            steps.append("closed")
            is_closed.set()

    monkeypatch.setattr(request_body.tempfile, "SpooledTemporaryFile", lambda *args, **kwargs: SlowFile())

    async def receive():
        return part(b"x" * 100_000)

    async def main():
        files = ThreadPool("files", 2)
        reader = BodyReader({"path": "/notes", "headers": CHUNKED}, receive, files)
        reading = asyncio.create_task(reader.read(receive))
        assert await asyncio.to_thread(has_begun.wait, 10)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        await asyncio.to_thread(is_closed.wait, 0.2)
        may_end.set()
        assert await asyncio.to_thread(is_closed.wait, 10)
        files.stop()

    asyncio.run(main())

    assert steps == ["written", "closed"]


@pytest.mark.parametrize(("path", "extra"), [("/tags/work", True), ("/users/me/erase", True), ("/tags", False)])
def test_only_requests_that_change_a_whole_account_may_take_longer(settings, path, extra):
    assert (longest_match(path, settings.REQUEST_TIMEOUTS, 0) >= 30) is extra
