# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flags and fields of a kubelet that a switch is about, and how to learn which of them one kubelet knows. Pure.

Which release knows which flag stands in `_common.kubelet_releases`. `kubelet --help` of the installed program decides
where it can be asked.
"""

import re

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Set

    from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import Release

ENDPOINT, IMAGE_ENDPOINT, RUNTIME = "container-runtime-endpoint", "image-service-endpoint", "container-runtime"
PAUSE, RUNTIME_CGROUPS, CONFIG_DIR = "pod-infra-container-image", "runtime-cgroups", "config-dir"
# The fields of the configuration file that replace the flags ENDPOINT and IMAGE_ENDPOINT.
ENDPOINT_FIELD, IMAGE_FIELD = "containerRuntimeEndpoint", "imageServiceEndpoint"

# Flags whose values are shown to nobody.
SECRET_FLAGS = frozenset(("storage-driver-password", "manifest-url-header"))

_HELP_LINE = re.compile(r"^ {2,6}(?:-\w, )?--([A-Za-z0-9][\w-]*)(?: |$)")


def parse_version(text: "Optional[str]") -> "Optional[Release]":
    """(1, 23) of "Kubernetes v1.23.17" and the like; None when there is none."""
    match = re.search(r"\bv?(\d+)\.(\d+)(?:\.\d+)?", text or "")
    return (int(match.group(1)), int(match.group(2))) if match else None


def parse_help(text: "Optional[str]") -> "Optional[Set[str]]":
    """The flags that `kubelet --help` lists; None where the text is no such help."""
    matches = (_HELP_LINE.match(line) for line in (text or "").splitlines())
    flags = {match.group(1).replace("_", "-") for match in matches if match}
    return flags if "kubeconfig" in flags else None


def is_known(flag: str, release: "Release") -> bool:
    """Whether a release knows a flag of the table."""
    return flag in kubelet_releases.of(release).flags
