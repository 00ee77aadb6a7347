# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether kubelet stays up, and its last words where it does not."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine.kubelet import judge_kubelet, last_words

OK = {"ActiveState": "active", "SubState": "running", "NRestarts": "0"}


@pytest.mark.parametrize(
    "given, healthz, seconds, steady, wanted",
    [
        (OK, 200, 1, 1, True),
        (OK, None, 5, 5, None),
        (OK, None, 30, 20, True),
        (OK, 500, 30, 30, None),
        (OK, 500, 120, 120, False),
        (dict(OK, ActiveState="activating", SubState="auto-restart", NRestarts="1"), None, 12, 3, None),
        (dict(OK, NRestarts="2"), 200, 25, 1, False),
        (dict(OK, ActiveState="failed", Result="start-limit-hit"), None, 3, 1, False),
        (dict(OK, NRestarts=""), 200, 1, 1, True),
    ],
)
def test_kubelet_stays(given, healthz, seconds, steady, wanted):
    assert judge_kubelet(given, healthz, seconds, steady, 120)[0] is wanted


def test_why_kubelet_ended_is_found_before_its_usage():
    log = (
        'I1123 19:46:02.1 1 server.go:1] "x"\nE1123 19:46:02.2 1 run.go:74] "command failed" err="failed to parse '
        'kubelet flag: unknown flag: --no-such-flag"\nUsage:\n  kubelet [flags]\n  --version version[=true]   Print\n'
        "kubelet.service: Scheduled restart job, restart counter is at 2.\n"
    )
    assert [line.split("err=")[1] for line in last_words(log)] == [
        '"failed to parse kubelet flag: unknown flag: --no-such-flag"'
    ]
