# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which a drain decides about pods, with their defaults."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

# Named as the options of the module node_drain; switchover_drain_* set them for a run.
DEFAULTS: "Dict[str, Any]" = {
    "timeout": 900,  # seconds
    "grace": None,  # seconds, or each pod's own
    "delete_emptydir": False,
    "force": False,
    "selector": None,  # an object, as _kubernetes/selectors.py parses it
    "skip_namespaces": (),
    "disable_eviction": False,
}
