# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import control_plane


def test_api_servers_by_their_endpoints():
    ports = [{"name": "https", "port": 6443}]
    found = {
        "subsets": [
            {"addresses": [{"ip": "10.0.0.2"}, {"ip": "10.0.0.1"}], "ports": ports},
            {"addresses": [{"ip": "fd00::1"}], "ports": ports},
            {"notReadyAddresses": [{"ip": "10.0.0.3"}], "ports": ports},
        ]
    }
    assert control_plane.apiserver_addresses(found) == ["10.0.0.1:6443", "10.0.0.2:6443", "[fd00::1]:6443"]
    assert control_plane.apiserver_addresses({"subsets": None}) == []
