# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mounts in and on Docker's directory."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import mounts as core

MOUNTS = """\
20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 20 8:1 /var/lib/docker /var/lib/docker rw shared:1 - ext4 /dev/sda1 rw
31 30 0:50 / /var/lib/docker/overlay2/a\\040b/merged rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/X
32 20 0:51 / /run/k rw - overlay overlay rw,lowerdir=/var/lib/containerd/x,upperdir=/y
"""


@pytest.mark.parametrize(
    ("text", "below", "is_mount"),
    [
        (MOUNTS, 2, False),
        ("\n".join(MOUNTS.splitlines()[:1]), 0, False),
        # a directory elsewhere, or a disk
        (MOUNTS.replace("8:1 /var/lib/docker", "8:1 /srv/docker"), 1, True),
        (MOUNTS.replace("8:1 /var/lib/docker", "8:16 /"), 1, True),
    ],
)
def test_mounts(text, below, is_mount):
    mounts = core.parse_mountinfo(text)
    found, other = core.mounts_at("/var/lib/docker", mounts)
    assert (len(found), other) == (below, is_mount)
    if len(mounts) > 1:
        assert mounts[2]["mount"] == "/var/lib/docker/overlay2/a b/merged"
