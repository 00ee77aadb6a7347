# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import cluster


@pytest.mark.parametrize(
    "major, minor, wanted", [("1", "23", (1, 23)), ("1", "27+", (1, 27)), ("", "", (0, 0)), ("1", "x", (1, 0))]
)
def test_versions(major, minor, wanted):
    assert cluster.minor_version({"major": major, "minor": minor}) == wanted
