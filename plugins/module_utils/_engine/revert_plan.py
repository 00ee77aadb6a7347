# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps a revert takes: what has begun is to be undone. Out of the journal alone."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from .journal import Journal

# The step that does the rest of a switch at boot, where the operator chose so: it stands for all that it does.
FINISHED = "finish_offline"
# What the journal says of pods that the target could not be asked to remove.
BY_CGROUP = "by cgroup"


def over(journal: "Journal", name: str) -> bool:
    """Is this step needless when the revert is tried again? What it would end and release is by then Docker's."""
    return name in ("revert_remove_pods", "revert_release_network") and journal.ended_well("revert_files")


def pods_ended_by_cgroup(journal: "Journal") -> bool:
    """Then the target has records of them still."""
    return any(step["name"] == "revert_remove_pods" and step.get("note") == BY_CGROUP for step in journal["steps"])


def can_remain_on_target(journal: "Journal") -> bool:
    """Has the target been verified, and is nothing of it undone yet? Then Docker must show that it works first."""
    done = journal.begun()
    verified = journal.get("came_from") in ("switched", "confirmed", "finalized", "revert_blocked")
    return (verified or journal.ended_well("verify_target")) and "revert_stop_kubelet" not in done


def target_ran(done: "List[str]") -> bool:
    """May the target have run in these steps? finish_offline leaves its start to the boot."""
    return "start_target" in done or FINISHED in done


def revert_names(journal: "Journal", boot: bool = False, boot_id: "Optional[str]" = None) -> "List[str]":
    """The steps back that what has begun asks for, in their order. Nothing begun that disturbs a pod: none.

    boot: nothing runs yet, so only what lies on the disk; boot_id: of a boot whose recovery has done that already.
    """
    done = journal.begun()
    if "stop_kubelet" not in done:
        return []
    written = "write_target" in done or FINISHED in done
    loader = ["revert_loader"] if "set_next_boot" in done else []
    if boot:
        return ["revert_release_network", "revert_files"] + loader + ["revert_unit_files"] if written else []
    start = ["revert_runtimes", "revert_clear_checkpoints", "revert_start_kubelet"]
    if boot_id and journal.get("recovered_boot") == boot_id:
        return start
    names = ["revert_check_source"] if can_remain_on_target(journal) else []
    names += ["revert_enable_recovery", "revert_stop_kubelet"]
    if target_ran(done):
        names += ["revert_remove_pods"]
    if written:
        names += ["revert_release_network", "revert_files"] + loader + ["revert_unit_files"]
    sandboxes = ["revert_stop_sandboxes"] if "stop_pods" in done or FINISHED in done else []
    return names + start[:1] + sandboxes + start[1:]
