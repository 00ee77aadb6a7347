"""The network namespace everything of the lab lives in.

As root it is a named namespace (`ip netns`). Without root it is a user and network namespace held open by a
sleeping process. The rest of the lab only knows `inside(argv)`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from . import procs
from .addresses import GATEWAY, GATEWAY_MAC, SERVICE_CIDR, SUBNET, node_ip, pod_cidr
from .paths import cache_dir, run_dir
from .say import LabError

NAMESPACE_PROCESS = "namespace"


def tap(number: int) -> str:
    return f"tap{number}"


def name() -> str:
    """One per cache directory, so that labs with caches of their own do not meet."""
    return "cri-switchover-" + hashlib.sha256(str(cache_dir()).encode()).hexdigest()[:6]


def _as_root() -> bool:
    """Real root, not the root of our own user namespace (a command run from inside the lab)."""
    return os.geteuid() == 0 and procs.pid_of(NAMESPACE_PROCESS) is None


def _file() -> Path | None:
    """The namespace as a file, None when there is no namespace."""
    if _as_root():
        path = Path("/run/netns") / name()
        return path if path.exists() else None
    holder = procs.pid_of(NAMESPACE_PROCESS)
    return Path(f"/proc/{holder}/ns/net") if holder else None


def exists() -> bool:
    return _file() is not None


def within() -> bool:
    """Whether this process is in it already, as what `./lab exec` runs is."""
    path = _file()
    return path is not None and path.stat().st_ino == Path("/proc/self/ns/net").stat().st_ino


def inside(argv: Sequence[str]) -> list[str]:
    """The command line that runs argv inside the namespace (by exec: the process id stays)."""
    path = _file()
    if path is None:
        raise LabError("the lab is not up: run ./lab up")
    if within():
        return list(argv)
    if _as_root():
        return ["nsenter", f"--net={path}", "--", *argv]
    return ["nsenter", "--preserve-credentials", f"--user={path.parent}/user", f"--net={path}", "--", *argv]


def run(argv: Sequence[str], check: bool = True, **options: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(inside(argv), text=True, capture_output=True, **options)  # type: ignore[call-overload]
    if check and done.returncode:
        raise LabError(f"{' '.join(argv)}: {(done.stderr or done.stdout).strip()}")
    return done


def create(nodes: int) -> None:
    if _as_root():
        subprocess.run(["ip", "netns", "add", name()], check=True)
    else:
        procs.start(NAMESPACE_PROCESS, ["unshare", "--user", "--map-root-user", "--net", "sleep", "infinity"])
        _wait_for_holder()
    commands = [
        "link set lo up",
        f"link add br0 address {GATEWAY_MAC} type bridge forward_delay 0",
        f"addr add {GATEWAY}/24 dev br0",
        "link set br0 up",
        # Only so that a packet to a Service leaves at all; kube-proxy's rules then send it to a pod.
        f"route add {SERVICE_CIDR} dev br0",
    ]
    for number in range(1, nodes + 1):
        commands += [
            f"tuntap add dev {tap(number)} mode tap",
            f"link set {tap(number)} master br0 up",
            f"route add {pod_cidr(number)} via {node_ip(number)}",
        ]
    run(["ip", "-batch", "-"], input="\n".join(commands) + "\n")
    run(["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])


def _wait_for_holder() -> None:
    """unshare has done its work once the holder lives in another network namespace than we do."""
    ours = Path("/proc/self/ns/net").stat().st_ino
    for _ in range(100):
        path = _file()
        if path is None:
            break
        comm = (path.parent.parent / "comm").read_text().strip()
        if comm == "sleep" and path.stat().st_ino != ours:
            return
        time.sleep(0.05)
    raise LabError(
        "this machine does not let an ordinary user make a network namespace "
        f"({procs.tail(NAMESPACE_PROCESS)}): run the lab as root or with sudo"
    )


def plug(number: int, up: bool) -> None:
    """Pull or put back a node's cable, at the far end: the guest keeps its addresses and just gets no answer."""
    run(["ip", "link", "set", tap(number), "up" if up else "down"])


def drop_connections() -> None:
    """Forget every TCP connection with a node, half-closed ones too.

    A restored guest believes in connections of another time; where the same pair of ports still exists here its
    packets get no answer instead of a reset, and kubelet waits half a minute for nothing.
    """
    run(["ss", "--kill", "--tcp", "--all", "dst", SUBNET], check=False)


def members() -> list[int]:
    """Every process inside the namespace; it is ours alone, so all of them were started for the lab."""
    path = _file()
    if path is None:
        return []
    wanted = path.stat().st_ino
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if (entry / "ns/net").stat().st_ino == wanted:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def destroy() -> None:
    for pid in members():
        procs.end(pid, grace=3)
    procs.stop(NAMESPACE_PROCESS)
    if _as_root() and exists():
        subprocess.run(["ip", "netns", "delete", name()], check=True)
    shutil.rmtree(run_dir() / "cm", ignore_errors=True)
