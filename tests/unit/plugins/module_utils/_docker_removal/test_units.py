# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units that need Docker's."""

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.units import needed_by


def test_needed_by():
    units = {
        "docker.service": {"RequiredBy": "ci.service docker.socket", "WantedBy": "multi-user.target kubelet.service"},
        "docker.socket": {"RequiredBy": "docker.service", "ConsistsOf": "proxy.service", "WantedBy": "sockets.target"},
    }
    assert needed_by(units) == ["ci.service", "kubelet.service", "proxy.service"]
