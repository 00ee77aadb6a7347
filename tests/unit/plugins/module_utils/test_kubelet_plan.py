# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a kubelet's files: every release, every layout, and the awkward ways to write them."""

import os
import re

import pytest

from ansible_collections.cri.switchover.plugins.module_utils import _kubelet_args as args
from ansible_collections.cri.switchover.plugins.module_utils import _kubelet_config as config
from ansible_collections.cri.switchover.plugins.module_utils import _kubelet_plan as core

FIXTURES = os.path.join(os.path.dirname(__file__), "fixtures", "kubelet")
CONTAINERD = "unix:///run/containerd/containerd.sock"
CRIO = "unix:///var/run/crio/crio.sock"
LAYOUTS = ("deb-kubeadm", "rpm-kubeadm", "kubespray", "plain", "drop-in", "cri-dockerd")
RELEASES = list(range(20, 38))
DOCKER_UNITS = ("docker.service", "docker.socket")


def tree(name):
    files, root = {}, os.path.join(FIXTURES, name)
    for folder, _folders, names in os.walk(root):
        for one in names:
            path = os.path.join(folder, one)
            with open(path, newline="") as stream:
                files[path[len(root) :]] = stream.read()
    return files


def layout_of(files, configs=None, instance="/var/lib/kubelet/instance-config.yaml"):
    """What the module reads on a node that has these files; /etc shadows what packages bring, as in systemd."""
    found = {}
    for folder in ("/usr/lib/systemd/system", "/lib/systemd/system", "/etc/systemd/system"):
        for path in files:
            if path.startswith(folder + "/kubelet.service"):
                found[path[len(folder) :]] = path
    names = sorted(found, key=lambda name: (name != "/kubelet.service", name))
    units = [(found[name], files[found[name]]) for name in names]
    env = {path: files[path] for path, _optional in args.environment_files(units) if path in files}
    main, folder = core.config_paths(args.expand(units, env).flags())
    paths = [main] if main in files else []
    paths += sorted(path for path in files if folder and path.startswith(folder + "/"))
    return core.Layout(
        "kubelet.service", units, env, [(path, files[path]) for path in paths], (instance, files.get(instance))
    )


def planned(files, minor, endpoint=CONTAINERD, **kwargs):
    return core.plan(layout_of(files), "v1.{0}.3".format(minor), kwargs.pop("help_text", ""), endpoint, **kwargs)


def after(files, result):
    return dict(files, **{entry["path"]: entry["content"] for entry in result.files})


def contents(result):
    return {entry["path"]: entry["content"] for entry in result.files}


@pytest.mark.parametrize("endpoint", [CONTAINERD, CRIO])
@pytest.mark.parametrize("minor", RELEASES)
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_release_and_layout(name, minor, endpoint):
    files = tree(name)
    result = planned(files, minor, endpoint, release_units=DOCKER_UNITS)
    flags = result.flags_after
    for gone in ("network-plugin", "cni-bin-dir", "cni-conf-dir", "docker", "image-pull-progress-deadline"):
        assert gone not in flags
    assert flags.get("container-runtime") == ("remote" if minor <= 23 else None)
    has_config = "config" in flags
    assert flags.get("container-runtime-endpoint") == (endpoint if minor < 34 or not has_config else None)
    assert ("pod-infra-container-image" in flags) == ("pod-infra-container-image" in result.flags_before and minor < 35)
    done = after(files, result)
    if has_config:
        field = config.read_field(done[flags["config"]], "containerRuntimeEndpoint")
        assert field == (endpoint if minor >= 34 else "" if name == "cri-dockerd" else None)
    kubeadm = "/var/lib/kubelet/kubeadm-flags.env" in files
    assert ("/var/lib/kubelet/instance-config.yaml" in done) == (minor >= 34 and kubeadm)
    for path, text in layout_of(done).unit_texts:
        assert not re.search(r"^(Requires|Wants|BindsTo|PartOf|After)=.*docker", text, re.M), path
    for path in contents(result):
        assert not path.startswith(("/lib/", "/usr/lib/"))
    again = core.plan(layout_of(done), "v1.{0}.3".format(minor), "", endpoint, release_units=DOCKER_UNITS)
    assert again.files == []
    assert not again.daemon_reload
    assert again.flags_before == result.flags_after
