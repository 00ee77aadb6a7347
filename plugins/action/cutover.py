# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of a node's window: start or attach, follow the journal, prove by the API, confirm.

While it works it holds the node against other rollouts: the engine keeps who that is, and until when.

No module runs on the node in the window: each look is one short command over the raw connection. The engine there needs
none of this; when the connection stays away, it settles the matter itself, and the task fails so that rescue runs.
"""

import contextlib
import json
import shlex
import time
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.cri.switchover.plugins.module_utils._engine import revert_steps
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import unmet_entry
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import SCHEMA, Journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import (
    ENGINE_UNIT,
    LAUNCHER,
    NODE_LOCK,
    RECOVERY_UNIT,
    REVERT_UNIT,
    STATE,
    WATCHDOG,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.switch_steps import switch_steps_of
from ansible_collections.cri.switchover.plugins.module_utils._engine.views import view
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import client
from ansible_collections.cri.switchover.plugins.modules.cutover import ARGUMENT_SPEC, REQUIRED_IF
from ansible_collections.cri.switchover.plugins.plugin_utils.settings import VERIFY_MARGIN
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

client.load()

LOOK_EVERY = 1.5
# How long a way back may take once it has begun.
REVERT_TIME = 600
# Our hold on the node ends a minute after the last sign of life.
RENEW_EVERY = 20
# A journal that stands still for so long makes us ask whether the engine still lives.
SILENCE = 15
# cat's word for it, in the locale C.
NO_JOURNAL = "journal.json: No such file"
# How often a journal that cannot be read is looked for, on a node that is not told to go down.
TRIES = 5
BACK = ("reverted", "revert_blocked", "revert_failed")
ENDS = ("switched", "confirmed", "finalized") + BACK


class Lost(Exception):
    """The node could not be reached until the deadline."""


class Refused(Exception):
    """reason, text, details of a failure that ends the task."""

    def __init__(self, reason, text, **details):
        super().__init__("%s: %s" % (reason, text))
        self.reason, self.details = reason, details


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = True

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        if self._task.args.get("state") == "staged":
            return self._execute_module(
                module_name="cri.switchover.cutover", module_args=self._task.args, task_vars=task_vars
            )
        _validated, args = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC, required_if=REQUIRED_IF)
        self._host = task_vars.get("inventory_hostname", "")
        self._python = python_of(task_vars)
        self._looks, self._shown, self._client = 0, set(), None
        self._lock = ["--by-run", args["by_run"] or args["run_id"], "--owner", args["owner"]]
        self._renewed = time.monotonic()
        self._journal: Any = None
        self._watchdog = args["watchdog"]
        self._deadline = time.monotonic() + self._watchdog + REVERT_TIME
        outcome: dict = {"changed": False, "failed": False}
        try:
            if self._task.check_mode:
                outcome.update(self._foresee(args))
            else:
                self._keep_alive()
                outcome.update(getattr(self, "_" + args["state"])(args))
                self._let_go()
        except Lost as exc:
            # Raised, this would make the host unreachable, and no rescue would run.
            outcome.update(
                failed=True,
                changed=True,
                phase="unknown",
                reason="CRI-CUTOVER-LOST",
                details={"last": str(exc)},
                last_phase=view(self._journal)["phase"],
                msg="CRI-CUTOVER-LOST: %s: no connection for as long as the watchdog and a way back may take (%s). %s "
                "The node settles the matter alone; `cri-switchover status` there tells where it is. Run again: that "
                "takes it up." % (self._host, exc, last_words(self._journal)),
            )
        except Refused as exc:
            self._let_go()
            outcome.update(failed=True, msg=self._message(str(exc)), reason=exc.reason, details=exc.details)
        shown = view(self._journal)
        outcome.setdefault("phase", shown["phase"])
        outcome.update(looks=self._looks, steps=shown["steps"])
        if shown["run_id"]:
            outcome["run_id"] = shown["run_id"]
        return outcome

    # the states

    def _confirmed(self, args):
        proof = args["verification"]
        if args["watchdog"] < proof["timeout"] + VERIFY_MARGIN:
            raise Refused(
                "CRI-CUTOVER-WATCHDOG-SHORT",
                "the watchdog (%d s) must exceed the proof's timeout (%d s) by %d s"
                % (args["watchdog"], proof["timeout"], VERIFY_MARGIN),
                watchdog=args["watchdog"],
                timeout=proof["timeout"],
            )
        # Whatever could be wrong on this side shows before the node is touched.
        self._compile_gates(proof)
        self._heartbeat(proof)
        self._must_still_be_cordoned(proof)
        began = time.monotonic()
        answer = self._engine("start", "--run-id", args["run_id"], refusals=True)
        if answer.get("reason") == "CRI-CUTOVER-INTERRUPTED":
            self._send_back(args["run_id"], answer["reason"])
            return self._failed_on_node()
        self._end_if_refused(answer)
        if answer.get("attached"):
            self._say("attached to a run that is %s" % answer["phase"])
        late = bool(answer.get("attached")) and answer["phase"] != "staged"
        since = self._follow_to_switched(proof, late)
        if self._journal["phase"] in ("confirmed", "finalized"):
            return dict(self._measured(began), changed=False)
        if self._journal["phase"] != "switched":
            return self._failed_on_node()
        return self._prove_and_confirm(args, since, began)

    def _prove_and_confirm(self, args, since, began):
        outcome, unmet = self._prove(args, args["verification"], since, args["verification"]["version_prefix"])
        if unmet:
            return dict(outcome, **self._back(args, unmet))
        answer = self._engine("confirm", "--run-id", args["run_id"], refusals=True)
        if answer.get("refused") or answer.get("failed"):
            # The watchdog was faster, or the machine restarted.
            self._follow(ENDS[1:])
            if self._journal["phase"] not in ("confirmed", "finalized"):
                return dict(outcome, **self._failed_on_node(answer))
        self._journal = self._look() or self._journal
        self._say("confirmed after %.1f s" % (time.monotonic() - began))
        return dict(outcome, changed=True, **self._measured(began))

    def _resumed(self, args):
        """What an earlier run left: followed to its end, then proven on whichever runtime it is."""
        began = time.monotonic()
        proof = args["verification"]
        self._compile_gates(proof)
        self._heartbeat(proof)
        self._engine("lock")
        self._journal = journal = self._look()
        if journal is None or journal["run_id"] != args["run_id"]:
            raise Refused("CRI-RESUME-RUN", "the journal is not of run %s any more: run again" % args["run_id"])
        if journal["tool_version"] != VERSION and journal["phase"] in ("switching", "switched", "reverting"):
            raise Refused(
                "CRI-JOURNAL-VERSION",
                "the switch was begun by cri.switchover %s, this is %s: finish it with "
                "that one, or call `cri-switchover revert` on the node" % (journal["tool_version"], VERSION),
                seen=journal["tool_version"],
                wanted=VERSION,
            )
        if journal["phase"] in ("switching", "reverting"):
            self._say("an earlier run's switch is %s here: following it" % journal["phase"])
            if not self._alive():
                self._send_back(args["run_id"], "CRI-CUTOVER-INTERRUPTED")
            self._follow(ENDS)
        left = self._engine("lock").get("watchdog_left")
        if left is not None:
            self._deadline = time.monotonic() + left + REVERT_TIME
        # Now, not while kubelet was down: whatever comes next is of the runtime that runs now.
        since = {"lease_renew": self._beats_now(proof).get("lease_renew")}
        phase = self._journal["phase"]
        if phase in ("switched", "revert_blocked"):
            return self._prove_and_confirm(args, since, began)
        if phase == "revert_failed":
            return self._failed_on_node()
        on_target = phase in ("confirmed", "finalized")
        outcome, unmet = self._prove(args, proof, since, proof["version_prefix"] if on_target else "docker://")
        if unmet:
            return dict(outcome, **failed_proof(self._host, unmet))
        if phase == "reverted":
            outcome["why"] = self._journal["error"]
        return dict(outcome, changed=phase != journal["phase"])

    def _send_back(self, run_id, reason):
        self._say(
            "the engine was cut off in phase %s: sending the node back"
            % (self._journal["phase"] if self._journal else "switching")
        )
        self._engine("revert", "--run-id", run_id, "--reason", reason, "--detach", refusals=True)
        self._follow(BACK)

    def _finalized(self, args):
        began = time.monotonic()
        since = None
        if args["verification"]:
            beats = self._heartbeat(args["verification"])
            since = {"lease_renew": beats["lease_renew"]}
        answer = self._engine("finalize", "--run-id", args["run_id"])
        self._journal = self._look()
        outcome = {"changed": bool(answer.get("changed"))}
        if since is None or not outcome["changed"]:
            return outcome
        self._say("finalized after %.1f s, looking at the node once more" % (time.monotonic() - began))
        time.sleep(max(0, args["finalize"] - (time.monotonic() - began)))
        proven, unmet = self._prove(args, args["verification"], since, args["verification"]["version_prefix"])
        outcome.update(proven)
        if unmet:
            outcome.update(failed_proof(self._host, unmet))
        return outcome

    def _revertible(self, args):
        answer = self._engine("can-revert", "--run-id", args["run_id"], *self._drift(args))
        self._journal = self._look()
        if not answer["ok"]:
            first = answer["blockers"][0]
            raise Refused(first["reason"], texts(answer["blockers"]), blockers=answer["blockers"])
        return {"changed": False}

    def _drift(self, args):
        return ["--allow-drift"] if args["allow_drift"] else []

    def _reverted(self, args):
        journal = self._look()
        since = {}
        mine = journal is not None and journal["run_id"] == args["run_id"]
        there = mine and journal["phase"] in ("reverted", "staged")
        if there:
            self._journal = journal
            since["lease_renew"] = self._beats_now(args["verification"]).get("lease_renew")
        else:
            # The way there is history; what the operator waits for is the way back.
            past = journal["steps"] if journal else []
            self._shown.update(number for number, step in enumerate(past) if step["outcome"])
            self._engine(
                "revert", "--run-id", args["run_id"], "--reason", args["reason"], "--detach", *self._drift(args)
            )
            # Until the unit has begun, the journal still tells of what was before.
            self._follow(BACK, begun=len(journal["steps"]) if journal else 0)
            since["lease_renew"] = self._beats_now(args["verification"]).get("lease_renew")
        if self._journal["phase"] != "reverted" and not there:
            return self._failed_on_node()
        outcome = {"changed": not there}
        if args["verification"]:
            proven, unmet = self._prove(args, args["verification"], since, "docker://")
            outcome.update(proven)
            if unmet:
                outcome.update(failed_proof(self._host, unmet))
        return outcome

    def _foresee(self, args):
        """Check mode: what the journal says is all that is asked of the node, or whether it could go back."""
        if args["state"] == "revertible":
            # Without a token it only looks, and holds nothing.
            self._lock = []
            return self._revertible(args)
        self._journal = self._look()
        phase = self._journal["phase"] if self._journal else None
        reached = {
            "confirmed": ("confirmed", "finalized"),
            "finalized": ("finalized",),
            "reverted": ("reverted", "staged", None),
            "resumed": ("confirmed", "finalized", "reverted", "staged", None),
        }[args["state"]]
        steps = revert_steps.REVERT if args["state"] == "reverted" else switch_steps_of({})
        return {"changed": phase not in reached, "planned": [step.__name__ for step, _seconds in steps]}

    # the API's side

    def _client_of(self, proof):
        if self._client is None:
            env = client.environment(self._task.environment, self._templar)
            self._client = client.Client(proof["kubeconfig"], proof["context"], env=env)
        return self._client

    def _heartbeat(self, proof):
        from ansible_collections.cri.switchover.plugins.plugin_utils import verification

        try:
            return verification.heartbeat(self._client_of(proof), proof["node_name"])
        except client.KubeError as exc:
            raise Refused(exc.reason, exc.message, **(exc.details or {})) from exc

    def _beats_now(self, proof):
        """As far as the API answers; the proof copes with what is missing."""
        if not proof:
            return {}
        with contextlib.suppress(Refused):
            return self._heartbeat(proof)
        return {}

    def _must_still_be_cordoned(self, proof):
        try:
            node = self._client_of(proof).get("/api/v1/nodes/%s" % proof["node_name"])
        except client.KubeError as exc:
            raise Refused(exc.reason, exc.message, **(exc.details or {})) from exc
        if not (node.get("spec") or {}).get("unschedulable"):
            raise Refused(
                "CRI-CUTOVER-NOT-CORDONED",
                "the node is schedulable: it was uncordoned since its drain; run again",
                node=proof["node_name"],
            )

    def _compile_gates(self, proof):
        from ansible_collections.cri.switchover.plugins.module_utils._rollout import gates

        try:
            gates.compile_gates(proof["gates"])
        except gates.GateError as exc:
            reason, _colon, text = str(exc).partition(": ")
            raise Refused(reason, text) from exc

    def _prove(self, args, proof, since, prefix):
        """({proof, gates}, unmet)"""
        from ansible_collections.cri.switchover.plugins.module_utils._rollout import gates
        from ansible_collections.cri.switchover.plugins.plugin_utils import verification

        seconds = proof["timeout"]
        # What the node itself found not to work, and may be without.
        left_out = ((self._journal.get("handlers") or {}).get("left_out")) or {}
        if self._journal["phase"] == "switched":
            # To end after the watchdog would be of no use.
            seconds = min(seconds, self._deadline - REVERT_TIME - time.monotonic() - 20)
        end = time.monotonic() + max(seconds, 1)
        expectation = {
            "node_name": proof["node_name"],
            "version_prefix": prefix,
            "baseline": proof["baseline"],
            "since": since,
            "handlers": [item for item in proof["handlers"] if item["name"] not in left_out],
            "pause_image": proof["pause_image"],
            "run_id": args["run_id"],
            "probe_namespace": proof["probe_namespace"],
            "user_namespaces": proof["user_namespaces"],
        }
        self._say("asking the API for the proof (at most %d s)" % seconds)
        result = verification.prove(self._client_of(proof), expectation, end, self._say, self._renew)
        outcome, unmet = {"verification": result}, list(result["unmet"])
        while proof["gates"] and not unmet:
            outcome["gates"] = gates.evaluate(self._for_gates(proof["gates"], result["seen"]["node"]), proof["gates"])
            shut = [gate for gate in outcome["gates"] if not gate["ok"]]
            if not shut:
                break
            if time.monotonic() >= end:
                unmet = [
                    unmet_entry(
                        "CRI-GATE-UNMET",
                        "gate %s: seen %s, wanted %s" % (gate["name"], gate["seen"], gate["wanted"]),
                        **gate,
                    )
                    for gate in shut
                ]
            else:
                time.sleep(LOOK_EVERY)
        if not unmet:
            also = ", and user namespaces" if verification.USER_NAMESPACES in result["seen"]["probes"] else ""
            self._say("proven: %s%s" % (result["seen"]["runtime_version"], also))
            for name, text in sorted(dict(left_out, **result["seen"]["left_out"]).items()):
                what = name if name == verification.USER_NAMESPACES else "runtime handler %s" % name
                self._say("%s: does not work, and is optional: %s" % (what, text))
        return outcome, unmet

    def _for_gates(self, gates, node):
        data = {"node": node}
        sources = set(gate.get("source", "crictl_info") for gate in gates)
        crictl = (
            "%s --runtime-endpoint %s"
            % (shlex.quote(self._plan()["crictl"]), shlex.quote(self._journal["to"]["socket"]))
            if sources - {"node"}
            else ""
        )
        if "crictl_info" in sources:
            data["crictl_info"] = as_json(self._raw(crictl + " info"))
        if "crictl_version" in sources:
            text = self._raw(crictl + " version")["stdout"]
            data["crictl_version"] = dict(
                (key.strip(), value.strip())
                for key, _colon, value in (line.partition(":") for line in text.splitlines())
                if value
            )
        return data

    def _plan(self):
        return as_json(self._raw("cat %s/plan.json" % STATE)) or {}

    # the node's side

    def _engine(self, command, *words, **options):
        """The engine's answer. A refusal ends the task, unless refusals are asked for."""
        line = [self._python, "-I", "-S", LAUNCHER, command] + list(words) + self._lock + ["--json"]
        result = self._raw(" ".join(shlex.quote(word) for word in line))
        answer = as_json(result)
        if answer is None and LAUNCHER in result["stderr"] + result["stdout"]:
            raise Refused("CRI-CUTOVER-UNSTAGED", "no engine on the node: run cutover with state=staged first")
        if answer is None:
            raise Refused(
                "CRI-CUTOVER-ENGINE",
                "the engine on the node does not answer: %s"
                % ((result["stderr"] or result["stdout"]).strip()[-400:] or "rc %s" % result["rc"]),
                rc=result["rc"],
            )
        if not options.get("refusals"):
            self._end_if_refused(answer)
        return answer

    def _renew(self):
        if time.monotonic() - self._renewed > RENEW_EVERY:
            self._renewed = time.monotonic()
            self._engine("lock", refusals=True)

    def _let_go(self):
        """Others need not wait for the end of our hold, if it is still ours."""
        if not self._lock:
            return
        self._raw("! grep -qsF %s %s || rm -f %s" % (shlex.quote('"%s"' % self._lock[1]), NODE_LOCK, NODE_LOCK))

    def _end_if_refused(self, answer):
        if answer.get("refused") or answer.get("failed"):
            self._journal = self._look()
            reason, _colon, text = answer["error"].partition(": ")
            raise Refused(answer["reason"], text, **answer.get("details") or {})

    def _follow_to_switched(self, proof, late):
        """Heartbeats as they stand while kubelet is down: the last ones of the old runtime."""
        since = {}

        def stopped():
            beats = self._beats_now(proof)
            if late or self._journal["times"].get("kubelet_started"):
                # kubelet may have posted its status already, and the next one comes only minutes later.
                beats.pop("heartbeat", None)
            since.update(beats)

        self._follow(ENDS, stopped)
        return since

    def _follow(self, ends, stopped=None, begun=-1):
        """Look until the journal has come to one of these phases; show each step that has ended.

        begun: how many steps it had before; it ends with more of them only.
        """
        changed, last = time.monotonic(), None
        while True:
            journal = self._look()
            if journal is None:
                raise Refused(
                    "CRI-CUTOVER-UNSTAGED",
                    "the journal is gone from the node: was `cri-switchover forget` called? "
                    "See which runtime kubelet uses",
                )
            self._journal = journal
            self._show(journal)
            self._renew()
            if stopped and down(journal):
                stopped()
                stopped = None
            there = journal["phase"] in ends and len(journal["steps"]) > begun
            if there:
                return
            now = time.monotonic()
            state = (journal["phase"], len(journal["steps"]))
            if state != last:
                changed, last = now, state
                if journal.last_step().get("name") == "check_boot":
                    # The watchdog counts from the boot.
                    self._deadline = now + self._watchdog + REVERT_TIME
            # A machine that goes down for its reboot has no engine any more, and is not left alone.
            elif now - changed > SILENCE and not journal.going_down():
                changed = now
                if not self._alive():
                    if journal["phase"] == "staged":
                        raise Refused(
                            "CRI-CUTOVER-ENGINE",
                            "the engine ended before it began: see journalctl -u %s there" % ENGINE_UNIT,
                        )
                    self._say("the engine was cut off in phase %s: sending the node back" % journal["phase"])
                    self._engine(
                        "revert",
                        "--run-id",
                        journal["run_id"],
                        "--reason",
                        "CRI-CUTOVER-INTERRUPTED",
                        "--detach",
                        refusals=True,
                    )
            if now > self._deadline:
                raise Lost("the node answers, but is still %s" % journal["phase"])
            time.sleep(LOOK_EVERY)

    def _alive(self):
        units = [ENGINE_UNIT, REVERT_UNIT, WATCHDOG + ".service", RECOVERY_UNIT]
        words = self._raw("systemctl is-active %s" % " ".join(units))["stdout"].split()
        # The recovery unit stays active once it has done its work.
        return any(word in ("active", "activating", "deactivating") for word in words[:3]) or "activating" in words[3:]

    def _look(self):
        """The journal, or None where the node itself says that there is none.

        One that goes down for its reboot may say anything, or nothing.
        """
        tries = 0
        while True:
            result = self._raw("cat %s/journal.json" % STATE)
            read, text = as_json(result), result["stdout"] + result["stderr"]
            journal = None if read is None else Journal(read)
            if journal is not None or NO_JOURNAL in text:
                break
            tries += 1
            told = "%r, rc %s" % (text.strip()[-300:], result["rc"])
            patient = self._journal is not None and self._journal.going_down()
            if time.monotonic() > self._deadline or tries >= TRIES and not patient:
                raise Refused("CRI-CUTOVER-JOURNAL", "cannot read the journal: %s" % told)
            self._say("no journal was read, looking again: %s" % told)
            time.sleep(LOOK_EVERY)
        if journal is not None and journal.get("schema", 0) > SCHEMA:
            raise Refused("CRI-JOURNAL-NEWER", "the journal comes from a newer tool (%s)" % journal.get("tool_version"))
        return journal

    def _raw(self, command):
        """One command; a lost connection is made again until the deadline."""
        while True:
            try:
                self._looks += 1
                result = self._low_level_execute_command("LC_ALL=C " + command)
                if result.get("rc") != 255:
                    return result
                error = (result.get("stderr") or "").strip()[-200:]
            except AnsibleConnectionFailure as exc:
                error = str(exc)[-200:]
            if time.monotonic() > self._deadline:
                raise Lost(error)
            self._say("no connection, trying again: %s" % error)
            with contextlib.suppress(Exception):
                self._connection.reset()
            time.sleep(2)

    def _keep_alive(self):
        """An ssh session that nobody answers any more must end, or a look would wait for a quarter of an hour."""
        if self._connection.transport != "ssh":
            return
        names = ("ssh_args", "ssh_common_args", "ssh_extra_args")
        given = [self._connection.get_option(name) or "" for name in names]
        if not any("ServerAliveInterval" in text for text in given):
            self._connection.set_option(
                "ssh_common_args", given[1] + " -o ServerAliveInterval=5 -o ServerAliveCountMax=3"
            )
            # The session that earlier tasks share was begun without it.
            with contextlib.suppress(Exception):
                self._connection.reset()

    # words

    def _show(self, journal):
        for number, step in enumerate(journal["steps"]):
            if step["outcome"] and number not in self._shown:
                self._shown.add(number)
                self._say(
                    "%-22s %6.1f s  %s"
                    % (step["name"], step.get("seconds", 0), step["error"] or step.get("note") or step["outcome"])
                )

    def _say(self, text):
        self._display.display("  %s: %s" % (self._host, text))

    def _measured(self, began):
        times = self._journal["times"]
        return {
            "times": {
                "window": round(time.monotonic() - began, 1),
                "kubelet_down_s": times.get("kubelet_down_s"),
                "engine_s": self._journal["engine_seconds"],
            }
        }

    def _back(self, args, unmet):
        """The proof failed: send the node back, and stay with it until it is there."""
        self._say("not proven: %s" % texts(unmet))
        self._engine("revert", "--run-id", args["run_id"], "--reason", unmet[0]["reason"], "--detach", refusals=True)
        self._follow(BACK)
        outcome = failed_proof(self._host, unmet)
        outcome["msg"] += " The node is %s." % self._journal["phase"]
        return outcome

    def _failed_on_node(self, answer=None):
        journal = self._journal
        reason = journal["reason"] or (answer or {}).get("reason") or "CRI-CUTOVER-FAILED"
        where = {
            "reverted": "The node is back on Docker, with its files as before.",
            "revert_blocked": "DOCKER CANNOT RUN CONTAINERS ANY MORE: the node stays on its target, cordoned and unconfirmed. "
            "Mend Docker and call `cri-switchover revert` there, or run switch_runtime to prove and accept the target.",
            "revert_failed": "THE WAY BACK FAILED, whatever was tried; the node may have NO working runtime: look at it now"
            " (cri-switchover status).",
        }.get(journal["phase"], "The node is %s." % journal["phase"])
        return {
            "failed": True,
            "changed": True,
            "reason": reason,
            "details": journal["details"] or {},
            "msg": "%s. %s" % (self._message(journal["error"] or (answer or {}).get("error") or reason), where),
        }

    def _message(self, error):
        """The token first, then the host."""
        reason, _colon, text = error.partition(": ")
        return "%s: %s: %s" % (reason, self._host, text)


