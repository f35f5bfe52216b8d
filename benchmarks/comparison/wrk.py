"""wrk, the load generator."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("send.lua")
# Seconds after which wrk counts a request as lost.
TIMEOUT = 10


class NoLoad(Exception):
    """wrk is missing or failed."""


@dataclass(frozen=True)
class Load:
    """What one run of wrk saw; latencies in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0


def start(plan: Path, run: int, port: int, connections: int, seconds: int) -> subprocess.Popen[str]:
    """`run` is a number that makes what is written different from all other runs."""
    program = shutil.which("wrk")
    if program is None:
        raise NoLoad("wrk is not installed: apt-get install wrk, or brew install wrk.")
    command = [program, "--threads", str(min(2, connections)), "--connections", str(connections),
               "--duration", f"{seconds}s", "--timeout", f"{TIMEOUT}s", "--script", str(SCRIPT),
               f"http://127.0.0.1:{port}", "--", str(plan), str(run)]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process: subprocess.Popen[str]) -> Load:
    try:
        output, _ = process.communicate()
    finally:
        process.kill()
    if process.returncode:
        raise NoLoad(f"wrk failed: {output.strip()}")
    return parse(output)


def parse(output: str) -> Load:
    """The last line is what send.lua writes."""
    return Load(**json.loads(output.strip().rpartition("\n")[2]))
