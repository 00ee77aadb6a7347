"""playbooks/revert.yml by Ansible itself, with local hosts and modules that only record their arguments."""

import json

import pytest
from playbooks.journals import SHIM, SOCKET, facts
from playbooks.tasks import is_task

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.entries import pod_entry

MODULES = (
    "cluster_info",
    "cutover",
    "image_transfer",
    "node_drain",
    "node_runtime_info",
    "rollout_gate",
    "rollout_lease",
)
ANNOTATION = "kubeadm.alpha.kubernetes.io/cri-socket"
INVENTORY = (
    "[kube_control_plane]\ncp\n[kube_node]\nw1\nw2 switchover_drain_timeout=1000\n"
    "[all:vars]\nansible_connection=local\n"
)


def entry(phase, cordoned=False):
    annotations = {ANNOTATION: SOCKET}
    if cordoned:
        annotations["cri.switchover/cordon"] = "{}"
    pod = pod_entry(
        {
            "metadata": {
                "namespace": "a",
                "name": "p",
                "uid": "u",
                "ownerReferences": [{"kind": "ReplicaSet", "name": "r", "uid": "r", "controller": True}],
            },
            "spec": {"containers": [{"name": "c", "image": "web:1"}]},
            "status": {"phase": "Running"},
        }
    )
    runtime = "docker://20" if phase in ("reverted", None) else "containerd://1"
    return {
        "ready": True,
        "kubelet_version": "v1.23.17",
        "runtime_version": runtime,
        "annotations": annotations,
        "labels": {},
        "pods": [pod],
    }


@pytest.fixture
def revert(play):
    """revert(phases by host, {module with its state: answer}, names of cordoned nodes, *options)

    -> (exit code, output, asked)
    """

    def run(phases, answers, cordoned=(), *options):
        nodes = {name: entry(phase, name in cordoned) for name, phase in phases.items()}
        cluster = {"reachable": True, "nodes": nodes, "baseline": {"at": "then", "below": []}}
        given = {"cluster_info": {"cluster": cluster}, "image_transfer": {"missing": []}}
        verification = {"seen": {"runtime_version": "docker://20"}}
        ended = {"verification": verification, "annotations": {ANNOTATION: SHIM}}
        given["cutover reverted"] = {"changed": True, "phase": "reverted", **ended}
        for name, phase in phases.items():
            given[name + " node_runtime_info"] = {"runtime_info": facts(name, phase)}
            given[name + " cutover resumed"] = {"phase": phase, **ended}
        return play("revert", INVENTORY, MODULES, dict(given, **answers), *options)

    return run


def calls(asked, *modules):
    return ["%s %s" % (host, args.get("state", "")) for host, name, args in asked if name in modules]


def test_a_whole_revert(revert):
    code, output, asked = revert({"w1": "reverted", "w2": "finalized", "cp": "confirmed"}, {}, cordoned=["w1"])
    assert code == 0, output
    # What an earlier run left comes first, then the checks of all nodes. The control plane comes last.
    assert calls(asked, "cutover", "node_drain")[:2] == ["w1 resumed", "w1 uncordoned"]
    assert sorted(calls(asked, "cutover")[1:3]) == ["cp revertible", "w2 revertible"]
    transferred = [args for _host, name, args in asked if name == "image_transfer"]
    assert [(args["target"], args["images"]) for args in transferred] == [("docker", ["web:1"])] * 2
    assert calls(asked, "cutover", "node_drain")[4:] == [
        "w2 drained",
        "w2 reverted",
        "w2 uncordoned",
        "cp drained",
        "cp reverted",
        "cp uncordoned",
    ]
    uncordons = [args for _host, _name, args in asked if args.get("state") == "uncordoned"]
    assert [args["annotations"] for args in uncordons] == [{ANNOTATION: SHIM}] * 3
    reverts = [args for _host, _name, args in asked if args.get("state") == "reverted"]
    assert [(args["run_id"], args["allow_drift"], args["verification"]["gates"]) for args in reverts] == [
        ("old-w2", False, []),
        ("old-cp", False, []),
    ]
    assert all(args["by_run"] != args["run_id"] for args in reverts), (
        "the node lock is of this run, not of the journal's"
    )


