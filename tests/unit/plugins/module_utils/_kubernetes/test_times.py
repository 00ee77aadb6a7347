# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import times

NOW = 1764075600.5  # 2025-11-25T13:00:00.5Z


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("2025-11-25T13:00:00Z", 1764075600),
        ("2025-11-25T13:00:00.500000Z", 1764075600.5),
        ("2025-11-25T13:00:00.000001Z", 1764075600.000001),
        ("", None),
        (None, None),
        ("2025-11-25", None),
        ("2025-11-25T13:00:00+01:00", None),
    ],
)
def test_times(text, seconds):
    assert times.parse_time(text) == (pytest.approx(seconds) if seconds else None)


def test_a_time_is_read_back():
    assert times.micro_time(NOW) == "2025-11-25T13:00:00.500000Z"
    assert times.parse_time(times.micro_time(NOW)) == NOW


def test_a_time_of_whole_seconds():
    assert times.whole_time(NOW) == "2025-11-25T13:00:00Z"
