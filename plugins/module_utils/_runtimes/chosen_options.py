# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the settings of every target begin with: the operator's options, and what kubelet decides. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime


def chosen_options(target: "Runtime") -> "Dict[str, Any]":
    """The options of a configured target, each chosen or its default. Raises RuntimeConfigError for an unknown one."""
    unknown = sorted(set(target.chosen) - set(target.options))
    if unknown:
        raise RuntimeConfigError("unknown options: %s" % ", ".join(unknown))
    return dict(target.options, **target.chosen)


def cgroup_driver(info: "Dict[str, Any]") -> str:
    """kubelet's, which the target is given, too. ``info``: the node's facts. Raises RuntimeConfigError."""
    driver: str = dig(info, "kubelet.cgroup_driver")
    if driver not in ("systemd", "cgroupfs"):
        raise RuntimeConfigError("kubelet's cgroup driver is not known (seen: %r)" % driver)
    return driver


def pause_image(info: "Dict[str, Any]", chosen: "Dict[str, Any]") -> str:
    """The operator's, else kubelet's. ``chosen``: of chosen_options(). Raises RuntimeConfigError."""
    image: str = chosen["pause_image"] or dig(info, "kubelet.pause_image")
    if not image:
        raise RuntimeConfigError("kubelet's pause image is not known: set switchover_pause_image")
    return image
