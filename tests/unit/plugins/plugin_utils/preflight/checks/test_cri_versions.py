# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions of CRI the parts speak, and the releases of containerd with those of kubelet."""

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    INFO,
    changed,
    found,
    tokens,
)

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import cri_versions

BLOCKERS = [
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.22.17", "containerd/version": "2.1.3"}),
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.22.17", "containerd/version": "2.0.0-rc.1"}),
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.26.0", "containerd/version": "1.6.14"}),
    ("CRI-PF-VERSIONS", {"containerd/version": "1.5.9", "crictl": {"installed": True, "version": "1.25.0"}}),
    ("CRI-PF-VERSIONS", {"containerd/version": None}),
    # Not installed: the candidate is what will serve the node.
    (
        "CRI-PF-VERSIONS",
        {
            "kubelet/version": "1.22.17",
            "containerd/installed": False,
            "docker/family": "docker-ce",
            "packages/installed": {"docker-ce": "20.10"},
            "packages/candidates": {"containerd.io": "2.1.3-1", "containerd": "1.6.20", "cri-tools": "1.36"},
        },
    ),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


CRICTL = [
    ("crictl 1.36.0 (installed) asks for CRI v1", {"crictl": {"installed": True, "version": "1.36.0"}}),
    ("crictl 1.26.1-1.1 (the packages' candidate) asks for", {"packages/candidates": {"cri-tools": "1.26.1-1.1"}}),
    (None, {"crictl": {"installed": True, "version": "1.25.0"}}),
    (None, {"crictl": {"installed": True, "version": None}}),
]


@pytest.mark.parametrize("words, changes", CRICTL)
def test_crictl_verifies_the_target(words, changes):
    """containerd 1.5 speaks v1alpha2 only; crictl from 1.26 on does not."""
    old = changed(INFO, dict({"containerd/version": "1.5.9", "kubelet/version": "1.22.17"}, **changes))
    seen = [item for item in found(old) if item["token"] == "CRI-PF-CRICTL"]
    assert [words in item["message"] and item["level"] == "blocker" for item in seen] == ([True] if words else [])
    assert all(item["remedy"].endswith("up to 1.25") for item in seen)


def test_a_crictl_that_is_too_old_for_the_target():
    """containerd 2 speaks v1 only, which crictl of kubelet's own release 1.23 does not."""
    new = {"containerd/version": "2.0.4", "crictl": {"installed": True, "version": "1.23.0"}}
    (item,) = found(changed(INFO, new))
    assert item["token"] == "CRI-PF-CRICTL" and "crictl 1.23.0 (installed) asks for CRI v1alpha2" in item["message"]
    assert item["remedy"] == "install a crictl (package cri-tools) from 1.24 on"


@pytest.mark.parametrize(
    "release, spoken",
    [
        ((1, 22, 1), {"v1alpha2"}),
        ((1, 23, 0), {"v1alpha2"}),
        ((1, 24), {"v1alpha2", "v1"}),
        ((1, 25, 0), {"v1alpha2", "v1"}),
        ((1, 26, 0), {"v1"}),
    ],
)
def test_what_crictl_speaks(release, spoken):
    assert cri_versions.spoken_by_crictl(release) == spoken


WARNINGS = [
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.36.1", "containerd/version": "1.7.29"}),
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.34.2", "containerd/version": "1.7.24~ds1-6+deb13u1"}),
    ("CRI-PF-VERSIONS", {"kubelet/version": "1.35.0", "containerd/version": "1.6.39"}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []


FINE = [
    {"kubelet/version": "1.23.17", "containerd/version": "2.0.4"},
    {"kubelet/version": "1.22.17", "containerd/version": "1.7.24"},
    {"kubelet/version": "1.34.2", "containerd/version": "1.7.28"},
    {"kubelet/version": "1.34.2", "containerd/version": "2.2.1"},
    {"kubelet/version": "1.28.0", "containerd/version": "1.6.20"},
]


@pytest.mark.parametrize("changes", FINE)
def test_no_false_alarm(changes):
    assert found(changed(INFO, changes)) == []
