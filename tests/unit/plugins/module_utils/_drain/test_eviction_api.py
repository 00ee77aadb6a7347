# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._drain import eviction_api


@pytest.mark.parametrize("grace, wanted", [(None, None), (0, 0), (30, 30)])
def test_an_eviction_says_which_pod_it_means(grace, wanted):
    body = eviction_api.eviction({"namespace": "shop", "name": "p", "uid": "u"}, "policy/v1", grace)
    assert (body["apiVersion"], body["kind"]) == ("policy/v1", "Eviction")
    assert body["metadata"] == {"namespace": "shop", "name": "p"}
    assert body["deleteOptions"]["preconditions"] == {"uid": "u"}
    assert body["deleteOptions"].get("gracePeriodSeconds") == wanted


@pytest.mark.parametrize(
    "resources, version",
    [
        ([{"name": "pods/eviction", "group": "policy", "version": "v1"}], "policy/v1"),
        ([{"name": "pods/eviction", "group": "policy", "version": "v1beta1"}], "policy/v1beta1"),
        ([{"name": "pods"}, {"name": "pods/eviction"}], "policy/v1beta1"),
        ([], "policy/v1beta1"),
    ],
)
def test_the_eviction_api_that_a_server_speaks(resources, version):
    assert eviction_api.eviction_version({"resources": resources}) == version


@pytest.mark.parametrize(
    "status, reason, causes, verdict",
    [
        (404, "CRI-API-NOTFOUND", [], "gone"),
        (429, "CRI-API-BUSY", ["DisruptionBudget"], "budget"),
        (429, "CRI-API-BUSY", [], "retry"),
        (403, "CRI-API-FORBIDDEN", [], "fatal"),
        (403, "CRI-API-FORBIDDEN", ["NamespaceTerminating"], "retry"),
        (401, "CRI-API-UNAUTHORIZED", [], "fatal"),
        (400, "CRI-API-ERROR", [], "fatal"),
        (422, "CRI-API-ERROR", [], "fatal"),
        (409, "CRI-API-CONFLICT", [], "retry"),
        (500, "CRI-API-ERROR", [], "retry"),
        (503, "CRI-API-ERROR", [], "retry"),
        (None, "CRI-API-UNREACHABLE", [], "retry"),
    ],
)
def test_what_a_refused_eviction_means(status, reason, causes, verdict):
    assert eviction_api.judge_refusal(status, reason, causes) == verdict


@pytest.mark.parametrize(
    "status, message, verdict",
    [
        (409, "the UID in the precondition (u) does not match the UID in record (v)", "retry"),
        (409, "Precondition failed: UID in precondition: u, UID in object meta: v", "gone"),
        (429, "Cannot evict pod as it would violate the pod's disruption budget.", "budget"),
        (429, "The disruption budget web is still being processed by the server.", "budget"),
        (429, "too many requests, please try again later", "retry"),
        (
            500,
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            "two-pdbs",
        ),
        (500, "etcdserver: leader changed", "retry"),
    ],
)
def test_what_only_the_message_says(status, message, verdict):
    assert eviction_api.judge_refusal(status, "x", [], message) == verdict
