# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    CRI_DOCKERD,
    INFO,
    changed,
    found,
    tokens,
)

BLOCKERS = [
    ("CRI-PF-SOURCE", dict(CRI_DOCKERD, **{"cri_dockerd/unit": None})),
    ("CRI-PF-SOURCE", dict(CRI_DOCKERD, **{"cri_dockerd/unit": "shims.service"})),
    ("CRI-PF-SOURCE", dict(CRI_DOCKERD, **{"cri_dockerd/running": False})),
    ("CRI-PF-SOURCE", dict(CRI_DOCKERD, **{"cri_dockerd/docker_endpoint": "unix:///run/other.sock"})),
    ("CRI-PF-SOURCE", {"runtime/in_use": "unknown"}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


@pytest.mark.parametrize("unit", ["cri-docker.service", "cri-dockerd.service"])
def test_cri_dockerd_is_a_source_like_dockershim(unit):
    assert found(changed(INFO, dict(CRI_DOCKERD, **{"cri_dockerd/unit": unit}))) == []


@pytest.mark.parametrize(
    "journal, words", [({"phase": "finalized", "run_id": "r"}, "revert.yml"), (None, "switchover_skip")]
)
def test_a_node_that_was_switched_to_another_target(journal, words):
    node = changed(INFO, {"runtime/in_use": "crio", "journal": journal})
    (item,) = [item for item in found(node) if item["token"] == "CRI-PF-SOURCE"]
    assert words in item["remedy"]
