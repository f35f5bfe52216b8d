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
    """The result of one run of wrk; latencies in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0


def start(
    plan: Path, run: int, port: int, connections: int, seconds: int, *, in_turn: bool = False
) -> subprocess.Popen[str]:
    """Run wrk. The number `run` makes the written texts different from all other runs."""
    program = shutil.which("wrk")
    if program is None:
        raise NoLoad("wrk is not installed: apt-get install wrk, or brew install wrk.")
    threads = min(2, connections)
    command = [program, "--threads", str(threads), "--connections", str(connections),
               "--duration", f"{seconds}s", "--timeout", f"{TIMEOUT}s", "--script", str(SCRIPT),
               f"http://127.0.0.1:{port}", "--", str(plan), str(run), str(threads if in_turn else 0)]  # fmt: skip
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
    """Parse the last line, which send.lua writes."""
    return Load(**json.loads(output.strip().rpartition("\n")[2]))
