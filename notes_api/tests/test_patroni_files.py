"""The examples for several machines, in deploy/patroni/."""

import re
import shutil
import subprocess

import pytest
import yaml

from notes_api.settings import BASE_DIR

FILES = BASE_DIR / "deploy/patroni"
ETCD = re.findall(r"^(ETCD_\w+)=(.+)$", (FILES / "etcd.env").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def patroni():
    return yaml.safe_load((FILES / "patroni.yml").read_text())


def test_patroni_gives_up_its_lock_in_time(patroni):
    """Otherwise there could be two primaries for a moment."""
    cluster = patroni["bootstrap"]["dcs"]

    assert cluster["loop_wait"] + 2 * cluster["retry_timeout"] <= cluster["ttl"]


def test_a_commit_waits_for_a_standby(patroni):
    assert patroni["bootstrap"]["dcs"]["synchronous_mode"] is True


def test_patroni_knows_every_member_of_etcd(patroni):
    members = re.findall(r"([a-z0-9]+)=", dict(ETCD)["ETCD_INITIAL_CLUSTER"])

    assert sorted(patroni["etcd"]["hosts"]) == [f"{name}:2379" for name in sorted(members)]
    # With an even number, no member more could fail.
    assert len(members) % 2 == 1


def test_patroni_never_overwrites_the_lock_of_another(patroni):
    """Patroni 3.0 does so with the interface `etcd3`."""
    assert "etcd3" not in patroni
    assert dict(ETCD)["ETCD_ENABLE_V2"] == "true"


def test_no_password_is_in_a_file():
    assert [path.name for path in FILES.iterdir() if re.search(r"password: *\S", path.read_text())] == []


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is not installed")
def test_haproxy_accepts_its_file(tmp_path):
    file = tmp_path / "haproxy.cfg"
    # It looks up the names of the hosts.
    file.write_text(re.sub(r" app[12]:", " 127.0.0.1:", (FILES / "haproxy.cfg").read_text()))

    run = subprocess.run(["haproxy", "-c", "-f", file], capture_output=True, text=True, check=False)

    assert (run.returncode, "WARNING" in run.stderr) == (0, False), run.stderr
