# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step gets to work with: the node, the plan, the journal, and one object for each thing it works on."""

import contextlib

from .before_images import BeforeImages
from .cni import Cni
from .cri import Cri
from .docker import Docker
from .errors import Failure
from .kubelet import Kubelet
from .log import say
from .names import RESERVE
from .recovery import Recovery
from .systemd import show_units, systemctl
from .waiting import StepTime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Tuple

    from .journal import Journal
    from .node import Node
    from .store import Store
    from .systemd import Unit


def shim_units(plan: "Dict[str, Any]") -> "List[str]":
    """Units of what stands between kubelet and Docker: those of cri-dockerd, none for dockershim."""
    return list(plan["from"].get("units") or [])


class Work(object):
    """One run on one node. Made while the lock is held.

    journal is the one that is saved; what the steps of one process hand on to each other is kept beside it.
    """

    def __init__(self, node: "Node", store: "Store", plan: "Dict[str, Any]", journal: "Journal") -> None:
        self.node, self.store, self.plan, self.journal = node, store, plan, journal
        self.time = StepTime()
        self.images = BeforeImages(node, plan["run_id"])
        self.docker = Docker(node)
        self.cri = Cri(node, plan["crictl"], plan["to"]["socket"])
        self.cni = Cni(node, plan.get("cni") or {}, self.time, self.say)
        self.kubelet = Kubelet(node, plan["kubelet"], self.time)
        self.recovery = Recovery(node, plan, journal)
        # All that a switch may start, stop, enable or disable.
        self.units = [self.kubelet.unit, "docker.service", "docker.socket", plan["to"]["service"]] + shim_units(plan)
        # When kubelet was stopped, by the monotonic clock; what `crictl info` reported last.
        self.kubelet_stopped: "Optional[float]" = None
        self.info: "Dict[str, Any]" = {}

    @property
    def before(self) -> "Dict[str, Any]":
        """What was there before the switch, as BeforeImages.index has it."""
        return self.images.index

    def left(self, limit: float) -> float:
        """Seconds a wait may still take within its step."""
        return self.time.left(limit)

    def systemctl(self, *args: str, timeout: float = 90, check: bool = True) -> "Tuple[int, str, str]":
        """(rc, stdout, stderr) of `systemctl ARGS`."""
        return systemctl(self.node, *args, timeout=timeout, check=check)

    def show_units(self, names: "Iterable[str]") -> "Dict[str, Unit]":
        """{unit: {property: value}}"""
        return show_units(self.node, names)

    def save(self, strict: bool = True) -> None:
        """Write the journal, synced. On a full disk the space that was kept back is used for it.

        strict: a journal that still cannot be written is a Failure; without, the revert goes on.
        """
        try:
            self.store.save("journal.json", self.journal)
            return
        except (IOError, OSError) as exc:
            self.say("the journal cannot be written: %s" % exc)
            error = exc
        # What was kept back is for the way home.
        with contextlib.suppress(IOError, OSError):
            self.node.remove(RESERVE)
            self.store.save("journal.json", self.journal)
        if strict:
            raise Failure("CRI-CUTOVER-JOURNAL", "cannot write the journal: %s" % error.strerror) from error

    def publish(self) -> None:
        """The local fact, as far as the disk lets it."""
        with contextlib.suppress(IOError, OSError):
            self.store.publish(self.journal)

    def say(self, text: str) -> None:
        """A line of this run in the system's log."""
        say("run %s on node %s: %s" % (self.journal["run_id"], self.journal["node_name"], text))
