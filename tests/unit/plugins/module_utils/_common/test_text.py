# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._common.text import version


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("1.6.20~ds1-1+deb12u1", (1, 6, 20)),
        ("v1.23.17", (1, 23, 17)),
        ("5:20.10.24~3-0~debian", (20, 10, 24)),
        ("2.3", (2, 3, 0)),
        ("6.1.0-40-cloud-amd64", (6, 1, 0)),
        ("", None),
        (None, None),
        ("none", None),
    ],
)
def test_versions(text, wanted):
    assert version(text) == wanted
