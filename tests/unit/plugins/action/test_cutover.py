# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the window against a scripted connection: lost, cut off, late, refused."""

import json

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.cri.switchover.plugins.action import cutover
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import unmet_entry
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import new_journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import LAUNCHER
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

PLAN = {
    "tool_version": VERSION,
    "run_id": "r1",
    "owner": "ci",
    "node_name": "n1",
    "from": {},
    "to": {"socket": "unix:///x"},
    "config_digest": "d",
}
SINCE = {"lease_renew": "t1", "heartbeat": "t2"}
ARGS = {"run_id": "r1", "watchdog": 600, "recheck_delay": 0, "reason": "CRI-CUTOVER-ASKED", "allow_drift": False}
PROOF = {
    "kubeconfig": None,
    "context": None,
    "node_name": "n1",
    "timeout": 300,
    "version_prefix": "containerd://",
    "baseline": {},
    "gates": [],
    "handlers": [{"name": "runc"}],
    "pause_image": "pause",
    "probe_namespace": "kube-system",
    "user_namespaces": False,
}


def journal(phase, *steps, **more):
    made = new_journal(PLAN, 0)
    made["times"] = more.pop("times", {})
    made.update(phase=phase, **more)
    for name in steps:
        made.begin(name, 0)
        made.finish(1)
    return {"rc": 0, "stdout": json.dumps(made), "stderr": ""}


def says(**answer):
    return {"rc": 0, "stdout": json.dumps(answer), "stderr": ""}


DOWN = {"kubelet_stopped": 1}
UP = {"kubelet_stopped": 1, "kubelet_started": 2, "kubelet_down_s": 1.0}


class Scripted(cutover.ActionModule):
    """Answers in their order to `cat` (a look), to the engine's commands, and to systemctl."""

    ends = "--token t1 --who ci --json"

    def __init__(self, looks, **engine):
        self._looks_left, self._answers = list(looks), engine
        self._host, self._python = "n1", "python3"
        self._looks, self._shown, self._journal, self._client = 0, set(), None, None
        self._lock, self._renewed = ["--by-run", "t1", "--owner", "ci"], cutover.time.monotonic()
        self._alive_there = False
        self._deadline = cutover.time.monotonic() + 5
        self.sent, self.said, self.proofs, self.resets = [], [], [], 0
        self.unmet = []
        self._connection = self

    def reset(self):
        self.resets += 1

    def _low_level_execute_command(self, command):
        if "journal.json" in command:
            answer = self._looks_left.pop(0) if len(self._looks_left) > 1 else self._looks_left[0]
        elif "is-active" in command:
            word = "active" if self._alive_there else "inactive"
            answer = {"rc": 3, "stdout": (word + "\n") * 3 + "inactive\n", "stderr": ""}
        else:
            verb = command.split(LAUNCHER)[1].split()[0]
            assert command.endswith(self.ends), "each command tells who it comes from"
            self.sent.append(verb)
            answer = self._answers[verb]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _say(self, text):
        self.said.append(text)

    def _heartbeat(self, proof):
        return dict(SINCE)

    def _must_still_be_cordoned(self, proof):
        pass

    def _prove(self, args, proof, since, prefix):
        self.proofs.append((since, prefix))
        return {"verification": {"ok": not self.unmet}}, self.unmet


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(cutover, "LOOK_EVERY", 0)
    monkeypatch.setattr(cutover, "SILENCE", 0.05)
    monkeypatch.setattr(cutover.time, "sleep", lambda seconds: None)


def test_the_whole_way():
    action = Scripted(
        [
            journal("staged"),
            journal("switching", "stop_kubelet", times=DOWN),
            journal("switched", "stop_kubelet", "stop_pods", times=UP, engine_seconds=9.0),
            journal("confirmed", times=UP),
        ],
        start=says(started=True),
        confirm=says(phase="confirmed", changed=True),
    )
    outcome = action._confirmed(dict(ARGS, proof=PROOF))
    assert outcome["changed"] is True and outcome["times"]["kubelet_down_s"] == 1.0
    assert action.proofs == [(SINCE, "containerd://")] and action.sent == ["start", "confirm"]
    assert sum("stop_kubelet" in text for text in action.said) == 1, "each step is shown once"


