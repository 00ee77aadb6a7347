"""SSH to the nodes, over one kept connection per node: the handshake is what costs under emulation."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from . import addresses, netns
from .paths import run_dir
from .say import LabError


def key() -> Path:
    return run_dir() / "ssh_key"


def control_path() -> str:
    return str(run_dir() / "cm" / "%h")


def options() -> list[str]:
    pairs = {
        "IdentityFile": key(),
        "IdentitiesOnly": "yes",
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": "/dev/null",
        "GlobalKnownHostsFile": "/dev/null",
        "LogLevel": "ERROR",
        "ConnectTimeout": "20",
        "ServerAliveInterval": "15",
        "ServerAliveCountMax": "4",
        "ControlMaster": "auto",
        "ControlPersist": "600s",
        "GSSAPIAuthentication": "no",
    }
    return [word for name, value in pairs.items() for word in ("-o", f"{name}={value}")]


def argv(number: int, command: str | None = None, terminal: bool = False) -> list[str]:
    (run_dir() / "cm").mkdir(mode=0o700, parents=True, exist_ok=True)
    words = ["ssh", *options(), "-o", f"ControlPath={control_path()}", f"root@{addresses.node_ip(number)}"]
    return netns.inside([*words, *(["-t"] if terminal else []), *([command] if command else [])])


def run(number: int, command: str, stdin: bytes | None = None, timeout: float = 120, check: bool = True) -> str:
    try:
        done = subprocess.run(
            argv(number, command), input=stdin if stdin is not None else b"", capture_output=True, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        raise LabError(f"node{number}: no answer within {timeout:.0f} s to: {command}") from None
    if check and done.returncode:
        error = done.stderr.decode(errors="replace").strip()
        raise LabError(f"node{number}: {command}\nexit code {done.returncode}: {error}")
    return done.stdout.decode(errors="replace")


def succeeds(number: int, command: str, timeout: float = 120) -> bool:
    """Whether the command ends well on the node; not, too, where the node cannot be asked."""
    try:
        run(number, command, timeout=timeout)
    except LabError:
        return False
    return True


WRITE = """\
import json, os, sys
for path, text in json.load(sys.stdin).items():
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, 'w').write(text)
"""


def put(number: int, files: dict[str, str], then: str) -> str:
    """Write these files, {path: text}, and then run a command that needs them; what it prints. One connection."""
    return run(number, f'python3 -c "{WRITE}" && {then}', stdin=json.dumps(files).encode())


def wait(number: int, patience: float) -> None:
    """Until the node lets us in."""
    deadline = time.monotonic() + patience
    while True:
        try:
            run(number, "true", timeout=30)
            return
        except LabError:
            if time.monotonic() > deadline:
                raise LabError(f"node{number} does not answer on SSH after {patience:.0f} s") from None
            time.sleep(1)


def forget() -> None:
    """Drop every kept connection, Ansible's too: the guest at the other end has been replaced."""
    for socket in (*(run_dir() / "cm").glob("*"), *(run_dir() / "acm").glob("*")):
        subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "x"], capture_output=True)
        socket.unlink(missing_ok=True)
