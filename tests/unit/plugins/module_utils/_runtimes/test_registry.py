# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runtimes by their names, and what a socket or a version says of them."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry


@pytest.mark.parametrize("endpoint, service", [
    ("unix:///run/containerd/containerd.sock", "containerd.service"),
    ("unix:///var/run/crio/crio.sock", "crio.service"),
    ("unix:///run/other.sock", None),
])  # fmt: skip
def test_service(endpoint, service):
    assert registry.unit_behind(endpoint) == service
