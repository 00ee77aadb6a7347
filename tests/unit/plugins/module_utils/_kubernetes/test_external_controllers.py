# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import external_controllers
from ansible_collections.cri.switchover.plugins.module_utils._rollout import health


def daemonset(name, **annotations):
    return {"metadata": {"namespace": "ops", "name": name, "annotations": annotations or None}}


def lock(**value):
    return {"weave.works/kured-node-lock": json.dumps(value)}


@pytest.mark.parametrize(
    "daemonsets, seen",
    [
        ([], None),
        ([daemonset("agent")], None),
        ([daemonset("agent"), daemonset("kured")], ("ops/kured", [])),
        ([daemonset("kured", **lock(nodeID="n1", created="x", TTL=0))], ("ops/kured", ["n1"])),
        ([daemonset("reboots", **lock(nodeID="n1"))], ("ops/reboots", ["n1"])),
        (
            [daemonset("kured", **lock(maxOwners=2, locks=[{"nodeID": "n2"}, {"nodeID": "n1"}]))],
            ("ops/kured", ["n1", "n2"]),
        ),
        ([daemonset("kured", **lock(maxOwners=2, locks=[]))], ("ops/kured", [])),
        ([daemonset("kured", **{"weave.works/kured-node-lock": "{"})], ("ops/kured", [])),
    ],
)
def test_kured_and_its_lock(daemonsets, seen):
    assert external_controllers.kured(daemonsets) == (seen and {"daemonset": seen[0], "nodes": seen[1]})
    waits = [item["details"]["nodes"] for item in health.judge_kured(daemonsets)]
    assert waits == ([seen[1]] if seen and seen[1] else [])
