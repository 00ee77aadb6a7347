# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import inventory as inventory_check


def host(text):
    """ "a=n1": a host that was read, and its node; "a": one that was not; "a!=n1": excluded, but its node is known."""
    name, _sep, node = text.partition("=")
    if name.endswith("!"):
        return {"host": name[:-1], "info": {}, "settings": {"skip": True, "node_name": node}}
    return {"host": name, "info": {"node_name": node} if node else {}, "settings": {}}


@pytest.mark.parametrize(
    "docker, read, inventory, unknown",
    [
        ("n1 n2", "a=n1 b=n2", "a b", ""),
        ("n1 n2 n3", "a=n1 b=n2", "a b", "n3"),
        ("n1", "a=n1 b=n2", "a b", ""),  # the other one is switched already
        # excluded by --limit or switchover_only: not read, but in the inventory
        ("n1 n2", "a=n1", "a b", ""),
        ("n1 n2 n3", "a=n1", "a b", "n2 n3"),
        ("n1 n2 n3", "a=n1", "a n2", "n3"),
        ("n1.x.org n2.x.org", "a=n1.x.org", "a n2", ""),
        ("n1 n2.x.org n3", "a=n1", "a n2", "n3"),
        ("n1 n2", "a=n1 b!=n2", "a b", ""),
        ("n1 n2 n3", "a=n1 b!=n2", "a b", "n3"),
        # a member of the control plane that is no node
        ("n1 n2", "a=n1 b=n2 cp!", "a b cp", ""),
        ("n1 n2", "", "", ""),  # the role was called without an inventory
        ("", "a=n1", "a", ""),
    ],
)
def test_an_inventory_that_lacks_nodes(docker, read, inventory, unknown):
    settings = {"inventory": inventory.split()}
    hosts = [host(text) for text in read.split()]
    cluster = {"docker_nodes": docker.split()}
    findings = list(inventory_check.judge(hosts, cluster, settings))
    assert [f["details"]["nodes"] for f in findings] == ([unknown.split()] if unknown else [])
    assert all((f["token"], f["level"]) == ("CRI-PF-INVENTORY", "blocker") for f in findings)
    allowed = inventory_check.judge(hosts, cluster, settings, ["other-nodes"])
    assert all(f["level"] == "warning" for f in allowed)
    assert not list(inventory_check.judge(hosts, cluster, dict(settings, goal="revert")))
