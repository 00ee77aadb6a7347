"""The judge finds what is wrong, and nothing where nothing is."""

from __future__ import annotations

import copy

import pytest
from faults import judge, table

A, B, C = "a" * 64, "b" * 64, "c" * 64
UNITS = ("kubelet.service", "docker.service", "docker.socket", "containerd.service")
BASE = {
    "journal": {"phase": "reverted"},
    "own_units": [],
    "healthz": 200,
    "lock_free": True,
    "torn": [],
    "failed": [],
    "files": {"/etc/x": ["0o644", 0, 0, "old"], "/etc/gone": ["0o644", 0, 0, "gone"]},
    "units": {name: {"ActiveState": "active", "UnitFileState": "enabled"} for name in UNITS},
    "sysctls": {"ip_forward": "1"},
    "kubelet": "kubelet --network-plugin=cni",
    "docker": {"running": {"ns/pod/POD": A, "ns/pod/c": B}, "all": [A, B], "others": []},
    "cri": {"running": {}, "all": []},
    "tasks": [],
    "mounts": [],
    "processes": {"1": A, "2": B},
    "cni": {"/var/lib/cni/results/x": A},
    "veths": 1,
    "netns": [],
    "rules": ["-A CNI-DN-HASH x"],
    "asides": [],
}
PLAN = {
    "to": {"service": "containerd.service", "socket": "unix:///run/containerd/containerd.sock"},
    "files": [{"path": "/etc/x", "change": "write", "sha256": "new"}, {"path": "/etc/gone", "change": "remove"}],
}
TARGET = {
    **BASE,
    "journal": {"phase": "confirmed"},
    "files": {"/etc/x": ["0o644", 0, 0, "new"]},
    "kubelet": "kubelet --container-runtime-endpoint=unix:///run/containerd/containerd.sock",
    "docker": {"running": {}, "all": [], "others": []},
    "cri": {"running": {"ns/pod/POD": A, "ns/pod/c": B}, "all": [A]},
}


def changed(base: dict, path: str, value: object) -> dict:
    seen = copy.deepcopy(base)
    at = seen
    *way, last = path.split(".")
    for key in way:
        at = at[key]
    at[last] = value
    return seen


def test_nothing_is_wrong_with_what_is_right():
    assert judge.on_docker(BASE, BASE) == []
    assert judge.on_target(TARGET, BASE, PLAN) == []


@pytest.mark.parametrize("base,on_target", [(BASE, False), (TARGET, True)])
def test_a_node_of_one_runtime_alone(base, on_target):
    assert judge.left_over(base, on_target) == []
    own, other = ("cri", "docker") if on_target else ("docker", "cri")
    more = changed(base, f"{own}.running", {**base[own]["running"], "ns/new/c": C})
    assert judge.left_over(more, on_target) == [], "another pod is nothing to it"
    for path, value, word in (
        (f"{other}.running", {"ns/pod/c": C}, "other runtime"),
        ("processes", {"1": A, "2": C}, "nobody's"),
        ("cni", {"/var/lib/cni/results/x": C}, "CNI remembers"),
        ("lock_free", False, "lock"),
        ("torn", ["/x"], "half-written"),
        (own, None, "does not answer"),
    ):
        found = judge.left_over(changed(base, path, value), on_target)
        assert len(found) == 1 and word in found[0], (path, found)


def test_what_a_target_leaves_on_a_node_of_docker():
    for path, value in (("tasks", [C]), ("cri.all", [C]), ("asides", ["/var/log/x.docker"])):
        assert len(judge.left_over(changed(BASE, path, value), False)) == 1, path


def test_a_file_that_the_plan_should_have_made_is_missed():
    made = {"path": "/etc/containerd/config.toml", "change": "write", "sha256": "new"}
    plan = {**PLAN, "files": [*PLAN["files"], made]}
    assert judge.on_target(TARGET, BASE, plan) == ["file /etc/containerd/config.toml: new -> None"]
    there = changed(TARGET, "files", {**TARGET["files"], made["path"]: ["0o644", 0, 0, "new"]})
    assert judge.on_target(there, BASE, plan) == []
    elsewhere = {**PLAN, "files": [*PLAN["files"], {**made, "path": "/opt/x"}]}
    assert judge.on_target(TARGET, BASE, elsewhere) == [], "nobody reads that place"


