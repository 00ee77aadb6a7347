# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    CLUSTER,
    POD,
    changed,
    found,
    tokens,
)

NODE_FINDINGS = [
    ("blocker", "CRI-PF-RUNNER", {"runner/on_node": "node1"}),
    ("warning", "CRI-PF-DIGEST-IMAGES", {"nodes/node1/pods": [dict(POD, images=["web@sha256:0"])]}),
]


@pytest.mark.parametrize("level, token, changes", NODE_FINDINGS)
def test_what_the_cluster_says(level, token, changes):
    findings = found(cluster=changed(CLUSTER, changes))
    assert tokens(findings, level) == [token] and len(findings) == 1
