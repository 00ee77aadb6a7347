# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is Docker's on a node: dockershim's checkpoints, and cgroups."""

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine.docker import broken_checkpoints
from ansible_collections.cri.switchover.plugins.module_utils._engine.guards import is_dockers

CHECKPOINT = json.dumps({"version": "v1", "name": "p", "namespace": "n", "data": {}, "checksum": 1})


@pytest.mark.parametrize(
    "texts, sandboxes, wanted",
    [
        ({}, set(), []),
        ({"a": CHECKPOINT}, {"a"}, []),
        ({"a": CHECKPOINT, "b": CHECKPOINT}, {"a"}, ["b"]),
        ({"a": CHECKPOINT[:40], "b": "", "c": "7"}, {"a", "b", "c"}, ["a", "b", "c"]),
        ({"a": CHECKPOINT, "b": "{"}, None, ["b"]),
    ],
)
def test_checkpoints_that_would_jam_dockershim(texts, sandboxes, wanted):
    assert broken_checkpoints(texts, sandboxes) == wanted


ID = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "cgroup, dockers, wanted",
    [
        ("/kubepods.slice/kubepods-pod1.slice/docker-%s.scope" % ID, [], True),
        ("/kubepods.slice/kubepods-pod1.slice/cri-containerd-%s.scope" % ID, [], False),
        ("/kubepods/besteffort/pod1/%s" % ID, [ID], True),
        ("/kubepods/besteffort/pod1/%s" % ID, [], False),
        ("/kubepods/besteffort/pod1", [ID], False),
    ],
)
def test_whose_cgroup(cgroup, dockers, wanted):
    assert is_dockers(cgroup, set(dockers)) is wanted
