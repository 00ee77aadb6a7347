# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What planning a runtime's configuration may end with. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""


class RuntimeConfigError(ValueError):
    """The facts or options do not allow a configuration of the runtime; the message says what is wrong."""
