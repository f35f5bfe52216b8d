"""Hosts: network namespaces on one bridge, which end with the process that made them.

The whole experiment runs in namespaces of its own for networks, mounts and processes. When its first process ends, the
kernel kills all others, and networks, mounts and names are gone.
"""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

NETWORK = "10.77.0"
FRONT = f"{NETWORK}.2"
# Names the namespace from which the program was started.
OUTSIDE = "FAILOVER_STARTED_FROM"
# What runs as postgres needs a directory of its own for sockets.
AS_POSTGRES = (
    "mount -t tmpfs -o mode=1777 sockets /run/postgresql &&"
    ' exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"'
)


def enter_namespaces(program, seconds):
    """Start this program again in new namespaces. They end with it, or after this many seconds."""
    if OUTSIDE not in os.environ:
        os.environ[OUTSIDE] = namespace()
        options = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
        # The first process must collect the ended processes that nobody else waits for, which a shell does.
        init = ["sh", "-c", '"$@" & wait $!', "sh"]
        os.execvp("unshare", ["unshare", *options, *init, sys.executable, "-m", program, *sys.argv[1:]])
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    signal.alarm(seconds)


def namespace():
    return str(Path("/proc/self/ns/pid").readlink())


def end(number, frame):
    """Exit, and in ten seconds even if something is in the way."""
    signal.signal(signal.SIGALRM, kill_all)
    signal.alarm(10)
    sys.exit(128 + number)


def kill_all(number, frame):
    os._exit(1)


@contextmanager
def network(names):
    """Yield a host for each name. In the end, kill everything that runs in these namespaces."""
    assert os.environ[OUTSIDE] != namespace(), "outside, this would kill everything"
    with TemporaryDirectory(prefix="failover-", ignore_cleanup_errors=True) as directory:
        # Programs that do not run as root have their files below.
        Path(directory).chmod(0o755)
        build_bridge(Path(directory, "names"), names)
        try:
            yield {name: Host(directory, name, number) for number, name in enumerate(names)}
        finally:
            os.kill(-1, signal.SIGKILL)


def build_bridge(hosts, names):
    Path("/run/netns").mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "names", "/run/netns")
    lines = [f"{NETWORK}.{10 + number} {name}" for number, name in enumerate(names)]
    hosts.write_text("\n".join(["127.0.0.1 localhost", f"{FRONT} front", *lines, ""]))
    run("mount", "--bind", hosts, "/etc/hosts")
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "bridge", "type", "bridge")
    run("ip", "address", "add", f"{FRONT}/24", "dev", "bridge")
    run("ip", "link", "set", "bridge", "up")


def run(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout


class Host:
    def __init__(self, directory, name, number):
        self.name, self.address, self.directory = name, f"{NETWORK}.{10 + number}", Path(directory, name)
        self.directory.mkdir()
        run("chown", "postgres:", self.directory)
        run("ip", "netns", "add", name)
        run("ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "link", "set", f"to-{name}", "master", "bridge", "up")
        for words in (f"address add {self.address}/24 dev eth0", "link set eth0 up", "link set lo up"):
            run("ip", "-n", name, *words.split())

    def start(self, *command, is_postgres=False, **variables):
        """Start a program on this host. What it prints is in a file of its directory."""
        command = list(map(str, command))
        log = (self.directory / f"{Path(command[0]).name}.log").open("ab")
        wrapper = ["sh", "-c", AS_POSTGRES, "sh"] if is_postgres else []
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **variables}
        return subprocess.Popen(
            ["ip", "netns", "exec", self.name, *wrapper, *command],
            env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def pids(self, *programs):
        """The processes of these programs on this host, or all."""
        listed = map(int, run("ip", "netns", "pids", self.name).split())
        return [pid for pid in listed if not programs or program_of(pid) in programs]

    def signal(self, number, *programs):
        for pid in self.pids(*programs):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def cut_off(self):
        """Let packets to and from this host vanish."""
        run("ip", "link", "set", f"to-{self.name}", "down")

    def join(self):
        run("ip", "link", "set", f"to-{self.name}", "up")


def program_of(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""
