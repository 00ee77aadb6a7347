# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to the configuration files of a kubelet: its runtime's endpoint, its cgroup driver. Pure."""

from ansible_collections.cri.switchover.plugins.module_utils._kubelet import config_file
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.errors import PlanError
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.flags_by_release import (
    ENDPOINT_FIELD,
    IMAGE_FIELD,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import unique
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.rules import ALWAYS, IF_PRESENT, NEVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import Flag
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.config_file import ConfigError
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import Layout
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.rules import Rules

_DRIVER_FIELD = "cgroupDriver"


def files_with(layout: "Layout", key: str) -> "List[str]":
    """Paths of the configuration files that set a field. Raises PlanError where one cannot be read for sure."""
    found = []
    for path, text in layout.configs:
        try:
            if config_file.read_field(text, key):
                found.append(path)
        except config_file.ConfigError as error:
            raise _config_error(path, error) from None
    return found


def _config_error(path: str, error: "ConfigError") -> PlanError:
    return PlanError(
        "CRI-KUBELET-CONFIG",
        "{0} cannot be changed in place: {1}. Set {2} there by hand, or bring the file into plain block form.".format(
            path, error, ENDPOINT_FIELD
        ),
        path=path,
        error=str(error),
    )


def change_endpoint(layout: "Layout", rules: "Rules", endpoint: str) -> None:
    """Set the endpoint in the configuration files, as the rules want it. Raises PlanError."""
    if rules.field == NEVER:
        return
    for key in (ENDPOINT_FIELD, IMAGE_FIELD):
        paths = files_with(layout, key)
        if rules.field == ALWAYS and key == ENDPOINT_FIELD and layout.configs:
            paths = unique([layout.configs[0][0]] + paths)
        _set_in(layout, paths, key, endpoint)
    _change_instance(layout, rules, endpoint)


def _set_in(layout: "Layout", paths: "List[str]", key: str, value: str) -> None:
    for path in paths:
        text = config_file.set_field(layout.text(path), key, value)
        if text != layout.text(path):
            layout.write(path, text, "{0} set to {1}".format(key, value))


def _change_instance(layout: "Layout", rules: "Rules", endpoint: str) -> None:
    """kubeadm's instance-config.yaml."""
    if rules.instance == NEVER or layout.instance is None:
        return
    path, text = layout.instance
    if text is None and rules.instance == IF_PRESENT:
        return
    try:
        new = (
            '{0}: "{1}"\n'.format(ENDPOINT_FIELD, endpoint)
            if text is None
            else config_file.set_field(text, ENDPOINT_FIELD, endpoint)
        )
    except config_file.ConfigError as error:
        raise _config_error(path, error) from None
    if new != text:
        layout.write_instance(path, new, "{0} set to {1}".format(ENDPOINT_FIELD, endpoint))


def change_driver(layout: "Layout", flags: "List[Flag]", driver: str) -> None:
    """Set the cgroup driver in the configuration file. The flag is deprecated, and would beat the field.

    Raises PlanError where a flag says something else, or where there is no configuration file.
    """
    given = [flag.value for flag in flags if flag.name == "cgroup-driver"]
    if given and given[-1] != driver:
        raise PlanError(
            "CRI-KUBELET-CGROUP-FLAG",
            "the kubelet gets --cgroup-driver={0} by a flag, and should use {1}. Move the setting to cgroupDriver in "
            "its configuration file, then run again.".format(given[-1], driver),
            seen=given[-1],
            wanted=driver,
        )
    if not layout.configs:
        raise PlanError(
            "CRI-KUBELET-NO-CONFIG",
            "this kubelet runs without a configuration file, in which its cgroup driver could be set",
            wanted=driver,
        )
    paths = unique([layout.configs[0][0]] + files_with(layout, _DRIVER_FIELD))
    _set_in(layout, paths, _DRIVER_FIELD, driver)
