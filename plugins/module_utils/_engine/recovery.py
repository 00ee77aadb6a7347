# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reverts the node when nothing else does: the recovery unit at boot, and the watchdog in this one.

The recovery unit is enabled from the first step of a switch to its confirmation. The watchdog is a timer of systemd's.
"""

import contextlib
import os
import time

from .launch import program, transient
from .names import BOOT_MARK, RECOVERY_UNIT, RESERVE, STATE, WATCHDOG
from .systemd import systemctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

    from .node import Node

RECOVERY_PATH = "/etc/systemd/system/" + RECOVERY_UNIT
RECOVERY_LINKS = (
    "/etc/systemd/system/multi-user.target.wants/" + RECOVERY_UNIT,
    "/etc/systemd/system/kubelet.service.requires/" + RECOVERY_UNIT,
)
RECOVERY_TEXT = """\
# Written by cri.switchover while this node changes its container runtime; it leaves with the confirmation.
[Unit]
Description=Revert an unfinished change of this node's container runtime
DefaultDependencies=no
Conflicts=shutdown.target
After=local-fs.target systemd-remount-fs.service systemd-sysctl.service systemd-modules-load.service
Before=shutdown.target kubelet.service containerd.service docker.socket docker.service
Before=cri-docker.socket cri-docker.service cri-dockerd.socket cri-dockerd.service {kubelet} {target}
RequiresMountsFor={state} /etc {root} /var/lib/docker /var/lib/containerd /var/lib/cni {store}
ConditionPathExists=!{mark}

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=900
# Killed, it begins again: kubelet waits for it. Restart= would be refused for it before systemd 244.
ExecStart=/bin/sh -c 'until "$$@"; do [ $$? -gt 128 ] || exit 1; sleep 1; done' recover {command}

[Install]
WantedBy=multi-user.target
RequiredBy={kubelet}
"""


class Recovery(object):
    """Recovery unit and watchdog of one run. journal: its phase is asked for, its deadline is written."""

    def __init__(self, node: "Node", plan: "Dict[str, Any]", journal: "Dict[str, Any]") -> None:
        self.node, self.plan, self.journal = node, plan, journal

    def links(self) -> "List[str]":
        """What enables the unit: once for the boot, once as kubelet's requirement."""
        return [link.replace("kubelet.service", self.plan["kubelet"]["unit"]) for link in RECOVERY_LINKS]

    def enable(self) -> None:
        """The unit is there for the next boot, and leaves this one alone. Can be done again."""
        text = RECOVERY_TEXT.format(
            kubelet=self.plan["kubelet"]["unit"],
            target=self.plan["to"]["service"],
            state=STATE,
            mark=BOOT_MARK,
            store=self.plan.get("store") or "/var/lib/containerd",
            root=self.plan["kubelet"].get("root_dir") or "/var/lib/kubelet",
            command=" ".join(program("recover")),
        )
        self.node.write(RECOVERY_PATH, text.encode("utf-8"), mode=0o644)
        for link in self.links():
            self.node.link(link, RECOVERY_PATH)
        self.mark_boot()

    def mark_boot(self) -> None:
        """This boot has somebody in charge: the recovery unit does not start in it."""
        with open(self.node.path(BOOT_MARK), "w"):
            pass

    def arm(self, seconds: int, *how: str) -> None:
        """The watchdog reverts in so many seconds. how: options of systemd-run.

        systemd's monotonic clock, which nobody sets; a second of accuracy instead of its minute.

        Counted from the boot: from now, each daemon-reload would begin it anew before systemd 254 (systemd #27752).
        From now as well, a minute later: before systemd 240 a time since the boot that comes while systemd reloads is
        lost (systemd #10778), and in a container systemd does not know when the machine was booted. Who comes second
        finds nothing to do.
        """
        deadline = time.monotonic() + seconds
        contained = os.path.exists(self.node.path("/run/systemd/container"))
        when = (
            ["--on-active=%d" % seconds]
            if contained
            else ["--on-boot=%d" % (deadline + 1), "--on-active=%d" % (seconds + 60)]
        )
        self.node.run(
            transient(
                WATCHDOG,
                "Reverts the runtime switch when no confirmation comes",
                "--timer-property=AccuracySec=1s",
                *(when + list(how)),
            )
            + program("revert", "--run-id", self.plan["run_id"], "--watchdog")
        )
        self.journal["deadline"] = deadline

    def tidy(self) -> None:
        """What an end that was itself interrupted has left. After a failed revert it stays for the next boot."""
        if self.journal["phase"] != "revert_failed" and self.node.image_of(RECOVERY_PATH)["kind"] != "absent":
            self.disarm()

    def disarm(self, recovering: bool = False) -> None:
        """Once the journal says that it is over: what is left here then does nothing when it wakes.

        recovering: it is the recovery unit that calls, and would stop itself.
        """
        systemctl(self.node, "stop", WATCHDOG + ".timer", check=False)
        for link in self.links():
            self.node.remove(link)
        with contextlib.suppress(OSError):
            os.rmdir(self.node.path(os.path.dirname(self.links()[1])))
        self.node.remove(RECOVERY_PATH)
        reloaded = systemctl(self.node, "daemon-reload", check=False)[0] == 0
        if reloaded and not recovering:
            # Only now, when kubelet does not need it any more, and would not stop with it.
            systemctl(self.node, "stop", RECOVERY_UNIT, check=False)
        self.node.forget(self.node.path(BOOT_MARK))
        self.node.remove(RESERVE)
