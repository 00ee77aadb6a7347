# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's containers out of its files."""

import json

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.containers import container, unmanaged
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._docker_removal.node_facts import ID


def test_containers():
    kept = json.dumps({"Name": "/k8s_x", "Config": {"Image": "x", "Labels": {"io.kubernetes.pod.name": "p"}}})
    mine = json.dumps({"Name": "/registry", "Config": {"Image": "registry:2", "Labels": None}})
    found = [container(kept, ID), container(mine, ID), container("{", ID)]
    assert unmanaged(found) == ["(unreadable) (None)", "registry (registry:2)"]
