"""Short reads run on the event loop, and every request sees what belongs to it."""

import asyncio
from contextvars import ContextVar

import pytest
from django.conf import settings as configured
from django.contrib.auth import get_user_model
from django.db import connection

from accounts.models import Session
from notes.lists import page
from notes.tests.factories import make_note
from notes_api.config.rate import Rate
from notes_api.db.compiled import run_statement
from notes_api.server.loop_pool import LoopPool
from notes_api.tests.loop_requests import run, run_on_loop, token_of

pytestmark = pytest.mark.django_db(transaction=True)

VALUE = "SELECT CAST(%s AS integer)"


def statuses(*addresses, token=""):
    """Return the status of each request, and the paths of those that a thread processed."""

    async def main(application):
        answers = [await application.get(address, token) for address in addresses]
        return [answer.status for answer in answers], application.in_threads

    return run(main)


def test_a_note_a_list_and_a_304_are_read_without_a_thread(alice):
    note, token = make_note(owner=alice), token_of(alice)

    async def main(application):
        # The statements are compiled in a thread.
        await application.get(f"/notes/{note.pk}", token)
        etag = (await application.get("/notes", token)).headers["etag"]
        application.in_threads.clear()
        one = await application.get(f"/notes/{note.pk}", token)
        several = await application.get("/notes", token)
        unchanged = await application.get("/notes", token, **{"if-none-match": etag})
        return one, several, unchanged, application.in_threads

    one, several, unchanged, in_threads = run(main)

    assert (one.status, one.body["title"]) == (200, note.title)
    assert [each["id"] for each in several.body["results"]] == [str(note.pk)]
    assert unchanged.status == 304
    assert in_threads == []


@pytest.mark.parametrize(
    "address", ["/notes?fields=id,title", "/notes/{note}?fields=version", "/notes?fields=content", "/trash"]
)
def test_a_part_is_read_without_a_thread(alice, address):
    address = address.format(note=make_note(owner=alice).pk)

    answers, in_threads = statuses(address, address, token=token_of(alice))

    assert answers == [200, 200]
    # At most the first: a statement is compiled in a thread.
    assert len(in_threads) < 2


IN_THREADS = ["/notes?q=milk", "/notes?count=true&limit=1", "/notes?updated_after=2026-01-01T00:00:00Z", "/tags",
              "/changes", "/users/me", "/sessions", "/livez"]  # fmt: skip


def test_other_reads_run_in_a_thread(alice, subtests):
    for number in range(3):
        make_note(owner=alice, title=f"Milk {number}")

    for address in IN_THREADS:
        with subtests.test(address=address):
            [status, in_threads] = statuses(address, token=token_of(alice))

            assert status == [200]
            assert in_threads == [address.partition("?")[0]]


def calls_in_threads(alice, tool, **arguments):
    """Call the tool twice, and return the answers and how many of the calls a thread processed."""

    async def main(application):
        answers = [await application.call(tool, token, **arguments) for _ in range(2)]
        return answers, len(application.in_threads)

    token = token_of(alice)
    return run(main)


@pytest.mark.parametrize("tool", ["read_note", "list_notes", "list_trash"])
def test_a_tool_that_reads_needs_no_thread(alice, tool):
    arguments = {"id": str(make_note(owner=alice).pk)} if tool == "read_note" else {}

    answers, in_threads = calls_in_threads(alice, tool, **arguments)

    assert [answer.body["result"]["isError"] for answer in answers] == [False, False]
    # At most the first: a statement is compiled in a thread, which reads the body again.
    assert in_threads < 2


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("search_notes", {"q": "milk"}), ("list_notes", {"tag": ["home"]}), ("create_note", {"title": "Milk"})],
)
def test_other_tools_run_in_a_thread(alice, tool, arguments):
    _, in_threads = calls_in_threads(alice, tool, **arguments)

    assert in_threads == 2


def test_a_throttled_tool_is_counted_once_in_a_thread(alice, settings):
    settings.THROTTLE_API = Rate(1, 3600)

    answers, in_threads = calls_in_threads(alice, "list_notes")

    assert ([answer.status for answer in answers], in_threads) == ([200, 429], 2)


