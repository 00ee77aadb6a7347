# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which directories a target finds the CNI plugins that kubelet has used so far. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Set, Tuple

# kubelet's own default (--cni-conf-dir, until 1.23).
CONF_DIR = "/etc/cni/net.d"


def cni_dirs(info: "Dict[str, Any]") -> "Tuple[List[str], bool]":
    """(directories, whole): kubelet's directories of CNI plugins, the best one first.

    whole: whether the first one has every plugin that the active network names.
    """
    text = dig(info, "kubelet.cni_bin_dir") or "/opt/cni/bin"
    dirs = [item.strip() for item in text.split(",") if item.strip()]
    active = dig(info, "cni.active")
    needed = set(
        plugin
        for item in dig(info, "cni.files", [])
        if item.get("name") == active
        for plugin in item.get("plugins") or []
    )
    present: "Dict[str, Set[str]]" = {
        item.get("path"): set(item.get("plugins") or []) for item in dig(info, "cni.bin_dirs", [])
    }
    dirs.sort(key=lambda item: -len(needed & present.get(item, set())))
    return dirs, not needed or needed <= present.get(dirs[0], set())


def cni_conf_dir(info: "Dict[str, Any]") -> str:
    """kubelet's directory of CNI configurations."""
    return dig(info, "kubelet.cni_conf_dir") or CONF_DIR
