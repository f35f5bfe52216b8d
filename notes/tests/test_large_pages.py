"""Large pages: few threads build them at the same time, note by note, and they end early if their JSON is long."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import BoundedSemaphore

import pytest
from django.db import connections

from notes.lists import page
from notes.tests.factories import make_note
from notes.tests.lists import walk
from notes_api.rest import large_reads
from notes_api.rest.large_reads import MAX_THREADS
from notes_api.tests.thread_pools import run

pytestmark = pytest.mark.django_db(transaction=True)
ORIGINS = pytest.mark.parametrize("headers", [{}, {"Origin": "https://example.org"}], ids=["short path", "middleware"])


@pytest.fixture(autouse=True)
def _own_slots(monkeypatch):
    """A test that fails must not take slots from the next one."""
    monkeypatch.setattr(large_reads, "slots", BoundedSemaphore(MAX_THREADS))


@pytest.fixture
def client(as_user, alice):
    make_note(owner=alice, content="a" * (page.SHORT + 1))
    return as_user(alice)


@pytest.fixture
def every_long_text_is_large(monkeypatch):
    monkeypatch.setattr(page, "LARGE", 0)


def get(client, path, headers=None):
    try:
        return client.get(path, headers=headers)
    finally:
        connections.close_all()


def take_all_slots():
    return [large_reads.slots.acquire(blocking=False) for _ in range(MAX_THREADS)]


def release_all_slots():
    for _ in range(MAX_THREADS):
        large_reads.slots.release()


def waits_for_slots(client, path):
    """Whether a request waits while other threads have all slots; it succeeds after that."""
    assert all(take_all_slots())
    with ThreadPoolExecutor(1) as thread:
        response = thread.submit(get, client, path)
        wait([response], timeout=0.5)
        has_waited = not response.done()
        release_all_slots()
    assert response.result().status_code == 200
    return has_waited


@pytest.mark.usefixtures("every_long_text_is_large")
@pytest.mark.parametrize("path", ["/notes", "/changes", "/notes?q=a*"])
def test_a_page_with_long_texts_waits_until_other_threads_have_built_theirs(client, path):
    assert waits_for_slots(client, path)


def test_a_page_of_many_notes_waits_too(client):
    assert waits_for_slots(client, "/changes?limit=500")


@pytest.mark.parametrize("path", ["/notes", "/changes", "/notes?q=a*", "/tags"])
def test_other_requests_do_not_wait(client, path):
    assert not waits_for_slots(client, path)


@pytest.mark.usefixtures("every_long_text_is_large")
@ORIGINS
def test_the_end_of_a_request_releases_its_slot(client, headers):
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(get, client, "/notes", headers).result().status_code == 200

        assert take_all_slots() == [True] * MAX_THREADS
    release_all_slots()


@ORIGINS
def test_a_request_that_fails_while_it_builds_a_page_releases_its_slot(client, monkeypatch, headers):
    def fail(rows):
        raise ZeroDivisionError

    monkeypatch.setattr("notes.lists.page.load_long_texts", fail)
    client.raise_request_exception = False
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(get, client, "/changes?limit=500", headers).result().status_code == 500

        assert take_all_slots() == [True] * MAX_THREADS
    release_all_slots()


def test_a_job_of_a_thread_pool_keeps_its_slot_until_the_loop_has_its_result():
    """Otherwise threads could build more large responses than a busy loop sends."""

    def build():
        large_reads.begin_large_read()
        large_reads.end_large_read()
        return large_reads.slots._value

    async def main(pool):
        left = await pool.run(build)
        return left, large_reads.slots._value, await pool.run(lambda: large_reads.slots._value)

    assert run(main) == (MAX_THREADS - 1, MAX_THREADS, MAX_THREADS)


def test_a_job_that_fails_releases_its_slot():
    def fail():
        large_reads.begin_large_read()
        raise ZeroDivisionError

    async def main(pool):
        with pytest.raises(ZeroDivisionError):
            await pool.run(fail)
        return large_reads.slots._value

    assert run(main) == MAX_THREADS


@pytest.fixture
def various(client, alice):
    """Notes with short and long texts, and a client of their owner."""
    texts = ["a \U0001f600 " + "b" * 30_000, "a short", 'a "\\\n\x01' * 4_000, "a" * 20_000, ""]
    assert [make_note(owner=alice, title=f"a {number}", content=text) for number, text in enumerate(texts)]
    return client


@pytest.mark.parametrize("path", ["/notes?limit=4", "/notes", "/changes", "/changes?limit=500", "/notes?q=a*"])
def test_a_page_that_is_built_note_by_note_is_the_same(various, path, monkeypatch):
    at_once = get(various, path).json()
    monkeypatch.setattr(page, "LARGE", 0)
    monkeypatch.setattr(page, "GROUP_MAX_BYTES", 25_000)

    assert get(various, path).json() == at_once


def test_the_trash_is_built_note_by_note_too(various, monkeypatch):
    for note in get(various, "/notes").json()["results"]:
        various.delete(f"/notes/{note['id']}")
    at_once = get(various, "/trash").json()
    monkeypatch.setattr(page, "LARGE", 0)
    monkeypatch.setattr(page, "GROUP_MAX_BYTES", 25_000)

    assert len(at_once["results"]) == 6
    assert get(various, "/trash").json() == at_once


@pytest.mark.usefixtures("every_long_text_is_large")
def test_a_page_ends_early_if_its_json_is_long(as_user, bob, monkeypatch):
    """JSON needs six bytes for a control character."""
    assert [make_note(owner=bob, title=f"a {number}", content="\x01" * 10_000) for number in range(4)]
    monkeypatch.setattr(page, "PAGE_MAX_JSON_BYTES", 130_000)
    lists = [get(as_user(bob), path).json() for path in ("/notes", "/changes")]

    assert [len(lists[0]["results"]), len(lists[1]["changes"]), lists[1]["has_more"]] == [2, 2, True]
    assert sorted(walk(as_user(bob), "/notes")) == ["a 0", "a 1", "a 2", "a 3"]


@pytest.mark.usefixtures("every_long_text_is_large")
def test_a_page_has_at_least_one_note(as_user, bob, monkeypatch):
    assert [make_note(owner=bob, title=f"a {number}", content="\x01" * 10_000) for number in range(2)]
    monkeypatch.setattr(page, "PAGE_MAX_JSON_BYTES", 100)

    assert sorted(walk(as_user(bob), "/notes")) == ["a 0", "a 1"]


def test_notes_are_grouped_up_to_a_size(monkeypatch):
    monkeypatch.setattr(page, "GROUP_MAX_BYTES", 10)
    sizes = [12, 6, 6, 4, 1, 10, 3, 3, 3, 3]
    rows = page.parse_rows((*[None] * 13, size) for size in sizes)

    groups = [[note.size for note in group] for group in page.split_by_size(rows)]

    assert groups == [[12], [6], [6, 4], [1], [10], [3, 3, 3], [3]]
