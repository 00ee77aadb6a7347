# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a node's drain and of its switch. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import re

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.selectors import SelectorError, parse
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.kinds import Choice, Flag, Text, Whole, Words
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import HOST, Setting

HOUR, DAY = 3600, 86400
# Seconds by which the watchdog must exceed the verification's timeout. The watchdog runs from before kubelet's stop, so
# that the engine's own steps take their time from it, too.
VERIFY_MARGIN = 120
# Until the watchdog expires, nothing reverts a node that cannot be verified. Nobody means it to be broken for longer.
LONGEST_WATCHDOG = 4 * HOUR

DRAIN, SWITCH = "Drain", "Switch"


def _is_selector(text: str) -> bool:
    try:
        return bool(parse(text))
    except SelectorError:
        return False


ROWS = (
    Setting(
        name="switchover_drain_timeout",
        # The Lease of a run that died keeps others off for as long as a node may take.
        kind=Whole(1, DAY, "seconds"),
        default=900,
        scope=HOST,
        section=DRAIN,
        description="Seconds that a drain may take before it fails.",
        variables=("preflight_drain_timeout", "drain_node_timeout"),
    ),
    Setting(
        name="switchover_drain_delete_emptydir",
        kind=Flag(),
        default=False,
        scope=HOST,
        section=DRAIN,
        description="Evict pods with emptyDir volumes, whose data is then lost.",
        variables=("preflight_drain_delete_emptydir", "drain_node_delete_emptydir"),
    ),
    Setting(
        name="switchover_drain_force",
        kind=Flag(),
        default=False,
        scope=HOST,
        section=DRAIN,
        description="Evict pods that no controller recreates.",
        variables=("preflight_drain_force", "drain_node_force"),
    ),
    Setting(
        name="switchover_drain_grace",
        # No drain may take longer.
        kind=Whole(0, DAY, "seconds", or_empty=True),
        default="",
        scope=HOST,
        section=DRAIN,
        description="Seconds that each pod gets to end, 0 included. When empty, its own grace period.",
        variables=("preflight_drain_grace", "drain_node_grace"),
    ),
    Setting(
        name="switchover_drain_selector",
        kind=Text("a label selector such as app=web,tier!=db,env in (a, b), or empty", _is_selector),
        default="",
        scope=HOST,
        section=DRAIN,
        description="Evict only the pods that this label selector matches. When empty, all pods.",
        variables=("preflight_drain_selector", "drain_node_selector"),
    ),
    Setting(
        name="switchover_drain_skip_namespaces",
        kind=Words("namespaces", fits=re.compile(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$").match),
        default=[],
        scope=HOST,
        section=DRAIN,
        description="Do not evict the pods of these namespaces.",
        variables=("preflight_drain_skip_namespaces", "drain_node_skip_namespaces"),
    ),
    Setting(
        name="switchover_drain_disable_eviction",
        kind=Flag(),
        default=False,
        scope=HOST,
        section=DRAIN,
        description="A last resort: delete pods, even if PodDisruptionBudgets forbid it.",
        variables=("preflight_drain_disable_eviction", "drain_node_disable_eviction"),
    ),
    Setting(
        name="switchover_drain_wait_volumes",
        kind=Flag(),
        default=True,
        scope=HOST,
        section=DRAIN,
        description="Wait until the node's VolumeAttachments are gone.",
        more=("It waits if an evicted pod had a PersistentVolumeClaim, or if the Node's status lists volumes.",),
        variables=("drain_node_wait_volumes",),
    ),
    Setting(
        name="switchover_watchdog",
        # The verification and the engine's own steps need some time before it expires.
        kind=Whole(10 + VERIFY_MARGIN, LONGEST_WATCHDOG, "seconds"),
        default=600,
        scope=HOST,
        section=SWITCH,
        description="Seconds after which a node that was not confirmed reverts to Docker by itself.",
        variables=("switch_node_watchdog",),
    ),
    Setting(
        name="switchover_verify_timeout",
        kind=Whole(10, LONGEST_WATCHDOG - VERIFY_MARGIN, "seconds"),
        default=300,
        scope=HOST,
        section=SWITCH,
        description="Seconds that the verification may take. The watchdog must be at least %d more." % VERIFY_MARGIN,
        variables=("switch_node_verify_timeout", "verify_node_timeout"),
    ),
    Setting(
        name="switchover_on_reboot",
        kind=Choice(("revert", "finish")),
        default="revert",
        scope=HOST,
        section=SWITCH,
        description="What a node does that restarts in the middle of its switch: revert to Docker, or finish it.",
        variables=("switch_node_on_reboot",),
    ),
    Setting(
        name="switchover_recheck_delay",
        # The node's batch does not end before.
        kind=Whole(0, HOUR, "seconds"),
        default=30,
        scope=HOST,
        section=SWITCH,
        description="Seconds after the return to service, until the node is checked once more.",
        variables=("switch_node_recheck_delay",),
    ),
)
