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


def declared(**given):
    """The declarations of two hosts."""
    handler = {"name": "gvisor", "runtime": "runsc", "runtime_class": dict({"name": "sandboxed"}, **given)}
    return [[RUNC, {"name": "crun", "runtime": "crun"}, handler], [RUNC, handler]]


@pytest.fixture(autouse=True)
def none_left(cluster):
    yield
    for name in ("crun", "sandboxed"):
        try:
            cluster.client.delete(f"{PATH}/{name}")
        except KubeError as exc:
            assert exc.status == 404


def test_created_updated_and_left_alone(cluster, module):
    full = declared(
        overhead={"memory": "64Mi", "cpu": "1000m"},
        scheduling={"nodeSelector": {"sandbox": "true"}, "tolerations": [{"key": "x", "operator": "Exists"}]},
    )
    planned = module("runtime_class", check=True, handlers=full)
    assert planned["changed"] and not cluster.client.items(PATH)
    made = module("runtime_class", handlers=full)
    assert [item["action"] for item in made["classes"]] == ["create", "create"]
    # The server writes its own form of a quantity: that is no difference.
    again = module("runtime_class", handlers=full)
    assert not again["changed"] and [item["action"] for item in again["classes"]] == ["none", "none"]
    less = declared(overhead={"memory": "32Mi"})
    assert module("runtime_class", handlers=less)["changed"]
    now = cluster.client.get(f"{PATH}/sandboxed")
    assert now["handler"] == "gvisor" and now["overhead"] == {"podFixed": {"memory": "32Mi"}}
    assert now["scheduling"]["nodeSelector"] == {"sandbox": "true"}, "what is not declared stays"
    assert not module("runtime_class", handlers=less)["changed"]


def test_a_handler_cannot_be_changed_and_nothing_is_written(cluster, module):
    other = dict(handlers.runtime_classes(declared())[0][1], handler="runsc")
    cluster.client.post(PATH, other)
    refused = module("runtime_class", handlers=declared())
    assert refused.failed and refused["reason"] == "CRI-RUNTIMECLASS-HANDLER"
    assert [item["metadata"]["name"] for item in cluster.client.items(PATH)] == ["sandboxed"]
    # Which is what the server itself says.
    with pytest.raises(KubeError) as caught:
        cluster.client.patch(f"{PATH}/sandboxed", {"handler": "gvisor"})
    assert caught.value.status == 422
    assert runtime_classes.plan(other, other) == ("none", None)


def test_without_the_right(module, kubeconfigs):
    refused = module("runtime_class", handlers=declared(), kubeconfig=str(kubeconfigs["nobody"]))
    assert refused.failed and refused["reason"] == "CRI-API-FORBIDDEN"


@pytest.mark.parametrize(
    "wrong, said",
    [
        ([[RUNC], [{"name": "x", "runtime": "kata"}]], "runtime is 'kata'"),
        (
            [[RUNC, {"name": "a", "runtime": "crun", "runtime_class": {"name": "c"}}]]
            + [[RUNC, {"name": "b", "runtime": "crun", "runtime_class": {"name": "c"}}]],
            "two different RuntimeClasses c",
        ),
    ],
)
def test_declarations_that_cannot_be_used_write_nothing(cluster, module, wrong, said):
    refused = module("runtime_class", handlers=wrong)
    assert refused.failed and refused["reason"] == "CRI-SETTINGS-VALUE" and said in refused["msg"]
    assert not cluster.client.items(PATH)


def test_no_url_of_a_declaration_is_shown(module):
    url = "https://ann:secret@files.example/runsc"
    files = {
        "source": "files",
        "runsc_from": url,
        "shim_from": url,
        "runsc_sha512": "a" * 128,
        "shim_sha512": "b" * 128,
    }
    given = [[RUNC, {"name": "gvisor", "runtime": "runsc", "options": files}]]
    answer = module("runtime_class", check=True, handlers=given)
    assert "secret" not in str(answer) and answer["classes"] == [
        {"name": "gvisor", "handler": "gvisor", "action": "create"}
    ]
