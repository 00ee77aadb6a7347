# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state machine: it does the steps of a switch, and reverts the node when one fails or nobody confirms.

One lock, the journal written before and after each step, a revert on every failure.

Private to this collection: there is no promise that it stays as it is.
"""

import time

from . import revert_steps, switch_steps
from .boot import boot_id, cgroup_version
from .cri import judge_info, need
from .errors import Failure
from .launch import engine_unit, program, revert_unit
from .names import RECOVERY_UNIT
from .next_boot import in_other_boot, reboot_back
from .revert_plan import over, revert_names
from .revert_steps import revert_check_source
from .switch_steps import BOOT_STEPS, finish_offline, reboot, switch_steps_of
from .work import Work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional

    from .journal import Journal
    from .node import Node
    from .store import Store
    from .switch_steps import Steps

# The pauses, in seconds, before a revert that failed is tried again; none begins after so many seconds in all.
TRY_AGAIN = (5, 20, None)
TRY_AGAIN_UNTIL = 300


class Engine(object):
    """One run on one node, from its phase to the next. Made while the lock is held."""

    def __init__(self, node: "Node", store: "Store", plan: "Dict[str, Any]", journal: "Journal") -> None:
        self.work = Work(node, store, plan, journal)
        self.node, self.plan, self.journal = node, plan, journal

    def switch(self) -> bool:
        """Do the switch. True: switched."""
        started = time.monotonic()
        self.journal["boot_id"] = boot_id(self.node)
        self.journal.move("switching")
        self.work.say("the switch to %(runtime)s begins" % self.plan["to"])
        return self.advance(switch_steps_of(self.plan), started)

    def continue_after_reboot(self) -> bool:
        """Behind a reboot that is part of the way. True: switched."""
        self.work.say("the switch continues after the reboot")
        names = [step.__name__ for step, _seconds in switch_steps.SWITCH]
        return self.advance(switch_steps.SWITCH[names.index(reboot.__name__) + 1 :], time.monotonic())

    def advance(self, steps: "Steps", started: float) -> bool:
        """Do these steps, the last of a switch; revert on a failure. True: switched. started: monotonic clock."""
        try:
            for step, seconds in steps:
                self.perform(step, seconds)
            self.journal.move("switched")
            self.journal["engine_seconds"] = round(time.monotonic() - started, 3)
            self.work.save()
        except Exception as exc:
            self.fail(exc)
            return False
        self.work.publish()
        self.work.say("the switch took %.1f s, and waits for its confirmation" % self.journal["engine_seconds"])
        return True

    def fail(self, exc: Exception) -> None:
        """Write down why, and revert."""
        self.journal.record_exception(exc)
        self.revert()

    def perform(self, step: "Callable[[Work], Optional[str]]", seconds: float, strict: bool = True) -> None:
        """One step, in so many seconds: written down before it begins; raises what it raises.

        strict: a journal that cannot be written is a Failure.
        """
        name = step.__name__
        self.journal.begin(name, time.time())
        # One write says both that this one begins and that the one before has ended.
        self.work.save(strict)
        started = time.monotonic()
        self.work.time.begin(seconds)
        try:
            note = step(self.work)
        except Exception as exc:
            self.journal.finish(time.monotonic() - started, error=str(exc))
            self.work.say("step %s failed: %s" % (name, exc))
            raise
        self.journal.finish(time.monotonic() - started, note=note)
        self.work.say("step %s took %.1f s" % (name, time.monotonic() - started))

    # the revert

    def revert(self) -> bool:
        """True: the node is as it was. A full disk must not stop it: here the journal is written if it can be."""
        self.journal.move("reverting")
        self.work.say("the revert begins: %s" % self.journal["error"])
        names = revert_names(self.journal, boot_id=boot_id(self.node))
        elsewhere = in_other_boot(self.work)
        if elsewhere:
            names = names[: names.index("revert_runtimes")]
        try:
            if not self.check_docker_first(names):
                return False
            self.perform_revert(names)
            if elsewhere:
                # Docker is to start where it always ran: recovery sees to it in the boot that follows.
                reboot_back(self.work)
                raise Failure("CRI-REVERT-REBOOT", "the node was asked to reboot, but it did not")
            self.journal.move("reverted")
        except Exception as exc:
            self.revert_has_failed(exc)
            return False
        self.end_reverted()
        return True

    def end_reverted(self) -> None:
        """The node is as it was: nothing of ours waits for it any more."""
        self.work.save(strict=False)
        self.work.recovery.disarm()
        # It may have failed before something else reverted the node.
        self.work.systemctl("reset-failed", RECOVERY_UNIT, check=False)
        self.work.publish()
        self.work.say("the node is reverted")

    def check_docker_first(self, names: "List[str]") -> bool:
        """Can Docker have the node back? False: it cannot, the target works, and the node stays there."""
        step = revert_check_source
        if step.__name__ not in names:
            return True
        try:
            self.perform(step, dict(revert_steps.REVERT)[step], strict=False)
        except Exception as exc:
            return not self.remain_on_target(exc)
        return True

    def perform_revert(self, names: "List[str]") -> None:
        """Where a step fails, all of them are tried again: each can be. Not for ever, for somebody waits."""
        began = time.monotonic()
        for pause in TRY_AGAIN:
            try:
                for step, seconds in revert_steps.REVERT:
                    name = step.__name__
                    if name in names and step is not revert_check_source and not over(self.journal, name):
                        self.perform(step, seconds, strict=False)
                return
            except Exception as exc:
                if pause is None or time.monotonic() - began > TRY_AGAIN_UNTIL:
                    raise
                self.work.say("the revert failed, and is tried again in %d s: %s" % (pause, exc))
            time.sleep(pause)

    def revert_has_failed(self, exc: Exception) -> None:
        """The revert failed: only a boot or an operator tries it again."""
        self.journal.move("revert_failed")
        self.journal["error"] = "%s; and the revert failed: %s" % (self.journal["error"], exc)
        self.work.save(strict=False)
        self.work.publish()
        self.work.say("the revert FAILED, the node may have no working runtime: %s" % exc)

    def remain_on_target(self, why: Exception) -> bool:
        """Docker runs nothing any more. True: the target does, and the node stays there, cordoned and unconfirmed."""
        self.work.say("Docker cannot run containers (%s): checking whether the target can" % why)
        try:
            if self.journal["came_from"] == "switching":
                for step, seconds in switch_steps.SWITCH:
                    if not self.journal.ended_well(step.__name__) and step not in BOOT_STEPS:
                        self.perform(step, seconds, strict=False)
            self.work.kubelet.wait(60)
            need(self.work.cri.info_until(30, lambda info: judge_info(info, network=True)))
        except Exception as exc:
            self.work.say("the target cannot run containers either: %s" % exc)
            return False
        self.journal.move("revert_blocked")
        self.journal.record_failure("CRI-REVERT-SOURCE", "%s (wanted: %s)" % (why, self.journal["error"]))
        self.work.save(strict=False)
        self.work.recovery.disarm()
        self.work.publish()
        self.work.say(
            "the revert is BLOCKED: the node stays on %(runtime)s, because Docker cannot run containers"
            % self.plan["to"]
        )
        return True

    # at boot

    def recover(self) -> bool:
        """At boot, nothing runs: on to the target where the operator chose so, a new watchdog, or back."""
        wanted = self.plan["watch"].get("on_reboot") == "finish" and "stop_kubelet" in self.journal.begun()
        try:
            if self.journal.awaits_boot(boot_id(self.node)):
                self.journal.finish(time.time() - self.journal["steps"][-1]["started"])
                self.rearm()
                # Ordered behind us, as the revert is.
                self.node.run(engine_unit("--no-block") + program("run", "--run-id", self.plan["run_id"]))
                return True
            if self.journal["phase"] == "switching" and wanted and not self.plan.get("boot"):
                self.perform(finish_offline, 240)
                self.journal.move("switched")
            if self.journal["phase"] == "switched":
                boot = self.plan.get("boot")
                if boot and cgroup_version(self.node) != boot["cgroup"]:
                    # Back on the old entry, with a target that was verified in another boot.
                    raise Failure("CRI-CUTOVER-REBOOT", "the node restarted before its confirmation")
                self.rearm()
                return True
            self.journal.record_interruption("CRI-CUTOVER-REBOOT", "the node restarted")
        except Exception as exc:
            self.journal.record_exception(exc)
        return self.revert_at_boot()

    def revert_at_boot(self) -> bool:
        """Revert what is on the disk before anything starts; a unit of its own does the rest afterwards."""
        self.journal.move("reverting")
        self.work.say("the revert begins at boot: %s" % self.journal["error"])
        try:
            self.perform_revert(revert_names(self.journal, boot=True))
        except Exception as exc:
            self.revert_has_failed(exc)
            return False
        if in_other_boot(self.work):
            reboot_back(self.work, "--no-block")
            return False
        if self.journal.get("rebooted_back") and cgroup_version(self.node) != self.work.before["cgroup"]:
            self.work.say("the node is STILL on cgroup v%d: Docker is started there" % cgroup_version(self.node))
        self.journal["recovered_boot"] = boot_id(self.node)
        self.work.save(strict=False)
        self.work.publish()
        self.work.recovery.mark_boot()
        try:
            # Ordered behind us, as all that it will start: to wait for it would be to wait for ourselves.
            self.node.run(revert_unit("--no-block") + program("revert", "--run-id", self.plan["run_id"], "--force"))
        except Failure as exc:
            # kubelet may start: its files are those of Docker.
            self.work.say("the unit that completes the revert does not start: %s" % exc)
        return True

    def rearm(self) -> None:
        """After a boot: the timer went with the last one."""
        self.journal["boot_id"] = boot_id(self.node)
        self.work.recovery.arm(self.plan["watch"]["watchdog_s"], "--no-block")
        self.work.save()
        self.work.publish()
        self.work.recovery.mark_boot()
