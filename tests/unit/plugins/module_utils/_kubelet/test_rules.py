# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kubelet wants of its flags, release by release."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubelet.rules import Rules

# release: wanted flags, how the field is used, of --container-runtime and --pod-infra-container-image: removed?
RELEASES = [
    (20, {"container-runtime", "container-runtime-endpoint"}, "never", False, False),
    (23, {"container-runtime", "container-runtime-endpoint"}, "never", False, False),
    (24, {"container-runtime-endpoint"}, "never", True, False),
    (26, {"container-runtime-endpoint"}, "never", True, False),
    (27, {"container-runtime-endpoint"}, "if_present", True, False),
    (33, {"container-runtime-endpoint"}, "if_present", True, False),
    (34, set(), "always", True, False),
    (35, set(), "always", True, True),
    (37, set(), "always", True, True),
]


@pytest.mark.parametrize("minor, where", [(23, "wanted"), (33, "wanted"), (34, "update_if_present"), (35, None)])
def test_the_pause_image_is_not_added_where_the_next_release_does_not_know_the_flag(minor, where):
    rules = Rules((1, minor), None, "unix:///x", "r.test/pause:3", True)
    found = [name for name in ("wanted", "update_if_present") if "pod-infra-container-image" in getattr(rules, name)]
    assert found == ([where] if where else [])


@pytest.mark.parametrize("minor, wanted, field, no_runtime, no_pause", RELEASES)
def test_rules(minor, wanted, field, no_runtime, no_pause):
    rules = Rules((1, minor), None, "unix:///x", "", True)
    assert set(rules.wanted) == wanted
    assert rules.field == field
    assert ("container-runtime" in rules.remove) == no_runtime
    assert ("pod-infra-container-image" in rules.remove) == no_pause
    assert ("non-masquerade-cidr" in rules.remove) == (minor >= 24)
    assert ("containerd" in rules.remove) == (minor >= 37)
    assert "hairpin-mode" not in rules.remove and "runtime-cgroups" not in rules.remove
