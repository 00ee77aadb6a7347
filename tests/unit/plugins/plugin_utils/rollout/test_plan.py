from pathlib import Path

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import plan as rollout_plan


def nodes(text):
    """ "a b/z1 c*" : names, a zone after a slash, a star for the control plane."""
    found = []
    for word in text.split():
        name, _sep, zone = word.rstrip("*").partition("/")
        found.append({"name": name, "zone": zone, "control_plane": word.endswith("*")})
    return found


@pytest.mark.parametrize(
    "given, batches, order, serial",
    [
        ("a b c", [1], "a b c", [1, 1, 1]),
        ("a b c d e", [1, 2], "a b c d e", [1, 2, 2]),
        ("a b c d e f g h", [1, "25%"], "a b c d e f g h", [1, 2, 2, 2, 1]),
        ("a b", ["1%"], "a b", [1, 1]),
        ("a b c d e f g", ["100%"], "a b c d e f g", [5, 2]),
        ("cp1* a cp2* b", [5], "a b cp1 cp2", [2, 1, 1]),
        ("cp1*", [3], "cp1", [1]),
        ("a/x b/y c/x d/y e/x", [1, 2], "a c e b d", [1, 2, 2]),
        ("", [1], "", []),
    ],
)
def test_order_and_batches(given, batches, order, serial):
    plan = rollout_plan.plan(nodes(given), batches, forks=5)
    assert plan == part(order, serial)
    assert sum(plan["serial"]) == len(plan["order"])


def part(order, serial, resume=()):
    """A plan, where nothing was left by an earlier run; resume=None: the part of one."""
    whole = {"order": order.split(), "serial": serial}
    return whole if resume is None else dict(whole, resume=resume or {"order": [], "serial": []})


@pytest.mark.parametrize("batches", [[], [0], ["0%"], ["101%"], ["x"], [-1], ["1.5%"]])
def test_bad_batches_are_refused(batches):
    with pytest.raises(rollout_plan.RolloutError, match="switchover_batches"):
        rollout_plan.plan(nodes("a b"), batches, forks=5)


def test_a_batch_beyond_the_forks_is_refused():
    with pytest.raises(rollout_plan.RolloutError, match="forks"):
        rollout_plan.plan(nodes("a b c"), [3], forks=2)


@pytest.mark.parametrize(
    "in_use, phase, digest, state",
    [
        ("docker", None, None, "pending"),
        ("docker", "staged", "d", "pending"),
        ("docker", "switching", "d", "interrupted"),
        ("containerd", "switching", "d", "interrupted"),
        ("unknown", "switching", "d", "interrupted"),
        ("containerd", "reverting", "d", "interrupted"),
        ("docker", "reverting", "d", "interrupted"),
        ("containerd", "switched", "d", "switched"),
        ("unknown", "switched", "d", "switched"),
        ("containerd", "revert_blocked", "d", "switched"),
        ("docker", "reverted", "d", "reverted"),
        ("unknown", "reverted", "d", "reverted"),
        ("containerd", "reverted", "d", "done"),  # somebody else moved it since
        ("docker", "finalized", "d", "pending"),  # somebody else moved it back
        ("docker", "confirmed", "d", "pending"),
        ("containerd", "finalized", "d", "done"),
        ("containerd", "finalized", "other", "drift"),
        ("containerd", "confirmed", "d", "awaiting_finalize"),
        ("containerd", "confirmed", "other", "awaiting_finalize"),
        ("containerd", None, None, "done"),
        ("docker", "revert_failed", "d", "revert_failed"),
        ("containerd", "revert_failed", "d", "revert_failed"),
        ("unknown", None, None, "pending"),
    ],
)
def test_what_a_node_needs(in_use, phase, digest, state):
    info = {"runtime": {"in_use": in_use}, "journal": {"phase": phase, "config_digest": digest} if phase else None}
    assert rollout_plan.node_state(info, "containerd", "d") == state
    # An awaiting_finalize uncordon concerns finalized nodes only, a second try only those that went back.
    cordoned = "awaiting_finalize" if (in_use, phase) == ("containerd", "finalized") else state
    assert rollout_plan.node_state(info, "containerd", "d", cordoned=True) == cordoned
    again = "pending" if state == "reverted" else state
    assert rollout_plan.node_state(info, "containerd", "d", retry=True) == again


