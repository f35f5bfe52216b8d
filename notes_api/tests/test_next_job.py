"""A thread that has finished its job starts the next one itself."""

import asyncio
import threading

from notes_api.tests.test_fair_thread_pool import run


def test_the_next_job_starts_while_the_event_loop_is_busy(fake_connection):
    go, begun = threading.Event(), threading.Event()

    async def main(pool):
        jobs = [pool.allow_commits(lambda: go.wait(30)), pool.allow_commits(begun.set)]
        # Both have entered the queue.
        await asyncio.sleep(0)
        go.set()
        has_begun = begun.wait(10)
        await asyncio.gather(*jobs)
        return has_begun

    assert run(main)
