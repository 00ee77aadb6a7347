# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a target finds the CNI plugins."""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.cni_dirs import cni_dirs
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.containerd_facts import info


def test_the_best_cni_directory_comes_first():
    facts = info(
        kubelet__cni_bin_dir="/a,/b",
        cni__active="10.conf",
        cni__files=[{"name": "10.conf", "plugins": ["bridge"]}],
        cni__bin_dirs=[{"path": "/a", "plugins": ["loopback"]}, {"path": "/b", "plugins": ["bridge"]}],
    )
    assert cni_dirs(facts) == (["/b", "/a"], True)
