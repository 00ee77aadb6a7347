# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import rate_limit


def test_the_client_limits_its_own_rate():
    now = [0.0]
    bucket = rate_limit.Bucket(qps=10, burst=3, clock=lambda: now[0])
    assert [bucket.reserve() for _ in range(5)] == pytest.approx([0, 0, 0, 0.1, 0.2])
    now[0] = 0.5  # 5 more, of which 2 were spent
    assert [bucket.reserve() for _ in range(4)] == pytest.approx([0, 0, 0, 0.1])
    now[0] = 100.0
    assert [bucket.reserve() for _ in range(4)] == pytest.approx([0, 0, 0, 0.1])


def forked(call):
    """Its exit code."""
    pid = os.fork()
    if not pid:
        os._exit(call() or 0)
    return os.WEXITSTATUS(os.waitpid(pid, 0)[1])


def test_the_forks_of_a_run_share_one_limit():
    bucket = rate_limit.SharedBucket(qps=10, burst=3, clock=lambda: 0.0)
    assert bucket.reserve() == 0 and forked(lambda: round(10 * bucket.reserve())) == 0
    assert [forked(lambda: round(10 * bucket.reserve())) for _ in range(3)] == [0, 1, 2]
    assert bucket.reserve() == pytest.approx(0.3)


def test_a_fork_that_is_killed_holds_up_no_other():
    bucket = rate_limit.SharedBucket(qps=10, burst=3)
    assert forked(lambda: bucket._lock.__enter__()) == 0
    assert bucket.reserve() == 0
