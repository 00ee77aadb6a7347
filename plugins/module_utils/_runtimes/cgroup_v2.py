# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node on cgroup v2 (the unified hierarchy) can offer to pods. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import containerd_version, crio_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional

# What a run may be asked (switchover_cgroup_v2).
MODES = ("report", "require", "enable")


def features(info: "Dict[str, Any]", target: str) -> "Dict[str, Optional[str]]":
    """{name: what it lacks, or None where it is available} of what only v2 gives, for pods on the target.

    ``target``: containerd or crio.
    Memory QoS: KEP-2570 (alpha in 1.22, on from 1.37; kernel 5.9, before which memory.high could stall a container).
    PSI: KEP-4205 (alpha in 1.33, on from 1.34; kernel 4.20). User namespaces do not need v2 alone, but all the rest of
    the list, as kubernetes.io has it: kernel 6.3, kubelet on from 1.33, containerd 2.0 or CRI-O 1.25, runc 1.2 or
    crun 1.9.
    """
    kubelet, kernel = version(dig(info, "kubelet.version")) or (0, 0), version(dig(info, "os.kernel")) or (0, 0)
    seen = (containerd_version if target == "containerd" else crio_version)(info)[0]
    runtime, unified = version(seen) or (0, 0), dig(info, "cgroup.version") == 2
    name = "containerd" if target == "containerd" else "CRI-O"
    oldest = (2, 0) if target == "containerd" else (1, 25)
    on_v1 = (unified, "cgroup v1")
    return {
        "memory QoS": _first_unmet(
            on_v1,
            (kubelet >= (1, 22), "kubelet 1.22"),
            (kernel >= (5, 9), "kernel 5.9"),
            (kubelet >= (1, 37) or _gate(info, "MemoryQoS"), "kubelet's feature gate MemoryQoS"),
        ),
        "PSI": _first_unmet(
            on_v1,
            (dig(info, "cgroup.psi"), "a kernel that reports pressure (psi=1)"),
            (kubelet >= (1, 33), "kubelet 1.33"),
            (kubelet >= (1, 34) or _gate(info, "KubeletPSI"), "kubelet's feature gate KubeletPSI"),
        ),
        "user namespaces": _first_unmet(
            (kernel >= (6, 3), "kernel 6.3"),
            (kubelet >= (1, 28), "kubelet 1.28"),
            (kubelet >= (1, 33) or _gate(info, "UserNamespacesSupport"), "kubelet's gate UserNamespacesSupport"),
            (runtime >= oldest, "%s %d.%d" % ((name,) + oldest)),
        ),
    }


def _first_unmet(*checks: "Any") -> "Optional[str]":
    """What is needed by the first of (whether it is met, what it needs) that is not met."""
    return next((need for is_met, need in checks if not is_met), None)


def _gate(info: "Dict[str, Any]", name: str) -> bool:
    return dig(info, "kubelet.effective.featureGates", {}).get(name) in (True, "true")
