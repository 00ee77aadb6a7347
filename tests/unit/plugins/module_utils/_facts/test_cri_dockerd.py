# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cri-dockerd as it runs, and what it makes of the facts about kubelet."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import cri_dockerd, io, processes
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import cri_dockerd as reader
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Inspection
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry

SHIM = 202


@pytest.mark.parametrize("printed, plugin", [
    ("cri-dockerd 0.2.0 (HEAD)\n", ""),
    ("cri-dockerd 0.2.3 (23513f4)\n", ""),
    ("cri-dockerd 0.2.4 (4b57f30)\n", "kubenet"),
    ("cri-dockerd 0.2.5 (10797dc)\n", "cni"),
    ("cri-dockerd 0.3.4 (e88b1605)\n", "cni"),
    ("cri-dockerd 0.4.0 (b9b8893)\n", "cni"),
    # a build without a number, which releases before 0.3.8 have in their source
    ("cri-dockerd dev (HEAD)\n", "cni"),
    ("", "unknown"),
    (None, "unknown"),
])  # fmt: skip
def test_the_network_of_one_without_the_flag(printed, plugin):
    assert cri_dockerd.default_network_plugin(printed) == plugin


@pytest.fixture
def node(monkeypatch):
    """A node whose kubelet uses a cri-dockerd; a test says what it is started with, and what it prints."""
    started = {"argv": ["/usr/bin/cri-dockerd"], "printed": (0, "", ""), "asked": []}

    class Command:
        def __init__(self, argv):
            started["asked"].append(argv)
            self.argv = argv

        def result(self, _timeout):
            return started["printed"]

    monkeypatch.setattr(io, "Command", Command)
    monkeypatch.setattr(io, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(processes, "command_line", lambda pid: started["argv"] if pid == SHIM else [])
    monkeypatch.setattr(processes, "unit_of", lambda pid: "cri-docker.service")
    found = Inspection({"timeout": 1}, registry.RUNTIMES, registry.target())
    found.pids["cri-dockerd"] = [SHIM]
    found.info.update(
        kubelet={"network_plugin": "", "pause_image": "r.test/pause:1", "cni_bin_dir": "/opt/cni/bin"},
        docker={"containers": {"sandbox_images": ["r.test/pause:2"]}},
        runtime={"shim": "cri-dockerd"},
        started=started,
    )
    return found


def read(node, *flags, **started):
    node.info["started"].update(started, argv=["/usr/bin/cri-dockerd"] + list(flags))
    shim = {}
    reader.begin(node)
    node.read(reader.read, shim)
    return shim, node.info["kubelet"]


def test_an_old_one_without_the_flag_is_not_cni(node):
    shim, kubelet = read(node, printed=(0, "cri-dockerd 0.2.3 (23513f4)\n", ""))
    assert shim["version"] == "0.2.3" and kubelet["network_plugin"] == ""
    # The program that runs is asked, and what it prints as an error is read, too.
    assert node.info["started"]["asked"] == [["/bin/sh", "-c", 'exec "$0" --version 2>&1', "/proc/202/exe"]]


@pytest.mark.parametrize("flags, plugin", [
    (["--network-plugin=cni"], "cni"), (["--network-plugin", "cni"], "cni"), (["--network-plugin="], ""),
    (["--network-plugin=no-op"], "no-op"),
])  # fmt: skip
def test_the_flag_says_it_whatever_the_version(node, flags, plugin):
    _shim, kubelet = read(node, *flags, printed=(1, "", "no version today"))
    assert kubelet["network_plugin"] == plugin


def test_a_version_that_cannot_be_read(node):
    shim, kubelet = read(node, printed=(1, "", "no version today"))
    assert "no version today" in shim["error"] and shim["version"] is None
    assert kubelet["network_plugin"] == "unknown" and kubelet["pause_image"] == "r.test/pause:2"


def test_the_rest_of_its_command_line(node):
    _shim, kubelet = read(
        node, "--cni-bin-dir=/a", "--pod-infra-container-image=r.test/pause:3", printed=(0, "cri-dockerd 0.3.4 (x)", "")
    )
    assert kubelet["cni_bin_dir"] == "/a" and kubelet["pause_image"] == "r.test/pause:3"
    assert kubelet["network_plugin"] == "cni"


def test_one_that_does_not_run_says_nothing_of_the_network(node):
    node.pids["cri-dockerd"] = []
    shim, kubelet = read(node, printed=(0, "cri-dockerd 0.2.3 (23513f4)\n", ""))
    assert not shim["running"] and kubelet["network_plugin"] == "cni"


def test_kubelet_is_left_alone_where_it_uses_another_runtime(node):
    node.info["runtime"]["shim"] = None
    _shim, kubelet = read(node, "--cni-bin-dir=/a", printed=(0, "cri-dockerd 0.2.3 (23513f4)\n", ""))
    assert kubelet == {"network_plugin": "", "pause_image": "r.test/pause:1", "cni_bin_dir": "/opt/cni/bin"}
