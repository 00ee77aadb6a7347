# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    INFO,
    changed,
    tokens,
    with_exceptions,
)

ALLOWABLE = [
    ("registry-mirrors", "CRI-PF-REGISTRY-MIRRORS", {"docker/registry_mirrors": ["https://mirror.example"]}),
    ("insecure-registries", "CRI-PF-INSECURE-REGISTRIES", {"docker/insecure_registries": ["10.0.0.0/8"]}),
    ("registry-logins", "CRI-PF-REGISTRY-LOGINS", {"docker/logins": ["registry.example"]}),
    ("proxies", "CRI-PF-PROXIES", {"docker/proxies": True}),
]


@pytest.mark.parametrize("exception, token, changes", ALLOWABLE)
def test_an_exception_turns_a_blocker_into_a_warning(exception, token, changes):
    blocked, allowed, with_others = with_exceptions(exception, changed(INFO, changes))
    assert tokens(blocked) == [token]
    assert blocked[0]["allow"] == exception and "add %s to switchover_allow" % exception in blocked[0]["remedy"]
    assert tokens(allowed) == [] and tokens(allowed, "warning") == [token] and allowed[0]["allowed"]
    assert tokens(with_others) == [token]
