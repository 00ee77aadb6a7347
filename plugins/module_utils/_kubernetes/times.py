# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as the API writes them, and as seconds since the epoch. Pure: no I/O."""

import calendar
import datetime
import re
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


def parse_time(text: "Any") -> "Optional[float]":
    """Seconds since the epoch from "2026-11-25T13:00:00.123456Z", or without the fraction; None when it is no time."""
    match = re.match(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z$", str(text or ""))
    if not match:
        return None
    whole = calendar.timegm(datetime.datetime.strptime(match.group(1), "%Y-%m-%dT%H:%M:%S").timetuple())
    return whole + float(match.group(2) or 0)


def micro_time(seconds: float) -> str:
    """The API's type MicroTime, as a Lease has it: "2026-11-25T13:00:00.123456Z"."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def whole_time(seconds: float) -> str:
    """The API's type Time, as ``creationTimestamp`` has it: "2026-11-25T13:00:00Z"."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
