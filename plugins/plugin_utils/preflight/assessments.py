# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight knows of each host before it is judged, of the host's variables. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.records import Assessment
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import PREFIX


def assessment(host: str, variables: Mapping[str, Any]) -> Assessment:
    """One host as judge_all() takes it. ``variables``: the host's, with the fact preflight_node of the role."""
    node = variables["preflight_node"]
    given = {name: variables[name] for name in variables if name.startswith(PREFIX)}
    return {
        "host": host,
        "info": node["info"],
        "unreachable": node["unreachable"],
        "error": node["error"],
        "settings": dict(node["options"], target=node["target"], shaping=node["settings"], given=given),
    }


def node_names(assessments: Iterable[Assessment]) -> list[str]:
    """The names of the Nodes of a run, as far as they are known.

    A setting says more than the node does. One that does not answer is looked for by the name of its host.
    """
    names = []
    for item in assessments:
        guess = item["host"] if item["unreachable"] else ""
        names.append(item["settings"]["node_name"] or item["info"].get("node_name") or guess)
    return [name for name in names if name]
