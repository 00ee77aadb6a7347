import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import journal as facts

JOURNAL = {
    "schema": 1,
    "tool_version": "0.1.0",
    "run_id": "r1",
    "phase": "finalized",
    "config_digest": "abc",
    "from": {"runtime": "docker", "version": "20.10.24"},
    "to": {"runtime": "containerd"},
    "steps": [{"name": "stop_kubelet", "outcome": "ok", "started": 1}],
}


def test_journal():
    assert facts.journal_facts(json.dumps(JOURNAL)) == {
        "schema": 1,
        "newer": False,
        "tool_version": "0.1.0",
        "run_id": "r1",
        "phase": "finalized",
        "from": "docker",
        "source": JOURNAL["from"],
        "to": "containerd",
        "config_digest": "abc",
        "settings": None,
        "steps": [{"name": "stop_kubelet", "outcome": "ok"}],
        "owner": None,
        "reason": None,
        "why": None,
        "lock": None,
        "socket": None,
        "version_prefix": None,
        "handlers": [],
        "left_out": {},
        "pause_image": None,
        "store": None,
    }


def test_what_a_journal_reports_to_a_later_run():
    journal = dict(
        JOURNAL,
        owner="ann",
        reason="CRI-VERIFY-READY",
        error="CRI-VERIFY-READY: not\n Ready " + "x" * 400,
        handlers={"left_out": {"gvisor": "no KVM"}},
        to={"runtime": "containerd", "socket": "unix:///c.sock", "version_prefix": "containerd://"},
    )
    plan = {"handlers": [{"name": "runc"}], "pause_image": "pause:3.6"}
    lock = {"run_id": "t", "owner": "bob", "until": 130.5}
    found = facts.journal_facts(json.dumps(journal), json.dumps(plan), json.dumps(lock), 100.0)
    assert (found["owner"], found["reason"], found["to"]) == ("ann", "CRI-VERIFY-READY", "containerd")
    assert found["why"].startswith("CRI-VERIFY-READY: not Ready x") and len(found["why"]) == 300
    assert found["lock"] == {"owner": "bob", "seconds_left": 31}
    assert found["left_out"] == {"gvisor": "no KVM"}
    assert (found["socket"], found["version_prefix"]) == ("unix:///c.sock", "containerd://")
    assert (found["handlers"], found["pause_image"]) == (plan["handlers"], "pause:3.6")


@pytest.mark.parametrize("written, read", [({"a": 1}, {"a": 1}), ({}, None), (None, None), ([], None), ("x", None)])
def test_settings_that_were_not_recorded_are_not_known(written, read):
    assert facts.journal_facts(json.dumps(dict(JOURNAL, settings=written)))["settings"] == read


@pytest.mark.parametrize("lock", [None, "", "{", "[]", "{}", '{"owner": "bob", "run_id": "t", "until": 99.0}'])
def test_no_lock_on_the_node(lock):
    assert facts.journal_facts(json.dumps(JOURNAL), "torn {", lock, 100.0)["lock"] is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "x"}', '{"schema": null}'])
def test_a_broken_journal(text):
    assert "not readable" in facts.journal_facts(text)["error"]


def test_a_newer_journal():
    found = facts.journal_facts('{"schema": 2, "steps": {"new": "form"}, "phase": "finalized"}')
    assert (found["newer"], found["steps"], found["phase"]) == (True, [], "finalized")