def test_attached_late_the_heartbeat_proves_nothing():
    action = Scripted(
        [journal("switched", times=UP), journal("confirmed", times=UP)],
        start=says(attached=True, phase="switched"),
        confirm=says(phase="confirmed"),
    )
    action._confirmed(dict(ARGS, proof=PROOF))
    assert action.proofs == [({"lease_renew": "t1"}, "containerd://")]


def test_a_step_that_failed_is_told_with_its_token_first():
    action = Scripted(
        [journal("reverting", times=DOWN), journal("reverted", reason="CRI-SMOKE", error="CRI-SMOKE: no shim")],
        start=says(started=True),
    )
    outcome = action._confirmed(dict(ARGS, proof=PROOF))
    assert outcome["failed"] and outcome["reason"] == "CRI-SMOKE" and action.proofs == []
    assert outcome["msg"].startswith("CRI-SMOKE: n1: no shim.") and "back on Docker" in outcome["msg"]


def test_a_failed_proof_sends_the_node_back_and_stays_with_it():
    action = Scripted(
        [journal("switched", times=UP), journal("reverting", times=UP), journal("reverted", times=UP)],
        start=says(started=True),
        revert=says(started=True),
    )
    action.unmet = [unmet_entry("CRI-VERIFY-READY", "not Ready")]
    outcome = action._confirmed(dict(ARGS, proof=PROOF))
    assert (outcome["failed"], outcome["reason"]) == (True, "CRI-VERIFY-READY")
    assert action.sent == ["start", "revert"] and action._journal["phase"] == "reverted"


def test_the_watchdog_was_faster_than_the_confirmation():
    action = Scripted(
        [
            journal("switched", times=UP),
            journal("reverting"),
            journal("reverted", reason="CRI-CUTOVER-WATCHDOG", error="CRI-CUTOVER-WATCHDOG: no confirmation"),
        ],
        start=says(started=True),
        confirm=says(refused=True, reason="CRI-CONFIRM-LATE", error="CRI-CONFIRM-LATE: x"),
    )
    outcome = action._confirmed(dict(ARGS, proof=PROOF))
    assert (outcome["failed"], outcome["reason"]) == (True, "CRI-CUTOVER-WATCHDOG")


def test_a_cut_off_engine_is_noticed_and_the_node_sent_back(monkeypatch):
    clock = [0.0]

    def tick():
        clock[0] += 0.015
        return clock[0]

    monkeypatch.setattr(cutover.time, "monotonic", tick)
    looks = [journal("switching", times=DOWN)] * 4 + [journal("reverting"), journal("reverted", error="CRI-X: y")]
    action = Scripted(looks, start=says(started=True), revert=says(started=True))
    outcome = action._confirmed(dict(ARGS, proof=PROOF))
    assert outcome["failed"] and action.sent == ["start", "revert"]


def test_a_run_found_cut_off_goes_back_first():
    refusal = says(refused=True, reason="CRI-CUTOVER-INTERRUPTED", error="CRI-CUTOVER-INTERRUPTED: x")
    action = Scripted(
        [journal("reverted", error="CRI-CUTOVER-INTERRUPTED: y")], start=refusal, revert=says(started=True)
    )
    assert action._confirmed(dict(ARGS, proof=PROOF))["failed"] and action.sent == ["start", "revert"]


def test_another_run_is_refused_with_its_holder():
    refusal = says(refused=True, reason="CRI-CUTOVER-BUSY", error="CRI-CUTOVER-BUSY: run r2", details={"owner": "bob"})
    action = Scripted([journal("switching")], start=refusal)
    with pytest.raises(cutover.Refused) as caught:
        action._confirmed(dict(ARGS, proof=PROOF))
    assert (caught.value.reason, caught.value.details) == ("CRI-CUTOVER-BUSY", {"owner": "bob"})


def test_a_lost_connection_is_made_again():
    action = Scripted(
        [
            AnsibleConnectionFailure("gone"),
            {"rc": 255, "stdout": "", "stderr": "broken pipe"},
            journal("switched", times=UP),
            journal("confirmed", times=UP),
        ],
        start=says(started=True),
        confirm=says(phase="confirmed"),
    )
    assert action._confirmed(dict(ARGS, proof=PROOF))["changed"] and action.resets == 2


