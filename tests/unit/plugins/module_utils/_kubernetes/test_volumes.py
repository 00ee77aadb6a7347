# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import volumes as volume_rules
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError


def pod(uid, *volumes):
    return {"metadata": {"namespace": "shop", "name": uid, "uid": uid}, "spec": {"volumes": list(volumes)}}


def claim(name):
    return {"name": "v", "persistentVolumeClaim": {"claimName": name}}


def attachment(name, node, volume):
    return {"metadata": {"name": name}, "spec": {"nodeName": node, "source": {"persistentVolumeName": volume}}}


class Api:
    def __init__(self, attachments, claims):
        self.attachments = {found["metadata"]["name"]: found for found in attachments}
        self.claims = claims
        self.lists = 0

    def items(self, path, params):
        self.lists += 1
        return list(self.attachments.values())

    def get(self, path):
        name = path.rpartition("/")[2]
        found = self.attachments.get(name) if "attachments" in path else self.claims.get(name)
        if not found:
            raise KubeError("CRI-API-NOTFOUND", "no", 404)
        return found


def test_claims_of_a_pod():
    ephemeral = {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}}
    found = volume_rules.claims_of(pod("db-0", claim("data"), ephemeral, {"name": "e", "emptyDir": {}}))
    assert found == {("shop", "data"), ("shop", "db-0-scratch")}


def test_only_what_left_is_waited_for():
    api = Api(
        [attachment("a", "n1", "pv-a"), attachment("b", "n1", "pv-kept"), attachment("c", "n2", "pv-c")],
        {"kept": {"spec": {"volumeName": "pv-kept"}}},
    )
    volumes = volume_rules.Volumes(api, "n1")
    volumes.note([pod("db-0", claim("data")), pod("agent", claim("kept"))], {"db-0"})
    volumes.note([pod("agent", claim("kept"))], set())
    assert volumes.left() == ["a"]
    del api.attachments["a"]
    assert volumes.left() == [] and api.lists == 1


@pytest.mark.parametrize(
    "status, asked",
    [
        ({}, False),
        (None, False),
        ({"volumesAttached": [], "volumesInUse": None}, False),
        ({"volumesAttached": [{"name": "kubernetes.io/csi/a", "devicePath": ""}]}, True),  # of an earlier drain's pods
        ({"volumesInUse": ["kubernetes.io/csi/a"]}, True),
    ],
)
def test_nobody_is_asked_when_no_volume_left(status, asked):
    kept = {"kept": {"spec": {"volumeName": "pv-b"}}}
    api = Api([attachment("a", "n1", "pv-a"), attachment("b", "n1", "pv-b")], kept)
    volumes = volume_rules.Volumes(api, "n1")
    volumes.note_node({"status": status})
    volumes.note([pod("web-1"), pod("agent", claim("kept"))], {"web-1"})
    assert (volumes.left(), api.lists) == ((["a"], 1) if asked else (None, 0))
