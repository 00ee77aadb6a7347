"""Waiting for what was just started on a node: its runtime answers, and its kubelet has reported since.

That systemd has started a service does not mean that it serves: containerd's CRI plugin answers "server is not
initialized yet" until it has loaded its containers. And kubelet reports a runtime that did not answer it as
containerd://Unknown, until its next status.

Every test that restarts something on a node waits here, and so leaves no node behind that others cannot rely on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from .say import LabError

T = TypeVar("T")

SOCKETS = {"containerd": "unix:///run/containerd/containerd.sock", "crio": "unix:///var/run/crio/crio.sock"}
# Seconds for a runtime to serve once it is started; under emulation it needs some 3.
ANSWER = 120
# Seconds for kubelet's next status. The lab's come every 10 s; with kubelet's defaults an unchanged one takes 5 min.
REPORT = 400


def until(read: Callable[[], T], good: Callable[[T], object], what: str, patience: float, every: float = 1) -> T:
    """Reads until what is read is good, and returns it. What cannot be read yet is read again, until the deadline."""
    deadline = time.monotonic() + patience
    while True:
        try:
            value = read()
            if good(value):
                return value
            last = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
        except LabError as error:
            last = str(error)
        assert time.monotonic() < deadline, f"{what}, after {patience:.0f} s: {last}"
        time.sleep(every)


def until_nothing(wrong: Callable[[], list[str]], what: str, patience: float) -> None:
    """Until nothing is wrong; the failure names what still was."""
    until(wrong, lambda found: not found, what, patience, every=2)


# ---- services --------------------------------------------------------------------------------------------------------


def until_runtime_answers(call: Callable[[str], bool], runtime: str, patience: float = ANSWER) -> None:
    """Until crictl gets an answer from this runtime. `call` runs a command on the node: whether it succeeded."""
    command = f"crictl --runtime-endpoint {SOCKETS[runtime]} --timeout 10s pods --quiet"
    until(lambda: call(command), bool, f"{runtime} does not answer crictl", patience)


# ---- kubelet's report ------------------------------------------------------------------------------------------------


def runtime(node: dict) -> str:
    return node["status"].get("nodeInfo", {}).get("containerRuntimeVersion") or ""


def heartbeat(node: dict) -> str | None:
    """When kubelet last reported, by the node's clock."""
    return _ready(node).get("lastHeartbeatTime")


def _ready(node: dict) -> dict:
    return next((c for c in node["status"].get("conditions", []) if c["type"] == "Ready"), {})


def unreported(node: dict, since: str | None = None) -> list[str]:
    """What is missing before a Node object can be relied on: Ready, a runtime that answered kubelet, and, where
    `since` is given, another heartbeat than that. An old Ready says nothing of what was restarted after it."""
    found = []
    if _ready(node).get("status") != "True":
        found.append(f"not Ready ({_ready(node).get('message', 'kubelet has not reported')})")
    if runtime(node).partition("://")[2] in ("", "Unknown"):
        found.append(f"kubelet could not ask its runtime ({runtime(node) or 'none is reported'})")
    if since is not None and heartbeat(node) == since:
        found.append(f"no status since {since}")
    return found


def until_reported(read: Callable[[], dict], patience: float = REPORT) -> None:
    """Until kubelet has reported anew, from now on. `read` gets the Node object."""
    since = heartbeat(until(read, bool, "the API does not give the node", patience))
    until_nothing(lambda: unreported(read(), since), "the node cannot be relied on", patience)


def restart_runtime(call: Callable[[str], bool], runtime: str, read: Callable[[], dict]) -> None:
    """Restarts a node's runtime; returns once it serves again and kubelet has reported since."""
    assert call(f"systemctl restart {runtime}"), f"systemctl restart {runtime} failed"
    until_runtime_answers(call, runtime)
    until_reported(read)