def test_one_that_cannot_be_reverted_keeps_all_from_being_drained(revert):
    lacked = {
        "missing": [
            {"reference": "web@sha256:0", "why": "x", "in_source": True},
            {"reference": "gone:1", "why": "x", "in_source": False},
        ]
    }
    code, output, asked = revert({"w1": "finalized", "w2": "finalized", "cp": None}, {"w2 image_transfer": lacked})
    assert code != 0 and calls(asked, "node_drain") == []
    assert "CRI-REVERT-IMAGES: w2" in output and "CRI-REVERT-INCOMPLETE: cannot be reverted: w2" in output


def test_a_node_that_is_refused_after_its_drain_is_verified_before_its_return_to_service(revert):
    refused = {"failed": True, "phase": "finalized", "reason": "CRI-REVERT-DRIFT", "msg": "CRI-REVERT-DRIFT: w1: x"}
    code, output, asked = revert({"w1": "finalized", "w2": "finalized", "cp": None}, {"w1 cutover reverted": refused})
    assert code != 0 and "Failed: w1. Not started: w2" in output
    assert calls(asked, "cutover", "node_drain")[2:] == ["w1 drained", "w1 reverted", "w1 resumed", "w1 uncordoned"]


def test_a_node_that_is_not_verified_stays_cordoned(revert):
    failed = {"failed": True, "phase": "revert_blocked", "reason": "CRI-X", "msg": "CRI-X: w1: x"}
    code, output, asked = revert({"w1": "finalized", "w2": None, "cp": None}, {"w1 cutover reverted": failed})
    assert code != 0 and calls(asked, "cutover", "node_drain")[1:] == ["w1 drained", "w1 reverted"]


def test_nothing_to_do(revert):
    code, output, asked = revert({"w1": "reverted", "w2": None, "cp": None}, {})
    assert code == 0 and "Nothing to revert" in output
    assert calls(asked, "cutover", "node_drain") == []


def test_other_rollouts_are_kept_away_from_the_first_change_to_the_last(revert):
    code, output, asked = revert({"w1": "reverted", "w2": "finalized", "cp": None}, {}, cordoned=["w1"])
    assert code == 0, output
    changing = calls(asked, "cutover", "image_transfer", "node_drain", "rollout_lease")
    assert changing[0].endswith(" held") and changing[-1].endswith(" released")
    # Taken, and renewed before the batch of what was left.
    assert [word.split()[-1] for word in changing].count("held") == 2
    lease = [args for _host, name, args in asked if name == "rollout_lease"]
    assert lease[0]["run_id"] == lease[1]["run_id"] and lease[0]["process"]
    # A drain of 900 s, a window of 600 s and its revert, and more.
    # Enough for the one that may take longest.
    assert int(lease[0]["duration"]) == 1000 + 600 + 600 + 2 * 300 + 30 + 600


def test_a_run_that_is_refused_changes_nothing(revert):
    refused = {"failed": True, "reason": "CRI-LEASE-HELD", "msg": "CRI-LEASE-HELD: x"}
    phases = {"w1": "reverted", "w2": "finalized", "cp": None}
    code, output, asked = revert(phases, {"rollout_lease held": refused}, ["w1"])
    assert code != 0 and "CRI-LEASE-HELD" in output
    assert calls(asked, "cutover", "image_transfer", "node_drain", "rollout_lease") == ["cp held"]


NOT_REVERTED = {"w1 cutover reverted": {"failed": True, "phase": "finalized", "reason": "CRI-X", "msg": "CRI-X: x"}}
NOT_REVERTIBLE = {"w1 cutover revertible": {"failed": True, "reason": "CRI-X", "msg": "CRI-X: x"}}
NOT_RETURNED = {**NOT_REVERTED, "w1 cutover resumed": {"failed": True, "reason": "CRI-Y", "msg": "CRI-Y: y"}}


@pytest.mark.parametrize("w2", ["finalized", None], ids=["of two", "alone"])
@pytest.mark.parametrize(
    "answers, message",
    [
        (NOT_REVERTED, "CRI-GATE: the rollout stops here. Failed: w1."),
        (NOT_REVERTIBLE, "CRI-REVERT-INCOMPLETE: cannot be reverted: w1."),
        (NOT_RETURNED, "Last seen: w1: its journal last showed finalized."),
    ],
    ids=["not reverted", "not revertible", "not returned to service"],
)
def test_a_run_that_stops_releases_the_lease(revert, answers, message, w2):
    code, output, asked = revert({"w1": "finalized", "w2": w2, "cp": None}, answers)
    assert code != 0 and calls(asked, "rollout_lease")[-1].endswith(" released")
    assert message in " ".join(output.split())