def test_a_node_that_stays_away_is_lost():
    action = Scripted([AnsibleConnectionFailure("gone")], start=says(started=True))
    action._deadline = cutover.time.monotonic() + 0.05
    with pytest.raises(cutover.Lost):
        action._confirmed(dict(ARGS, proof=PROOF))


def test_a_watchdog_that_would_end_the_proof_is_refused():
    with pytest.raises(cutover.Refused) as caught:
        Scripted([])._confirmed(dict(ARGS, watchdog=400, proof=PROOF))
    assert caught.value.reason == "CRI-CUTOVER-WATCHDOG-SHORT"


def test_a_node_without_an_engine():
    missing = {"rc": 2, "stdout": "", "stderr": "python3: can't open file '%s'" % LAUNCHER}
    with pytest.raises(cutover.Refused) as caught:
        Scripted([], start=missing)._confirmed(dict(ARGS, proof=PROOF))
    assert caught.value.reason == "CRI-CUTOVER-UNSTAGED"


CUT_OFF = {"rc": 0, "stdout": "", "stderr": ""}
ASKED = journal("switching", "stop_kubelet", times=DOWN)
GOING = dict(json.loads(ASKED["stdout"]))
GOING["steps"] = GOING["steps"] + [dict(GOING["steps"][0], name="reboot", outcome=None)]
GOING = dict(ASKED, stdout=json.dumps(GOING))
SWITCHED = [journal("switched", "stop_kubelet", times=UP, engine_seconds=9.0), journal("confirmed", times=UP)]


@pytest.mark.parametrize("looks", [[GOING] + [CUT_OFF] * 20, [ASKED] + [CUT_OFF] * (cutover.TRIES - 1)])
def test_a_node_that_goes_down_may_say_nothing_for_a_while(looks):
    action = Scripted(looks + SWITCHED, start=says(started=True), confirm=says(phase="confirmed", changed=True))
    assert action._confirmed(dict(ARGS, proof=PROOF))["changed"] is True
    assert any("looking again: '', rc 0" in text for text in action.said)


@pytest.mark.parametrize(
    "answer, reason",
    [
        (dict(CUT_OFF, rc=1, stderr="cat: /x/journal.json: Permission denied"), "CRI-CUTOVER-JOURNAL"),
        (dict(CUT_OFF, rc=1, stderr="cat: /x/journal.json: No such file or directory"), "CRI-CUTOVER-UNSTAGED"),
    ],
)
def test_a_journal_that_cannot_be_read_or_is_gone(answer, reason):
    action = Scripted([ASKED, answer], start=says(started=True))
    with pytest.raises(cutover.Refused) as caught:
        action._confirmed(dict(ARGS, proof=PROOF))
    assert caught.value.reason == reason


def test_reverted_is_proven_on_docker():
    action = Scripted(
        [journal("confirmed", times=UP), journal("reverting", times=UP), journal("reverted", "revert_files", times=UP)],
        revert=says(started=True),
    )
    assert action._reverted(dict(ARGS, proof=PROOF))["changed"]
    assert action.proofs[0][1] == "docker://"
    again = Scripted([journal("reverted")])
    assert again._reverted(dict(ARGS, proof=PROOF))["changed"] is False and again.sent == []
    assert again.proofs == [({"lease_renew": "t1"}, "docker://")]


def test_a_second_try_to_go_back_waits_for_what_it_began():
    stayed = journal("revert_blocked", "revert_check_source", error="CRI-REVERT-SOURCE: x")
    action = Scripted(
        [stayed, stayed, journal("reverted", "revert_check_source", "revert_check_source")], revert=says(started=True)
    )
    assert action._reverted(dict(ARGS, proof=PROOF))["changed"] and action._journal["phase"] == "reverted"


HELD = {"lock": says(held=True, watchdog_left=None)}


