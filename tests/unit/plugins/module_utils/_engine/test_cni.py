# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a sandbox's network is released, by what the runtime has cached of it."""

import base64
import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine.cni import cni_calls, is_netns, netns_of
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.samples import fixture


def cached(network, **more):
    return dict(
        {
            "kind": "cniCacheV1",
            "containerId": "abc",
            "ifName": "eth0",
            "config": base64.b64encode(json.dumps(network).encode()).decode(),
            "cniArgs": [["IgnoreUnknown", "1"], ["K8S_POD_NAME", "p"]],
        },
        **more,
    )


def test_cni_del_is_revertedwards_through_the_chain_as_libcni_does():
    network = {
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [
            {"type": "bridge", "ipam": {"type": "host-local"}},
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }
    ports = {"portMappings": [{"hostPort": 80, "containerPort": 8080}], "bandwidth": {}}
    calls = cni_calls(cached(network, capabilityArgs=ports, result={"ips": []}))
    assert [kind for kind, _env, _conf in calls] == ["portmap", "bridge"]
    kind, env, conf = calls[0]
    assert env == {
        "CNI_COMMAND": "DEL",
        "CNI_CONTAINERID": "abc",
        "CNI_IFNAME": "eth0",
        "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAME=p",
    }
    assert conf["runtimeConfig"] == {"portMappings": ports["portMappings"]}
    assert (conf["name"], conf["cniVersion"], conf["prevResult"]) == ("pods", "0.4.0", {"ips": []})
    assert "runtimeConfig" not in calls[1][2] and calls[1][2]["ipam"] == {"type": "host-local"}


def test_cni_versions_before_0_4_get_no_earlier_result():
    network = {"cniVersion": "0.3.1", "name": "pods", "type": "ptp"}
    ((kind, _env, conf),) = cni_calls(cached(network, result={"ips": []}))
    assert kind == "ptp" and "prevResult" not in conf


def test_dockershims_cached_result():
    cached_result = json.loads(fixture("cni-cache-dockershim-1.23.json"))
    calls = cni_calls(cached_result)
    assert [kind for kind, _env, _conf in calls] == ["portmap", "bridge"]
    assert calls[0][2]["runtimeConfig"]["portMappings"][0]["hostPort"] == 8088
    assert calls[1][2]["prevResult"]["cniVersion"] == "0.4.0" and calls[1][2]["name"] == "lab"
    assert calls[0][1]["CNI_ARGS"].startswith("IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=edge-")
    assert netns_of(cached_result) == "/proc/1458/ns/net"


@pytest.mark.parametrize("result", [None, {}, {"interfaces": None}, {"interfaces": [{"name": "cni0"}]}])
def test_a_result_that_names_no_network_namespace(result):
    assert netns_of({"result": result}) is None


@pytest.mark.parametrize("path", ["/proc/self/ns/net", "/proc/1/ns/net", "/etc/passwd", "/nowhere"])
def test_no_network_namespace_but_a_sandboxes(path):
    """In the node's own a plugin would take the node's eth0 away."""
    assert not is_netns(Node(), path)
