# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node, and what the API says of it, as a test wants them: for the states of a task of the action cutover."""

import json

from ansible_collections.cri.switchover.plugins.module_utils._engine import cli
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import new_journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import LAUNCHER
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.connection import NodeConnection
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.deadline import REVERT_S, Deadline
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.follow import Follower
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.health import HealthCheck
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.node_engine import NodeEngine
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.verifier import Verifier
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.window import Window
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

PLAN = {
    "tool_version": VERSION,
    "run_id": "r1",
    "owner": "ci",
    "node_name": "n1",
    "from": {},
    "to": {"socket": "unix:///x"},
    "config_digest": "d",
    "settings": {},
}


SINCE = {"lease_renew": "t1", "heartbeat": "t2"}


ARGS = {"run_id": "r1", "watchdog": 600, "recheck_delay": 0, "reason": "CRI-CUTOVER-ASKED", "allow_drift": False}


VERIFICATION = {
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


def health(*unmet, **more):
    """A result of the module cri_health."""
    found = {"version": {"name": "containerd", "version": "1.6.20", "api": "v1"}, "unmet": list(unmet)}
    result = {
        "changed": False,
        "health": found,
        "info": {"status": {}},
        "version_fields": {"RuntimeName": "containerd"},
    }
    if unmet:
        text = "%s: unix:///x is unfit after 3 s: %s" % (unmet[0]["reason"], unmet[0]["message"])
        result.update(failed=True, msg=text, reason=unmet[0]["reason"], details={"unmet": list(unmet)})
    return dict(result, **more)


DOWN = {"kubelet_stopped": 1}


UP = {"kubelet_stopped": 1, "kubelet_started": 2, "kubelet_down_s": 1.0}


class ScriptedVerifier(Verifier):
    def __init__(self, node, args, deadline):
        super().__init__(args["verification"], args["run_id"], None, node.engine, deadline, node.said.append)
        self.node = node

    def heartbeat(self):
        return dict(SINCE)

    def require_cordoned(self):
        pass

    def verify(self, since, prefix, sources=None):
        self.node.verified.append((since, prefix))
        self.node.sources = sources
        return {"verification": {"ok": not self.node.unmet}}, self.node.unmet


class Scripted:
    """Answers in their order to `cat` (a poll), to the engine's commands, and to systemctl; a connection, too.

    ``healths``: results of the module cri_health in their order, the last one again and again; or exceptions.
    """

    ends = "--by-run t1 --owner ci --json"
    transport = "scripted"

    def __init__(self, polls, **engine):
        self._polls_left = list(polls)
        self._answers = {"lock": says(locked=True, watchdog_left=500), **engine}
        self.plan = {"crictl": "/opt/bin/crictl"}
        self.crictl = []
        self.seconds = []
        self.healths, self.health_arguments, self.health_seconds, self.sources = [health()], [], [], None
        self.alive = False
        self.sent, self.said, self.verified, self.resets = [], [], [], 0
        self.unmet = []
        self._deadline = Deadline(0)
        self.expire_in(5)
        connection = NodeConnection(self.execute, self.run_health, self, self._deadline, self.said.append)
        self.engine = NodeEngine(
            connection, "python3", ["--by-run", "t1", "--owner", "ci"], self._deadline, self.said.append
        )

    def expire_in(self, seconds):
        self._deadline.restart(seconds - REVERT_S)

    def do(self, of_state, **args):
        """The outcome of the function of a state, as the task hands it on."""
        args = {**ARGS, "verification": VERIFICATION, **args}
        follower = Follower(self.engine, self._deadline, self.said.append)
        checked = HealthCheck(args["verification"], self.engine, self.said.append)
        verifier = ScriptedVerifier(self, args, self._deadline)
        return of_state(Window("n1", args, self.engine, follower, checked, verifier, self._deadline, self.said.append))

    def reset(self):
        self.resets += 1

    def run_health(self, arguments, seconds):
        self.sent.append("cri_health")
        self.health_arguments.append(arguments)
        self.health_seconds.append(seconds)
        return self._answer(self.healths.pop(0) if len(self.healths) > 1 else self.healths[0])

    def execute(self, command):
        if "journal.json" in command:
            answer = self._polls_left.pop(0) if len(self._polls_left) > 1 else self._polls_left[0]
        elif "plan.json" in command:
            answer = {"rc": 0, "stdout": json.dumps(self.plan), "stderr": ""}
        elif "/crictl" in command:
            self.sent.append(command.split("crictl ", 1)[1].split()[-1])
            answer = self.crictl.pop(0) if len(self.crictl) > 1 else self.crictl[0]
        elif command.startswith("LC_ALL=C ! grep"):
            self.sent.append("release")
            answer = {"rc": 0, "stdout": "", "stderr": ""}
        elif "is-active" in command:
            word = "active" if self.alive else "inactive"
            answer = {"rc": 3, "stdout": (word + "\n") * 3 + "inactive\n", "stderr": ""}
        else:
            words = command.split(LAUNCHER)[1].split()
            assert cli.parse(words), "the engine understands it"
            verb = words[0]
            assert command.endswith(self.ends), "each command says whose it is"
            self.sent.append(verb)
            answer = self._answers[verb]
            self.seconds += words[words.index("--seconds") + 1 :][:1] if "--seconds" in words else []
        return self._answer(answer)

    @staticmethod
    def _answer(answer):
        if isinstance(answer, Exception):
            raise answer
        return answer
