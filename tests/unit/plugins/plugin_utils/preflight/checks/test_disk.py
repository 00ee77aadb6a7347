# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    GIB,
    INFO,
    changed,
    found,
    tokens,
)

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks.disk import quantity

BLOCKERS = [
    ("CRI-PF-DISK", {"disk/containerd/avail": 7 * GIB}),
    ("CRI-PF-DISK", {"docker/images_bytes": {"all": 9 * GIB, "in_use": 9 * GIB}}),
    ("CRI-PF-DISK", {"docker/images": [{"tags": ["a:1"], "size": 9 * GIB, "in_use": False, "local_only": True}]}),
    ("CRI-PF-DISK", {"kubelet/effective": {"imageGCHighThresholdPercent": 50}}),
    ("CRI-PF-DISK", {"kubelet/effective": {"evictionHard": {"imagefs.available": "19Gi"}}}),
    ("CRI-PF-DISK", {"kubelet/effective": {"evictionHard": {"nodefs.available": "50%"}}}),
    ("CRI-PF-DISK-FTYPE", {"disk/containerd/ftype_ok": False}),
    ("CRI-PF-DISK-UNKNOWN", {"disk": {}}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


WARNINGS = [
    ("CRI-PF-DISK", {"disk/containerd/avail": 7 * GIB, "journal": {"phase": "staged"}}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []


# What kubelet may accept, and what it does not.
NOTES = [
    ("CRI-PF-DISK-THRESHOLD", {"kubelet/effective": {"evictionHard": {"imagefs.available": "1e9"}}}),
    ("CRI-PF-DISK-THRESHOLD", {"kubelet/effective": {"evictionHard": {"nodefs.available": "1ki"}}}),
]


@pytest.mark.parametrize("token, changes", NOTES)
def test_notes(token, changes):
    (item,) = found(changed(INFO, changes))
    ((name, value),) = changes["kubelet/effective"]["evictionHard"].items()
    assert (item["level"], item["token"], item["node"]) == ("note", token, "node1")
    assert item["message"] == "kubelet's threshold %s '%s' is not understood" % (name, value)
    assert "not part of the check of the disk" in item["remedy"]


def test_what_is_not_understood_hides_no_other_threshold():
    hard = {"imagefs.available": "1e9", "nodefs.available": "50%"}
    findings = found(changed(INFO, {"kubelet/effective": {"evictionHard": hard}}))
    assert [(item["level"], item["token"]) for item in findings] == [
        ("blocker", "CRI-PF-DISK"),
        ("note", "CRI-PF-DISK-THRESHOLD"),
    ]


FINE = [
    {"kubelet/effective": {"evictionHard": {"imagefs.available": "1Gi", "nodefs.available": "500M"}}},
    {"kubelet/effective": {"evictionHard": {"memory.available": "5%"}}, "disk/containerd/avail": 9 * GIB},
    # Images on a disk of their own: nodefs does not count there.
    {
        "disk/containerd": {"mount": "/var/lib/containerd", "device": 2, "size": 10 * GIB, "avail": 9 * GIB},
        "kubelet/effective": {"evictionHard": {"nodefs.available": "90%", "imagefs.available": "5%"}},
    },
    {
        "disk/containerd": {"mount": "/var/lib/containerd", "device": 2, "size": 10 * GIB, "avail": 9 * GIB},
        "kubelet/effective": {"evictionHard": {"nodefs.available": "1e9"}},
    },
]


@pytest.mark.parametrize("changes", FINE)
def test_no_false_alarm(changes):
    assert found(changed(INFO, changes)) == []


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("10%", 100), ("2.5%", 25), ("1Ki", 1024), ("1k", 1000), ("1Gi", GIB), ("500M", 500 * 1000**2), ("77", 77),
        ("much", None), ("1ki", None), ("1e9", None), ("1GiB", None), ("", None),
    ],
)  # fmt: skip
def test_quantities(text, wanted):
    assert quantity(text, 1000) == wanted
