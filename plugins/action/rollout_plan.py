# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans a run: what each node needs, and the order, stand in plugin_utils/rollout."""

from __future__ import annotations

import os
import random
import string
import time
from typing import Any

from ansible_collections.cri.switchover.plugins.modules.rollout_plan import DOCUMENTATION
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import Action, argument_spec
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.nodes import nodes
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.plan import plan
from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.run import report, result
from ansible_collections.cri.switchover.plugins.plugin_utils.run_process import run_process


class ActionModule(Action):
    """The action rollout_plan."""

    SPEC = argument_spec(DOCUMENTATION)

    def work(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """{"rollout", "report"}, or a failure that names what cannot be planned."""
        found = nodes(
            args["hosts"],
            task_vars["hostvars"],
            args["control_plane"],
            args["cluster"],
            args["only"],
            args["goal"],
            args["topology_key"],
        )
        planned = plan(found, args["batches"], args["forks"])
        rollout = result(found, planned, args["goal"], args["cluster"], _identity())
        return {"changed": False, "rollout": rollout, "report": report(rollout)}


def _identity() -> dict[str, Any]:
    """This run, as its Lease and the journals on the nodes name it."""
    now = time.time()
    suffix = "".join(random.SystemRandom().choices(string.ascii_lowercase, k=6))
    return {
        "run_id": "%s-%s" % (time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now)), suffix),
        "owner": os.environ.get("USER") or "unknown",
        "process": run_process(),
        "created": int(now),
    }
