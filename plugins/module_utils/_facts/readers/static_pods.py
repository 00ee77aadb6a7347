# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads kubelet's manifest folder."""

from ansible_collections.cri.switchover.plugins.module_utils._facts import io, yaml_subset
from ansible_collections.cri.switchover.plugins.module_utils._facts import static_pods as parsing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts


def pods_in(path: "Optional[str]") -> "List[Facts]":
    """The pods of all manifests in a folder; {file, error} for one that cannot be read, none without a folder."""
    pods: "List[Facts]" = []
    for name, text in (io.read_folder(path, ("",)) if path else {}).items():
        try:
            pods += parsing.static_pods(name, text)
        except (yaml_subset.YamlError, AttributeError, TypeError) as error:
            pods.append({"file": name, "error": str(error)})
    return pods
