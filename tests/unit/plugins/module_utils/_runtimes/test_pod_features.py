# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cgroup v2 offers, over the versions that decide."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import pod_features as core
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.cgroup_facts import info

NEWEST = {"kubelet__version": "v1.34.0", "os__kernel": "6.12.0"}


@pytest.mark.parametrize(
    "target, changes, expected",
    [
        ("containerd", {}, ("kubelet's feature gate MemoryQoS", "kubelet 1.33", "kernel 6.3")),
        ("containerd", {"unified": False}, ("cgroup v1", "cgroup v1", "kernel 6.3")),
        (
            "containerd",
            {**NEWEST},
            ("kubelet's feature gate MemoryQoS", None, "containerd 2.0"),
        ),
        ("crio", {**NEWEST}, ("kubelet's feature gate MemoryQoS", None, None)),
        (
            "crio",
            {
                "kubelet__version": "v1.33.0",
                "os__kernel": "6.12.0",
                "cgroup__psi": False,
                "kubelet__effective": {"featureGates": {"MemoryQoS": True}},
            },
            (None, "a kernel that reports pressure (psi=1)", None),
        ),
        ("crio", {"kubelet__version": "v1.37.0", "os__kernel": "6.12.0"}, (None, None, None)),
    ],
)  # fmt: skip
def test_what_it_gives(target, changes, expected):
    found = core.features(info(**changes), registry.target(target))
    assert (found["memory QoS"], found["PSI"], found["user namespaces"]) == expected
