# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifies a node that nobody works on: cri_health on the node once, and the API. What is required: verification/."""

from __future__ import annotations

import time
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._rollout.gates import GateError, compile_gates, evaluate
from ansible_collections.cri.switchover.plugins.modules.node_verification import DOCUMENTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import argument_spec
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.gates import unmet_of
from ansible_collections.cri.switchover.plugins.plugin_utils.on_node import NodeAction
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.health import (
    ASKING_S,
    Health,
    health_of,
    no_result,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.outcome import Outcome, outcome_of
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.subject import Subject, subject_of
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.unmet import api_unmet, unmet_entry
from ansible_collections.cri.switchover.plugins.plugin_utils.verification.verify import verify_as_it_is

client.load()


class ActionModule(NodeAction):
    """The action node_verification."""

    SPEC = argument_spec(DOCUMENTATION)

    def work(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """What is as required, and what is not; a failure only for gates that can never be evaluated."""
        info = args["info"]
        name = args["node_name"] or info.get("node_name") or task_vars.get("inventory_hostname", "")
        try:
            compile_gates(args["gates"])
        except GateError as exc:
            return {"failed": True, "msg": str(exc), "reason": exc.reason, "details": {}}
        if not info:
            text = "the node was not read: %s" % (args["error"] or "no facts were given")
            return outcome_of(name, Subject("", [unmet_entry("CRI-VERIFY-FACTS", text)], {}, {}))
        subject = subject_of(info, name, args["handlers"], args["timeout"])
        if subject.source or subject.unmet:
            return outcome_of(name, subject)
        return self._verify(name, subject, args, task_vars)

    def _verify(self, name: str, subject: Subject, args: dict[str, Any], task_vars: dict[str, Any]) -> Outcome:
        health = self._ask_node(subject, task_vars)
        result = self._ask_api(subject, health, args)
        seen = result["seen"]
        unmet = health.unmet + result["unmet"]
        gates: list[dict[str, Any]] = []
        if args["gates"] and not unmet:
            gates = evaluate(dict(health.sources, node=seen["node"]), args["gates"])
            unmet = unmet_of(gates)
        return outcome_of(name, subject, seen.get("runtime_version") or "", unmet, health.report, gates)

    def _ask_node(self, subject: Subject, task_vars: dict[str, Any]) -> Health:
        try:
            seconds = subject.health["wait"] + ASKING_S
            return health_of(self.run_bounded("cri.switchover.cri_health", subject.health, task_vars, seconds))
        except AnsibleError as exc:
            return no_result(str(exc))

    def _ask_api(self, subject: Subject, health: Health, args: dict[str, Any]) -> dict[str, Any]:
        expectation = dict(
            subject.expectation,
            probe=args["probe"] and not self._task.check_mode,
            probe_namespace=args["probe_namespace"],
            run_id="verify-%d" % time.time(),
        )
        # A node without a journal: the image that the runtime itself starts its pods with.
        expectation["pause_image"] = expectation["pause_image"] or health.report.get("pause_image")
        try:
            made = self.make_client(args["kubeconfig"], args["context"])
        except KubeError as exc:
            return {"unmet": [api_unmet(exc)], "seen": {}}
        return verify_as_it_is(made, expectation, args["timeout"])
