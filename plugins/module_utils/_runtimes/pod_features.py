# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node on cgroup v2 (the unified hierarchy) can offer to pods. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import KubeletRelease
    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Release, Runtime

    # (whether it is met, what it needs)
    Check = Tuple[Any, str]

# What a run may be asked (switchover_cgroup_v2).
MODES = ("report", "require", "enable")


def features(info: "Dict[str, Any]", target: "Runtime") -> "Dict[str, Optional[str]]":
    """{name: what it lacks, or None where it is available} of what only v2 gives, for pods on the target.

    ``target``: its class.
    Memory QoS: KEP-2570 (kernel 5.9, before which memory.high could stall a container). PSI: KEP-4205 (kernel 4.20).
    User namespaces do not need v2 alone, but all the rest of the list, as kubernetes.io has it: kernel 6.3, kubelet,
    containerd 2.0 or CRI-O 1.25, runc 1.2 or crun 1.9. What kubelet has of them: `_common.kubelet_releases`.
    """
    kubelet = kubelet_releases.of(version(dig(info, "kubelet.version")) or (0, 0))
    kernel = version(dig(info, "os.kernel")) or (0, 0)
    runtime, unified = target.release(info) or (0, 0), dig(info, "cgroup.version") == 2
    on_v1 = (unified, "cgroup v1")
    return {
        "memory QoS": _first_unmet(
            on_v1,
            _known(kubelet, "MemoryQoS"),
            (kernel >= (5, 9), "kernel 5.9"),
            _on(kubelet, info, "MemoryQoS"),
        ),
        "PSI": _first_unmet(
            on_v1,
            (dig(info, "cgroup.psi"), "a kernel that reports pressure (psi=1)"),
            _known(kubelet, "KubeletPSI"),
            _on(kubelet, info, "KubeletPSI"),
        ),
        "user namespaces": _first_unmet(
            (kernel >= (6, 3), "kernel 6.3"),
            _known(kubelet, "UserNamespacesSupport"),
            _on(kubelet, info, "UserNamespacesSupport"),
            _runtime_has_user_namespaces(target, runtime),
        ),
    }


def _runtime_has_user_namespaces(target: "Runtime", release: "Release") -> "Check":
    first = target.user_namespaces
    if first is None:
        return False, "another runtime than %s" % target.title
    return release >= first, "%s %s" % (target.title, dotted(first))


def _first_unmet(*checks: "Check") -> "Optional[str]":
    """What is needed by the first check that is not met."""
    return next((need for is_met, need in checks if not is_met), None)


def _known(kubelet: "KubeletRelease", gate: str) -> "Check":
    """Whether kubelet knows a feature gate."""
    return gate in kubelet.gates, "kubelet " + dotted(kubelet_releases.first(lambda release: gate in release.gates))


def _on(kubelet: "KubeletRelease", info: "Dict[str, Any]", gate: str) -> "Check":
    """Whether a feature gate is on, by itself or by kubelet's configuration."""
    is_set = dig(info, "kubelet.effective.featureGates", {}).get(gate) in (True, "true")
    return bool(kubelet.gates.get(gate) or is_set), "kubelet's feature gate " + gate
