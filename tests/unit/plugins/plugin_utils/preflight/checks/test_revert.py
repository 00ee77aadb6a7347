import pytest
from unit.plugins.plugin_utils.preflight import good_node
from unit.plugins.plugin_utils.preflight.good_node import POD, PROXY, changed, tokens

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

SETTINGS = dict(good_node.SETTINGS, goal="revert")
SWITCHED = changed(
    good_node.INFO,
    {
        "runtime": {"in_use": "containerd", "evidence": "its endpoint"},
        "docker": {
            "running": False,
            "enabled": "disabled",
            "fragment": "/lib/systemd/system/docker.service",
            "binary": "/usr/sbin/dockerd",
        },
        "journal": {
            "phase": "finalized",
            "run_id": "r1",
            "owner": "ann",
            "tool_version": VERSION,
            "source": {"runtime": "docker", "shim": "dockershim"},
            "drift": [],
        },
    },
)
CLUSTER = changed(good_node.CLUSTER, {"nodes/node1/runtime_version": "containerd://1.6.20"})
OURS = {"nodes/node1/unschedulable": True, "nodes/node1/annotations": {"cri.switchover/cordon": "{}"}}


def found(changes=(), cluster=(), **settings):
    info = changed(SWITCHED, dict(changes))
    judged = judge.judge("node1", info, changed(CLUSTER, dict(cluster)), dict(SETTINGS, **settings))
    return [item for item in judged if item["token"] != "CRI-PF-DRAIN-PLAN"]  # of every node


@pytest.mark.parametrize("phase", ["confirmed", "finalized", "revert_blocked", "switched"])
def test_a_switched_node_may_be_reverted(phase):
    assert found({"journal/phase": phase}) == []


