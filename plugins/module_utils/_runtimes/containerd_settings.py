# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is set for containerd on a node: from the node's facts and the operator's options. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_programs
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.chosen_options import (
    cgroup_driver,
    chosen_options,
    pause_image,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.cni_dirs import cni_conf_dir, cni_dirs
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.declared_handlers import usable_handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import containerd_version, dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime

# What an operator may set, and its default; None: as the node's facts say.
OPTIONS: "Dict[str, Any]" = {
    "pause_image": None,
    "registry_config_path": "/etc/containerd/certs.d",
    "root": None,
    "snapshotter": "overlayfs",
    "imports": [],
    # The operator's declaration (switchover_handlers); without one: runc.
    "handlers": [],
}


def settings_of(info: "Dict[str, Any]", target: "Runtime") -> "Dict[str, Any]":
    """The settings of ``containerd_config.render``.

    ``info``: the node's facts, of node_runtime_info; ``target``: containerd as the operator wants it.
    Raises RuntimeConfigError when something is not known, or a declared handler cannot work.
    """
    chosen = chosen_options(target)
    found = version(containerd_version(info)[0])
    if found is None:
        raise RuntimeConfigError("no version of containerd: neither installed nor offered by a package source")
    driver = cgroup_driver(info)
    chosen["pause_image"] = pause_image(info, chosen)
    # containerd knows Docker's own containers below this directory: keep it.
    chosen["root"] = chosen["root"] or dig(info, "containerd.root") or target.store
    docker = version(dig(info, "docker.version"))
    return dict(
        chosen,
        handlers=usable_handlers(chosen["handlers"], info, target),
        handler_binaries=handler_programs.binaries(info),
        version=dotted(found),
        systemd_cgroup=driver == "systemd",
        cni_bin_dirs=cni_dirs(info)[0],
        cni_conf_dir=cni_conf_dir(info),
        # Docker does so from 20.10 on.
        unprivileged=found >= (2, 0) or docker is None or docker >= (20, 10),
    )
