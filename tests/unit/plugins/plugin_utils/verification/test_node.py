# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.verification.entries import LATER, SINCE, entry, expectation, reasons

from ansible_collections.cri.switchover.plugins.plugin_utils.verification.node import judge_alive, judge_resources
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.own_pods import judge_pods


@pytest.mark.parametrize(
    "seen, beats, wanted",
    [
        (entry(), LATER, []),
        (entry(), SINCE, ["CRI-VERIFY-HEARTBEAT", "CRI-VERIFY-HEARTBEAT"]),
        (entry(), dict(LATER, heartbeat="H1"), ["CRI-VERIFY-HEARTBEAT"]),
        (entry(), dict(LATER, lease_renew="L1"), ["CRI-VERIFY-HEARTBEAT"]),
        (entry(), dict(LATER, lease_renew=None), ["CRI-VERIFY-HEARTBEAT"]),
        # A clock that was set to an earlier time is life all the same.
        (entry(), {"lease_renew": "L0", "heartbeat": "H0"}, []),
        (entry(ready=False, ready_reason="no CNI"), LATER, ["CRI-VERIFY-READY"]),
        (entry(runtime_version="docker://20.10.24"), LATER, ["CRI-VERIFY-RUNTIME"]),
        (entry(runtime_version=None), LATER, ["CRI-VERIFY-RUNTIME"]),
        # The right name verifies nothing where the runtime did not answer kubelet.
        (entry(runtime_version="containerd://Unknown"), LATER, ["CRI-VERIFY-RUNTIME"]),
        (entry(runtime_version="docker://Unknown"), LATER, ["CRI-VERIFY-RUNTIME"]),
        (entry(uid="other"), LATER, ["CRI-VERIFY-NODE"]),
        (
            entry(ready=False, runtime_version="docker://1"),
            SINCE,
            ["CRI-VERIFY-HEARTBEAT", "CRI-VERIFY-HEARTBEAT", "CRI-VERIFY-READY", "CRI-VERIFY-RUNTIME"],
        ),
    ],
)
def test_life(seen, beats, wanted):
    assert reasons(judge_alive(expectation(), seen, beats)) == wanted


def test_a_runtime_that_did_not_answer_kubelet_is_not_called_wrong():
    for prefix, seen in (("containerd://", "containerd://Unknown"), ("docker://", "docker://Unknown")):
        (unmet,) = judge_alive(expectation(version_prefix=prefix), entry(runtime_version=seen), LATER)
        assert "whose version kubelet has not reported yet" in unmet["message"]
        # Waited for: the next status may name the version.
        assert unmet["details"] == {"seen": seen, "wanted": prefix} and not unmet.get("final")


def test_a_node_back_on_docker_is_judged_the_same_way():
    back = expectation(version_prefix="docker://")
    assert judge_alive(back, entry(runtime_version="docker://20.10.24"), LATER) == []
    assert reasons(judge_alive(back, entry(), LATER)) == ["CRI-VERIFY-RUNTIME"]


def changed(part, **values):
    made = entry()
    made[part] = dict(made[part], **{key.replace("_", "-"): value for key, value in values.items()})
    return made


@pytest.mark.parametrize(
    "seen, wanted",
    [
        (entry(), []),
        (changed("allocatable", memory="4096000000Ki"), ["CRI-VERIFY-RESOURCES"]),
        (changed("allocatable", memory="3999000Ki"), []),
        (changed("allocatable", memory="3900000Ki"), ["CRI-VERIFY-RESOURCES"]),
        (changed("allocatable", cpu="2000m"), []),
        (changed("allocatable", cpu="1900m"), ["CRI-VERIFY-RESOURCES"]),
        (changed("allocatable", pods="100"), ["CRI-VERIFY-RESOURCES"]),
        (changed("allocatable", ephemeral_storage="9500000"), []),
        (changed("allocatable", ephemeral_storage="8000000"), ["CRI-VERIFY-RESOURCES"]),
        (changed("allocatable", pods=None), ["CRI-VERIFY-RESOURCES"]),
        (entry(allocatable={}), ["CRI-VERIFY-RESOURCES"] * 4),
        (entry(extended={}), ["CRI-VERIFY-RESOURCES"]),
        (entry(extended={"nvidia.com/gpu": "0"}), ["CRI-VERIFY-RESOURCES"]),
        (entry(extended={"nvidia.com/gpu": "2", "new": "1"}), []),
        (entry(csi_drivers=["csi.a"]), ["CRI-VERIFY-CSI"]),
        (entry(csi_drivers=["csi.a", "csi.b", "csi.c"]), []),
        (entry(pressure=["DiskPressure"]), ["CRI-VERIFY-PRESSURE"]),
    ],
)
def test_resources(seen, wanted):
    assert reasons(judge_resources(expectation(), seen)) == wanted


def test_a_pressure_of_before_is_not_held_against_it():
    assert judge_resources(expectation(entry(pressure=["DiskPressure"])), entry(pressure=["DiskPressure"])) == []


def test_without_a_baseline_only_life_is_judged():
    bare = expectation(baseline=None)
    bare["baseline"] = None
    assert judge_alive(bare, entry(), LATER) == []
    assert judge_resources(bare, entry()) == []
    assert judge_pods(bare, entry()) == []
