# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests a drain sends at once, and how often it polls. All times are in seconds."""

PARALLEL = 5  # more connections cost bytes, and the rate limit comes first unless the server is slow
WATCH_SECONDS = 45  # then the pods are listed again, which shows what a watch may have missed
POLL_EVERY = 2  # without the right to watch, and for volumes
RETRY_EVERY = 1  # while the API does not answer
NEW_POD_DELAY = 0.3  # pods seldom appear alone, so the list waits for the others
PROGRESS_EVERY = 15
PDBS_FRESH = 30  # for so long a list of budgets counts
LASTING = 3  # trouble of the API that is younger than this at the deadline is not why a node is not empty
