# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of releases, and what a real kubelet says of itself."""

import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubelet import flags as table

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
    assert table.parse_version(text) == wanted


def test_help_of_a_real_kubelet():
    with open(os.path.join(FIXTURES, "help-1.23.17.txt")) as stream:
        flags = table.parse_help(stream.read())
    assert {"network-plugin", "container-runtime", "docker-env-metadata-whitelist", "v", "help", "kubeconfig"} <= flags
    assert "container-runtime-endpoint" in flags and "config-dir" not in flags
    rules = table.Rules((1, 23), None, "unix:///x", "", True)
    by_help = table.Rules((1, 23), flags, "unix:///x", "", True)
    assert {flag for flag in table.LIFETIMES if rules.knows(flag)} == {
        flag for flag in table.LIFETIMES if by_help.knows(flag)
    }


@pytest.mark.parametrize("text", ["", "no such command", "Usage:\n  kubelet [flags]\n"])
def test_no_help(text):
    assert table.parse_help(text) is None


# release: wanted flags, how the field is used, of --container-runtime and --pod-infra-container-image: removed?
RELEASES = [
    (20, {"container-runtime", "container-runtime-endpoint"}, "never", False, False),
    (23, {"container-runtime", "container-runtime-endpoint"}, "never", False, False),
    (24, {"container-runtime-endpoint"}, "never", True, False),
    (26, {"container-runtime-endpoint"}, "never", True, False),
    (27, {"container-runtime-endpoint"}, "standing", True, False),
    (33, {"container-runtime-endpoint"}, "standing", True, False),
    (34, set(), "always", True, False),
    (35, set(), "always", True, True),
    (37, set(), "always", True, True),
]


@pytest.mark.parametrize("minor, wanted, field, no_runtime, no_pause", RELEASES)
def test_rules(minor, wanted, field, no_runtime, no_pause):
    rules = table.Rules((1, minor), None, "unix:///x", "", True)
    assert set(rules.wanted) == wanted
    assert rules.field == field
    assert ("container-runtime" in rules.remove) == no_runtime
    assert ("pod-infra-container-image" in rules.remove) == no_pause
    assert ("non-masquerade-cidr" in rules.remove) == (minor >= 24)
    assert ("containerd" in rules.remove) == (minor >= 37)
    assert "hairpin-mode" not in rules.remove and "runtime-cgroups" not in rules.remove


@pytest.mark.parametrize("endpoint, service", [
    ("unix:///run/containerd/containerd.sock", "containerd.service"),
    ("unix:///var/run/crio/crio.sock", "crio.service"),
    ("unix:///run/other.sock", None),
])  # fmt: skip
def test_service(endpoint, service):
    assert table.service_of(endpoint) == service
