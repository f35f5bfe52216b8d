"""The servers of tests: a failed start is reported immediately."""

from itertools import islice

import pytest

from notes_api.tests.edge.server import ServerGone, ports_of_worker, running_server


def test_starting_a_server_that_exits_fails_immediately(tmp_path):
    (tmp_path / "mistake").touch()

    with pytest.raises(ServerGone, match="A mistake was made"), running_server(mistake=tmp_path / "mistake"):
        pass


def test_no_two_workers_of_a_run_try_one_port():
    ports = [set(islice(ports_of_worker(f"gw{number}"), 1000)) for number in range(12)]

    assert len(set.union(*ports)) == sum(map(len, ports))
    assert max(set.union(*ports)) < 32_768
