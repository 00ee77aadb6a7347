# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's settings (switchover_*): which there are, and what each may hold. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import difflib
import re

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import ALLOW
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.selectors import (
    SelectorError,
    parse,
)
from ansible_collections.cri.switchover.plugins.module_utils._rollout.gates import (
    FLEET_SOURCES,
    SOURCES,
    GateError,
    compile_gates,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.cgroup_v2 import (
    MODES as CGROUP_MODES,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handler_declaration import (
    problems as handler_problems,
)

PREFIX = "switchover_"
TARGETS = ("containerd", "crio")
ON_REBOOT = ("revert", "finish")


def _text(value):
    return None if isinstance(value, str) else "a string"


def _word(value):
    return None if isinstance(value, str) and value.strip() else "a string that is not empty"


def _flag(value):
    # -e name=value and surveys deliver text
    return None if isinstance(value, bool) or value in ("true", "false", "True", "False") else "true or false"


def _number(lowest, what):
    def rule(value):
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        if isinstance(value, str) and re.match(r"^\d+$", value):
            number = int(value)
        return None if number is not None and number >= lowest else "a whole number of %s, %d or more" % (what, lowest)

    return rule


def _seconds(lowest):
    return _number(lowest, "seconds")


def _label(value):
    name = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
    fits = isinstance(value, str) and re.match(r"^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?%s$" % name, value)
    return None if fits else "the key of a node's label, such as topology.kubernetes.io/zone"


def _path(value):
    fits = isinstance(value, str) and (not value or value.startswith("/"))
    return None if fits else "the absolute path of a file of tasks, on the machine that runs Ansible"


def _one_of(words):
    return lambda value: None if value in words else "one of %s" % ", ".join(words)


def _node_name(value):
    fits = isinstance(value, str) and re.match(r"^$|^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", value)
    return None if fits else "a node's name as `kubectl get nodes` shows it"


def _batches(value):
    fits = (
        isinstance(value, list)
        and value
        and all(re.match(r"^([1-9]\d*|([1-9]\d?|100)%)$", str(item)) for item in value)
    )
    return None if fits else 'a list of numbers or percentages, such as [1, "25%"]'


def _allow(value):
    known = ", ".join(sorted(ALLOW))
    if not isinstance(value, list):
        return 'a list of these words: %s (on the command line: -e \'{"switchover_allow": ["proxies"]}\')' % known
    unknown = [str(item) for item in value if item not in ALLOW]
    return "a list of these words: %s (not among them: %s)" % (known, ", ".join(unknown)) if unknown else None


def _gates(sources):
    def rule(value):
        try:
            compile_gates(value, sources)
        except GateError as exc:
            return "gates that can be evaluated (%s)" % exc
        return None

    return rule


def _seconds_or_nothing(value):
    wrong = value != "" and _seconds(0)(value)
    return "%s, or empty" % wrong if wrong else None


def _selector(value):
    try:
        return None if value == "" or parse(value) else "a label selector"
    except (SelectorError, TypeError):
        return "a label selector such as app=web,tier!=db,env in (a, b), or empty"


def _namespaces(value):
    fits = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    return None if fits else "a list of namespaces"


def _handlers(value):
    wrong = handler_problems(value) if value != [] else []
    return "runtime handlers that can be (%s)" % "; ".join(wrong) if wrong else None


def _hosts(value):
    fits = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    return None if fits else "a list of the inventory's hosts"


# name: what a value must be; a rule returns None, or what it wants in words
SETTINGS = {
    "switchover_target": _one_of(TARGETS),
    "switchover_node_name": _node_name,
    "switchover_kubeconfig": _text,
    "switchover_context": _text,
    "switchover_control_plane_group": _word,
    "switchover_node_group": _word,
    "switchover_batches": _batches,
    "switchover_only": _hosts,
    "switchover_allow": _allow,
    "switchover_drain_timeout": _seconds(1),
    "switchover_drain_delete_emptydir": _flag,
    "switchover_drain_force": _flag,
    "switchover_drain_grace": _seconds_or_nothing,
    "switchover_drain_selector": _selector,
    "switchover_drain_skip_namespaces": _namespaces,
    "switchover_drain_disable_eviction": _flag,
    "switchover_drain_wait_volumes": _flag,
    # the proof and the way back need some time under it
    "switchover_watchdog": _seconds(130),
    "switchover_proof_timeout": _seconds(10),
    "switchover_pause_image": _text,
    "switchover_handlers": _handlers,
    "switchover_cgroup_v2": _one_of(CGROUP_MODES),
    "switchover_gates": _gates(SOURCES),
    "switchover_batch_gates": _gates(FLEET_SOURCES),
    "switchover_gate_timeout": _seconds(0),
    "switchover_soak": _seconds(0),
    "switchover_require_room": _flag,
    "switchover_before_drain_tasks": _path,
    "switchover_after_uncordon_tasks": _path,
    "switchover_max_failures": _number(0, "nodes"),
    "switchover_topology_key": _label,
    "switchover_skip": _flag,
    "switchover_settle": _seconds(0),
    "switchover_retry": _flag,
    "switchover_on_reboot": _one_of(ON_REBOOT),
    "switchover_remove_docker": _flag,
    "switchover_remove_docker_data": _flag,
}


# The watchdog runs from before kubelet's stop: the engine's own steps come out of it, too. Seconds.
PROOF_MARGIN = 120
# Of the two that must fit each other.
DEFAULTS = {"switchover_proof_timeout": 300, "switchover_watchdog": 600}


def errors(values):
    """What is wrong with these settings, {name: value}: a list of sentences, empty when all is well."""
    wrong = []
    for name in sorted(values):
        if name not in SETTINGS:
            known = sorted(setting[len(PREFIX) :] for setting in SETTINGS)
            near = difflib.get_close_matches(name[len(PREFIX) :], known, 1)
            wrong.append(
                "CRI-SETTINGS-UNKNOWN: %s is not a setting of this collection; %s"
                % (
                    name,
                    "did you mean %s%s?" % (PREFIX, near[0]) if near else "these are: %s" % ", ".join(sorted(SETTINGS)),
                )
            )
            continue
        wanted = SETTINGS[name](values[name])
        if wanted:
            wrong.append("CRI-SETTINGS-VALUE: %s is %r, wanted: %s" % (name, values[name], wanted))
    if values.get("switchover_cgroup_v2") == "enable" and values.get("switchover_on_reboot") == "finish":
        wrong.append(
            "CRI-SETTINGS-VALUE: switchover_on_reboot is 'finish', and switchover_cgroup_v2 'enable', which has a "
            "reboot of its own: any other one takes the node back"
        )
    if not wrong:
        proof, watchdog = (int(values.get(name, DEFAULTS[name])) for name in sorted(DEFAULTS))
        if proof + PROOF_MARGIN > watchdog:
            wrong.append(
                "CRI-SETTINGS-VALUE: switchover_watchdog (%d) is not %d s more than switchover_proof_timeout (%d): "
                "the node might revert before it is proven" % (watchdog, PROOF_MARGIN, proof)
            )
    return wrong
