# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""policy/v1beta1, which is all that API servers before 1.21 have.

None of those can be had here. One that is configured to leave policy/v1 out shows how budgets are found and read. It
cannot evict, for it asks itself for policy/v1. That an eviction of v1beta1 is understood is shown by one that has both.
"""

from __future__ import annotations

import pytest
from conftest import run_module
from control_plane import ControlPlane
from drains import REPLICAS, drain
from fakes import Cluster

from ansible_collections.cri.switchover.plugins.module_utils._drain import eviction_api

BUDGETS = "/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets"


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    arguments = ["--runtime-config=policy/v1=false"]
    # Nobody watches the budgets here: the controller of this release knows policy/v1 only.
    with ControlPlane(tmp_path_factory.mktemp("old"), ["-*"], apiserver_arguments=arguments) as started:
        yield started


def test_budgets_are_found_and_read(old):
    with Cluster(old.client()) as cluster:
        assert [version["version"] for version in cluster.client.get("/apis/policy")["versions"]] == ["v1beta1"]
        cluster.node("n1")
        cluster.pod("web-1", "n1", REPLICAS, labels={"app": "web"})
        spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
        cluster.client.post(BUDGETS, {"metadata": {"name": "web"}, "spec": spec})
        status = {
            "observedGeneration": 1,
            "disruptionsAllowed": 0,
            "currentHealthy": 1,
            "desiredHealthy": 1,
            "expectedPods": 1,
            "conditions": [],
        }
        cluster.client.patch(f"{BUDGETS}/web/status", {"status": status})

        def module(module_name, check=False, **arguments):
            return run_module(module_name, {"kubeconfig": str(old.kubeconfigs["admin"]), **arguments}, check, {})

        planned = drain(module, check=True)
        assert [(pdb["name"], pdb["allowed"]) for pdb in planned["pdbs"]] == [("web", 0)], planned
        assert [entry["warnings"] for entry in planned["evicted"]] == [["pdb-exhausted"]]


def test_its_evictions_are_understood(cluster):
    cluster.node("n1")
    pod = cluster.pod("web-1", "n1", REPLICAS)
    entry = {"namespace": "default", "name": "web-1", "uid": pod["metadata"]["uid"]}
    body = eviction_api.eviction(entry, "policy/v1beta1", None)
    cluster.client.once("POST", "/api/v1/namespaces/default/pods/web-1/eviction", body)
    assert cluster.client.get("/api/v1/namespaces/default/pods/web-1")["metadata"].get("deletionTimestamp")
