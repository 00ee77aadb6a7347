# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions that count for a whole run."""

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.exceptions import accepted


@pytest.mark.parametrize(
    "given, names",
    [
        ([], []),
        ([[], "", None], []),
        ([[], ["no-lease"], "other-nodes,no-lease"], ["no-lease", "other-nodes"]),
        (['["proxies"]', ["proxies"]], ["proxies"]),
    ],
)
def test_each_host_may_give_one(given, names):
    assert accepted(given) == names
