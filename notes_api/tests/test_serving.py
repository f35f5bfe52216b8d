"""The servers of tests: a failed start is reported immediately."""

import os
import socket
from itertools import islice

import pytest

from notes_api.tests.edge.server import ServerGone, free_port, get, gunicorn, ports_of_worker, running_server

EDGE = {**os.environ, "DJANGO_SETTINGS_MODULE": "notes_api.tests.edge.settings"}


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def wait_for_one(server):
    server.wait_for_workers(1)


def test_a_server_whose_port_is_taken_starts_on_another(taken_port):
    with gunicorn(EDGE, "EDGE_PORT", wait_for_one, iter([taken_port, free_port()])) as server:
        assert server.port != taken_port
        assert get(f"{server.url}/plain").text == "hello"


def test_starting_a_server_without_a_free_port_fails(taken_port):
    server = gunicorn(EDGE, "EDGE_PORT", wait_for_one, iter([taken_port, taken_port]))

    with pytest.raises(ServerGone, match="Another process has port"), server:
        pass


def test_starting_a_server_that_exits_fails_immediately(tmp_path):
    (tmp_path / "mistake").touch()

    with pytest.raises(ServerGone, match="A mistake was made"), running_server(mistake=tmp_path / "mistake"):
        pass


def test_no_two_workers_of_a_run_try_one_port():
    ports = [set(islice(ports_of_worker(f"gw{number}"), 1000)) for number in range(12)]

    assert len(set.union(*ports)) == sum(map(len, ports))
    assert max(set.union(*ports)) < 32_768
