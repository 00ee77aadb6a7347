# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of a command line, grouped into flags as the kubelet does."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import parse_flags

FLAGS = [
    (["--a=b"], [("a", "b")], 0),
    (["--a", "b"], [("a", "b")], 0),
    (["--a", "--b"], [("a", None), ("b", None)], 0),
    (["--a_b=c_d"], [("a-b", "c_d")], 0),
    (["-v=2", "-v", "3", "-v4", "--v=5"], [("v", "2"), ("v", "3"), ("v", "4"), ("v", "5")], 0),
    (["--a="], [("a", "")], 0),
    (["--a=b=c"], [("a", "b=c")], 0),
    (["x", "--a=b", "y"], [("a", "b")], 2),
    (["-x"], [], 1),
]


@pytest.mark.parametrize("words, wanted, odd", FLAGS)
def test_flags(words, wanted, odd):
    oddities = []
    assert [(flag.name, flag.value) for flag in parse_flags(words, oddities)] == wanted
    assert len(oddities) == odd
