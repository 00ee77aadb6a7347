# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import budgets


@pytest.mark.parametrize("phase, asked", [("Running", True), ("Unknown", True), ("Pending", False), ("Failed", False)])
def test_budgets_of_a_pod(phase, asked):
    pdbs = [
        {"metadata": {"namespace": ns, "name": name}, "spec": {"selector": {"matchLabels": {"app": app}}}}
        for ns, name, app in (("shop", "b", "web"), ("shop", "a", "web"), ("shop", "c", "db"), ("other", "d", "web"))
    ]
    wanted = ["shop/a", "shop/b"] if asked else []
    pod = {"metadata": {"namespace": "shop", "labels": {"app": "web"}}, "status": {"phase": phase}}
    assert budgets.pdbs_of(pod, pdbs) == wanted