def down(journal):
    return bool(journal["times"].get("kubelet_stopped"))


def last_words(journal):
    shown = view(journal)
    if not shown["phase"]:
        return "Its journal was not read in this task."
    names = [step["name"] for step in shown["steps"]]
    return "Its journal last showed %s%s." % (shown["phase"], ", step %s" % names[-1] if names else "")


def failed_proof(host, unmet):
    return {
        "failed": True,
        "changed": True,
        "reason": unmet[0]["reason"],
        "details": {"unmet": unmet},
        "msg": "%s: %s: not proven: %s." % (unmet[0]["reason"], host, "; ".join(item["text"] for item in unmet)),
    }


def texts(unmet):
    return "; ".join("%s: %s" % (item["reason"], item["text"]) for item in unmet)


def as_json(result):
    """The JSON object in a command's output, or None. What stands before it is a login's greeting."""
    text = result["stdout"]
    if "{" not in text:
        return None
    try:
        return json.loads(text[text.index("{") :])
    except ValueError:
        return None


def python_of(task_vars):
    """The interpreter that modules have on this node."""
    chosen = task_vars.get("ansible_python_interpreter")
    if not chosen or str(chosen).startswith("auto"):
        chosen = (task_vars.get("ansible_facts") or {}).get("discovered_interpreter_python")
    return str(chosen or "python3")
