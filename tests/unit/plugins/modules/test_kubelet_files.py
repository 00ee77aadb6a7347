# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubelet_files on real files below a directory: what it stages, what it writes, and what of it leaves the node."""

import hashlib
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import docker_units
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import Layout
from ansible_collections.cri.switchover.plugins.modules import kubelet_files

UNIT = (
    "[Unit]\nAfter=docker.service network.target\nRequires=docker.service\n\n"
    "[Service]\nEnvironmentFile=%s\nExecStart=/usr/bin/kubelet $KUBELET_KUBEADM_ARGS\n"
)
FLAGS = 'KUBELET_KUBEADM_ARGS="--network-plugin=cni --secret=x"\n'


class Module:
    _diff = True

    def __init__(self, root, check_mode=False, **params):
        self.check_mode = check_mode
        self.params = dict(
            {
                "target": "containerd", "endpoint": None, "state": "staged", "root": root, "unit": "kubelet.service",
                "binary": None, "dependencies": {}, "pause_image": "", "cgroup_driver": "", "timeout": 1,
            },
            **params
        )  # fmt: skip

    def set_mode_if_different(self, path, mode, changed):
        os.chmod(path, int(mode, 8))

    def set_owner_if_different(self, path, owner, changed):
        pass

    set_group_if_different = set_owner_if_different

    def set_default_selinux_context(self, path, changed):
        pass


class Kubelet:
    """A kubelet of release 1.23 whose files are real."""

    def __init__(self, unit, env):
        self.unit, self.env, self.ran, self.refused = unit, env, [], []

    def layout(self):
        def text(path):
            with open(path) as stream:
                return stream.read()

        return Layout(
            "kubelet.service",
            [(self.unit, text(self.unit))],
            {self.env: text(self.env)},
            [],
            ("/var/lib/kubelet/instance-config.yaml", None),
        )

    def binary(self):
        return "/usr/bin/kubelet"

    def answers(self, _binary):
        return "1.23.17", ""

    def refuse_on_docker(self, layout, release):
        self.refused.append(release)

    def run(self, argv):
        self.ran.append(argv)


@pytest.fixture
def kubelet(tmp_path):
    unit, env = tmp_path / "kubelet.service", tmp_path / "kubeadm-flags.env"
    unit.write_text(UNIT % env)
    env.write_text(FLAGS)
    env.chmod(0o600)
    return Kubelet(str(unit), str(env))


DEPENDENCIES = {"requires": ["docker.service"], "after": ["docker.service", "network.target"]}


def test_the_copies_are_staged_and_the_live_files_stay(kubelet, tmp_path):
    root = str(tmp_path / "state" / "staged")
    result = kubelet_files.work(Module(root, dependencies=DEPENDENCIES), kubelet)
    assert result["changed"] and result["daemon_reload"] and kubelet.ran == [] and kubelet.refused == []
    assert {entry["path"] for entry in result["files"]} == {kubelet.unit, kubelet.env}
    for entry in result["files"]:
        assert entry["staged"] == root + entry["path"]
        with open(entry["staged"], "rb") as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == entry["sha256"] != entry["before"]["sha256"]
        assert os.stat(entry["staged"]).st_mode & 0o777 == 0o600
    assert os.stat(root).st_mode & 0o777 == 0o700
    with open(root + kubelet.unit) as staged, open(root + kubelet.env) as flags:
        assert "docker" not in staged.read()
        assert "--container-runtime-endpoint=unix:///run/containerd/containerd.sock" in flags.read()
    with open(kubelet.unit) as unit, open(kubelet.env) as env:
        assert "docker.service" in unit.read() and env.read() == FLAGS
    again = kubelet_files.work(Module(root, dependencies=DEPENDENCIES), kubelet)
    assert not again["changed"] and again["files"] == result["files"]


def test_check_mode_reports_the_same_and_writes_nothing(kubelet, tmp_path):
    root = str(tmp_path / "state" / "staged")
    checked = kubelet_files.work(Module(root, check_mode=True), kubelet)
    assert checked["changed"] and not os.path.exists(root)
    assert checked["files"] == kubelet_files.work(Module(root), kubelet)["files"]


def test_no_content_leaves_the_node(kubelet, tmp_path):
    result = kubelet_files.work(Module(str(tmp_path / "staged")), kubelet)
    assert not any("content" in entry for entry in result["files"])
    (difference,) = [item for item in result["diff"] if item["after_header"] == kubelet.env]
    assert "secret" not in str(difference)


@pytest.mark.parametrize(
    "params, socket",
    [
        ({"target": "crio"}, "unix:///var/run/crio/crio.sock"),
        ({"target": "crio", "endpoint": "unix:///run/own.sock"}, "unix:///run/own.sock"),
    ],
)
def test_the_socket_is_the_targets_unless_one_is_given(kubelet, tmp_path, params, socket):
    result = kubelet_files.work(Module(str(tmp_path / "staged"), **params), kubelet)
    assert result["flags_after"]["container-runtime-endpoint"] == socket


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_live_files_are_written_on_demand(kubelet, tmp_path, check_mode):
    root = str(tmp_path / "staged")
    module = Module(root, check_mode, state="applied", dependencies=DEPENDENCIES)
    result = kubelet_files.work(module, kubelet)
    assert result["changed"] and kubelet.refused == [(1, 23)] and not os.path.exists(root)
    assert all(entry["staged"] is None for entry in result["files"])
    with open(kubelet.env) as env:
        assert ("--container-runtime-endpoint" in env.read()) is not check_mode
    assert kubelet.ran == ([] if check_mode else [["systemctl", "daemon-reload"]])
    if not check_mode:
        assert not kubelet_files.work(module, kubelet)["changed"]


@pytest.mark.parametrize(
    "dependencies, units",
    [
        ({}, []),
        ({"after": ["network.target"], "wants": None}, []),
        (
            {"requires": ["docker.service"], "after": ["docker.service", "docker.socket"]},
            ["docker.service", "docker.socket"],
        ),
        ({"binds_to": ["cri-docker.service"]}, ["cri-docker.service"]),
        (
            {"after": ["cri-dockerd.service"], "wants": ["cri-dockerd.socket"]},
            ["cri-dockerd.service", "cri-dockerd.socket"],
        ),
        # Those that need kubelet, which kubelet does not need.
        ({"required_by": ["docker.service"]}, []),
    ],
)
def test_units_that_kubelet_must_not_need_any_more(dependencies, units):
    assert docker_units(dependencies) == units