@pytest.mark.parametrize(
    "path,value,word",
    [
        ("journal.phase", "reverting", "journal"),
        ("own_units", ["cri-switchover.service"], "units of ours"),
        ("healthz", "refused", "healthz"),
        ("lock_free", False, "lock"),
        ("failed", ["x.service"], "unit failed"),
        ("files", {"/etc/x": ["0o600", 0, 0, "old"]}, "file /etc/"),
        (
            "units",
            {**BASE["units"], "docker.socket": {"ActiveState": "active", "UnitFileState": "masked"}},
            "unit docker",
        ),
        ("sysctls.ip_forward", "0", "sysctl"),
        ("kubelet", "", "does not run"),
        ("docker", None, "does not answer"),
        ("docker.running", {"ns/pod/POD": A}, "not running on Docker: ns/pod/c"),
        ("docker.running", {**BASE["docker"]["running"], "ns/new/c": C}, "unknown container"),
        ("tasks", [C], "task of the target"),
        ("cri.all", [C], "sandboxes"),
        ("mounts", ["/run/x/k8s.io/y"], "mount of the target"),
        ("processes", {"1": A, "9": C}, "nobody's"),
        ("cni", {"/var/lib/cni/results/x": C}, "sandbox that is gone"),
        ("cni", {}, "CNI store"),
        ("veths", 2, "network cards"),
        ("netns", ["/var/run/netns/cni-1"], "network namespace"),
        ("rules", ["-A CNI-DN-HASH x", "-A CNI-DN-HASH x"], "iptables rule new"),
        ("rules", [], "iptables rule gone"),
        ("asides", ["/var/log/pods/x.docker"], "log link"),
    ],
)
def test_each_trace_of_a_bad_revert_is_found(path, value, word):
    found = judge.on_docker(changed(BASE, path, value), BASE)
    assert any(word in line for line in found), found


@pytest.mark.parametrize(
    "path,value,word",
    [
        ("journal.phase", "switched", "journal"),
        ("files", {"/etc/x": ["0o644", 0, 0, "old"]}, "file /etc/x"),
        ("files", TARGET["files"] | {"/etc/gone": ["0o644", 0, 0, "gone"]}, "file /etc/gone"),
        ("kubelet", BASE["kubelet"], "arguments"),
        ("cri", None, "does not answer"),
        ("cri.running", {}, "not running on the target"),
        ("docker.running", {"ns/pod/c": C}, "container on Docker"),
        ("processes", {"9": C}, "nobody's"),
        ("veths", 0, "network cards"),
    ],
)
def test_each_trace_of_a_bad_switch_is_found(path, value, word):
    found = judge.on_target(changed(TARGET, path, value), BASE, PLAN)
    assert any(word in line for line in found), found


def test_a_boot_on_the_target_is_one_without_dockers_policy():
    before, after = ({**BASE, "rules": [f":FORWARD {policy}"]} for policy in ("DROP", "ACCEPT"))
    assert judge.on_target({**TARGET, "rules": after["rules"]}, before, PLAN) == []
    assert [line for line in judge.on_docker(after, before) if "FORWARD" in line]


def test_docker_is_off_only_on_a_finalized_node():
    link = "/etc/systemd/system/sockets.target.wants/docker.socket"
    before = {**BASE, "files": {**BASE["files"], link: "/lib/x"}}
    assert [line for line in judge.on_target(TARGET, before, PLAN) if link in line]
    assert judge.on_target(TARGET, before, PLAN, allowed=frozenset(["docker-off"])) == []


def test_a_finalized_node_boots_without_dockers_rules():
    mine = "-A CNI-DN-HASH x"
    dockers = ["-A DOCKER-ISOLATION-STAGE-1 -j RETURN", "-A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE"]
    before, after = {**BASE, "rules": [mine, *dockers]}, {**TARGET, "rules": [mine]}
    assert judge.on_target(after, before, PLAN, allowed=frozenset(["docker-rules"])) == []
    assert judge.on_target(after, before, PLAN)
    assert judge.on_target({**TARGET, "rules": []}, before, PLAN, allowed=frozenset(["docker-rules"]))


def test_the_cordon_is_nobodys_to_touch():
    node = {"spec": {"unschedulable": True}, "metadata": {"annotations": {}}}
    assert judge.cordon(node, copy.deepcopy(node)) == []
    assert judge.cordon(node, {"spec": {}, "metadata": {}})
    assert judge.cordon(node, {**node, "metadata": {"annotations": {"cri.switchover/cordon": "{}"}}})


def test_table_counts_the_last_result_of_each_fault_case():
    results = [
        {"point": "a", "kind": "power cut", "outcome": "wrong", "seconds": 5, "asked": False},
        {"point": "a", "kind": "power cut", "outcome": "reverted", "seconds": 7.4, "asked": True},
        {"point": "b", "kind": "engine killed", "outcome": "wrong", "seconds": 3, "asked": False},
    ]
    assert table.rows(results)[1:] == [
        ["engine killed", "1", "0", "0", "0", "0", "0", "1", "0", "3"],
        ["power cut", "1", "1", "0", "0", "0", "0", "0", "1", "7"],
        ["all", "2", "1", "0", "0", "0", "0", "1", "1", "10"],
    ]
    assert [result["point"] for result in table.wrong(results)] == ["b"]
    assert "engine killed" in table.text(results)