def test_a_run_with_nothing_to_do_and_a_dry_run_take_no_lease(revert):
    assert calls(revert({"w1": "reverted", "w2": None, "cp": None}, {})[2], "rollout_lease") == []
    code, output, asked = revert({"w1": "finalized", "w2": None, "cp": None}, {}, (), "--check")
    assert code == 0 and calls(asked, "rollout_lease") == [], output


def test_without_the_right_to_leases_none_is_taken(revert):
    nodes = {name: entry(phase) for name, phase in (("w1", "finalized"), ("w2", None), ("cp", None))}
    cluster = {"reachable": True, "nodes": nodes, "missing_rights": ["patch leases in kube-system"]}
    answers = {"cluster_info": {"cluster": cluster}}
    phases = {"w1": "finalized", "w2": None, "cp": None}
    code, output, asked = revert(phases, answers)
    assert code != 0 and "CRI-PF-LEASE-RIGHTS" in output
    code, output, asked = revert(phases, answers, (), "-e", '{"switchover_allow": ["no-lease"]}')
    assert code == 0 and calls(asked, "rollout_lease") == [], output


def test_the_cluster_is_checked_before_each_batch_and_after_each_node_of_the_control_plane(revert):
    gates = [{"name": "g", "query": "a"}]
    settings = {"soak": 60, "batch_gates": gates, "batches": [1], "require_capacity": True}
    options = ("-e", json.dumps({"switchover_" + name: value for name, value in settings.items()}))
    code, output, asked = revert({"w1": "finalized", "w2": "finalized", "cp": "finalized"}, {}, (), *options)
    assert code == 0, output
    checks = [args for _host, name, args in asked if name == "rollout_gate"]
    # It soaks between batches, and not before the first one, nor after the last.
    seen = [(args["upcoming"], sorted(args["nodes"]), args["waiting"], int(args["soak"])) for args in checks]
    assert seen == [
        (["w1"], [], ["w1", "w2", "cp"], 0),
        (["w2"], ["w1"], ["w2", "cp"], 60),
        (["cp"], ["w1", "w2"], ["cp"], 60),
        ([], ["cp", "w1", "w2"], [], 0),
    ]
    assert checks[1]["nodes"] == {"w1": "docker"} and checks[0]["gates"] == gates
    assert all(args["require_capacity"] is True for args in checks)
    assert checks[0]["baseline"] == {"at": "then", "below": []}
    lease = [args for _host, name, args in asked if name == "rollout_lease"][0]
    for key in ("run_id", "process"):
        assert {args[key] for args in checks} == {lease[key]}
    assert {int(args["lease_duration"]) for args in checks} == {int(lease["duration"])}


def test_a_cluster_that_is_not_healthy_loses_no_further_node(revert):
    stop = {"failed": True, "reason": "CRI-BATCH-GATE", "msg": "CRI-BATCH-GATE: x"}
    code, output, asked = revert({"w1": "finalized", "w2": "finalized", "cp": "finalized"}, {"w2 rollout_gate": stop})
    assert code != 0 and "CRI-BATCH-GATE" in output
    assert calls(asked, "node_drain") == ["w1 drained", "w1 uncordoned"]


def test_within_its_budget_it_continues_and_fails_in_the_end(revert):
    phases = {"w1": "finalized", "w2": "finalized", "cp": "finalized"}
    failed = {"failed": True, "phase": "revert_blocked", "reason": "CRI-X", "msg": "CRI-X: x"}
    options = ("-e", json.dumps({"switchover_max_failures": 1}))
    code, output, asked = revert(phases, {"w1 cutover reverted": failed}, (), *options)
    assert code != 0 and calls(asked, "node_drain") == [
        "w1 drained",
        "w2 drained",
        "w2 uncordoned",
        "cp drained",
        "cp uncordoned",
    ]
    assert "CRI-REVERT-INCOMPLETE: Failed, as many as switchover_max_failures allows: w1. Not started: none." in output
    assert calls(asked, "rollout_lease")[-1].endswith(" released")
    # A node that failed does not have to be healthy.
    assert [sorted(args["nodes"]) for _host, name, args in asked if name == "rollout_gate"] == [
        [],
        [],
        ["w2"],
        ["cp", "w2"],
    ]

    both = {"w1 cutover reverted": failed, "w2 cutover reverted": failed}
    code, output, asked = revert(phases, both, (), *options)
    assert code != 0 and "CRI-GATE: the rollout stops here. Failed: w1, w2. Not started: cp." in output
    assert calls(asked, "node_drain") == ["w1 drained", "w2 drained"]


