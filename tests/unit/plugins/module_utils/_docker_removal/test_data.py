# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order Docker's data is deleted."""

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.data import deletion_order


def test_deletion_order():
    assert deletion_order(["volumes", "image", "containers", "tmp"]) == [
        "tmp",
        "volumes",
        "image",
        "containers",
    ]
