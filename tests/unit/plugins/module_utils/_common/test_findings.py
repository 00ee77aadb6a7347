# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, finding


@pytest.mark.parametrize("token", ["CRI-PF-DATA-ROOT", "CRI-REVERT-GONE"])
def test_a_token_is_printed_as_it_stands_in_the_source(token):
    assert finding(BLOCKER, token, "n1", "a", "b")["token"] == token


@pytest.mark.parametrize("token", ["DATA-ROOT", "", "PF-DATA-ROOT"])
def test_a_token_without_its_prefix_is_refused(token):
    with pytest.raises(ValueError, match="stands in full"):
        finding(BLOCKER, token, "n1", "a", "b")
