"""Background processes with a memory: a pid file holds the start time too, so a recycled pid is never ours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from .paths import cache_dir, run_dir
from .say import LabError


def start_time(pid: int) -> str | None:
    """The kernel's start time of a live process; None for a dead one or a zombie.

    A zombie whose threads are still ending holds its sockets, so it counts as alive.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        threads = len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return None
    return None if fields[0] == "Z" and threads == 1 else fields[19]


def _pid_file(name: str) -> Path:
    return run_dir() / "pids" / f"{name}.json"


def log_file(name: str) -> Path:
    return cache_dir() / "log" / f"{name}.log"


def start(name: str, argv: Sequence[str], env: dict[str, str] | None = None) -> int:
    if pid_of(name):
        raise LabError(f"{name} is already running")
    for path in (_pid_file(name), log_file(name)):
        path.parent.mkdir(parents=True, exist_ok=True)
    with log_file(name).open("ab") as log:
        process = subprocess.Popen(
            list(argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd="/", start_new_session=True
        )
    _pid_file(name).write_text(json.dumps({"pid": process.pid, "start": start_time(process.pid)}))
    return process.pid


def pid_of(name: str) -> int | None:
    try:
        noted = json.loads(_pid_file(name).read_text())
    except (OSError, ValueError):
        return None
    return noted["pid"] if noted["start"] and start_time(noted["pid"]) == noted["start"] else None


def names() -> list[str]:
    return sorted(p.stem for p in (run_dir() / "pids").glob("*.json"))


def stop(name: str, how: int = signal.SIGTERM, grace: float = 10) -> None:
    """End one of ours; SIGKILL when it has not gone after its grace."""
    pid = pid_of(name)
    if pid:
        end(pid, how, grace)
    _pid_file(name).unlink(missing_ok=True)


def resume(name: str) -> None:
    """Let one of ours run on that was stopped by SIGSTOP; nothing happens to one that runs."""
    pid = pid_of(name)
    if pid:
        os.kill(pid, signal.SIGCONT)


def end(pid: int, how: int = signal.SIGTERM, grace: float = 10) -> None:
    started = start_time(pid)
    for number, patience in ((how, grace), (signal.SIGKILL, 5)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_gone(pid, started, patience):
            return
    raise LabError(f"process {pid} does not end")


def wait_gone(pid: int, started: str | None, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while started is not None and start_time(pid) == started:
        _reap(pid)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def tail(name: str, lines: int = 15) -> str:
    try:
        return "\n".join(log_file(name).read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