BLOCKERS = [
    ("CRI-REVERT-GONE", {"docker/enabled": None, "docker/fragment": None}),
    ("CRI-REVERT-GONE", {"docker/binary": None}),
    ("CRI-REVERT-GONE", {"docker/enabled": "masked"}),
    ("CRI-REVERT-GONE", {"kubelet/version": "1.24.0"}),
    # Installed, and not yet restarted.
    ("CRI-REVERT-GONE", {"packages/installed": {"kubelet": "1.24.17-1.1"}}),
    ("CRI-REVERT-UNFINISHED", {"journal/phase": "switching"}),
    ("CRI-REVERT-UNFINISHED", {"journal/phase": "reverting"}),
    ("CRI-JOURNAL-REVERT-FAILED", {"journal/phase": "revert_failed"}),
    ("CRI-JOURNAL-NEWER", {"journal/newer": True}),
    ("CRI-JOURNAL-UNREADABLE", {"journal": {"error": "torn"}}),
    ("CRI-JOURNAL-VERSION", {"journal/phase": "switching", "journal/tool_version": "0.0.1"}),
    ("CRI-JOURNAL-VERSION", {"journal/phase": "revert_blocked", "journal/tool_version": "0.0.1"}),
    ("CRI-JOURNAL-LOCKED", {"journal/lock": {"owner": "bob", "seconds_left": 9}}),
    ("CRI-PF-KUBELET", {"kubelet": {"installed": False}}),
    ("CRI-PF-FACTS", {"docker": {"error": "systemctl gave no answer"}}),
    ("CRI-PF-FACTS", {"kubelet/error": "boom"}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    seen = "v%s" % changed(SWITCHED, changes)["kubelet"].get("version")
    assert tokens(found(changes, {"nodes/node1/kubelet_version": seen})) == [token]


def test_a_kubelet_without_dockershim_needs_none_with_cri_dockerd():
    changes = dict(OVER_CRI_DOCKERD, cri_dockerd={"unit": "cri-docker.service", "enabled": "disabled"})
    assert found(changes, {"nodes/node1/kubelet_version": "v1.24.0"}) == []


OVER_CRI_DOCKERD = {"kubelet/version": "1.24.0", "journal/source": {"shim": "cri-dockerd"}}


@pytest.mark.parametrize(
    "shim, word",
    [
        ({"unit": None, "enabled": None}, "no unit of cri-dockerd"),
        ({"unit": "cri-docker.service", "enabled": "masked"}, "cri-docker.service is masked"),
    ],
)
def test_cri_dockerd_is_what_such_a_node_is_reverted_to(shim, word):
    blocked = found(dict(OVER_CRI_DOCKERD, cri_dockerd=shim), {"nodes/node1/kubelet_version": "v1.24.0"})
    assert tokens(blocked) == ["CRI-REVERT-GONE"] and word in blocked[0]["message"]


def test_files_that_were_changed_since():
    drift = {"journal/drift": ["/etc/containerd/config.toml"]}
    blocked = found(drift)
    assert tokens(blocked) == ["CRI-REVERT-DRIFT"] and "config.toml" in blocked[0]["message"]
    assert tokens(found(drift, allow=["revert-drift"]), "warning") == ["CRI-REVERT-DRIFT"]


def test_configuration_management_would_undo_a_revert_too():
    managed = [{"unit": "puppet.service", "active": True, "enabled": True}]
    assert tokens(found({"config_management": managed}), "warning") == ["CRI-PF-CONFIG-MANAGEMENT"]


NOTHING = [
    {"journal": None},
    {"journal": None, "runtime": {"in_use": "docker"}},
    {"journal/phase": "staged", "runtime": {"in_use": "docker"}},
    {"journal/phase": "reverted", "runtime": {"in_use": "docker"}},
    {"journal/phase": "finalized", "runtime": {"in_use": "docker"}},
]


@pytest.mark.parametrize("changes", NOTHING)
def test_nothing_to_revert(changes):
    judged = found(dict(changes, **{"docker/binary": None}))
    assert [(item["level"], item["token"]) for item in judged] == [("note", "CRI-REVERT-NOTHING")]


def test_a_node_that_was_reverted_and_is_still_cordoned():
    judged = found({"journal/phase": "reverted", "runtime": {"in_use": "docker"}}, OURS)
    assert sorted(tokens(judged, "note")) == ["CRI-JOURNAL-RESUMED", "CRI-PF-CORDONED-BY-RUN"] and tokens(judged) == []


# What speaks against a switch, and says nothing about a revert.
OF_A_SWITCH = {
    "os/kernel": "3.10.0",
    "cgroup": {"version": 1},
    "kubelet/cgroup_driver": "cgroupfs",
    **PROXY,
    "docker/api_ok": False,
    "docker/containers": {"foreign": [{"name": "etcd", "image": "etcd", "state": "running"}]},
    "docker/data_root": "/data",
    "cni/active": None,
    "containerd/enabled": "masked",
    "containerd/version": "1.4",
    "disk": {},
    "packages/manager": "zypper",
    "crictl/installed": False,
    "cgroup/error": "odd",
    "static_pods": [
        {"file": "a.yaml", "namespace": "kube-system", "name": "agent", "host_paths": ["/var/run/docker.sock"]}
    ],
}


def test_what_concerns_a_switch_does_not_appear():
    mounts = [{"kind": "DaemonSet", "namespace": "a", "name": "b", "paths": ["/var/run/docker.sock"]}]
    seen = {"nodes/node1/pods": [dict(POD, host_paths=["/var/run/docker.sock"])], "docker_mounts": mounts}
    assert found(OF_A_SWITCH, seen) == []
    fleet = {"target": "containerd", "allow": [], "goal": "revert"}
    hosts = [{"host": "node1", "info": SWITCHED, "settings": SETTINGS}]
    assert judge.judge_fleet(hosts, changed(CLUSTER, seen), fleet) == []


THE_CLUSTERS_WORD = [
    ("blocker", "CRI-PF-NODE-NAME", {"nodes": {"other": good_node.NODE}}),
    ("blocker", "CRI-PF-NODE-MISMATCH", {"nodes/node1/runtime_version": "docker://20.10"}),
    ("blocker", "CRI-PF-KUBELET-RESTART", {"nodes/node1/kubelet_version": "v1.22.17"}),
    ("blocker", "CRI-PF-RUNNER", {"runner/on_node": "node1"}),
    ("blocker", "CRI-PF-UNMANAGED-PODS", {"nodes/node1/pods": [dict(POD, owner_kind=None)]}),
    ("blocker", "CRI-PF-EMPTYDIR-PODS", {"nodes/node1/pods": [dict(POD, emptydir=True)]}),
    ("warning", "CRI-PF-DIGEST-IMAGES", {"nodes/node1/pods": [dict(POD, images=["web@sha256:0"])]}),
    # It may be why it is reverted.
    ("warning", "CRI-PF-NOT-READY", {"nodes/node1/ready": False}),
]


@pytest.mark.parametrize("level, token, cluster", THE_CLUSTERS_WORD)
def test_what_the_cluster_says(level, token, cluster):
    judged = found(cluster=cluster)
    assert tokens(judged, level) == [token] and len(judged) == 1


def test_a_node_that_was_switched_a_moment_ago_may_still_be_reported_as_before():
    assert found({"journal/phase": "switched"}, {"nodes/node1/runtime_version": "docker://20.10"}) == []


def test_hosts_that_cannot_be_read():
    assert tokens(judge.judge("node1", None, CLUSTER, SETTINGS, unreachable=True)) == ["CRI-PF-UNREACHABLE"]
    assert tokens(judge.judge("node1", None, CLUSTER, dict(SETTINGS, skip=True)), "note") == ["CRI-PF-SKIPPED"]
