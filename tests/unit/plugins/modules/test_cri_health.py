# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge of a runtime's health: what crictl says, in its several shapes."""

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import waiting
from ansible_collections.cri.switchover.plugins.module_utils._engine.cri import (
    Cri,
    handlers_of,
    has_image,
    judge_info,
    judge_version,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._engine.smoke import smoke_configs
from ansible_collections.cri.switchover.plugins.modules import cri_health


def info(runtime=True, network=True, **more):
    return dict(
        {
            "status": {
                "conditions": [
                    {"type": "RuntimeReady", "status": runtime, "reason": "", "message": ""},
                    {
                        "type": "NetworkReady",
                        "status": network,
                        "reason": "NetworkPluginNotReady",
                        "message": "cni config missing",
                    },
                ]
            }
        },
        **more,
    )


CONTAINERD_1 = {"config": {"containerd": {"runtimes": {"runc": {}, "runsc": {}}}, "sandboxImage": "pause:3.6"}}
CRI_1_30 = {"runtimeHandlers": [{"name": "", "features": {}}, {"name": "crun"}, {"name": "runc"}]}
CRIO = {"config": {"sandboxImage": "registry.k8s.io/pause:3.10"}}


@pytest.mark.parametrize(
    "given, wanted",
    [
        (info(**CONTAINERD_1), ["runc", "runsc"]),
        (info(**CRI_1_30), ["crun", "runc"]),
        (info(**CRIO), None),
        ({}, None),
        (info(runtimeHandlers=None, config="text"), None),
    ],
)
def test_handlers(given, wanted):
    assert handlers_of(given) == wanted


@pytest.mark.parametrize(
    "given, handlers, network, pause, tokens",
    [
        (info(**CONTAINERD_1), ["runc"], True, "pause:3.6", []),
        (info(network=False), [], False, None, []),
        (info(network=False), [], True, None, ["CRI-NETWORK-NOTREADY"]),
        (info(runtime=False), [], False, None, ["CRI-RUNTIME-NOTREADY"]),
        ({}, [], True, None, ["CRI-RUNTIME-NOTREADY", "CRI-NETWORK-NOTREADY"]),
        (info(**CONTAINERD_1), ["crun"], False, None, ["CRI-HANDLER-MISSING"]),
        (info(**CRIO), ["crun"], False, None, []),
        (info(**CONTAINERD_1), [], False, "pause:3.9", ["CRI-PAUSE-CONFIG"]),
    ],
)
def test_info(given, handlers, network, pause, tokens):
    assert [item["reason"] for item in judge_info(given, handlers, network, pause)] == tokens


@pytest.mark.parametrize(
    "wanted, there",
    [
        ("pause:3.6", True),
        ("docker.io/library/pause:3.6", True),
        ("registry.k8s.io/pause:3.6", False),
        ("calico/node:v3", True),
        ("docker.io/calico/node:v3", True),
        ("localhost/x", True),
        ("localhost:5000/y:1", True),
        ("sha256:77", True),
        ("calico/node@sha256:ab", True),
        ("calico/node", False),
    ],
)
def test_images_by_any_of_their_names(wanted, there):
    images = {
        "images": [
            {"id": "sha256:77", "repoTags": ["docker.io/library/pause:3.6"], "repoDigests": []},
            {
                "id": "sha256:78",
                "repoTags": ["docker.io/calico/node:v3"],
                "repoDigests": ["docker.io/calico/node@sha256:ab"],
            },
            {"id": "sha256:79", "repoTags": ["localhost/x:latest", "localhost:5000/y:1"], "repoDigests": None},
        ]
    }
    assert has_image(images, wanted) is there
    assert not has_image({}, wanted)


@pytest.mark.parametrize(
    "name, pattern, tokens",
    [
        (None, None, []),
        ("containerd", r"^1\.6\.", []),
        ("cri-o", None, ["CRI-RUNTIME-NAME"]),
        ("containerd", r"^2\.", ["CRI-RUNTIME-VERSION"]),
    ],
)
def test_version(name, pattern, tokens):
    version = {"name": "containerd", "version": "1.6.20~ds1", "api": "v1"}
    assert [item["reason"] for item in judge_version(version, name, pattern)] == tokens


def test_smoke_is_on_the_hosts_network_and_in_kubelets_cgroup():
    sandbox, container = smoke_configs({"name": "runsc"}, "pause:3.6", "/kubepods/besteffort", "1-2")
    assert sandbox["linux"]["security_context"]["namespace_options"]["network"] == 2
    assert sandbox["linux"]["cgroup_parent"] == "/kubepods/besteffort"
    assert container["metadata"]["name"] == "runsc" and container["image"]["image"] == "pause:3.6"
    assert sandbox["labels"] == container["labels"]


def test_a_runtime_that_does_not_answer_is_unmet_when_time_is_up(monkeypatch):
    class Silent(Node):
        def run(self, argv, timeout=30, check=True, data=None, env=None):
            raise Failure("CRI-TIMEOUT", "no answer", command=argv)

    monkeypatch.setattr(waiting, "POLL", 0.01)
    seen, unmet = Cri(Silent(), "crictl", "unix:///x").info_until(0.05, lambda given: [])
    assert seen == {} and [item["reason"] for item in unmet] == ["CRI-RUNTIME-SILENT"]


def test_version_is_read_from_text():
    class TextOnly(Node):
        def run(self, argv, timeout=30, check=True, data=None, env=None):
            text = "Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  1.6.20~ds1\nRuntimeApiVersion:  v1\n"
            return 0, text, ""

    assert Cri(TextOnly(), "crictl", "unix:///x").version() == {
        "name": "containerd",
        "version": "1.6.20~ds1",
        "api": "v1",
    }


def test_the_module_keeps_the_fields_of_the_version_for_gates(monkeypatch):
    text = "Version:  0.1.0\nRuntimeName:  cri-o\nRuntimeVersion:  1.32.1\nRuntimeApiVersion:  v1\n"
    said = {"info": json.dumps(info()), "version": text, "images": json.dumps({"images": []})}

    class Scripted(Node):
        def run(self, argv, timeout=30, check=True, data=None, env=None):
            return 0, said[next(word for word in argv if word in said)], ""

    class Module:
        params = {key: option.get("default") for key, option in cri_health.ARGUMENT_SPEC.items()}
        check_mode = False

    Module.params.update(endpoint="unix:///x", runtime_name="cri-o", wait=0)
    monkeypatch.setattr(cri_health, "Node", Scripted)
    health = cri_health.new_health()
    found = cri_health.check(Module, health)
    assert found["info"] == info() and health["unmet"] == []
    assert found["version_fields"] == {
        "Version": "0.1.0",
        "RuntimeName": "cri-o",
        "RuntimeVersion": "1.32.1",
        "RuntimeApiVersion": "v1",
    }


def test_a_runtime_that_says_nothing_has_no_fields(monkeypatch):
    class Silent(Node):
        def run(self, argv, timeout=30, check=True, data=None, env=None):
            return 1, "", "connection refused"

    class Module:
        params = {key: option.get("default") for key, option in cri_health.ARGUMENT_SPEC.items()}
        check_mode = False

    Module.params.update(endpoint="unix:///x", wait=0)
    monkeypatch.setattr(cri_health, "Node", Silent)
    health = cri_health.new_health()
    assert cri_health.check(Module, health) == {"info": {}, "version_fields": {}}
    assert [item["reason"] for item in health["unmet"]] == ["CRI-RUNTIME-SILENT"]
