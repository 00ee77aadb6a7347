# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How this program starts itself: as transient units of systemd, which outlive the connection and who asked."""

import sys

from .names import ENGINE_UNIT, LAUNCHER, REVERT_UNIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List


def transient(unit: str, description: str, *options: str) -> "List[str]":
    """A unit that lives until it ends. One that is killed begins again, and finds in the journal how far it was."""
    return [
        "systemd-run",
        "--quiet",
        "--collect",
        "--unit=" + unit,
        "--description=" + description,
        "--property=Restart=on-abnormal",
        "--property=RestartSec=1",
        "--property=TimeoutStopSec=5",
        "--property=OOMScoreAdjust=-999",
    ] + list(options)


def engine_unit(*options: str) -> "List[str]":
    """The begin of the command line that starts a switch; program() is its rest."""
    return transient(ENGINE_UNIT, "Changes this node's container runtime", *options)


def revert_unit(*options: str) -> "List[str]":
    """The begin of the command line that starts a revert; program() is its rest."""
    return transient(REVERT_UNIT, "Reverts this node to its old container runtime", *options)


def program(*args: str) -> "List[str]":
    """This program's command line for systemd, in the interpreter that runs it now."""
    return [sys.executable, "-I", "-S", LAUNCHER] + list(args)
