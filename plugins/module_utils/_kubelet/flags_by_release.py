# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release of the kubelet knows which flag: since when, and when it was removed. Pure.

Sources: the release notes of Kubernetes; KEP-2221, which removed dockershim with release 1.24; and `kubelet --help` of
each release. Which flags a switch changes because of that stands in rules.py.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, FrozenSet, Optional, Set, Tuple

    # (1, 23) of Kubernetes 1.23
    Release = Tuple[int, int]

# The releases that this collection knows.
OLDEST, NEWEST = (1, 20), (1, 37)

ENDPOINT, IMAGE_ENDPOINT, RUNTIME = "container-runtime-endpoint", "image-service-endpoint", "container-runtime"
PAUSE, RUNTIME_CGROUPS = "pod-infra-container-image", "runtime-cgroups"
# The fields of the configuration file that replace the flags ENDPOINT and IMAGE_ENDPOINT.
ENDPOINT_FIELD, IMAGE_FIELD = "containerRuntimeEndpoint", "imageServiceEndpoint"

# Removed with release 1.24: only dockershim and cAdvisor's Docker part read these. Most are accepted up to 1.23 and
# stop a kubelet from 1.24 on. A switch removes them in any case, so that a later upgrade does not fail because of them.
DOCKER_FLAGS: "FrozenSet[str]" = frozenset(
    (
        "network-plugin",
        "network-plugin-mtu",
        "network-plugin-dir",
        "cni-bin-dir",
        "cni-conf-dir",
        "cni-cache-dir",
        "image-pull-progress-deadline",
        "redirect-container-streaming",
        "experimental-dockershim",
        "experimental-dockershim-root-directory",
        "docker",
        "docker-endpoint",
        "docker-env-metadata-whitelist",
        "docker-exec-handler",
        "docker-only",
        "docker-root",
        "docker-tls",
        "docker-tls-ca",
        "docker-tls-cert",
        "docker-tls-key",
    )
)

# flag: (first, last release that knows it); None where all that are known here do. A flag is removed by the release
# after its last one, and a kubelet does not start with a flag it does not know. `kubelet --help` of the installed
# program decides where it can be asked; this table decides otherwise.
FIRST_AND_LAST: "Dict[str, Tuple[Optional[Release], Optional[Release]]]" = {
    RUNTIME: (None, (1, 26)),
    ENDPOINT: (None, None),
    IMAGE_ENDPOINT: (None, None),
    PAUSE: (None, (1, 34)),
    RUNTIME_CGROUPS: (None, None),
    "hairpin-mode": (None, None),
    "non-masquerade-cidr": (None, (1, 23)),
    "containerd": (None, (1, 36)),
    "containerd-namespace": (None, (1, 36)),
    "config-dir": ((1, 28), None),
}

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
    """Whether a release knows a flag of FIRST_AND_LAST."""
    first, last = FIRST_AND_LAST[flag]
    return (first is None or release >= first) and (last is None or release <= last)
