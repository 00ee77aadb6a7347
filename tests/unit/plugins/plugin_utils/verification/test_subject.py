# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node must be by its facts, and how the result is worded."""

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.verification.outcome import outcome_of
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.subject import UNFINISHED, subject_of
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import unmet_entry

SOCKET = "unix:///run/containerd/containerd.sock"
JOURNAL = {
    "phase": "finalized",
    "run_id": "r1",
    "to": "containerd",
    "socket": SOCKET,
    "version_prefix": "containerd://",
    "handlers": [{"name": "runc"}, {"name": "gvisor", "optional": True}, {"name": "kata", "optional": True}],
    "left_out": {"gvisor": "no KVM"},
    "pause_image": "pause:1",
}


def info(runtime="containerd", journal=None, **more):
    found = {"in_use": runtime, "endpoint": "unix:///run/other.sock", "evidence": "kubelet names no runtime endpoint"}
    return {
        "runtime": found,
        "journal": journal,
        "crictl": {"path": "/opt/crictl"},
        "docker": {"version": "20"},
        **more,
    }


def subject(given, declared=()):
    return subject_of(given, "n1", list(declared), 300)


def test_a_switched_node_must_be_what_its_journal_says():
    found = subject(info(journal=JOURNAL))
    assert (found.source, found.unmet) == ("", [])
    assert found.health == {
        "endpoint": SOCKET,
        "crictl": "/opt/crictl",
        "runtime_name": "containerd",
        "handlers": ["runc", "kata"],
        "network_ready": True,
        "wait": 30,
        "pause_image": "pause:1",
    }
    assert found.expectation["handlers"] == [{"name": "runc"}, {"name": "kata", "optional": True}]
    assert (found.expectation["node_name"], found.expectation["version_prefix"]) == ("n1", "containerd://")


@pytest.mark.parametrize("journal", [None, {"error": "not readable"}, dict(JOURNAL, to="crio")])
def test_without_a_journal_of_this_target_the_settings_say_it(journal):
    declared = [{"name": "crun"}, {"name": "gvisor", "optional": True}]
    found = subject(info(journal=journal), declared)
    assert found.health["endpoint"] == "unix:///run/other.sock" and found.health["handlers"] == ["crun"]
    assert "pause_image" not in found.health and found.expectation["pause_image"] is None
    assert subject(info("crio")).expectation["version_prefix"] == "cri-o://"


@pytest.mark.parametrize("journal", [None, dict(JOURNAL, phase="reverted"), dict(JOURNAL, phase="staged")])
def test_a_node_on_docker_is_not_switched(journal):
    found = subject(info("docker", journal))
    assert (found.source, found.unmet, found.health) == ("docker 20", [], {})
    assert subject(dict(info("docker"), docker={})).source == "docker"


@pytest.mark.parametrize("runtime", ["docker", "containerd"])
@pytest.mark.parametrize("phase", UNFINISHED)
def test_a_switch_that_is_not_at_its_end_is_unmet_on_either_runtime(phase, runtime):
    (entry,) = subject(info(runtime, dict(JOURNAL, phase=phase))).unmet
    assert entry["reason"] == "CRI-VERIFY-UNFINISHED" and phase in entry["message"]


@pytest.mark.parametrize("given", [info("unknown"), {"runtime": {"error": "x"}}])
def test_an_unknown_runtime_is_unmet(given):
    assert [entry["reason"] for entry in subject(given).unmet] == ["CRI-VERIFY-RUNTIME"]


def test_the_outcome():
    good = subject(info(journal=JOURNAL))
    verified = outcome_of("n1", good, "containerd://1.6.20", [], {"images": 3})
    assert (verified["verified"], verified["not_switched"], verified["changed"]) == (True, False, False)
    assert verified["message"] == "verified on containerd://1.6.20" and verified["health"] == {"images": 3}
    bad = outcome_of("n1", good, "", [unmet_entry("CRI-A", "one"), unmet_entry("CRI-B", "two.")])
    assert not bad["verified"] and bad["message"] == "NOT VERIFIED: CRI-A: one; CRI-B: two"
    docker = outcome_of("n1", subject(info("docker")))
    assert (docker["verified"], docker["not_switched"], docker["unmet"]) == (False, True, [])
    assert docker["message"] == "not switched, it is on docker 20" and docker["runtime"] == "docker 20"