@pytest.mark.parametrize("journal", [{"error": "torn"}, {"newer": True, "phase": "finalized"}])
def test_a_journal_that_cannot_be_read_is_for_people(journal):
    assert (
        rollout_plan.node_state({"runtime": {"in_use": "docker"}, "journal": journal}, "containerd", "d")
        == "revert_failed"
    )


@pytest.mark.parametrize(
    "given, batches, resumed, new",
    [
        ("a b:reverted c:owed", [1], ("b c", [1, 1]), ("a", [1])),
        # The first one to be switched is alone again, whatever was taken up before it.
        ("a b c:interrupted d e:switched", [1, 2], ("c e", [1, 1]), ("a b d", [1, 2])),
        ("a b c:owed d:owed e:owed", [1, 2], ("c d e", [1, 2]), ("a b", [1, 1])),
        # What is broken is mended before any other node is drained, the control plane included.
        ("a cp:interrupted cp2", [1], ("cp", [1]), ("a cp2", [1, 1])),
        ("a:done b:drift c:left d:broken", [1], ("", []), ("", [])),
    ],
)
def test_what_was_left_is_apart(given, batches, resumed, new):
    found = []
    for word in given.split():
        name, _sep, state = word.partition(":")
        found.append({"name": name, "zone": "", "control_plane": name.startswith("cp"), "state": state or "pending"})
    plan = rollout_plan.plan(found, batches, 5)
    assert (plan.pop("resume"), plan) == (
        {"order": resumed[0].split(), "serial": resumed[1]},
        {"order": new[0].split(), "serial": new[1]},
    )


FACTS = {
    "cp": {"preflight_info": {}},
    "a": {"preflight_info": {"node_name": "na", "runtime": {"in_use": "docker"}, "journal": None}},
    "b": {"preflight_info": {"node_name": "nb", "runtime": {"in_use": "containerd"}, "journal": None}},
}
CLUSTER = {"nodes": {"na": {"labels": {"topology.kubernetes.io/zone": "z1"}}, "nb": {"labels": {}}}}


def test_the_hosts_of_a_run():
    found = rollout_plan.nodes(["cp", "b", "a"], FACTS, ["a"], CLUSTER, "containerd", "d")
    assert found == [
        {
            "name": "b",
            "node_name": "nb",
            "control_plane": False,
            "zone": "",
            "state": "done",
            "runtime": "containerd",
            "longest_s": 3330,
        },
        {
            "name": "a",
            "node_name": "na",
            "control_plane": True,
            "zone": "z1",
            "state": "pending",
            "runtime": "docker",
            "longest_s": 3330,
        },
    ]
    assert rollout_plan.plan(found, [1], 5) == part("a", [1])


def test_what_a_window_may_take_by_default_is_the_roles_own():
    defaults = (Path(__file__).parents[5] / "roles/switch_node/defaults/main.yml").read_text(encoding="utf-8")
    for name, seconds in rollout_plan.PATIENCE.items():
        assert "{{ %s | default(%d) }}" % (name, seconds) in defaults


@pytest.mark.parametrize(
    "settings, seconds",
    [
        ({}, 3330),
        # -e name=value delivers text
        ({"switchover_drain_timeout": "7200"}, 3330 + 6300),
        (
            {"switchover_watchdog": 900, "switchover_verify_timeout": 100, "switchover_recheck_delay": 0},
            3330 + 300 - 400 - 30,
        ),
        # The watchdog counts anew from the boot.
        ({"switchover_cgroup_v2": "enable"}, 3330 + 1200),
        ({"switchover_cgroup_v2": "report"}, 3330),
    ],
)
def test_how_long_a_host_may_keep_its_batch(settings, seconds):
    assert rollout_plan.longest(settings) == seconds


