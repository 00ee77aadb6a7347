# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one kubelet wants of its flags and files for another runtime, by its release. Pure."""

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.flags_by_release import (
    CONFIG_DIR,
    ENDPOINT,
    IMAGE_ENDPOINT,
    PAUSE,
    RUNTIME,
    is_known,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Optional, Set

    from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import Release

# How the plan treats containerRuntimeEndpoint in a configuration file.
NEVER, IF_PRESENT, ALWAYS = "never", "if_present", "always"
# Flags that stay where they are even if the kubelet's help does not list them: it would read other settings without.
_KEPT = (ENDPOINT, CONFIG_DIR)


class Rules:
    """What one kubelet wants.

    remove: flags that must not be there.
    wanted: {flag: value} that must be there with this value.
    update_if_present: {flag: value} that is changed where it is.
    field: NEVER, IF_PRESENT or ALWAYS: whether containerRuntimeEndpoint is set in its configuration files.
    instance: the same for kubeadm's instance-config.yaml.

    help_flags: what `kubelet --help` lists, None where it could not be asked.
    has_config: whether the kubelet runs with a configuration file. pause_image: "" leaves the flag as it is.
    """

    def __init__(
        self, release: "Release", help_flags: "Optional[Set[str]]", endpoint: str, pause_image: str, has_config: bool
    ) -> None:
        kubelet = kubelet_releases.of(release)
        self.release = release
        self.help = help_flags
        self.field = NEVER
        if kubelet.has_endpoint_field:
            self.field = ALWAYS if kubelet.endpoint_is_in_files and has_config else IF_PRESENT
        self.instance = ALWAYS if self.field == ALWAYS else IF_PRESENT
        # Docker's in any case, so that a later upgrade does not fail because of them.
        self.remove: "Set[str]" = set(kubelet_releases.DOCKER_FLAGS)
        self.remove.update(flag for flag in kubelet_releases.all_flags() if not self.knows(flag) and flag not in _KEPT)
        self.wanted: "Dict[str, str]" = {}
        self.update_if_present: "Dict[str, str]" = {}
        if kubelet.has_dockershim:
            self.wanted[RUNTIME] = "remote"
        else:
            self.remove.add(RUNTIME)
        if self.field == ALWAYS:
            self.remove.update((ENDPOINT, IMAGE_ENDPOINT))
        else:
            self.wanted[ENDPOINT] = endpoint
            self.update_if_present[IMAGE_ENDPOINT] = endpoint
        if pause_image and self.knows(PAUSE):
            # The last release that knows the flag: it is not added there any more. The runtime says which image it is.
            is_last = not is_known(PAUSE, (release[0], release[1] + 1))
            (self.update_if_present if is_last else self.wanted)[PAUSE] = pause_image

    def knows(self, flag: str) -> bool:
        """Whether this kubelet knows a flag of the table: its own help decides, else its release."""
        return flag in self.help if self.help is not None else is_known(flag, self.release)
