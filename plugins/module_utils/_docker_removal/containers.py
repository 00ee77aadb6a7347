# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's containers, as its files tell of them. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import json

from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import is_kubernetes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List

    # {Id, Names, Image, Labels}, as Docker's API lists a container
    Container = Dict[str, Any]


def container(text: str, identifier: str) -> "Container":
    """A container out of its file in Docker's directory, as an entry of Docker's list."""
    try:
        config = json.loads(text)
        return {
            "Id": identifier,
            "Names": [config.get("Name") or ""],
            "Image": (config.get("Config") or {}).get("Image"),
            "Labels": (config.get("Config") or {}).get("Labels") or {},
        }
    except (ValueError, AttributeError):
        return {"Id": identifier, "Names": ["(unreadable)"], "Image": None, "Labels": {}}


def unmanaged(containers: "Iterable[Container]") -> "List[str]":
    """Containers that are not Kubernetes', running or not: "name (image)"."""
    return sorted(
        "%s (%s)" % ((entry["Names"] or [""])[0].lstrip("/") or entry["Id"][:12], entry.get("Image"))
        for entry in containers
        if not is_kubernetes(entry)
    )