@pytest.mark.parametrize(
    "labels, key, zone",
    [
        ({"topology.kubernetes.io/zone": "z", "rack": "r"}, "topology.kubernetes.io/zone", "z"),
        ({"failure-domain.beta.kubernetes.io/zone": "z", "rack": "r"}, "topology.kubernetes.io/zone", "z"),
        ({"topology.kubernetes.io/zone": "z", "rack": "r"}, "rack", "r"),
        ({"failure-domain.beta.kubernetes.io/zone": "z"}, "rack", ""),
    ],
)
def test_the_label_that_no_batch_spans(labels, key, zone):
    cluster = {"nodes": {"na": {"labels": labels}}}
    (found,) = rollout_plan.nodes(["a"], FACTS, [], cluster, "containerd", "d", topology_key=key)
    assert found["zone"] == zone


@pytest.mark.parametrize(
    "target, digest, state",
    [(None, "d", "done"), ("crio", "c", "pending"), ("containerd", "d", "done"), ("containerd", "other", "drift")],
)
def test_a_host_may_have_a_target_of_its_own(target, digest, state):
    journal = {"phase": "finalized", "config_digest": digest}
    info = {"node_name": "nb", "runtime": {"in_use": "containerd"}, "journal": journal}
    facts = {"b": {"preflight_info": info, "preflight_node_target": target}}
    (found,) = rollout_plan.nodes(["b"], facts, [], CLUSTER, "containerd", {"containerd": "d", "crio": "c"})
    assert found["state"] == state


def test_hosts_that_are_not_asked_for_are_left():
    found = rollout_plan.nodes(["a", "b"], FACTS, [], CLUSTER, "containerd", "d", only=["b"])
    assert [n["state"] for n in found] == ["left", "done"]
    with pytest.raises(rollout_plan.RolloutError, match="switchover_only.*nobody"):
        rollout_plan.nodes(["a"], FACTS, [], CLUSTER, "containerd", "d", only=["nobody"])


@pytest.mark.parametrize(
    "retry, state", [(None, "reverted"), (True, "pending"), ("true", "pending"), ("False", "reverted")]
)
def test_a_second_try_is_asked_for_by_host(retry, state):
    info = {"node_name": "na", "runtime": {"in_use": "docker"}, "journal": {"phase": "reverted"}}
    facts = {"a": {"preflight_info": info}}
    if retry is not None:
        facts["a"]["switchover_retry"] = retry
    assert rollout_plan.nodes(["a"], facts, [], CLUSTER, "containerd", "d")[0]["state"] == state


def test_a_cordon_of_ours_is_owed():
    info = {
        "node_name": "na",
        "runtime": {"in_use": "containerd"},
        "journal": {"phase": "finalized", "config_digest": "d"},
    }
    cluster = {"nodes": {"na": {"labels": {}, "annotations": {"cri.switchover/cordon": "{}"}}}}
    found = rollout_plan.nodes(["a"], {"a": {"preflight_info": info}}, [], cluster, "containerd", "d")
    assert [n["state"] for n in found] == ["awaiting_finalize"]
    assert (
        rollout_plan.nodes(["a"], {"a": {"preflight_info": info}}, [], CLUSTER, "containerd", "d")[0]["state"] == "done"
    )


def test_only_what_shapes_a_node_counts_for_its_digest():
    base = {"switchover_target": "containerd", "switchover_pause_image": "", "switchover_drain_timeout": 1}
    assert rollout_plan.config_digest(base) == rollout_plan.config_digest({**base, "switchover_drain_timeout": 2})
    assert rollout_plan.config_digest(base) != rollout_plan.config_digest({**base, "switchover_pause_image": "p:1"})


