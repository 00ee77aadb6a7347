# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a real kubelet says of itself, and whether the table of releases says the same."""

import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import flags_by_release
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.rules import Rules

FIXTURES = os.path.join(os.path.dirname(__file__), "fixtures")


@pytest.mark.parametrize("text, wanted", [
    ("Kubernetes v1.23.17", (1, 23)),
    ("1.34.2", (1, 34)),
    ("Kubernetes v1.29.10-eks-7f9249a", (1, 29)),
    ("v1.37", (1, 37)),
    ("", None),
    ("none", None),
])  # fmt: skip
def test_version(text, wanted):
    assert flags_by_release.parse_version(text) == wanted


def test_help_of_a_real_kubelet():
    with open(os.path.join(FIXTURES, "help-1.23.17.txt")) as stream:
        flags = flags_by_release.parse_help(stream.read())
    assert {"network-plugin", "container-runtime", "docker-env-metadata-whitelist", "v", "help", "kubeconfig"} <= flags
    assert "container-runtime-endpoint" in flags and "config-dir" not in flags
    rules = Rules((1, 23), None, "unix:///x", "", True)
    by_help = Rules((1, 23), flags, "unix:///x", "", True)
    # Docker's are removed in any case: of some, the table does not say when.
    others = kubelet_releases.all_flags() - kubelet_releases.DOCKER_FLAGS
    assert {flag for flag in others if rules.knows(flag)} == {flag for flag in others if by_help.knows(flag)}
    assert rules.remove == by_help.remove


@pytest.mark.parametrize("text", ["", "no such command", "Usage:\n  kubelet [flags]\n"])
def test_no_help(text):
    assert flags_by_release.parse_help(text) is None
