# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the CNI configuration and which plugins are there."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import cni as parsing
from ansible_collections.cri.switchover.plugins.module_utils._facts import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection

# A file in a later folder replaces one of the same name (systemd.link(5)).
_LINK_FOLDERS = ("/usr/lib/systemd/network", "/lib/systemd/network", "/run/systemd/network", "/etc/systemd/network")


def read(node: "Inspection", cni: "Facts") -> None:
    """Fill the part `cni`. It needs `kubelet`."""
    kubelet = node.info["kubelet"]
    conf_dir = kubelet.get("cni_conf_dir") or "/etc/cni/net.d"
    texts = io.read_folder(conf_dir, parsing.SUFFIXES)
    folders = [kubelet.get("cni_bin_dir") or "/opt/cni/bin", "/opt/cni/bin"]
    folders += node.target.cni_folders
    programs = [
        (path, sorted(os.listdir(path))) for path in sorted(set(folders), key=folders.index) if os.path.isdir(path)
    ]
    cni.update(parsing.cni_facts(conf_dir, texts, programs))
    if node.target.checks_network:
        links: "Dict[str, str]" = {}
        for folder in _LINK_FOLDERS:
            links.update(io.read_folder(folder, (".link",)))
        cni["veth_mac_policy"] = parsing.veth_mac_policy(links)
