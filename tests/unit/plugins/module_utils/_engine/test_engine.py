# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's pure core: tables."""

import base64
import json
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import revert_steps, switch_steps
from ansible_collections.cri.switchover.plugins.module_utils._engine.cli import parse
from ansible_collections.cri.switchover.plugins.module_utils._engine.cni import cni_calls, netns_of
from ansible_collections.cri.switchover.plugins.module_utils._engine.docker import broken_checkpoints
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.files import differing, drifted
from ansible_collections.cri.switchover.plugins.module_utils._engine.guards import is_dockers
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import PHASES, new_journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.kernel import forward_policy, parse_sysctl
from ansible_collections.cri.switchover.plugins.module_utils._engine.kubelet import judge_kubelet, last_words
from ansible_collections.cri.switchover.plugins.module_utils._engine.node_lock import refuse_node_lock
from ansible_collections.cri.switchover.plugins.module_utils._engine.pods import is_sandbox, pods_in_waves
from ansible_collections.cri.switchover.plugins.module_utils._engine.refusals import (
    refuse_confirm,
    refuse_revert,
    refuse_staging,
    refuse_start,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.revert_plan import revert_names
from ansible_collections.cri.switchover.plugins.module_utils._engine.systemd import (
    is_running,
    needs_reload,
    parse_show,
    unit_commands,
    unit_file_commands,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.views import human_readable, view

PLAN = {
    "schema": 1,
    "tool_version": "0.1.0",
    "run_id": "r1",
    "owner": "ci",
    "node_name": "n",
    "from": {},
    "to": {},
    "config_digest": "d",
}


def journal(phase="staged", steps=(), **more):
    made = new_journal(PLAN, 0)
    made.update(phase=phase, **more)
    for name in steps:
        made.begin(name, 0)
        made.finish(1)
    return made


SWITCH = [step.__name__ for step, _seconds in switch_steps.switch_steps_of({})]
BOOTING = [step.__name__ for step, _seconds in switch_steps.SWITCH]
BACK = [step.__name__ for step, _seconds in revert_steps.REVERT]
REVERT = [name for name in BACK if name != "revert_loader"]


ON = ["revert_enable_recovery", "revert_stop_kubelet"]
FILES = ["revert_release_network", "revert_files", "revert_unit_files"]
UP = ["revert_clear_checkpoints", "revert_start_kubelet"]


@pytest.mark.parametrize(
    "begun, wanted, at_boot",
    [
        ([], [], []),
        (["take_before_images", "enable_recovery", "arm_watchdog"], [], []),
        (["stop_kubelet"], ON + ["revert_runtimes"] + UP, []),
        (["stop_kubelet", "stop_pods"], ON + ["revert_runtimes", "revert_stop_sandboxes"] + UP, []),
        (
            SWITCH[: SWITCH.index("write_target") + 1],
            ON + FILES + ["revert_runtimes", "revert_stop_sandboxes"] + UP,
            FILES,
        ),
        (SWITCH[: SWITCH.index("start_target") + 1], REVERT[1:], FILES),
        # verified: Docker must show first that it works, for the target does
        (SWITCH[: SWITCH.index("verify_target") + 1], REVERT, FILES),
        (SWITCH, REVERT, FILES),
        (SWITCH + REVERT[:2], REVERT, FILES),
        (BOOTING, BACK, FILES[:2] + ["revert_loader"] + FILES[2:]),
        # too late to ask
        (SWITCH + REVERT[:3], REVERT[1:], FILES),
        (
            ["stop_kubelet", "finish_offline"],
            ON + ["revert_remove_pods"] + FILES + ["revert_runtimes", "revert_stop_sandboxes"] + UP,
            FILES,
        ),
    ],
)
def test_the_revert_undoes_what_has_begun(begun, wanted, at_boot):
    made = journal("switching", begun)
    assert revert_names(made) == wanted
    assert [name for name in BACK if name in wanted] == wanted, "in the order they are done"
    assert revert_names(made, boot=True) == at_boot
    made["recovered_boot"] = "b2"
    assert revert_names(made, boot_id="b3") == wanted
    after = revert_names(made, boot_id="b2")
    assert after == (["revert_runtimes"] + UP if wanted else []), "what lies on the disk is back already"


@pytest.mark.parametrize("seen, phase", [("staged", "switched"), ("reverted", "confirmed"), ("confirmed", "switching")])
def test_forbidden_transitions(seen, phase):
    with pytest.raises(Failure) as caught:
        journal(seen).move(phase)
    assert caught.value.reason == "CRI-CUTOVER-PHASE"


@pytest.mark.parametrize(
    "given, plan, run_id, token",
    [
        (None, None, "r1", "CRI-CUTOVER-UNSTAGED"),
        (journal(), None, "r1", "CRI-CUTOVER-UNSTAGED"),
        (journal(schema=2), PLAN, "r1", "CRI-JOURNAL-NEWER"),
        (journal("switched"), PLAN, "r2", "CRI-CUTOVER-BUSY"),
        (journal(), dict(PLAN, run_id="r0"), "r1", "CRI-CUTOVER-UNSTAGED"),
        (journal("reverted"), PLAN, "r1", "CRI-CUTOVER-REVERTED"),
        (journal("revert_failed"), PLAN, "r1", "CRI-CUTOVER-REVERT-FAILED"),
        (journal(), PLAN, "r1", None),
        (journal("switching"), PLAN, "r1", None),
    ],
)
def test_start(given, plan, run_id, token):
    refusal = refuse_start(given, plan, run_id)
    assert (refusal and refusal[0]) == token


@pytest.mark.parametrize(
    "given, token",
    [
        (None, None),
        (journal("staged"), None),
        (journal("reverted"), None),
        (journal("confirmed"), None),
        (journal("finalized"), None),
        (journal("switching"), "CRI-CUTOVER-UNFINISHED"),
        (journal("switched"), "CRI-CUTOVER-UNFINISHED"),
        (journal("reverting"), "CRI-CUTOVER-UNFINISHED"),
        (journal("revert_failed"), "CRI-CUTOVER-UNFINISHED"),
        (journal("finalized", schema=2), "CRI-JOURNAL-NEWER"),
    ],
)
def test_staging(given, token):
    refusal = refuse_staging(given, PLAN)
    assert (refusal and refusal[0]) == token


@pytest.mark.parametrize(
    "given, run_id, boot, now, token",
    [
        (journal("switched", boot_id="b", deadline=100), "r1", "b", 99.9, None),
        (journal("switched", boot_id="b", deadline=100), "r1", "b", 100.0, "CRI-CONFIRM-LATE"),
        (journal("switched", boot_id="b", deadline=100), "r1", "c", 5, "CRI-CONFIRM-LATE"),
        (journal("switched", boot_id="b", deadline=100), "r2", "b", 5, "CRI-CONFIRM-RUN"),
        (journal("reverting"), "r1", "b", 5, "CRI-CONFIRM-LATE"),
        (journal("reverted"), "r1", "b", 5, "CRI-CONFIRM-LATE"),
        (journal("switching"), "r1", "b", 5, "CRI-CONFIRM-PHASE"),
        (None, "r1", "b", 5, "CRI-CONFIRM-RUN"),
    ],
)
def test_confirm(given, run_id, boot, now, token):
    refusal = refuse_confirm(given, run_id, boot, now)
    assert (refusal and refusal[0]) == token


def test_view_shows_the_running_step_and_is_human_readable_too():
    given = journal("switching", ["stop_kubelet"])
    given.begin("stop_pods", 5)
    shown = view(given)
    assert (shown["step"], shown["outcome"], shown["run_id"]) == ("stop_pods", None, "r1")
    text = human_readable(given)
    assert "stop_kubelet" in text and "..." in text and "watchdog" in text
    for phase in PHASES:
        assert human_readable(journal(phase))


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


SHOW = """Id=docker.service
LoadState=loaded
ActiveState=active
UnitFileState=enabled

Id=crio.service
LoadState=not-found
ActiveState=inactive
UnitFileState=
"""


def test_systemctl_show_of_several_units():
    units = parse_show(SHOW)
    assert units["docker.service"]["UnitFileState"] == "enabled" and not is_running(units["crio.service"])


def unit(active, enabled="enabled", load="loaded"):
    return {"ActiveState": active, "UnitFileState": enabled, "LoadState": load}


DOCKER, CONTAINERD, CRIO = "docker.service", "containerd.service", "crio.service"


@pytest.mark.parametrize(
    "before, now, restart, files, running",
    [
        ({DOCKER: unit("active")}, {DOCKER: unit("active")}, [], [], []),
        (
            {DOCKER: unit("active")},
            {DOCKER: unit("inactive", "disabled")},
            [],
            [["enable", DOCKER]],
            [["reset-failed", DOCKER], ["start", DOCKER]],
        ),
        (
            {DOCKER: unit("active")},
            {DOCKER: unit("inactive", "masked")},
            [],
            [["unmask", DOCKER], ["enable", DOCKER]],
            [["reset-failed", DOCKER], ["start", DOCKER]],
        ),
        (
            {CONTAINERD: unit("active", "disabled")},
            {CONTAINERD: unit("active")},
            [CONTAINERD],
            [["disable", CONTAINERD]],
            [["restart", CONTAINERD]],
        ),
        (
            {CRIO: unit("inactive", "masked")},
            {CRIO: unit("active", "enabled")},
            [CRIO],
            [["mask", CRIO]],
            [["stop", CRIO]],
        ),
        ({CRIO: unit("inactive", "", "not-found")}, {CRIO: unit("active")}, [], [], []),
        (
            {DOCKER: unit("active"), "docker.socket": unit("active")},
            {DOCKER: unit("active", "disabled"), "docker.socket": unit("active", "disabled")},
            [],
            [["enable", DOCKER, "docker.socket"]],
            [],
        ),
    ],
)
def test_units_become_what_they_were(before, now, restart, files, running):
    assert unit_file_commands(before, now) == files
    assert unit_commands(before, now, restart) == running


CHECKPOINT = json.dumps({"version": "v1", "name": "p", "namespace": "n", "data": {}, "checksum": 1})


@pytest.mark.parametrize(
    "texts, sandboxes, wanted",
    [
        ({}, set(), []),
        ({"a": CHECKPOINT}, {"a"}, []),
        ({"a": CHECKPOINT, "b": CHECKPOINT}, {"a"}, ["b"]),
        ({"a": CHECKPOINT[:40], "b": "", "c": "7"}, {"a", "b", "c"}, ["a", "b", "c"]),
        ({"a": CHECKPOINT, "b": "{"}, None, ["b"]),
    ],
)
def test_checkpoints_that_would_jam_dockershim(texts, sandboxes, wanted):
    assert broken_checkpoints(texts, sandboxes) == wanted


@pytest.mark.parametrize(
    "lock, by_run, now, refused",
    [
        (None, "t1", 5, False),
        ({"run_id": "t1", "owner": "ann", "until": 90}, "t1", 5, False),
        ({"run_id": "t2", "owner": "ann", "until": 90}, "t1", 5, True),
        ({"run_id": "t2", "owner": "ann", "until": 90}, None, 89.9, True),
        ({"run_id": "t2", "owner": "ann", "until": 90}, "t1", 90, False),
    ],
)
def test_one_rollout_at_a_time(lock, by_run, now, refused):
    answer = refuse_node_lock(lock, by_run, now)
    assert bool(answer) is refused
    if refused:
        assert answer[0] == "CRI-CUTOVER-BUSY" and "ann" in answer[1] and answer[2]["seconds_left"] == int(90 - now) + 1


def test_files_that_others_changed_since():
    files = [
        {"path": "/a", "change": "write", "sha256": "1", "mode": "0644"},
        {"path": "/b", "change": "remove", "sha256": None},
        {"path": "/c", "change": "write", "sha256": "3", "mode": "0644"},
    ]

    def file(digest, mode="0644", kind="file"):
        return {"kind": kind, "sha256": digest, "mode": mode}

    seen = {"/a": file("1"), "/b": {"kind": "absent"}, "/c": {"kind": "absent"}}
    assert drifted(files, seen) == [{"path": "/c", "seen": "absent", "wanted": "3"}]
    assert drifted(files, dict(seen, **{"/c": file("3")})) == []
    seen = {"/a": file("1", "0600"), "/b": file("2"), "/c": file("3", kind="link")}
    assert drifted(files, seen) == [
        {"path": "/a", "seen": "mode 0600", "wanted": "mode 0644"},
        {"path": "/b", "seen": "2", "wanted": "absent"},
        {"path": "/c", "seen": "link", "wanted": "3"},
    ]
    drift = [{"path": "/c", "seen": "absent", "wanted": "3"}]
    assert [item["reason"] for item in refuse_revert(journal("finalized"), "r1", drift)] == ["CRI-REVERT-DRIFT"]
    assert refuse_revert(journal("switched"), "r1", drift) == [], "unconfirmed, it is reverted in any case"
    assert refuse_revert(journal("finalized"), "r2")[0]["reason"] == "CRI-REVERT-RUN"
    assert refuse_revert(None, None)[0]["reason"] == "CRI-REVERT-RUN"


def test_a_runtime_starts_before_the_docker_that_uses_it():
    before = {"docker.service": unit("active"), "containerd.service": unit("active")}
    now = {"docker.service": unit("failed"), "containerd.service": unit("failed")}
    starts = [call for call in unit_commands(before, now) if call[0] == "start"]
    assert starts == [["start", "containerd.service"], ["start", "docker.service"]]


@pytest.mark.parametrize("shim", ["cri-docker", "cri-dockerd"])
def test_docker_starts_before_cri_dockerd_which_asks_it(shim):
    names = ("containerd.service", "docker.service", "docker.socket", shim + ".service", shim + ".socket")
    calls = unit_commands(dict.fromkeys(names, unit("active")), dict.fromkeys(names, unit("inactive")))
    assert [call[1] for call in calls if call[0] == "start"] == list(names)


@pytest.mark.parametrize(
    "paths, wanted",
    [
        (["/etc/systemd/system/kubelet.service.d/a.conf"], True),
        (["/usr/lib/systemd/system/x.service"], True),
        (["/etc/default/kubelet", "/var/lib/kubelet/config.yaml"], False),
        ([], False),
    ],
)
def test_daemon_reload(paths, wanted):
    assert needs_reload(paths) is wanted


def test_sysctl_files():
    text = "# a\n; b\nnet.ipv4.ip_forward = 1\n"
    text += "-net/ipv4/conf/eth0.1/rp_filter=0\nnet.ipv4.conf.eth0/1.rp_filter=2\nodd\n"
    assert parse_sysctl(text) == [
        ("net/ipv4/ip_forward", "1", False),
        ("net/ipv4/conf/eth0.1/rp_filter", "0", True),
        ("net/ipv4/conf/eth0.1/rp_filter", "2", False),
    ]


@pytest.mark.parametrize(
    "before, image, drift",
    [
        ({"exists": False}, {"kind": "absent"}, None),
        ({"exists": False, "sha256": None}, {"kind": "file", "sha256": "1"}, ("1", "absent")),
        ({"exists": True, "sha256": "1"}, {"kind": "absent"}, ("absent", "1")),
        ({"exists": True, "sha256": "1"}, {"kind": "link", "to": "x", "sha256": "1"}, None),
        ({"exists": True, "sha256": "1"}, {"kind": "file", "sha256": "2"}, ("2", "1")),
    ],
)
def test_a_file_that_changed_since_it_was_assessed(before, image, drift):
    found = differing([{"path": "/f", "before": before}], {"/f": image})
    assert [(item["seen"], item["wanted"]) for item in found] == ([drift] if drift else [])


ID = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "cgroup, dockers, wanted",
    [
        ("/kubepods.slice/kubepods-pod1.slice/docker-%s.scope" % ID, [], True),
        ("/kubepods.slice/kubepods-pod1.slice/cri-containerd-%s.scope" % ID, [], False),
        ("/kubepods/besteffort/pod1/%s" % ID, [ID], True),
        ("/kubepods/besteffort/pod1/%s" % ID, [], False),
        ("/kubepods/besteffort/pod1", [ID], False),
    ],
)
def test_whose_cgroup(cgroup, dockers, wanted):
    assert is_dockers(cgroup, set(dockers)) is wanted


OK = {"ActiveState": "active", "SubState": "running", "NRestarts": "0"}


@pytest.mark.parametrize(
    "given, healthz, seconds, steady, wanted",
    [
        (OK, 200, 1, 1, True),
        (OK, None, 5, 5, None),
        (OK, None, 30, 20, True),
        (OK, 500, 30, 30, None),
        (OK, 500, 120, 120, False),
        (dict(OK, ActiveState="activating", SubState="auto-restart", NRestarts="1"), None, 12, 3, None),
        (dict(OK, NRestarts="2"), 200, 25, 1, False),
        (dict(OK, ActiveState="failed", Result="start-limit-hit"), None, 3, 1, False),
        (dict(OK, NRestarts=""), 200, 1, 1, True),
    ],
)
def test_kubelet_stays(given, healthz, seconds, steady, wanted):
    assert judge_kubelet(given, healthz, seconds, steady, 120)[0] is wanted


@pytest.mark.parametrize(
    "argv, wanted",
    [
        (["status"], {"json": False}),
        (["status", "--json"], {"json": True}),
        (["start"], None),
        (["bogus"], None),
        ([], None),
        (["confirm", "--run-id", "x", "--json"], {"run_id": "x"}),
        (["revert", "--run-id"], None),
        (["revert", "--run-id", "x", "--watchdog"], {"watchdog": True, "run_id": "x"}),
        (["finalize", "--everything"], None),
    ],
)
def test_command_line(argv, wanted):
    parsed = parse(argv)
    assert (parsed is None) if wanted is None else all(parsed[key] == value for key, value in wanted.items())


def fixture(name):
    with open(os.path.join(os.path.dirname(__file__), "fixtures", "engine", name)) as stream:
        return stream.read()


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


def test_systemctl_show_of_systemd_252():
    units = parse_show(fixture("systemctl-show-252.txt"))
    assert [name for name in units if is_running(units[name])] == [
        "kubelet.service",
        "docker.service",
        "docker.socket",
        "containerd.service",
    ]
    assert units["crio.service"]["LoadState"] == "not-found"


def test_why_kubelet_ended_is_found_before_its_usage():
    log = (
        'I1123 19:46:02.1 1 server.go:1] "x"\nE1123 19:46:02.2 1 run.go:74] "command failed" err="failed to parse '
        'kubelet flag: unknown flag: --no-such-flag"\nUsage:\n  kubelet [flags]\n  --version version[=true]   Print\n'
        "kubelet.service: Scheduled restart job, restart counter is at 2.\n"
    )
    assert [line.split("err=")[1] for line in last_words(log)] == [
        '"failed to parse kubelet flag: unknown flag: --no-such-flag"'
    ]


@pytest.mark.parametrize(
    "text, policy",
    [
        ("-P FORWARD DROP\n-A FORWARD -j DOCKER-USER\n", "DROP"),
        ("-P FORWARD ACCEPT\n", "ACCEPT"),
        ("iptables v1.8.9 (nf_tables): Could not fetch rule set generation id\n", None),
        ("", None),
    ],
)
def test_forward_policy(text, policy):
    assert forward_policy(text) == policy
