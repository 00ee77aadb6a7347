# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The releases of gVisor."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import gvisor_checks as core


@pytest.mark.parametrize(
    "text, wanted",
    [("release-20260224.0", 20260224), ("20221219.0-1", 20221219), ("VERSION_MISSING", None), (None, None)],
)
def test_release_of_runsc(text, wanted):
    assert core.release_of_runsc(text) == wanted
