# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.rollout import durations


@pytest.mark.parametrize(
    "settings, seconds",
    [
        ({}, 3330),
        # -e name=value delivers text
        ({"switchover_drain_timeout": "7200"}, 3330 + 6300),
        (
            {"switchover_watchdog": 900, "switchover_verify_timeout": 100, "switchover_recheck_delay": 0},
            3330 + 300 - 400 - 30,
        ),
        # The watchdog counts anew from the boot.
        ({"switchover_cgroup_v2": "enable"}, 3330 + 1200),
        ({"switchover_cgroup_v2": "report"}, 3330),
    ],
)
def test_how_long_a_host_may_keep_its_batch(settings, seconds):
    assert durations.longest(settings) == seconds
