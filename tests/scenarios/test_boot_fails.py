"""A node that is booted into cgroup v2 in its window, and does not get there. On the lab's profile cgroup-v1."""

from __future__ import annotations

import pytest
from arguments import settings
from lab import ssh
from node_state import read_state
from scenario import Scenario, eventually

pytestmark = pytest.mark.cgroup_v1

ARGUMENT = "systemd.unified_cgroup_hierarchy=1"
ENTRY = "/boot/grub/custom.cfg"
# It changes the entry for once as soon as the engine has written it.
UNITS = {
    "fault.path": f"[Path]\nPathChanged={ENTRY}\n",
    "fault.service": (
        "[Service]\nType=oneshot\n"
        f"ExecStart=/bin/sh -c 'grep -q {{new}} {ENTRY} || sed -i \"s/{ARGUMENT}/{{new}}/\" {ENTRY}'\n"
    ),
}
ENABLE = settings(switchover_cgroup_v2="enable")


def spoil_entry(number: int, new: str) -> None:
    for name, text in UNITS.items():
        ssh.run(number, f"cat >/etc/systemd/system/{name}", stdin=text.format(new=new).encode())
    ssh.run(number, "systemctl daemon-reload && systemctl start fault.path")


def test_a_node_that_comes_up_on_v1_is_reverted(lab: Scenario):
    spoil_entry(1, "systemd.unified_cgroup_hierarchy=0")
    lab.remember()
    run = lab.play("switch-runtime.yml", *ENABLE)
    assert run.code != 0
    assert run.revert_reason("node1") == "CRI-CUTOVER-CGROUP"
    assert read_state(1)["boot_id"] != lab.before[1]["boot_id"], "the node was never booted"
    lab.assert_on_docker(1, unschedulable=False)
    kept = ssh.run(1, "grub-editenv /boot/grub/grubenv list").splitlines()
    assert not [line for line in kept if line.startswith("next_entry=") and line != "next_entry="]
    lab.assert_never_touched(2)


def test_a_boot_that_hangs_is_the_old_one_after_a_power_cycle(lab: Scenario):
    """The node is lost for the run; nothing of it is lost."""
    spoil_entry(1, "systemd.unit=emergency.target")
    lab.remember()
    # It waits for as long as the watchdog and a revert may take, 20 min.
    run = lab.play("switch-runtime.yml", *ENABLE, patience=2400)
    assert run.code != 0
    assert [r for r in run.failures() if r["host"] == "node1"], "the run does not name the node that was lost"
    lab.assert_never_touched(2)

    lab.cluster.power_cut(1)
    eventually(lambda: read_state(1)["boot_id"] != lab.before[1]["boot_id"], "node1 did not boot", 300)
    assert ARGUMENT not in ssh.run(1, "cat /proc/cmdline")
    lab.until_rest(1, ("reverted",))
    assert lab.journal(1)["reason"] == "CRI-CUTOVER-CGROUP"
    lab.assert_on_docker(1, unschedulable=True, ours=True)
