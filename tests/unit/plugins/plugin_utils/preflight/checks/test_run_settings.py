# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import run_settings


@pytest.mark.parametrize(
    "given,found",
    [
        ({"cp": {"switchover_soak": 5}, "w1": {"switchover_soak": 5}, "w2": {"switchover_soak": 5}}, []),
        ({"cp": {}, "w1": {"switchover_soak": 5}, "w2": {"switchover_soak": 5}}, [("switchover_soak", ["w1", "w2"])]),
        ({"cp": {"switchover_only": ["a"]}, "w1": {"switchover_only": ["a"]}, "w2": {}}, [("switchover_only", ["w2"])]),
        ({"cp": {}}, []),
        ({}, []),
    ],
)
def test_what_is_of_the_whole_run_is_the_same_for_all(given, found):
    assessments = [{"host": host, "settings": {"skip": host == "cp", "given": given[host]}} for host in given]
    findings = list(run_settings.judge(assessments))
    assert [(f["details"]["setting"], f["details"]["hosts"]) for f in findings] == found
    assert all(f["token"] == "CRI-PF-SETTINGS-DIFFER" and f["level"] == "blocker" for f in findings)
