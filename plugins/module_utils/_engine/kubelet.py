# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubelet: its start, its health, its version, and the judge of whether it has come up."""

import contextlib
import os
import re
import socket
import time

from .boot import boot_id
from .errors import Failure
from .sockets import read_all
from .systemd import show_units, systemctl
from .waiting import pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    from .node import Node
    from .waiting import StepTime

# Seconds that its process must last where nobody answers for its health.
KUBELET_STEADY = 20
# Seconds: systemd itself waits for 90 s by default before it kills.
STOP_KUBELET = 150


class Kubelet(object):
    """The node's kubelet, as one unit of systemd. given: what the plan says of it: {unit, root_dir, healthz_port}."""

    def __init__(self, node: "Node", given: "Dict[str, Any]", time_left: "StepTime") -> None:
        self.node, self.given, self.time = node, given, time_left
        self.unit = given["unit"]

    def stop(self) -> None:
        """Returns when it has ended."""
        systemctl(self.node, "stop", self.unit, timeout=STOP_KUBELET)

    def start(self, recovered_boot: "Optional[str]") -> None:
        """Returns when it is up. recovered_boot: the boot whose recovery has put the files back, if any."""
        systemctl(self.node, "reset-failed", self.unit, check=False)
        # One that somebody else has started meanwhile runs with the arguments of before; one that this boot has started
        # came after the files.
        booted = recovered_boot == boot_id(self.node)
        systemctl(self.node, "start" if booted else "restart", self.unit, timeout=STOP_KUBELET)
        self.wait(self.time.left(120))

    def wait(self, limit: float) -> None:
        """Until it is up; Failure where it is not after so many seconds, or does not stay."""
        port = self.given.get("healthz_port", 10248)
        started = changed = time.monotonic()
        pid, earlier = None, None  # type: Tuple[Optional[str], Optional[int]]
        while True:
            unit, now = self.state(), time.monotonic()
            if unit.get("MainPID") != pid:
                pid, changed = unit.get("MainPID"), now
            # A boot may have started it before Docker: what it went through then is not counted.
            restarts = int(unit.get("NRestarts") or 0)
            earlier = restarts if earlier is None else min(earlier, restarts)
            unit["NRestarts"] = restarts - earlier
            health = healthz(port) if port else None
            verdict, why = judge_kubelet(unit, health, now - started, now - changed, limit)
            if verdict:
                return
            if verdict is False:
                raise Failure("CRI-KUBELET-DOWN", "%s: %s" % (self.unit, why), last_words=self.last_words())
            pause()

    def state(self) -> "Dict[str, Any]":
        """Its unit's properties."""
        return show_units(self.node, [self.unit])[self.unit]

    def last_words(self) -> "List[str]":
        """kubelet's last log lines: why it does not stay."""
        with contextlib.suppress(Failure):
            rc, out, err = self.node.run(
                ["journalctl", "--no-pager", "-o", "cat", "-n", "400", "-u", self.unit], check=False
            )
            return last_words(out)
        return []

    def forget_memory_state(self) -> None:
        """With policy Static kubelet refuses to start where its memory differs from that in this file, as after a boot.

        It makes a new one: what the file says is of pods that the boot has ended. Source: kubelet's
        cm/memorymanager/policy_static.go, "the expected machine state is different from the real one".
        """
        self.node.remove(self.given["root_dir"] + "/memory_manager_state")


def healthz(port: int) -> "Optional[int]":
    """HTTP status of kubelet's own health; None: nobody listens."""
    with contextlib.closing(socket.socket()) as connection:
        connection.settimeout(5)
        try:
            connection.connect(("127.0.0.1", port))
            connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return int(read_all(connection).split(None, 2)[1])
        except (OSError, ValueError, IndexError):
            return None


def version_of(node: "Node", unit: str) -> "Optional[Tuple[int, int]]":
    """(1, 23) of the kubelet that runs; None where none does, or where it is started by another name."""
    with contextlib.suppress(Failure, OSError):
        binary = os.readlink(node.path("/proc/%s/exe" % show_units(node, [unit])[unit]["MainPID"]))
        if os.path.basename(binary).split(" ")[0] == "kubelet":
            said = re.match(r"Kubernetes v(\d+)\.(\d+)", node.run([binary.split(" ")[0], "--version"])[1])
            return (int(said.group(1)), int(said.group(2))) if said else None
    return None


def judge_kubelet(
    unit: "Dict[str, Any]", health: "Optional[int]", seconds: float, steady: float, limit: float
) -> "Tuple[Optional[bool], Optional[str]]":
    """Has kubelet come up? (True, None) yes, (None, None) not yet, (False, why) no.

    health: HTTP status, or None where nobody listens; seconds: since its start; steady: since its process changed.
    One restart is forgiven: kubelets are known to lose a race at their first start.
    """
    restarts = int(unit.get("NRestarts") or 0)
    if restarts >= 2:
        return False, "it restarted %d times within %d s" % (restarts, seconds)
    if unit.get("ActiveState") == "failed":
        return False, "its unit failed (%s)" % unit.get("Result")
    if unit.get("ActiveState") == "active" and unit.get("SubState") == "running":
        # The port of its health may be switched off: then that it stays has to do.
        if health == 200 or (health is None and steady >= KUBELET_STEADY):
            return True, None
    if seconds >= limit:
        return False, "not up after %d s: %s/%s, healthz %s" % (
            seconds,
            unit.get("ActiveState"),
            unit.get("SubState"),
            health,
        )
    return None, None


def last_words(log: str) -> "List[str]":
    """Of kubelet's log the lines that say why it ended; a wrong flag makes it print its whole usage after them."""
    lines = [line for line in log.splitlines() if re.match(r"[EF]\d{4} |Error: |panic: |Flag .* unknown", line)]
    return [line[:300] for line in lines[-5:]]
