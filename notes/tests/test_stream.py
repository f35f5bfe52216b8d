"""GET /changes/stream from a running server: two processes, real connections."""

import os
import signal
import time
from contextlib import ExitStack
from urllib.parse import quote

import pytest

from notes.tests.event_streams import Listener, api_token, cursor_of, listen, write
from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import log_in, logged_in, serving
from notes_api.tests.responses import invalid_fields

__all__ = ["api_token", "listen"]

ON_POSTGRESQL = bool(os.environ.get("DATABASE_HOSTNAME"))


def event_after_write(stream, visitor):
    """Write a note; return the cursor in the event, and the seconds until it arrived."""
    began = time.monotonic()
    write(visitor)
    return stream.event(), time.monotonic() - began


def test_an_event_arrives_within_a_second_with_the_cursor_after_the_change(listen, visitor):
    stream = listen()

    events = [event_after_write(stream, visitor) for _ in range(3)]

    # The second fastest of three, because the machine may be busy for a moment.
    assert sorted(seconds for _, seconds in events)[1] < 1
    assert visitor.get("/changes", params={"since": events[-1][0]}).json()["changes"] == []


def test_every_stream_of_the_account_gets_the_event(listen, visitor):
    streams = [listen() for _ in range(5)]

    write(visitor)

    assert len({stream.event() for stream in streams}) == 1


def test_a_write_that_changes_nothing_sends_no_event(listen, visitor):
    address = write(visitor).headers["Location"]
    stream = listen()

    visitor.patch(address, json={"title": "Milk"})
    after = write(visitor, "Bread").json()

    since = stream.event()
    assert visitor.get("/changes", params={"since": since}).json()["changes"] == []
    assert after["version"] == 2


def test_a_sixth_stream_returns_429_until_another_ends(listen):
    streams = [listen() for _ in range(5)]

    sixth = listen()
    streams[0].close()

    assert sixth.status == 429
    # Until the first of the five ends, after 15 minutes.
    assert 800 < int(sixth.response.headers["Retry-After"]) <= 900
    assert eventually(lambda: listen().status == 200)


def test_head_takes_no_slot(listen):
    statuses = [listen(method="HEAD").status for _ in range(5)]

    assert statuses == [200] * 5
    assert eventually(lambda: listen().status == 200)


def test_an_older_event_id_gets_an_event_at_once(listen, visitor):
    older = cursor_of(visitor)
    write(visitor)

    assert listen(Last_Event_ID=older).event() == cursor_of(visitor, since=older)


def test_the_latest_event_id_gets_an_event_at_the_next_change(listen, visitor):
    write(visitor)
    latest = cursor_of(visitor)
    stream = listen(Last_Event_ID=latest)

    write(visitor)

    assert stream.event() == cursor_of(visitor, since=latest)


def test_an_event_id_of_another_account_is_rejected(product, listen):
    with logged_in(product) as other:
        statuses = [listen(Last_Event_ID=given).status for given in ("nonsense", cursor_of(other))]

    assert statuses == [400, 400]


def test_the_event_id_may_be_a_parameter(listen, visitor):
    older = cursor_of(visitor)
    write(visitor)
    address = f"/changes/stream?lastEventId={quote(older)}"

    assert listen(address).event() == cursor_of(visitor, since=older)


def test_the_header_is_newer_than_the_parameter(listen, visitor):
    older = cursor_of(visitor)
    write(visitor)
    latest = cursor_of(visitor)
    stream = listen(f"/changes/stream?lastEventId={quote(older)}", Last_Event_ID=latest)

    write(visitor)

    assert stream.event() == cursor_of(visitor, since=latest)


@pytest.mark.parametrize("query", ["lastEventId=nonsense", "lastEventId=%00", "last_event_id=", "lastEventID=x"])
def test_an_invalid_parameter_is_rejected_and_named(phone, query):
    assert invalid_fields(phone.get(f"/changes/stream?{query}")) == [query.partition("=")[0]]


def test_an_empty_parameter_counts_as_omitted(listen):
    assert listen("/changes/stream?lastEventId=").status == 200


def test_an_api_token_gets_events(product, visitor, api_token):
    with Listener(product, api_token()["token"]) as stream:
        write(visitor)

        assert stream.event() == cursor_of(visitor)


def test_a_shutdown_ends_all_streams_and_frees_their_slots(served_database, product):
    with serving(served_database) as server, logged_in(server) as visitor, ExitStack() as stack:
        token = visitor.tokens["access_token"]
        streams = [stack.enter_context(Listener(server, token)) for _ in range(5)]
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        for stream in streams:
            stream.read_to_end()
        ended = time.monotonic()
        server.process.wait(60)

    # The server would wait half a minute for a stream that does not end.
    assert ended - began < 10
    assert time.monotonic() - began < 20
    with Listener(product, token) as stream:
        assert stream.status == 200


def test_the_slots_of_a_killed_process_are_free_at_once(served_database, product, visitor):
    token = visitor.tokens["access_token"]
    with serving(served_database) as server, ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(Listener(server, token))
        with Listener(product, token) as early:
            assert early.status == 429
        for process in {server.process.pid, *server.workers()}:
            os.kill(process, signal.SIGKILL)
        eventually(lambda: not server.is_up())
    with Listener(product, token) as late:
        assert late.status == 200


def test_a_stream_that_ends_because_its_worker_is_replaced_can_be_opened_again_at_once(served_database):
    with serving(served_database) as server, logged_in(server) as visitor, ExitStack() as stack:
        token = visitor.tokens["access_token"]
        streams = [stack.enter_context(Listener(server, token)) for _ in range(5)]
        server.signal(signal.SIGHUP)
        for stream in streams:
            stream.read_to_end()
            assert stack.enter_context(Listener(server, token)).status == 200


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has no server that could end a connection")
def test_no_change_is_missed_after_a_lost_database_connection(listen, visitor, served_database):
    streams = [listen() for _ in range(4)]
    write(visitor)
    for stream in streams:
        stream.event()

    # Wait until the backends have ended: a write on a connection that is about to end gets 503.
    served_database.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    write(visitor)
    began = time.monotonic()

    assert {stream.event() for stream in streams} == {cursor_of(visitor)}
    assert time.monotonic() - began < 12


def test_another_login_does_not_disturb_a_stream(listen, visitor):
    stream = listen()
    log_in(visitor, visitor.email)

    write(visitor)

    assert stream.event() == cursor_of(visitor)
