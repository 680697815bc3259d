"""Run a command as a fresh process: seconds of wall and processor time, and peak memory."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes of ru_maxrss


@dataclass(frozen=True)
class Measured:
    """What one run of a command cost."""

    seconds: float
    cpu_seconds: float
    """Of all its threads, user and system."""
    gigabytes: float
    """The largest resident set of the process (10^9 bytes); it starts no others, only threads."""
    stopped: bool = False
    """Whether it was stopped at the time limit: then it would have taken longer."""


def measure(
    command: Sequence[str], log: Path, extra: dict[str, str] | None = None, limit: float | None = None
) -> Measured:
    """Run `command` in the project's folder, its output in `log`, with `extra` environment variables.

    After `limit` seconds it is stopped. If it fails, the end of its output is shown and the benchmark ends.
    """
    stopped = threading.Event()
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **(extra or {})}, stdout=output, stderr=subprocess.STDOUT
        )
        timer = threading.Timer(limit or threading.TIMEOUT_MAX, _stop, [process.pid, stopped])
        timer.daemon = True
        timer.start()
        try:
            # wait4 gives the resources of this one child; getrusage only the largest of all children so far.
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        finally:
            timer.cancel()
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode and not stopped.is_set():
        tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise SystemExit(f"{tail}\nfailed with exit code {process.returncode}: {' '.join(command)}")
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(seconds, cpu, usage.ru_maxrss * RSS_UNIT / 1e9, stopped.is_set())


def _stop(pid: int, stopped: threading.Event) -> None:
    stopped.set()
    os.kill(pid, signal.SIGKILL)
