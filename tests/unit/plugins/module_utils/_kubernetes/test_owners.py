# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import owners


def pod(**owner):
    meta = {"namespace": "shop", "name": "p", "ownerReferences": [dict({"controller": True, "name": "o"}, **owner)]}
    return {"metadata": meta}


@pytest.mark.parametrize(
    "owner, kind, path",
    [
        (
            {"apiVersion": "apps/v1", "kind": "ReplicaSet"},
            "ReplicaSet",
            "/apis/apps/v1/namespaces/shop/replicasets/o/scale",
        ),
        ({"apiVersion": "apps/v1", "kind": "DaemonSet"}, "DaemonSet", "/apis/apps/v1/namespaces/shop/daemonsets/o"),
        ({"apiVersion": "batch/v1", "kind": "Job"}, "Job", "/apis/batch/v1/namespaces/shop/jobs/o"),
        (
            {"apiVersion": "v1", "kind": "ReplicationController"},
            "ReplicationController",
            "/api/v1/namespaces/shop/replicationcontrollers/o/scale",
        ),
        ({"apiVersion": "apps.kruise.io/v1", "kind": "StatefulSet"}, None, None),
        ({"apiVersion": "batch.volcano.sh/v1alpha1", "kind": "Job"}, None, None),
        ({"apiVersion": "apps/v1", "kind": "ReplicaSet", "controller": False}, None, None),
        ({"kind": "Node", "apiVersion": "v1"}, None, None),
    ],
)
def test_controllers_that_can_be_read(owner, kind, path):
    found = owners.reference(pod(uid="u", **owner))
    if kind is None:
        assert found is None
    else:
        assert found == (kind, "shop", "o", "u") and owners.path(found) == path


OWNER = ("ReplicaSet", "shop", "o", "u")


@pytest.mark.parametrize(
    "owner, facts, verdict",
    [
        (None, {}, (False, False)),
        (OWNER, {}, (False, False)),
        (OWNER, {OWNER[:3]: None}, (True, False)),
        (OWNER, {OWNER[:3]: {"uid": "u", "replicas": 2}}, (False, False)),
        (OWNER, {OWNER[:3]: {"uid": "u", "replicas": 1}}, (False, True)),
        (OWNER, {OWNER[:3]: {"uid": "v", "replicas": 1}}, (True, False)),
        (OWNER, {OWNER[:3]: {"uid": None, "replicas": None}}, (False, False)),
        (("Job", "s", "o", "u"), {("Job", "s", "o"): {"uid": "u", "replicas": 1}}, (False, False)),
    ],
)
def test_gone_and_single(owner, facts, verdict):
    assert owners.judge(owner, facts) == verdict
