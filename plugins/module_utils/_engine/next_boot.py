# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch with a reboot in it: the boot that is tried once, made permanent at the confirmation, or left again.

The plan's `boot`: {cgroup, once, permanent, undo, undo_permanent}, the last four lists of commands. None: no reboot.
"""

from .boot import cgroup_version, restart_machine
from .files import restore, write_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .work import Work


def in_other_boot(work: "Work") -> bool:
    """Is this another boot than Docker's, one of our own making? A second reboot for it is not tried."""
    if not work.plan.get("boot") or "set_next_boot" not in work.journal.begun():
        return False
    return cgroup_version(work.node) != work.before["cgroup"] and not work.journal.get("rebooted_back")


def reboot_back(work: "Work", *how: str) -> None:
    """Reboot into the boot that Docker ran in. how: options of systemctl."""
    work.journal["rebooted_back"] = True
    work.save(strict=False)
    work.say("the node reboots into the boot entry that Docker ran in")
    restart_machine(work.node, *how)


def make_permanent(work: "Work") -> None:
    """The boot that was tried once becomes the node's own. Can be done again."""
    boot = work.plan.get("boot")
    if boot:
        # Before it is: what was begun of it is undone, too.
        work.journal["permanent"] = True
        work.save()
        for item in work.plan["files"]:
            if item["group"] == "boot":
                restore(work.node, item["path"], work.before["files"][item["path"]])
        write_files(work.node, work.plan, work.images, "permanent")
        for argv in boot["permanent"]:
            work.node.run(argv, timeout=180)