@pytest.mark.parametrize(
    "in_use, phase, state, cordoned",
    [
        ("containerd", "finalized", "revert", "revert"),
        ("containerd", "confirmed", "revert", "revert"),
        ("containerd", "revert_blocked", "revert", "revert"),
        ("containerd", "switched", "revert", "revert"),
        ("unknown", "finalized", "revert", "revert"),
        ("docker", "finalized", "done", "done"),  # somebody moved it back
        ("docker", "reverted", "done", "reverted"),
        ("docker", "staged", "done", "done"),
        ("docker", None, "done", "done"),
        ("containerd", None, "done", "done"),  # born there
        ("containerd", "switching", "interrupted", "interrupted"),
        ("containerd", "reverting", "interrupted", "interrupted"),
        ("docker", "revert_failed", "revert_failed", "revert_failed"),
    ],
)
def test_what_a_node_needs_to_go_back(in_use, phase, state, cordoned):
    info = {"runtime": {"in_use": in_use}, "journal": {"phase": phase} if phase else None}
    assert rollout_plan.revert_state(info) == state
    assert rollout_plan.revert_state(info, cordoned=True) == cordoned


@pytest.mark.parametrize("journal", [{"error": "torn"}, {"newer": True, "phase": "finalized"}])
def test_nobody_goes_back_by_a_journal_that_cannot_be_read(journal):
    assert rollout_plan.revert_state({"runtime": {"in_use": "containerd"}, "journal": journal}) == "revert_failed"


def test_the_hosts_of_a_run_that_goes_back():
    facts = {
        name: {"preflight_info": {"node_name": name, "runtime": {"in_use": "containerd"}, "journal": {"phase": phase}}}
        for name, phase in (("cp", "finalized"), ("a", "confirmed"), ("b", "reverted"), ("c", "finalized"))
    }
    ours = {"annotations": {"cri.switchover/cordon": "{}"}}
    cluster = {"nodes": {"cp": {}, "a": {}, "b": ours, "c": {}}}
    found = rollout_plan.nodes(list(facts), facts, ["cp"], cluster, "containerd", "d", ["cp", "a", "b"], "revert")
    assert [node["state"] for node in found] == ["revert", "revert", "reverted", "left"]
    # What is only still cordoned is apart, the control plane last.
    assert rollout_plan.plan(found, [2], 5) == part("a cp", [1, 1], resume=part("b", [1], resume=None))


WHOLE = {
    "resume": part("a b", [1, 1], resume=None),
    "order": ["c", "d", "e"],
    "serial": [1, 2],
    "node_names": {name: "n" + name for name in "abcde"},
}