@pytest.fixture
def hooks(tmp_path):
    """hooks(host that fails before, host that fails after) -> (options, what was called)"""
    called = tmp_path / "called"

    def make(before="", after=""):
        called.write_text("", encoding="utf-8")
        variables = {}
        for name, failing in (("before_drain", before), ("after_uncordon", after)):
            path = tmp_path / (name + ".yml")
            line = "echo %s {{ drain_node_name }} >> %s" % (name, called)
            tasks = [
                {"name": "Write", "ansible.builtin.raw": line, "delegate_to": "localhost"},
                {"name": "Fail", "ansible.builtin.fail": {"msg": "x"}, "when": "inventory_hostname == %r" % failing},
            ]
            path.write_text(json.dumps(tasks), encoding="utf-8")
            variables["switchover_%s_tasks" % name] = str(path)
        return ("-e", json.dumps(variables))

    return make, lambda: called.read_text(encoding="utf-8").splitlines()


def test_tasks_of_the_operator(revert, hooks):
    make, called = hooks
    phases = {"w1": "reverted", "w2": "finalized", "cp": None}
    code, output, asked = revert(phases, {}, ["w1"], *make())
    assert code == 0, output
    # A node that an earlier run cordoned is returned to service.
    assert called() == ["after_uncordon w1", "before_drain w2", "after_uncordon w2"]


@pytest.mark.parametrize(
    "failing, answers, hooked, drained",
    [
        ({"before": "w1"}, {}, ["before_drain w1", "after_uncordon w1"], ["w1 uncordoned"]),
        (
            {"after": "w1"},
            {},
            ["before_drain w1", "after_uncordon w1"],
            ["w1 drained", "w1 uncordoned", "w1 uncordoned"],
        ),
        (
            {},
            {"w1 node_drain drained": {"failed": True, "reason": "CRI-DRAIN-PDB", "msg": "CRI-DRAIN-PDB: x"}},
            ["before_drain w1", "after_uncordon w1"],
            ["w1 drained", "w1 uncordoned"],
        ),
        (
            {},
            {"w1 cutover reverted": {"failed": True, "phase": "revert_failed", "reason": "CRI-X", "msg": "CRI-X: x"}},
            ["before_drain w1"],
            ["w1 drained"],
        ),
    ],
)
def test_tasks_of_the_operator_and_a_node_that_fails(revert, hooks, failing, answers, hooked, drained):
    make, called = hooks
    code, output, asked = revert({"w1": "finalized", "w2": "finalized", "cp": None}, answers, (), *make(**failing))
    assert code != 0 and "CRI-GATE: the rollout stops here. Failed: w1. Not started: w2." in output, output
    assert (called(), calls(asked, "node_drain")) == (hooked, drained)


def test_a_file_of_tasks_that_does_not_exist(revert):
    options = ("-e", "switchover_before_drain_tasks=/nowhere/leave.yml")
    code, output, asked = revert({"w1": "finalized", "w2": None, "cp": None}, {}, (), *options)
    assert code != 0 and asked == [] and "CRI-SETTINGS-TASKS" in output and "/nowhere/leave.yml" in output


@pytest.mark.parametrize(
    "options",
    [
        ("--tags", "drain"),
        ("--start-at-task", "Revert the node"),
        ("--start-at-task", "Plan the rollout"),
        ("--limit", "w1"),
    ],
)
def test_what_is_run_in_part_changes_no_node(revert, options):
    assert options[0] != "--start-at-task" or is_task(options[1])
    _code, output, asked = revert({"w1": "finalized", "w2": "finalized", "cp": None}, {}, (), *options)
    assert calls(asked, "cutover", "image_transfer", "node_drain", "rollout_lease") == [], output
