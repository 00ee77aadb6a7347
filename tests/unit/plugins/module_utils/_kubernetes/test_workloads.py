# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import workloads


@pytest.mark.parametrize(
    "kind, spec, status, numbers",
    [
        ("Deployment", {"replicas": 3}, {"readyReplicas": 2}, (2, 3)),
        ("Deployment", {}, {}, (0, 1)),
        ("Deployment", {"replicas": 0}, {}, (0, 0)),
        ("StatefulSet", {"replicas": 2}, {"readyReplicas": 2}, (2, 2)),
        ("DaemonSet", {}, {"numberReady": 4, "desiredNumberScheduled": 5}, (4, 5)),
        ("DaemonSet", {}, {}, (0, 0)),
    ],
)
def test_the_numbers_of_a_workload(kind, spec, status, numbers):
    assert workloads.ready_and_wanted(kind, {"spec": spec, "status": status}) == numbers
