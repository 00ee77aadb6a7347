# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RuntimeClasses against a real apiserver: what it makes of overhead and scheduling, and what it lets nobody change."""

from __future__ import annotations

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import runtime_classes
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers

PATH = "/apis/node.k8s.io/v1/runtimeclasses"
RUNC = {"name": "runc", "runtime": "runc", "default": True}


def classes(**given):
    handler = {"name": "gvisor", "runtime": "runsc", "runtime_class": dict({"name": "sandboxed"}, **given)}
    return handlers.runtime_classes([[RUNC, {"name": "crun", "runtime": "crun"}, handler]])[0]


@pytest.fixture(autouse=True)
def none_left(cluster):
    yield
    for name in ("crun", "sandboxed"):
        try:
            cluster.client.delete(f"{PATH}/{name}")
        except KubeError as exc:
            assert exc.status == 404


def test_created_updated_and_left_alone(cluster, module):
    full = classes(
        overhead={"memory": "64Mi", "cpu": "1000m"},
        scheduling={"nodeSelector": {"sandbox": "true"}, "tolerations": [{"key": "x", "operator": "Exists"}]},
    )
    planned = module("runtime_class", check=True, classes=full)
    assert planned["changed"] and not cluster.client.items(PATH)
    made = module("runtime_class", classes=full)
    assert [item["action"] for item in made["classes"]] == ["create", "create"]
    # The server writes its own form of a quantity: that is no difference.
    again = module("runtime_class", classes=full)
    assert not again["changed"] and [item["action"] for item in again["classes"]] == ["none", "none"]
    less = classes(overhead={"memory": "32Mi"})
    assert module("runtime_class", classes=less)["changed"]
    now = cluster.client.get(f"{PATH}/sandboxed")
    assert now["handler"] == "gvisor" and now["overhead"] == {"podFixed": {"memory": "32Mi"}}
    assert now["scheduling"]["nodeSelector"] == {"sandbox": "true"}, "what is not declared stays"
    assert not module("runtime_class", classes=less)["changed"]


def test_a_handler_cannot_be_changed_and_nothing_is_written(cluster, module):
    other = dict(classes()[1], handler="runsc")
    cluster.client.post(PATH, other)
    refused = module("runtime_class", classes=classes())
    assert refused.failed and refused["reason"] == "CRI-RUNTIMECLASS-HANDLER"
    assert [item["metadata"]["name"] for item in cluster.client.items(PATH)] == ["sandboxed"]
    # Which is what the server itself says.
    with pytest.raises(KubeError) as caught:
        cluster.client.patch(f"{PATH}/sandboxed", {"handler": "gvisor"})
    assert caught.value.status == 422
    assert runtime_classes.plan(other, other) == ("none", None)


def test_without_the_right(module, kubeconfigs):
    refused = module("runtime_class", classes=classes(), kubeconfig=str(kubeconfigs["nobody"]))
    assert refused.failed and refused["reason"] == "CRI-API-FORBIDDEN"
