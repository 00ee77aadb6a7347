# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's settings, ONE table: what each means to a pod, and what becomes of it in a switch. Pure: no I/O.

A setting counts alike in daemon.json, on dockerd's command line and in its environment; docker_options reads them by
this table, node_runtime_info reports what is set, and the preflight judges it. A new setting is a row in one of the
files that are joined here.

Names of keys, flags and variables: moby 17.05 to 29, cmd/dockerd/config*.go and options.go (from 29 on in
daemon/command), daemon/config/config*.go. Private to this collection: there is no promise that it stays as it is.
"""

import fnmatch

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import (
    docker_settings_containers,
    docker_settings_data,
    docker_settings_pulls,
    docker_settings_silent,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import Setting

ROWS: "Tuple[Setting, ...]" = (
    docker_settings_pulls.ROWS
    + docker_settings_containers.ROWS
    + docker_settings_data.ROWS
    + docker_settings_silent.ROWS
)


def row(name: str) -> "Optional[Setting]":
    """The row of this name, or None."""
    return next((row for row in ROWS if row.name == name), None)


def by_flag() -> "Dict[str, Setting]":
    """{flag as it is written, with its dashes: row}."""
    found = {"--" + flag: row for row in ROWS for flag in row.flags}
    found.update({"-" + row.short: row for row in ROWS if row.short})
    return found


def of_variable(name: str) -> "Optional[Setting]":
    """The row of a variable of the environment, or None."""
    return next((row for row in ROWS if any(fnmatch.fnmatchcase(name, known) for known in row.all_variables())), None)


def known_keys() -> "Dict[str, Setting]":
    """{key of daemon.json: row}, with those that dockerd accepts there and ignores: the names of its flags."""
    found = {flag: row for row in ROWS for flag in row.flags}
    found.update({key: row for row in ROWS for key in row.keys})
    return found