def test_fifty_interleaved_tokens_each_see_their_own_rows(settings):
    # However slow the machine is, no request is refused because it would wait for too long.
    settings.REQUEST_TIMEOUT = 0
    users = [get_user_model().objects.create_user(f"user-{number}@example.com") for number in range(50)]
    owned = {token_of(user): make_note(owner=user, title=user.email) for user in users}

    async def main(application):
        requests = [(token, f"/notes/{note.pk}") for token, note in owned.items()]
        requests += [(token, "/notes") for token in owned]
        # Mallory, whose requests come between all others, sees nothing of theirs.
        mallory, *_ = owned
        requests += [(mallory, f"/notes/{note.pk}") for note in list(owned.values())[1:]]
        requests.sort(key=hash)
        for queue in (application.loop_pool.queue, application.scheduler.request_queue):
            queue.max_wait = 600
        answers = await asyncio.gather(*(application.get(address, token) for token, address in requests))
        return mallory, list(zip(requests, answers, strict=True)), application.in_threads

    mallory, answered, in_threads = run(main)

    for (token, address), answer in answered:
        own = owned[token]
        if address == "/notes":
            assert [note["title"] for note in answer.body["results"]] == [own.title]
        elif address == f"/notes/{own.pk}":
            assert answer.body["title"] == own.title
        else:
            assert (token, answer.status) == (mallory, 404)
    assert len(in_threads) < 50


def test_a_request_that_asks_twice_gets_its_own_rows_both_times():
    async def main(application):
        def ask(number):
            return [run_statement(VALUE, [number]), run_statement(VALUE, [-number])]

        return await asyncio.gather(*(run_on_loop(application.loop_pool, lambda n=n: ask(n)) for n in range(1, 40)))

    assert run(main) == [[[(number,)], [(-number,)]] for number in range(1, 40)]


@pytest.mark.parametrize("end", [
    lambda user, token: Session.objects.of(user).revoke(),
    lambda user, token: get_user_model().objects.filter(pk=user.pk).update(is_active=False),
    lambda user, token: user.delete(),
])  # fmt: skip
def test_a_token_that_ended_is_rejected_on_the_very_next_request(alice, end):
    note, token = make_note(owner=alice), token_of(alice)

    async def main(application):
        before = [(await application.get(address, token)).status for address in ("/notes", f"/notes/{note.pk}")]
        await asyncio.to_thread(in_thread, lambda: end(alice, token))
        application.in_threads.clear()
        answers = [await application.get(address, token) for address in ("/notes", f"/notes/{note.pk}")]
        return before, [answer.status for answer in answers], application.in_threads

    assert run(main) == ([200, 200], [401, 401], [])


def in_thread(work):
    work()
    connection.close()


def test_a_request_leaves_no_context_variable_behind():
    leaked = ContextVar("leaked", default=None)

    async def main(application):
        def leave(number):
            seen = leaked.get()
            leaked.set(number)
            run_statement(VALUE, [1])
            return seen, leaked.get()

        return await asyncio.gather(*(run_on_loop(application.loop_pool, lambda n=n: leave(n)) for n in range(20)))

    assert run(main) == [(None, number) for number in range(20)]


def test_the_largest_page_on_the_loop_takes_less_than_twenty_milliseconds(alice):
    for number in range(page.LOOP_LIMIT):
        make_note(owner=alice, title=f"Note {number}", content="é\n" * (page.SHORT // 3))
    token = token_of(alice)

    async def main(application):
        answers = [await application.get("/notes?limit=50", token) for _ in range(6)]
        return len(answers[-1].body["results"]), application.on_loop

    count, spent = run(main)

    assert count == page.LOOP_LIMIT
    assert min(spent) < 0.02


def test_a_longer_page_runs_in_a_thread(alice, monkeypatch):
    make_note(owner=alice)
    monkeypatch.setattr(page, "LOOP_LIMIT", 10)

    assert statuses("/notes?limit=11", token=token_of(alice)) == ([200], ["/notes"])


def test_a_throttled_request_is_counted_once_in_a_thread(alice, settings):
    settings.THROTTLE_API = Rate(2, 3600)

    answers, in_threads = statuses("/notes", "/notes", "/notes", token=token_of(alice))

    assert answers == [200, 200, 429]
    assert in_threads == ["/notes"] * 3


def test_behind_a_pooler_in_transaction_mode_every_request_runs_in_a_thread(alice, monkeypatch):
    monkeypatch.setitem(configured.DATABASES["default"], "DISABLE_SERVER_SIDE_CURSORS", True)

    assert LoopPool().size == 0
    assert statuses("/notes", token=token_of(alice)) == ([200], ["/notes"])
