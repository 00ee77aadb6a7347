# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a removal takes, and what stays."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import plan as removal
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.blockers import blockers
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._docker_removal.node_facts import facts


def test_the_order():
    steps = removal.plan(facts(), False)
    assert [(step["step"], step["objects"]) for step in steps] == [
        ("mark", ["containerd", "runc"]),
        ("stop", ["docker.socket"]),
        ("packages", ["docker.io"]),
        ("network", ["link docker0"]),
        ("logs", ["/var/log/containers/x.log"]),
        ("run", ["/run/docker.sock", "/run/docker"]),
        ("forget", ["/var/lib/cri-switchover"]),
    ]
    assert removal.stays(facts(), False) == ["Docker's data: /var/lib/docker, /etc/docker"]


def test_with_data():
    steps = dict((step["step"], step["objects"]) for step in removal.plan(facts(), True))
    assert list(steps)[-3:] == ["data", "purge", "forget"]
    assert steps["data"] == ["/var/lib/docker", "/etc/docker"] and steps["purge"] == ["docker.io"]
    assert removal.stays(facts(), True) == []


GONE = {
    "journal": None,
    "state": [],
    "packages__dockers": [],
    "packages__leftover": ["docker.io"],
    "log_links": [],
    "run": [],
    "units": {"docker.service": {"LoadState": "not-found"}},
    "network": {"plans": {}, "links": [], "left": [], "bridges": []},
}


def test_nothing_to_do():
    assert removal.plan(facts(**GONE), False) == []
    # the data can still go later
    assert [step["step"] for step in removal.plan(facts(**GONE), True)] == ["data", "purge"]
    assert blockers(facts(**GONE), True) == []


def test_interrupted_before_the_end():
    assert [step["step"] for step in removal.plan(facts(**dict(GONE, state=["/var/lib/cri-switchover"])), False)] == [
        "forget"
    ]


BEFORE = {
    "runtime_unit": "containerd.service",
    "kubelet_unit": "kubelet.service",
    "runtime": "7",
    "kubelet": "8",
    "shims": [1, 2],
}


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ({}, 0),
        ({"shims": [2, 3]}, 0),  # a job has ended, another pod came
        ({"runtime": "9"}, 1),
        ({"kubelet": "0", "shims": []}, 2),
    ],
)
def test_disturbed(after, found):
    assert len(removal.disturbed(BEFORE, dict(BEFORE, **after))) == found


def test_report():
    found = facts(journal=None)
    lines = removal.report(removal.plan(found, True), blockers(found, True), removal.stays(found, True))
    assert lines[0].startswith("CRI-REMOVE-UNCONFIRMED: ")
    assert "DELETE THE DATA in: /var/lib/docker, /etc/docker" in lines
