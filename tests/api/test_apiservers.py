# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two API servers of one cluster: the one that the credentials do not lead to goes away."""

from __future__ import annotations

import json
import subprocess

import pytest
from conftest import run_module
from control_plane import ControlPlane, free_port
from drains import wait_for

ENDPOINTS = "/api/v1/namespaces/default/endpoints"


def address() -> str:
    """One of this machine's: Endpoints may not have those of loopback."""
    links = json.loads(subprocess.check_output(["ip", "-json", "-4", "address"]))
    (first, *_rest) = [entry["local"] for link in links for entry in link["addr_info"] if entry["scope"] == "global"]
    return first


class Two(ControlPlane):
    """The second one has the first one's certificate and etcd."""

    def start_second(self) -> str:
        port, first = free_port(), f"--secure-port={self.port}"
        arguments = [f"--secure-port={port}" if word == first else word for word in self._apiserver_arguments()]
        self._start("second", arguments)
        return f"{address()}:{port}"


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    with Two(tmp_path_factory.mktemp("two"), ["-*"], apiserver_arguments=["--bind-address=0.0.0.0"]) as started:
        yield started


def test_each_that_was_ready_before_has_to_be(two):
    two.programs["second"] = two.programs["kube-apiserver"]
    first, second, nobody = f"{address()}:{two.port}", two.start_second(), f"{address()}:{free_port()}"
    subsets = [
        {"addresses": [{"ip": address()}], "ports": [{"name": "https", "port": int(server.rpartition(":")[2])}]}
        for server in (first, second, nobody)
    ]
    client = two.client()
    client.post(ENDPOINTS, {"metadata": {"name": "kubernetes"}, "subsets": subsets})

    def run(name, **arguments):
        return run_module(name, {"kubeconfig": str(two.kubeconfigs["admin"]), **arguments}, env={})

    wait_for(lambda: client.peer(second, "kubernetes.default.svc").ready() is None)
    baseline = run("cluster_info")["cluster"]["baseline"]
    assert baseline["apiservers"] == sorted([first, second])
    gate = {"run_id": "r1", "timeout": 0, "baseline": baseline}
    well = run("rollout_gate", **gate)
    assert not well.failed and well["unmet"] == [], well
    two.kill("second")
    (unmet,) = run("rollout_gate", **gate)["unmet"]
    assert unmet["reason"] == "CRI-FLEET-APISERVER" and unmet["details"] == {"server": second}
