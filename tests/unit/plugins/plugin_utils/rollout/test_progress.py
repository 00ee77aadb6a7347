# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.progress import progress

WHOLE = {
    "resume": {"order": ["a", "b"], "serial": [1, 1]},
    "order": ["c", "d", "e"],
    "serial": [1, 2],
    "node_names": {name: "n" + name for name in "abcde"},
}


@pytest.mark.parametrize(
    "outcomes, all_hosts, hosts, expected",
    [
        # in the play that resumes what was left
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
        facts[name]["switch_node_result"] = {"outcome": outcome}
    seen = progress(WHOLE, facts, all_hosts.split(), hosts.split())
    moved = seen.pop("moved")
    assert seen.pop("unprepared") == [name for name in all_hosts.split() if name not in hosts.split()]
    why = seen.pop("reverted")
    assert why == {name: "no reason was recorded" for name in "abcde" if f"{name}:reverted" in outcomes}
    assert sorted(seen.pop("last_seen")) == seen["lost"]
    assert {kind: " ".join(names) for kind, names in seen.items() if names} == expected
    assert moved == {
        "n" + name: {"switched": "containerd", "reverted": "docker"}[facts[name]["switch_node_result"]["outcome"]]
        for name in seen["done"]
    }


def test_one_that_could_not_be_asked_any_more_is_reported_with_what_it_showed():
    facts = {name: {"preflight_node": {"info": {"node_name": name}}} for name in "abcde"}
    failure = {"phase": "unknown", "last_phase": "switching"}
    facts["a"].update(switch_node_result={"outcome": "failed", "failure": failure})
    facts["b"].update(switch_node_result={"outcome": "failed", "failure": {"phase": "reverted"}})
    failure = {"phase": "reverted", "not_returned": "x"}
    facts["c"].update(switch_node_result={"outcome": "failed", "failure": failure})
    seen = progress(WHOLE, facts, ["a", "b", "c"], ["a", "b", "c"])
    assert seen["failed"] == ["a", "b", "c"]
    assert seen["last_seen"] == {"a": "its journal last showed switching", "c": "its journal last showed reverted"}


def test_each_host_may_have_a_target_of_its_own_and_one_resumed_is_where_its_journal_says():
    facts = {name: {"switch_node_result": {"outcome": "switched"}} for name in "abcde"}
    facts["c"]["switchover_target"] = "crio"
    facts["a"].update(switchover_target="crio", preflight_node={"info": {"journal": {"to": "containerd"}}})
    facts["d"]["switch_node_result"] = {"outcome": "reverted"}
    moved = progress(WHOLE, facts, ["c", "d", "e"], ["c", "d", "e"])["moved"]
    assert moved == {"na": "containerd", "nb": "containerd", "nc": "crio", "nd": "docker", "ne": "containerd"}


def test_how_far_a_rollout_is_asks_each_host_for_one_thing_only():
    # Of hostvars each lookup is work, and this is asked for each batch, of all hosts.
    lookups = []

    class Facts(dict):
        def __getitem__(self, name):
            lookups.append(name)
            return {"switch_node_result": {"outcome": "switched"}}

    assert progress(WHOLE, Facts(), ["c", "d", "e"], ["c", "d", "e"])["moved"]["na"] == "containerd"
    assert lookups == list("abcde")


def test_a_node_that_is_not_prepared_was_not_started():
    facts = {name: {} for name in "abcde"}
    facts["c"]["switch_node_result"] = {"outcome": "unprepared"}
    seen = progress(dict(WHOLE, resume={"order": [], "serial": []}), facts, ["c", "d", "e"], ["c", "d"])
    assert seen["unprepared"] == ["c", "e"] and seen["waiting"] == ["c", "d"] and seen["lost"] == ["e"]
