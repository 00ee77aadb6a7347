# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the settings of an operator. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.rows.node import VERIFY_MARGIN
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import PREFIX, SettingError
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS, value

# Settings that name files of the operator's own tasks.
TASKS_FILES = ("switchover_before_drain_tasks", "switchover_after_uncordon_tasks")


def errors(values: dict[str, Any]) -> list[str]:
    """What is wrong with these settings, {name: value}: sentences that begin with a token, none when all is well."""
    wrong = []
    for name in sorted(values):
        if name not in SETTINGS:
            wrong.append(_unknown(name))
            continue
        try:
            SETTINGS[name].read(values[name])
        except SettingError as exc:
            wrong.append(str(exc))
    return wrong or _misfits(values)


def missing_files(values: Mapping[str, Any], is_file: Callable[[str], bool]) -> list[str]:
    """What to say of files of tasks that are not on the controller: one sentence, or none.

    ``values``: settings by name, all of which can be read; ``is_file``: whether a path is a file there.
    """
    paths = [path for path in (value(name, values) for name in TASKS_FILES) if path and not is_file(path)]
    if not paths:
        return []
    return [
        "CRI-SETTINGS-TASKS: on the machine that runs Ansible there is no file %s. Create it, or correct %s."
        % (", ".join(paths), " or ".join(TASKS_FILES))
    ]


def missing_control_plane(group: str, hosts: Sequence[str], allowed: Collection[str]) -> list[str]:
    """What to say of a run without its control plane. ``hosts``: of its group; ``allowed``: exceptions of all hosts."""
    if "no-control-plane" in allowed:
        return []
    return [
        "CRI-SETTINGS-LIMIT: no host of group %s is part of this run. The group has: %s. Keep one of them in --limit, "
        "and name the nodes to switch in switchover_only. If the control plane is not yours, add the exception "
        "no-control-plane to switchover_allow." % (group, ", ".join(hosts) or "none")
    ]


def _unknown(name: str) -> str:
    known = sorted(setting[len(PREFIX) :] for setting in SETTINGS)
    suggestion = difflib.get_close_matches(name[len(PREFIX) :], known, 1)
    return "CRI-SETTINGS-UNKNOWN: %s is not a setting of this collection; %s" % (
        name,
        "did you mean %s%s?" % (PREFIX, suggestion[0]) if suggestion else "these are: %s" % ", ".join(sorted(SETTINGS)),
    )


def _misfits(values: dict[str, Any]) -> list[str]:
    """What does not fit each other; each value by itself is right."""
    wrong = []
    if value("switchover_cgroup_v2", values) == "enable" and value("switchover_on_reboot", values) == "finish":
        wrong.append(
            "CRI-SETTINGS-VALUE: switchover_on_reboot is 'finish', and switchover_cgroup_v2 'enable', which has a "
            "reboot of its own: any other one reverts the node"
        )
    timeout, watchdog = value("switchover_verify_timeout", values), value("switchover_watchdog", values)
    if timeout + VERIFY_MARGIN > watchdog:
        wrong.append(
            "CRI-SETTINGS-VALUE: switchover_watchdog (%d) is not %d s more than switchover_verify_timeout (%d): "
            "the node might revert before it is verified" % (watchdog, VERIFY_MARGIN, timeout)
        )
    return wrong