@pytest.mark.parametrize(
    "outcomes, all_hosts, hosts, expected",
    [
        # in the play that takes up what was left
        ("", "a b", "a b", {"waiting": "a b c d e"}),
        ("a:switched", "a b", "a b", {"done": "a", "waiting": "b c d e"}),
        ("a:failed", "a b", "a b", {"failed": "a", "waiting": "b c d e"}),
        ("", "a b", "b", {"lost": "a", "waiting": "b c d e"}),
        # in the one after it
        ("a:switched b:reverted", "c d e", "c d e", {"done": "a b", "waiting": "c d e"}),
        ("a:switched", "c d e", "c d e", {"done": "a", "lost": "b", "waiting": "c d e"}),
        ("a:switched b:failed c:switched", "c d e", "c d", {"done": "a c", "failed": "b", "lost": "e", "waiting": "d"}),
        # what it said before it was lost counts no more
        ("a:switched b:switched c:switched", "c d e", "d e", {"done": "a b", "lost": "c", "waiting": "d e"}),
        ("a:switched b:switched c:switched d:switched e:failed", "c d e", "c d e", {"done": "a b c d", "failed": "e"}),
    ],
)
def test_how_far_a_rollout_is(outcomes, all_hosts, hosts, expected):
    facts = {name: {} for name in "abcde"}
    for word in outcomes.split():
        name, _sep, outcome = word.partition(":")
        facts[name]["switch_node_outcome"] = outcome
    seen = rollout_plan.progress(WHOLE, facts, all_hosts.split(), hosts.split())
    moved = seen.pop("moved")
    assert sorted(seen.pop("last_seen")) == seen["lost"]
    assert {kind: " ".join(names) for kind, names in seen.items() if names} == expected
    assert moved == {
        "n" + name: {"switched": "containerd", "reverted": "docker"}[facts[name]["switch_node_outcome"]]
        for name in seen["done"]
    }


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({}, None),
        ({"preflight_info": {"journal": None}}, None),
        ({"preflight_info": {"journal": {"phase": "switched"}}}, "switched"),
        ({"preflight_info": {"journal": None}, "__switch_node_kubelet": {}}, "staged"),
        ({"__switch_node_kubelet": {}, "__switch_node_cutover": {"phase": "confirmed"}}, "confirmed"),
        ({"__switch_node_kubelet": {}, "__switch_node_cutover": {"phase": "unknown", "last_phase": "cut"}}, "cut"),
        # An unreachable host's task leaves nothing of ours.
        ({"__switch_node_cutover": {"unreachable": True}, "__switch_node_kubelet": {}}, "staged"),
        ({"switch_node_failure": {"phase": "unknown", "last_phase": "reverting"}}, "reverting"),
        ({"__switch_node_kubelet": {}, "switch_node_failure": {"phase": "reverted"}}, "reverted"),
        ({"__switch_node_kubelet": {}, "switch_node_failure": {"phase": ""}}, "staged"),
    ],
)
def test_what_was_known_of_a_lost_node(facts, expected):
    words = "its journal last showed %s" % expected if expected else "it had no journal"
    assert rollout_plan.last_seen(facts) == words


def test_one_that_could_not_be_asked_any_more_is_told_with_what_it_showed():
    facts = {name: {"preflight_info": {"node_name": name}} for name in "abcde"}
    failure = {"phase": "unknown", "last_phase": "switching"}
    facts["a"].update(switch_node_outcome="failed", switch_node_failure=failure)
    facts["b"].update(switch_node_outcome="failed", switch_node_failure={"phase": "reverted"})
    failure = {"phase": "reverted", "not_returned": "x"}
    facts["c"].update(switch_node_outcome="failed", switch_node_failure=failure)
    seen = rollout_plan.progress(WHOLE, facts, ["a", "b", "c"], ["a", "b", "c"])
    assert seen["failed"] == ["a", "b", "c"]
    assert seen["last_seen"] == {"a": "its journal last showed switching", "c": "its journal last showed reverted"}


def test_each_host_may_have_a_target_of_its_own_and_one_taken_up_is_where_its_journal_says():
    facts = {name: {"switch_node_outcome": "switched"} for name in "abcde"}
    facts["c"]["switchover_target"] = "crio"
    facts["a"].update(switchover_target="crio", preflight_info={"journal": {"to": "containerd"}})
    facts["d"]["switch_node_outcome"] = "reverted"
    moved = rollout_plan.progress(WHOLE, facts, ["c", "d", "e"], ["c", "d", "e"])["moved"]
    assert moved == {"na": "containerd", "nb": "containerd", "nc": "crio", "nd": "docker", "ne": "containerd"}


def test_how_far_a_rollout_is_asks_each_host_for_one_thing_only():
    # Of hostvars each look is work, and this is asked for each batch, of all hosts.
    looks = []

    class Facts(dict):
        def __getitem__(self, name):
            looks.append(name)
            return {"switch_node_outcome": "switched"}

    assert rollout_plan.progress(WHOLE, Facts(), ["c", "d", "e"], ["c", "d", "e"])["moved"]["na"] == "containerd"
    assert looks == list("abcde")
