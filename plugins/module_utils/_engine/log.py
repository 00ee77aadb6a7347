# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this program writes to the system's log, in human-readable lines."""

import syslog


def open_log() -> None:
    """Under this name everything of ours is found: `journalctl -t cri-switchover`."""
    syslog.openlog("cri-switchover", syslog.LOG_PID, syslog.LOG_DAEMON)


def say(text: str) -> None:
    """One line to syslog."""
    syslog.syslog(text)
