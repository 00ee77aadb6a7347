# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.checks.docker_node import judged
from unit.plugins.plugin_utils.preflight.good_node import (
    CRI_DOCKERD,
    INFO,
    changed,
    found,
    tokens,
    with_exceptions,
)

BLOCKERS = [
    ("CRI-PF-DOCKER-DOWN", {"docker/api_ok": False}),
    ("CRI-PF-DOCKER-BOUND", {"docker/dependencies": {"binds_to": ["containerd.service"]}}),
    ("CRI-PF-DOCKER-BOUND", {"docker/dependencies": {"part_of": ["containerd.service"]}}),
    ("CRI-PF-DOCKER-BOUND", {"docker/dependencies": {"requires": ["containerd.service", "docker.socket"]}}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


WARNINGS = [
    ("CRI-PF-DOCKER-NEEDED", {"docker/needed_by": ["builder.service"]}),
    ("CRI-PF-DOCKER-NEEDED", dict(CRI_DOCKERD, **{"cri_dockerd/needed_by": ["builder.service"]})),
    ("CRI-PF-MANY-IMAGES", {"docker/images_truncated": True}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []


NOTES = [
    ("CRI-PF-ENDED-CONTAINERS", {"docker/containers/foreign": [{"name": "old", "image": "x", "state": "exited"}]}),
]


@pytest.mark.parametrize("token, changes", NOTES)
def test_notes(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "note") == [token] and len(findings) == 1


ALLOWABLE = [
    (
        "foreign-containers",
        "CRI-PF-FOREIGN-CONTAINERS",
        {"docker/containers/foreign": [{"id": "1", "name": "etcd", "image": "etcd:3", "state": "running"}]},
    ),
]


@pytest.mark.parametrize("exception, token, changes", ALLOWABLE)
def test_an_exception_turns_a_blocker_into_a_warning(exception, token, changes):
    blocked, allowed, with_others = with_exceptions(exception, changed(INFO, changes))
    assert tokens(blocked) == [token]
    assert blocked[0]["allow"] == exception and "add %s to switchover_allow" % exception in blocked[0]["remedy"]
    assert tokens(allowed) == [] and tokens(allowed, "warning") == [token] and allowed[0]["allowed"]
    assert tokens(with_others) == [token]


@pytest.mark.parametrize("kind", ["binds_to", "part_of", "requires", "requisite"])
@pytest.mark.parametrize("unit, target", [("containerd.service", "containerd"), ("crio.service", "crio")])
def test_field_case_15_only_the_targets_own_unit_is_started_again(kind, unit, target):
    info = changed(INFO, {"docker/dependencies": {kind: [unit]}})
    (bound,) = judged(info, target)
    assert bound["token"] == "CRI-PF-DOCKER-BOUND" and unit in bound["message"]
    (other,) = {"containerd", "crio"} - {target}
    assert judged(info, other) == []
