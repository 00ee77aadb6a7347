# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubelet's process and its unit: it may run in a container of Docker, as in clusters of RKE1."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import io, processes
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import kubelet as reader
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Inspection
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.effective_flags import effective_flags
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry

KUBELET = 101
V1 = "12:pids:%s\n3:cpu,cpuacct:%s\n1:name=systemd:%s\n"


@pytest.fixture
def read(monkeypatch):
    """Reads a node on which nothing but a kubelet runs, in this cgroup."""

    def reading(cgroup):
        files = {"/proc/%d/cgroup" % KUBELET: cgroup}
        monkeypatch.setattr(io, "which", lambda name: None)
        monkeypatch.setattr(io, "read_text", lambda path, limit=0: files.get(path))
        monkeypatch.setattr(processes, "pids_of", lambda names: {n: [KUBELET] * (n == "kubelet") for n in names})
        monkeypatch.setattr(processes, "command_line", lambda pid: ["kubelet", "--network-plugin=cni"] if pid else [])
        monkeypatch.setattr(reader.os, "readlink", lambda path: "/usr/bin/kubelet")
        node = Inspection({"timeout": 1}, registry.RUNTIMES, registry.target())
        node.info["hostname"] = "n1"
        node.begin_units()
        node.collect_units()
        part = {}
        reader.read(node, part, effective_flags)
        return node, part

    return reading


@pytest.mark.parametrize("cgroup, seen", [
    ("0::/system.slice/docker-0a1b.scope\n", "/system.slice/docker-0a1b.scope"),
    (V1 % (("/docker/0a1b",) * 3), "/docker/0a1b"),
    # Beside cgroup v1, systemd takes the process for one of the service that started its container.
    (V1 % (("/docker/0a1b",) * 3) + "0::/system.slice/containerd.service\n", "/docker/0a1b"),
    (V1 % (("/docker/0a1b",) * 3) + "0::/system.slice/docker.service\n", "/docker/0a1b"),
    ("0::/machine.slice/libpod-0a1b.scope/container\n", "/machine.slice/libpod-0a1b.scope/container"),
    ("0::/user.slice/user-0.slice/session-3.scope\n", "/user.slice/user-0.slice/session-3.scope"),
    ("2:cpu:/x\n", "2:cpu:/x"),
])  # fmt: skip
def test_outside_of_all_units(read, cgroup, seen):
    node, kubelet = read(cgroup)
    assert kubelet["running"] and kubelet["outside_units"] == seen
    # no unit of another program is taken for kubelet's
    assert node.kubelet_unit == kubelet["unit"] == "kubelet.service"


@pytest.mark.parametrize("cgroup, unit", [
    ("0::/system.slice/kubelet.service\n", "kubelet.service"),
    (V1 % (("/system.slice/kubelet.service",) * 3) + "0::/system.slice/kubelet.service\n", "kubelet.service"),
    ("0::/system.slice/snap.kubelet-eks.daemon.service\n", "snap.kubelet-eks.daemon.service"),
    # it ended in the meantime
    (None, "kubelet.service"),
])  # fmt: skip
def test_in_a_unit(read, cgroup, unit):
    _node, kubelet = read(cgroup)
    assert kubelet["outside_units"] is None and kubelet["unit"] == unit
