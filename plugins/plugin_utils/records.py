# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for the records that plugins hand to each other, for annotations only.

They are plain dictionaries, since they come from JSON and leave as JSON. Private to this collection: there is no
promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

# What the module node_runtime_info returned as runtime_info.
Facts = dict[str, Any]
# What the module cluster_info returned as cluster, or one node's entry of its "nodes".
Cluster = dict[str, Any]
NodeEntry = dict[str, Any]
# The node's journal, as the engine writes it.
Journal = dict[str, Any]
# Settings of an operator, by name.
Settings = dict[str, Any]
# One object of the Kubernetes API.
ApiObject = dict[str, Any]

# One host of a run, as preflight judges it: host, info, unreachable, error, settings.
Assessment = dict[str, Any]

# What _common.findings.finding() makes.
Finding = dict[str, Any]
Findings = Iterator[Finding]

# What a verification did not find as it must be: {"reason": code, "message": sentence, "details": {...}}.
Unmet = dict[str, Any]

# Shows one line to the operator.
Log = Callable[[str], None]
