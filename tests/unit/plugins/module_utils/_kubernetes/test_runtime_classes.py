# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import copy

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import runtime_classes as core
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError


def wanted(name="gvisor", handler="gvisor", **rest):
    return dict({"metadata": {"name": name}, "handler": handler, "apiVersion": "node.k8s.io/v1"}, **rest)


OVERHEAD = {"podFixed": {"cpu": "1000m", "memory": "64Mi"}}
SCHEDULING = {"nodeSelector": {"a": "b"}, "tolerations": [{"key": "x"}]}


@pytest.mark.parametrize(
    "current, body, action, change",
    [
        (None, wanted(), "create", wanted()),
        (wanted(overhead=OVERHEAD, scheduling=SCHEDULING), wanted(), "none", None),
        (wanted(overhead={"podFixed": {"cpu": "1", "memory": "65536Ki"}}), wanted(overhead=OVERHEAD), "none", None),
        (
            wanted(overhead={"podFixed": {"cpu": "1", "gpu": "1"}}),
            wanted(overhead=OVERHEAD),
            "update",
            {"overhead": {"podFixed": {"gpu": None, "memory": "64Mi"}}},
        ),
        (wanted(), wanted(scheduling=SCHEDULING), "update", {"scheduling": SCHEDULING}),
        (
            wanted(scheduling={"nodeSelector": {"a": "c", "d": "e"}, "tolerations": []}),
            wanted(scheduling=SCHEDULING),
            "update",
            {"scheduling": {"nodeSelector": {"a": "b", "d": None}, "tolerations": [{"key": "x"}]}},
        ),
        (
            wanted(scheduling=SCHEDULING),
            wanted(scheduling={"nodeSelector": {"a": "b"}}),
            "update",
            {"scheduling": {"tolerations": None}},
        ),
    ],
)
def test_plan(current, body, action, change):
    assert core.plan(current, body) == (action, change)
    if action == "update":
        after = core.merged(current, change)
        assert core.plan(after, body) == ("none", None)


def test_a_handler_cannot_change():
    with pytest.raises(KubeError) as caught:
        core.plan(wanted(handler="runsc"), wanted())
    assert caught.value.reason == "CRI-RUNTIMECLASS-HANDLER" and caught.value.details["seen"] == "runsc"


class Cluster:
    def __init__(self, objects=(), versions=("v1",)):
        self.objects = {obj["metadata"]["name"]: copy.deepcopy(obj) for obj in objects}
        self.versions, self.writes = versions, []

    def get(self, path, params=None):
        assert path == "/apis/node.k8s.io"
        return {"versions": [{"version": version} for version in self.versions]}

    def items(self, path, params=None):
        return list(self.objects.values())

    def post(self, path, body, params=None):
        self.writes.append(("POST", path))
        self.objects[body["metadata"]["name"]] = body

    def patch(self, path, body, params=None):
        self.writes.append(("PATCH", path))
        name = path.rsplit("/", 1)[1]
        self.objects[name] = core.merged(self.objects[name], body)


def test_created_once_updated_once():
    cluster = Cluster([wanted("crun", "crun")], versions=("v1", "v1beta1"))
    bodies = [wanted("crun", "crun", overhead=OVERHEAD), wanted()]
    first = core.apply(cluster, bodies, check_mode=True)
    assert cluster.writes == [] and [item["action"] for item in first] == ["update", "create"]
    assert core.apply(cluster, bodies) == first
    path = "/apis/node.k8s.io/v1/runtimeclasses"
    assert cluster.writes == [("PATCH", path + "/crun"), ("POST", path)]
    assert cluster.objects["crun"]["overhead"] == OVERHEAD and first[0]["after"]["overhead"] == OVERHEAD
    assert [item["action"] for item in core.apply(cluster, bodies)] == ["none", "none"] and len(cluster.writes) == 2


def test_nothing_is_written_when_one_cannot_be():
    cluster = Cluster([wanted("crun", "other")])
    with pytest.raises(KubeError):
        core.apply(cluster, [wanted(), wanted("crun", "crun")])
    assert cluster.writes == []


def test_an_old_api():
    cluster = Cluster(versions=("v1beta1",))
    core.apply(cluster, [wanted()])
    assert cluster.writes == [("POST", "/apis/node.k8s.io/v1beta1/runtimeclasses")]
    assert cluster.objects["gvisor"]["apiVersion"] == "node.k8s.io/v1beta1"
    with pytest.raises(KubeError):
        core.apply(Cluster(versions=()), [wanted()])
