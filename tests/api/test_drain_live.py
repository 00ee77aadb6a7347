# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drains while Kubernetes' own controllers and scheduler work; and of a server that knows only policy/v1beta1."""

from __future__ import annotations

import contextlib
import threading

import pytest
from conftest import run_module
from control_plane import ControlPlane
from drains import REPLICAS, cordoned, drain, uncordon, wait_for
from fakes import Cluster, Kubelet

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import condition

CONTROLLERS = ("deployment", "replicaset", "statefulset", "daemonset", "job", "disruption")
PODS = "/api/v1/namespaces/default/pods"


def module_of(plane):
    def run(module_name, check=False, **arguments):
        return run_module(module_name, {"kubeconfig": str(plane.kubeconfigs["admin"]), **arguments}, check)

    return run


@pytest.fixture(scope="module")
def plane(tmp_path_factory):
    with ControlPlane(tmp_path_factory.mktemp("live"), controllers=CONTROLLERS, scheduler=True) as started:
        yield started


def make(client, api, resource, app, **spec):
    pod_spec = {"containers": [{"name": "main", "image": "web:1"}]}
    if resource == "jobs":
        pod_spec["restartPolicy"] = "Never"
    else:
        spec["selector"] = {"matchLabels": {"app": app}}
    spec["template"] = {"metadata": {"labels": {"app": app}}, "spec": pod_spec}
    client.post(f"/apis/{api}/namespaces/default/{resource}", {"metadata": {"name": app}, "spec": spec})


def pods_of(client, app):
    """Those that are ready, and stay."""
    found = client.items(PODS, {"labelSelector": f"app={app}"})
    return [
        pod
        for pod in found
        if not pod["metadata"].get("deletionTimestamp") and condition(pod, "Ready").get("status") == "True"
    ]


class Lowest(threading.Thread):
    """The lowest number of ready pods of an app, as long as it watches."""

    def __init__(self, client, app):
        super().__init__(daemon=True)
        self.client, self.app, self.lowest = client, app, 1000
        self._over = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self.join()

    def run(self):
        while not self._over.wait(0.1):
            self.lowest = min(self.lowest, len(pods_of(self.client, self.app)))


def test_workloads_move_and_never_fall_below_their_budget(plane):
    client, module = plane.client(), module_of(plane)
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(Cluster(client))
        for name in ("n1", "n2"):
            cluster.node(name)
            stack.enter_context(Kubelet(plane.client(), name, after=1))
        cluster.client.patch("/api/v1/nodes/n2", {"spec": {"unschedulable": True}})  # so that all begin on n1
        make(client, "apps/v1", "deployments", "web", replicas=3)
        make(client, "apps/v1", "statefulsets", "db", replicas=1, serviceName="db")
        make(client, "apps/v1", "daemonsets", "agent")
        make(client, "batch/v1", "jobs", "once")
        wait_for(lambda: [len(pods_of(client, app)) for app in ("web", "db", "once")] == [3, 1, 1], 60)
        wait_for(lambda: len(pods_of(client, "agent")) == 2, 60)
        cluster.pdb("web", {"app": "web"}, allowed=1, minAvailable=2)
        cluster.pod("static-n1", "n1", annotations={"kubernetes.io/config.mirror": "x"})
        cluster.pod("done", "n1", ready=False)
        client.patch(f"{PODS}/done/status", {"status": {"phase": "Succeeded"}})
        client.patch("/api/v1/nodes/n2", {"spec": {"unschedulable": None}})
        (old,) = pods_of(client, "db")

        planned = drain(module, check=True)
        assert [e["warnings"] for e in planned["evicted"] if e["name"] == "db-0"] == [["single-replica"]]
        with Lowest(client, "web") as seen:
            done = drain(module, timeout=120)
        assert not done.failed, done
        kinds = sorted(entry["reason"] for entry in done["evicted"])
        assert kinds == ["Job", "ReplicaSet", "ReplicaSet", "ReplicaSet", "StatefulSet", "finished"]
        assert sorted(entry["reason"] for entry in done["kept"]) == ["daemonset", "static"]
        assert seen.lowest >= 2
        assert sum(entry["attempts"] for entry in done["evicted"] if entry["reason"] == "ReplicaSet") > 3
        (new,) = wait_for(lambda: pods_of(client, "db"), 60)
        assert new["metadata"]["name"] == old["metadata"]["name"] and new["spec"]["nodeName"] == "n2"
        assert new["metadata"]["uid"] != old["metadata"]["uid"]
        left = client.items("/api/v1/pods", {"fieldSelector": "spec.nodeName=n1"})
        assert sorted(pod["metadata"]["name"].split("-")[0] for pod in left) == ["agent", "static"]
        assert not uncordon(module)["unschedulable"] and not cordoned(cluster)


def test_budgets_of_policy_v1beta1_and_evictions_that_are_not_served(tmp_path):
    """A server of today cannot evict without policy/v1, and says 404: that is no pod that is gone."""
    with ControlPlane(tmp_path, apiserver_arguments=["--runtime-config=policy/v1=false"]) as plane:
        module = module_of(plane)
        cluster = Cluster(plane.client())
        cluster.node("n1")
        cluster.pod("web-1", "n1", REPLICAS, labels={"app": "web"})
        budgets = "/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets"
        spec = {"minAvailable": 0, "selector": {"matchLabels": {"app": "web"}}}
        cluster.client.post(budgets, {"metadata": {"name": "web"}, "spec": spec})
        planned = drain(module, check=True)
        assert [(entry["pdbs"], entry["warnings"]) for entry in planned["evicted"]] == [
            (["default/web"], ["pdb-exhausted"])
        ]
        failed = drain(module, timeout=5)
        assert failed["reason"] == "CRI-DRAIN-TIMEOUT" and not cordoned(cluster)
        (left,) = failed["blocked"]
        assert left["reason"] == "api" and "404" in left["message"] and left["attempts"] <= 3
        assert failed["evicted"] == [] and cluster.has_pod("web-1")