@pytest.mark.parametrize(
    "looks, alive, sent, proven, wanted",
    [
        # one that still runs is followed, and proven
        (
            ["switching", "switching", "switched", "confirmed"],
            True,
            ["lock", "lock", "confirm"],
            "containerd://",
            "confirmed",
        ),
        # one that was cut off goes back
        (["switching", "reverting", "reverted"], False, ["lock", "revert", "lock"], "docker://", "reverted"),
        (["switched", "confirmed"], True, ["lock", "lock", "confirm"], "containerd://", "confirmed"),
        (["revert_blocked", "confirmed"], True, ["lock", "lock", "confirm"], "containerd://", "confirmed"),
        (["confirmed"], True, ["lock", "lock"], "containerd://", "confirmed"),
        (["finalized"], True, ["lock", "lock"], "containerd://", "finalized"),
        (["reverted"], True, ["lock", "lock"], "docker://", "reverted"),
    ],
)
def test_resumed(looks, alive, sent, proven, wanted):
    action = Scripted(
        [journal(phase, error="CRI-X: y") for phase in looks],
        confirm=says(changed=True),
        revert=says(started=True),
        **HELD,
    )
    action._alive_there = alive
    outcome = action._resumed(dict(ARGS, proof=PROOF))
    assert action.sent == sent and [prefix for _since, prefix in action.proofs] == [proven]
    assert action._journal["phase"] == wanted and outcome["changed"] == (looks[0] != looks[-1])
    assert outcome.get("why") == ("CRI-X: y" if wanted == "reverted" else None)


def test_resumed_by_another_version_only_when_nothing_is_under_way():
    action = Scripted([journal("switched", tool_version="0.0.9")], **HELD)
    with pytest.raises(cutover.Refused) as caught:
        action._resumed(dict(ARGS, proof=PROOF))
    assert caught.value.reason == "CRI-JOURNAL-VERSION"
    assert not Scripted([journal("finalized", tool_version="0.0.9")], **HELD)._resumed(dict(ARGS, proof=PROOF))[
        "changed"
    ]


def test_resumed_is_refused_while_another_rollout_works_there():
    refusal = says(refused=True, reason="CRI-CUTOVER-BUSY", error="CRI-CUTOVER-BUSY: bob", details={"held_by": "bob"})
    with pytest.raises(cutover.Refused) as caught:
        Scripted([journal("switching")], hold=refusal)._resumed(dict(ARGS, proof=PROOF))
    assert caught.value.details == {"held_by": "bob"}


def test_what_speaks_against_a_way_back_is_told_at_once():
    blockers = [unmet_entry("CRI-REVERT-DRIFT", "changed: /etc/x"), unmet_entry("CRI-Y", "z")]
    action = Scripted([journal("finalized")], **{"can-revert": says(ok=False, blockers=blockers)})
    with pytest.raises(cutover.Refused) as caught:
        action._revertible(dict(ARGS))
    assert caught.value.reason == "CRI-REVERT-DRIFT" and caught.value.details["blockers"] == blockers


class Unheld(Scripted):
    """In check mode it is nobody's command: without a token the node only looks."""

    ends = "can-revert --run-id r1 --json"


def test_check_mode_asks_the_node_whether_it_can_go_back_and_holds_nothing():
    action = Unheld([journal("finalized")], **{"can-revert": says(ok=True, blockers=[])})
    assert action._foresee(dict(ARGS, state="revertible")) == {"changed": False}
    assert action.sent == ["can-revert"]
    refusal = says(ok=False, blockers=[unmet_entry("CRI-REVERT-DRIFT", "changed: /etc/x")])
    with pytest.raises(cutover.Refused):
        Unheld([journal("finalized")], **{"can-revert": refusal})._foresee(dict(ARGS, state="revertible"))


@pytest.mark.parametrize(
    "given, wanted",
    [
        ({}, "python3"),
        ({"ansible_python_interpreter": "auto_silent"}, "python3"),
        ({"ansible_python_interpreter": "/usr/libexec/platform-python"}, "/usr/libexec/platform-python"),
        ({"ansible_facts": {"discovered_interpreter_python": "/usr/bin/python3.11"}}, "/usr/bin/python3.11"),
    ],
)
def test_the_nodes_python(given, wanted):
    assert cutover.python_of(given) == wanted
