# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's gates of a node: evaluated over what is known, asked again only where they are unmet."""

import json

import pytest
from unit.plugins.plugin_utils.cutover.scripted import VERIFICATION, Scripted, journal, says

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover import verifier as verifier_module
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.verifier import Verifier

NODE = {"metadata": {"labels": {"ready": "no"}}, "spec": {}, "status": {}}
IMAGE = {"name": "pause", "query": "config.image", "expect": "p:1"}
VERSION = {"name": "version", "query": "starts_with(RuntimeVersion, '1.6')", "source": "crictl_version"}
LABEL = {"name": "label", "query": "metadata.labels.ready", "expect": "yes", "source": "node"}
VERSION_TEXT = {"rc": 0, "stdout": "Version:  0.1.0\nRuntimeVersion:  1.6.20\n", "stderr": ""}


class Api:
    """The Node object, as it becomes with each request."""

    def __init__(self, *labels):
        self.labels = list(labels)

    def get(self, path):
        assert path == "/api/v1/nodes/n1"
        return dict(NODE, metadata={"labels": {"ready": self.labels.pop(0)}})


@pytest.fixture
def judged(monkeypatch):
    """judged(gates, what crictl answers in its order, known sources, labels) -> (gates, unmet, what was asked)"""
    found = {"ok": True, "unmet": [], "seen": {"node": NODE, "runtime_version": "x", "probes": {}, "left_out": {}}}
    monkeypatch.setattr(verifier_module, "verify", lambda *_args: found)
    monkeypatch.setattr(verifier_module, "POLL_EVERY", 0)

    def run(gates, crictl, sources=None, labels=(), timeout=5):
        node = Scripted([journal("switched")], lock=says(locked=True))
        node.engine.refresh()
        node.crictl = list(crictl)
        node.sent.clear()
        wanted = dict(VERIFICATION, gates=gates, timeout=timeout)
        node.expire_in(5000)
        made = Verifier(wanted, "r1", lambda: Api(*labels), node.engine, node._deadline, node.said.append)
        outcome, unmet = made.verify({}, "containerd://", sources)
        return outcome["gates"], unmet, node.sent

    return run


def test_what_is_known_is_not_asked_for(judged):
    known = {"crictl_info": {"config": {"image": "p:1"}}, "crictl_version": {"RuntimeVersion": "1.6.20"}}
    gates, unmet, sent = judged([IMAGE, VERSION], [], known)
    assert unmet == [] and sent == [] and [gate["ok"] for gate in gates] == [True, True]


def test_only_what_is_unmet_is_asked_again(judged):
    known = {"crictl_info": {"config": {"image": "p:0"}}, "crictl_version": {"RuntimeVersion": "1.6.20"}}
    polls = [says(config={"image": "p:0"}), says(config={"image": "p:1"})]
    gates, unmet, sent = judged([IMAGE, VERSION], polls, known)
    assert unmet == [] and sent == ["info", "info"], "and the version is not"
    assert [(gate["name"], gate["seen"]) for gate in gates] == [("pause", "p:1"), ("version", True)]


def test_without_anything_known_crictl_is_asked_for_each_source(judged):
    gates, unmet, sent = judged([VERSION, IMAGE], [says(config={"image": "p:1"}), VERSION_TEXT])
    assert unmet == [] and sorted(sent) == ["info", "version"] and gates[0]["seen"] is True


def test_the_node_is_read_again_for_a_gate_of_it(judged):
    gates, unmet, sent = judged([LABEL], [], labels=["no", "yes"])
    assert unmet == [] and sent == [] and gates[0]["seen"] == "yes"


def test_a_gate_that_stays_unmet_is_unmet_when_time_is_up(judged):
    gates, unmet, _sent = judged([IMAGE], [says(config={"image": "p:0"})], {"crictl_info": {}}, timeout=0)
    assert [(entry["reason"], entry["details"]["name"]) for entry in unmet] == [("CRI-GATE-UNMET", "pause")]
    assert json.dumps(gates)
