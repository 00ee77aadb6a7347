# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.rights import LEASE_RIGHTS, rights_needed


def test_every_right_has_a_name_of_its_own():
    rights = rights_needed("probes")
    names = [name for name, _attributes in rights]
    assert len(set(names)) == len(names)
    by_name = dict(rights)
    assert by_name["evict pods"] == {"verb": "create", "group": "", "resource": "pods", "subresource": "eviction"}
    assert by_name["create pods in probes"]["namespace"] == "probes"
    assert by_name["get leases in kube-node-lease"]["group"] == "coordination.k8s.io"
    assert set(LEASE_RIGHTS) < set(names)
    # Rights may be given for this one Lease only, but for its creation.
    assert [by_name[name].get("name") for name in LEASE_RIGHTS] == [None, "cri-switchover", "cri-switchover"]
