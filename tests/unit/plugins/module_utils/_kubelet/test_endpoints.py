# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI endpoints, and the one that a kubelet uses."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubelet import endpoints
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import parse_flags

CONTAINERD = "unix:///run/containerd/containerd.sock"


@pytest.mark.parametrize("flags, minor, endpoint, docker", [
    ("", 23, None, True),
    ("--container-runtime-endpoint=unix:///run/containerd/containerd.sock", 23, None, True),
    ("--container-runtime=remote --container-runtime-endpoint=" + CONTAINERD, 23, CONTAINERD, False),
    ("--container-runtime=remote --container-runtime-endpoint=unix:///var/run/cri-dockerd.sock", 23,
     "unix:///var/run/cri-dockerd.sock", True),
    ("--container-runtime=remote --container-runtime=docker", 23, None, True),
    ("", 24, "", False),
    ("--container-runtime-endpoint=unix:///var/run/cri-dockerd.sock", 30, "unix:///var/run/cri-dockerd.sock", True),
])  # fmt: skip
def test_runtime_in_use(flags, minor, endpoint, docker):
    seen = endpoints.effective_endpoint(parse_flags(flags.split()), [], (1, minor))
    assert seen == endpoint
    assert endpoints.uses_docker(seen) is docker


def test_field_counts_when_no_flag_beats_it():
    configs = [("/a", "containerRuntimeEndpoint: unix:///a\n"), ("/b", "containerRuntimeEndpoint: unix:///b\n")]
    assert endpoints.effective_endpoint([], configs, (1, 27)) == "unix:///b"
    assert endpoints.effective_endpoint([], configs, (1, 26)) == ""
    flags = parse_flags(["--container-runtime-endpoint=unix:///c"])
    assert endpoints.effective_endpoint(flags, configs, (1, 34)) == "unix:///c"
