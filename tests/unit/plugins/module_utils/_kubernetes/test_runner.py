# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import runner


def addresses(ip, hostname):
    return {"status": {"addresses": [{"type": "InternalIP", "address": ip}, {"type": "Hostname", "address": hostname}]}}


@pytest.mark.parametrize(
    "hostname, in_pod, local, wanted",
    [
        ("laptop", False, [], None),
        ("laptop", False, ["10.0.0.2"], "n2"),
        ("N1", False, [], "n1"),
        ("runner-x", True, [], "n2"),
        ("runner-x", False, [], None),
    ],
)
def test_the_node_this_runs_on(hostname, in_pod, local, wanted):
    nodes = {"n1": addresses("10.0.0.1", "n1"), "n2": addresses("10.0.0.2", "n2")}
    entries = {"n1": {"pods": []}, "n2": {"pods": [{"name": "runner-x"}]}}
    assert runner.runner_node(nodes, entries, hostname, in_pod, lambda ip: ip in local) == wanted


@pytest.mark.parametrize(
    "address, local", [("127.0.0.1", True), ("192.0.2.99", False), (None, False), ("nonsense", False)]
)
def test_an_address_of_this_machine(address, local):
    assert runner.has_address(address) is local
