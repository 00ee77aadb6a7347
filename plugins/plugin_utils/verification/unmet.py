# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One requirement of a verification that is not met, as a record. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Unmet


def unmet_entry(reason: str, message: str, **details: Any) -> Unmet:
    """{"reason", "message", "details"}: the error token in full, the sentence for the operator, and data."""
    return {"reason": reason, "message": message, "details": details}


def api_unmet(exc: KubeError) -> Unmet:
    """The same for an answer of the API that was an error."""
    return {"reason": exc.reason, "message": exc.message, "details": exc.details}


def required_of(unmet: list[Unmet]) -> list[Unmet]:
    """Those that keep a node from being verified: what belongs to an optional runtime handler does not."""
    return [entry for entry in unmet if not entry.get("optional")]
