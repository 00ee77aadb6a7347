# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the threads of a drain report to the one that owns its state, through one queue."""

from collections import namedtuple

# A pod of the node has changed: the type of the event, the row of the table, its resourceVersion.
PodChanged = namedtuple("PodChanged", "kind row version")
# The API has answered an eviction: the entry of plan.py, and the exception or None.
Answered = namedtuple("Answered", "entry error")
# The watch has ended: by an exception, or by None after its time.
WatchEnded = namedtuple("WatchEnded", "error")
