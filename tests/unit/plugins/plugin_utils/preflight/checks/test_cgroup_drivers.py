# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    INFO,
    changed,
    found,
    tokens,
)

BLOCKERS = [
    ("CRI-PF-CGROUP-DRIVER", {"docker/cgroup_driver": "cgroupfs"}),
    ("CRI-PF-CGROUP-DRIVER", {"kubelet/cgroup_driver": None}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


WARNINGS = [
    ("CRI-PF-CGROUP-DRIVER", {"kubelet/cgroup_driver": "cgroupfs", "docker/cgroup_driver": "cgroupfs"}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []


NOTES = [
    ("CRI-PF-CGROUP-HYBRID", {"cgroup": {"version": 1, "hybrid": True}}),
]


@pytest.mark.parametrize("token, changes", NOTES)
def test_notes(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "note") == [token] and len(findings) == 1
