# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI endpoints: whose they are, and which one a kubelet uses. Pure."""

import re

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import config_file
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.flags_by_release import (
    ENDPOINT,
    ENDPOINT_FIELD,
    RUNTIME,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Optional, Sequence, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import Release
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import Flag


def is_docker(endpoint: "Optional[str]") -> bool:
    """Whether this endpoint leads to Docker. What no endpoint at all means depends on the release: see uses_docker."""
    return bool(re.search(r"dockershim|cri-dockerd|cri-docker", endpoint or ""))


def effective_endpoint(
    flags: "Iterable[Flag]", configs: "Sequence[Tuple[str, str]]", release: "Release"
) -> "Optional[str]":
    """The endpoint this kubelet uses; None for dockershim; "" for a kubelet without dockershim that names none.

    configs: [(path, text)] of its configuration files, later ones over earlier ones.
    """
    last = {flag.name: flag.value for flag in flags}
    kubelet = kubelet_releases.of(release)
    if kubelet.has_dockershim:
        return (last.get(ENDPOINT) or "") if last.get(RUNTIME) == "remote" else None
    found = last.get(ENDPOINT)
    if found is None and kubelet.has_endpoint_field:
        for _path, text in configs:
            try:
                found = config_file.read_field(text, ENDPOINT_FIELD) or found
            except config_file.ConfigError:
                continue
    return found or ""


def uses_docker(endpoint: "Optional[str]") -> bool:
    """Whether an effective_endpoint() is Docker's."""
    return endpoint is None or is_docker(endpoint)
