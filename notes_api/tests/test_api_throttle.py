"""THROTTLE_API: the limit of requests per credential, counted in this process or in Redis."""

import socket
import threading
import time

import pytest
from redis import Redis, RedisError

from conftest import ELSEWHERE, HERE, PASSWORD, START
from notes_api.config.rate import Rate
from notes_api.rest import counters, redis_counter
from notes_api.rest.counters import MemoryCounter, get_counter
from notes_api.rest.redis_counter import RedisCounter

REDIS = "redis://127.0.0.1:6379/15"


def redis_is_there():
    try:
        return Redis.from_url(REDIS, socket_connect_timeout=1).ping()
    except RedisError:
        return False


needs_redis = pytest.mark.skipif(not redis_is_there(), reason="no Redis at 127.0.0.1:6379")


@pytest.fixture(autouse=True)
def _forgetful():
    """Earlier tests leave no counts; their time may have been frozen at the same moment."""
    get_counter.cache_clear()
    yield
    get_counter.cache_clear()


@pytest.fixture
def one_call(settings, at_nine):
    settings.THROTTLE_API = Rate(1, 60)


@pytest.fixture
def deaf():
    """The address of a Redis that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def absent():
    """An address on which no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"redis://127.0.0.1:{port}/0"


def log_in(client, address):
    return client.post("/login", {"username": "alice@example.com", "password": PASSWORD}, REMOTE_ADDR=address)


def counted_in_parallel(counter_of_thread, key, threads=8, times=25):
    """Return the results of many concurrent calls."""
    counts = []

    def call(counter):
        counts.extend([counter.count(key, 3600) for _ in range(times)])

    workers = [threading.Thread(target=call, args=[counter_of_thread()]) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sorted(counts)


def test_requests_to_the_api_are_limited(as_user, alice, one_call):
    client = as_user(alice)
    client.get("/notes")

    response = client.get("/users/me")

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"
    assert response.json()["code"] == "throttled"


def test_one_credential_does_not_use_up_the_calls_of_another(as_user, alice, one_call):
    as_user(alice).get("/notes")

    assert as_user(alice).get("/notes").status_code == 200


def test_clients_that_are_not_logged_in_count_by_address(client, one_call):
    log_in(client, address=HERE)

    assert log_in(client, address=HERE).status_code == 429
    assert log_in(client, address=ELSEWHERE).status_code == 401


def test_the_api_can_be_called_again_after_the_window(as_user, alice, one_call, time_machine):
    client = as_user(alice)
    client.get("/notes")
    time_machine.shift(60)

    assert client.get("/notes").status_code == 200


@pytest.mark.usefixtures("one_call")
def test_an_api_token_has_its_own_count(as_user, by_token, alice):
    script, other = by_token(alice, "notes:read"), by_token(alice, "notes:read")
    as_user(alice).get("/notes")

    assert [script.get("/notes").status_code, script.get("/notes").status_code] == [200, 429]
    assert other.get("/notes").status_code == 200


def test_the_api_has_no_rate_limit_by_default(settings):
    assert settings.THROTTLE_API is None


def test_without_a_rate_nothing_is_counted(as_user, alice, settings, monkeypatch):
    settings.CACHE_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr("notes_api.rest.throttling.get_counter", None)

    assert as_user(alice).get("/notes").status_code == 200


def test_without_cache_url_the_redis_client_is_not_imported():
    assert isinstance(get_counter(""), MemoryCounter)
    assert "redis" not in vars(counters)


@pytest.mark.usefixtures("at_nine")
def test_concurrent_requests_are_all_counted_in_memory():
    counter = MemoryCounter()

    assert counted_in_parallel(lambda: counter, "alice") == list(range(1, 201))


def test_memory_holds_one_window_only(time_machine):
    time_machine.move_to(START, tick=False)
    counter = MemoryCounter()
    counter.count("alice", 60)
    time_machine.shift(60)

    assert counter.count("bob", 60) == 1
    assert list(counter.counts) == ["bob"]


@pytest.mark.usefixtures("at_nine")
def test_the_number_of_keys_in_memory_is_limited(monkeypatch):
    monkeypatch.setattr(counters, "MOST_KEYS", 10)
    counter = MemoryCounter()

    for number in range(35):
        counter.count(str(number), 3600)

    assert len(counter.counts) == 5


@needs_redis
@pytest.mark.usefixtures("at_nine")
def test_concurrent_requests_of_all_processes_are_counted_in_redis(alice):
    assert counted_in_parallel(lambda: RedisCounter(REDIS), f"test:{alice.pk}") == list(range(1, 201))


@needs_redis
def test_no_count_stays_in_redis_for_ever(alice):
    RedisCounter(REDIS).count(f"test:{alice.pk}", 60)

    redis = Redis.from_url(REDIS)
    [key] = redis.keys(f"test:{alice.pk}:*")
    assert 0 < redis.ttl(key) <= 60


@needs_redis
@pytest.mark.usefixtures("one_call")
def test_with_redis_all_processes_count_together(as_user, alice, settings):
    settings.CACHE_URL = REDIS
    client = as_user(alice)
    RedisCounter(REDIS).count(f"notes_api:calls:{client.session_row.pk}", 60)

    response = client.get("/notes")

    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")


@pytest.mark.parametrize("address", ["absent", "deaf"])
def test_each_process_counts_alone_during_an_outage_of_redis(as_user, alice, settings, request, address):
    settings.CACHE_URL, settings.THROTTLE_API = request.getfixturevalue(address), Rate(2, 86400)
    client = as_user(alice)

    statuses = [client.get("/notes").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_a_redis_that_does_not_respond_delays_one_request_briefly(deaf):
    counter = RedisCounter(deaf)

    began = time.monotonic()
    counts = [counter.count("alice", 3600) for _ in range(50)]

    assert counts == list(range(1, 51))
    # A quarter of a second each would be twelve.
    assert time.monotonic() - began < 6


def test_an_outage_of_redis_is_logged_once_without_its_password(absent, caplog):
    counter = RedisCounter(absent.replace("//", "//:s3cret@"))

    counter.count("alice", 3600)
    counter.count("alice", 3600)

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "Redis is unavailable" in caplog.text
    assert "s3cret" not in caplog.text


@needs_redis
@pytest.mark.usefixtures("at_nine")
def test_all_processes_count_together_again_after_an_outage_of_redis(alice, absent, monkeypatch):
    monkeypatch.setattr(redis_counter, "RETRY_AFTER", 0.0)
    counter, key = RedisCounter(absent), f"test:{alice.pk}"
    counter.count(key, 3600)
    RedisCounter(REDIS).count(key, 3600)

    counter.client = RedisCounter(REDIS).client

    assert counter.count(key, 3600) == 2
