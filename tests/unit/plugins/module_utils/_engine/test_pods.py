# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order a node's pods are stopped."""

import json

from ansible_collections.cri.switchover.plugins.module_utils._engine.pods import is_sandbox, pods_in_waves
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.samples import fixture


def container(name, kind="container", namespace="default", uid=None, state="running", **labels):
    return {
        "Id": name,
        "State": state,
        "Labels": dict(
            {
                "io.kubernetes.docker.type": kind,
                "io.kubernetes.pod.namespace": namespace,
                "io.kubernetes.pod.name": name,
                "io.kubernetes.pod.uid": uid or name,
                "io.kubernetes.container.name": "c",
            },
            **labels,
        ),
    }


GRACE = "annotation.io.kubernetes.pod.terminationGracePeriod"
SOURCE = "annotation.kubernetes.io/config.source"


def test_waves_end_ordinary_pods_first_then_agents_then_static_ones():
    listed = [
        container("etcd-n", namespace="kube-system"),
        container("etcd-n", kind="podsandbox", namespace="kube-system", **{SOURCE: "file"}),
        container("calico-node-x7k2p", namespace="kube-system", **{GRACE: "0"}),
        container("web-1", **{GRACE: "45"}),
        container("web-1", kind="podsandbox", **{SOURCE: "api"}),
        container("csi-1", namespace="storage", **{GRACE: "odd"}),
        container("done", kind="podsandbox", state="exited"),
        container("odd", state="paused", uid="agent"),
        container("over", state="exited", uid="agent"),
        dict(container("agent", kind="podsandbox"), HostConfig={"NetworkMode": "host"}),
    ]
    waves = pods_in_waves(listed)
    assert [[(pod["containers"], len(pod["sandboxes"])) for pod in wave] for wave in waves] == [
        [([], 1), ([("web-1", 45)], 1), ([("calico-node-x7k2p", 0)], 0), ([("csi-1", 30)], 0)],
        [([("odd", 30)], 1)],
        [([("etcd-n", 30)], 1)],
    ]
    assert pods_in_waves([]) == []


def test_waves_of_a_real_node():
    """Docker 20.10.24 under a dockershim 1.23.17, with a DaemonSet as CNI agent and a static pod."""
    listed = json.loads(fixture("docker-20.10-containers.json"))
    waves = pods_in_waves(listed)
    names = [[pod["name"].split("/")[1].rsplit("-", 1)[0] for pod in wave] for wave in waves]
    assert names == [["edge", "slow-stop-877b55b5f", "web-688ff84795", "web-688ff84795"], ["cni-agent"], ["node-info"]]
    graces = dict((pod["name"].split("/")[1][:4], pod["containers"][0][1]) for wave in waves for pod in wave)
    assert graces["edge"] == 10 and graces["slow"] != 30
    assert all(len(pod["sandboxes"]) == 1 for wave in waves for pod in wave)
    assert sum(is_sandbox(entry) for entry in listed) == 6
