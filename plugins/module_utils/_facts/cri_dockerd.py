# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cri-dockerd does where its command line says nothing. Pure."""

from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_tuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

# Not known: its version could not be read.
UNKNOWN = "unknown"


def default_network_plugin(printed: "Optional[str]") -> str:
    """The network plugin of a cri-dockerd without --network-plugin: cni, kubenet, "" for Docker's bridge, or UNKNOWN.

    printed: what its --version printed, such as "cri-dockerd 0.2.3 (23513f4)"; None where it could not be asked.
    Source: NewContainerRuntimeOptions() in its cmd/cri/options/options.go, of 0.2.3, 0.2.4 and 0.2.5.
    """
    if not printed:
        return UNKNOWN
    release = version_tuple(printed)
    # Only builds since 0.3.8 have no number in them ("cri-dockerd dev (HEAD)": cmd/version/version.go).
    if release is None or release >= (0, 2, 5):
        return "cni"
    return "kubenet" if release >= (0, 2, 4) else ""
