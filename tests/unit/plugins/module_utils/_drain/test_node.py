# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole drains of one node, of an API that is a few dicts. With a real one: tests/api."""

import copy
import json
import threading
import time

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._drain import node as node_of_drain
from ansible_collections.cri.switchover.plugins.module_utils._drain import timing
from ansible_collections.cri.switchover.plugins.module_utils._drain.cordon import SCALE_DOWN
from ansible_collections.cri.switchover.plugins.module_utils._drain.failures import DrainError
from ansible_collections.cri.switchover.plugins.module_utils._drain.options import DEFAULTS
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import CORDON_ANNOTATION

NOW = 1800000000


def pod(name, **spec):
    owner = {"apiVersion": "example.com/v1", "kind": "Web", "name": "web", "uid": "w", "controller": True}
    meta = {"namespace": "shop", "name": name, "uid": name, "creationTimestamp": "2020-01-01T00:00:00Z"}
    meta.update(labels={"app": "web"}, ownerReferences=[owner])
    return {"metadata": meta, "spec": spec, "status": {"phase": "Running"}}


def bare(name):
    made = pod(name)
    del made["metadata"]["ownerReferences"]
    return made


def budget(name="web", healthy=1):
    status = {"disruptionsAllowed": 0, "currentHealthy": healthy, "desiredHealthy": 1, "expectedPods": 1}
    meta = {"namespace": "shop", "name": name}
    return {"metadata": meta, "spec": {"selector": {"matchLabels": {"app": "web"}}}, "status": status}


def held():
    causes = [{"reason": "DisruptionBudget", "message": "The disruption budget web needs 1 healthy pods and has 1"}]
    return KubeError("CRI-API-BUSY", "Cannot evict pod", 429, {"causes": causes})


def away():
    return KubeError("CRI-API-UNREACHABLE", "no answer from the API. Check the network.")


def never():
    """The answer of an eviction that was accepted, of a pod that does not end."""


class Api(object):
    """answers: {pod: what makes the failure of its eviction, or None for one that is accepted and comes to nothing}.
    trouble: called before each list of pods, may raise."""

    def __init__(self, pods=(), pdbs=(), answers=None, node=None, trouble=None):
        self.pods = {found["metadata"]["name"]: found for found in pods}
        self.pdbs, self.answers, self.trouble = list(pdbs), answers or {}, trouble or (lambda: None)
        self.node = node or {"metadata": {}, "spec": {}}
        self.node["metadata"].update(name="n1", resourceVersion="1")
        self.attachments = []
        self.server_time, self.deadline = NOW, None
        self.asked = []
        self.patched = lambda: None  # called after each PATCH of the node, may raise
        self.lock = threading.Lock()

    def get(self, path):
        if path == "/api/v1/nodes/n1":
            return copy.deepcopy(self.node)
        if path == "/apis/policy":
            return {"versions": [{"version": "v1"}]}
        if path == "/api/v1":
            return {"resources": [{"name": "pods/eviction", "group": "policy", "version": "v1"}]}
        if path.rpartition("/")[2] in self.attachments:
            return {"metadata": {}}
        raise KubeError("CRI-API-NOTFOUND", path, 404)

    def patch(self, path, body):
        if body["metadata"]["resourceVersion"] != self.node["metadata"]["resourceVersion"]:
            raise KubeError("CRI-API-CONFLICT", "changed meanwhile", 409)
        annotations = self.node["metadata"].setdefault("annotations", {})
        annotations.update(body["metadata"].get("annotations") or {})
        self.node["metadata"]["annotations"] = {key: text for key, text in annotations.items() if text is not None}
        self.node["spec"].update(body.get("spec") or {})
        self.node["metadata"]["resourceVersion"] += "1"
        self.patched()

    def listing(self, path, params):
        self.trouble()
        with self.lock:
            return copy.deepcopy(list(self.pods.values())), "1"

    def items(self, path, params):
        if "volumeattachments" in path:
            source = {"persistentVolumeName": "pv"}
            return [
                {"metadata": {"name": name}, "spec": {"nodeName": "n1", "source": source}} for name in self.attachments
            ]
        return self.pdbs

    def watch(self, path, params, seconds):
        raise KubeError("CRI-API-FORBIDDEN", "no right to watch", 403)

    def once(self, method, path, body=None):
        name = path.split("/")[6]
        with self.lock:
            self.asked.append(name)
        failure = self.answers[name]() if name in self.answers else None
        if failure:
            raise failure
        if name not in self.answers:
            with self.lock:
                self.pods.pop(name, None)


def drain(api, check_mode=False, progress=None, **options):
    """(result, the error or None)"""
    node = node_of_drain.Node(api, "n1", "r1", check_mode, progress)
    options = dict(DEFAULTS, **dict({"timeout": 0.4, "wait_volumes": True, "restore": True}, **options))
    try:
        node.drain(options)
    except (DrainError, KubeError) as exc:
        return node.result, exc
    return node.result, None


def names(entries):
    return [entry["name"] for entry in entries]


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(timing, "POLL_EVERY", 0.05)
    monkeypatch.setattr(timing, "RETRY_EVERY", 0.05)


def test_a_drain_empties_the_node():
    api = Api([pod("web-1"), pod("web-2")])
    result, failed = drain(api, timeout=20)
    assert failed is None and sorted(names(result["evicted"])) == ["web-1", "web-2"] and not api.pods
    assert api.node["spec"]["unschedulable"] and result["changed"]


def test_a_dry_run_reports_what_a_drain_would_do_and_changes_nothing():
    said = []
    api = Api([pod("web-1")])
    result, failed = drain(api, check_mode=True, progress=said.append)
    assert failed is None and names(result["evicted"]) == ["web-1"] and result["changed"]
    assert said == ["would be drained of 1 pods: shop/web-1; 0 pods would stay"]
    assert list(api.pods) == ["web-1"] and not api.node["spec"].get("unschedulable")


def test_no_eviction_begins_once_the_node_is_schedulable_again():
    begun = threading.Semaphore(0)

    def slow():
        begun.release()
        time.sleep(0.6)

    many = ["web-%02d" % number for number in range(20)]
    api = Api([pod(name) for name in many], answers={name: slow for name in many})
    _result, failed = drain(api, timeout=0.3)
    assert failed.reason == "CRI-DRAIN-TIMEOUT" and not api.node["spec"]["unschedulable"]
    assert len(api.asked) == timing.PARALLEL


def left_by(run_id, was_unschedulable):
    """A node as a run that was killed leaves it."""
    text = {"run_id": run_id, "was_unschedulable": was_unschedulable, "at": "2026-01-01T00:00:00Z", "scale_down": None}
    annotations = {CORDON_ANNOTATION: json.dumps(text), SCALE_DOWN: "true"}
    return {"metadata": {"annotations": annotations}, "spec": {"unschedulable": True}}


@pytest.mark.parametrize(
    "node, options, cordoned",
    [
        (None, {}, False),
        (left_by("r0", False), {}, False),  # of an earlier run
        (left_by("r1", False), {}, False),  # of an earlier task of this one
        (left_by("r0", True), {}, True),
        ({"metadata": {}, "spec": {"unschedulable": True}}, {}, True),  # somebody else's
        (left_by("r0", False), {"restore": False}, True),
    ],
)
def test_a_drain_that_fails_restores_what_was_schedulable_before(node, options, cordoned):
    before = copy.deepcopy(node)
    api = Api([pod("web-1")], [budget()], {"web-1": held}, node=node)
    result, failed = drain(api, **options)
    assert failed.reason == "CRI-DRAIN-PDB"
    assert bool(api.node["spec"]["unschedulable"]) is result["unschedulable"] is cordoned
    assert ("schedulable again" in failed.message) is not cordoned
    assert bool(api.node["metadata"]["annotations"]) is cordoned
    assert result["diff"]["before"]["unschedulable"] is bool(before)
    assert result["diff"]["after"]["unschedulable"] is cordoned
    assert bool(result["diff"]["after"]["annotations"]) is cordoned


def test_a_cordon_whose_answer_was_lost_is_undone():
    api = Api([pod("web-1")], [budget()], {"web-1": held})

    def lose():
        # The client sends the request again, and the node has changed by the first attempt.
        api.patched = lambda: None
        raise KubeError("CRI-API-CONFLICT", "changed meanwhile", 409)

    api.patched = lose
    _result, failed = drain(api)
    assert failed.reason == "CRI-DRAIN-PDB" and not api.node["spec"]["unschedulable"]


def test_a_node_that_cannot_be_uncordoned_is_reported_as_cordoned():
    api = Api([pod("web-1")], [budget()], {"web-1": held})

    def lose():
        if not api.node["spec"]["unschedulable"]:
            api.node["spec"]["unschedulable"] = True
            raise away()

    api.patched = lose
    result, failed = drain(api)
    assert "It is still cordoned" in failed.message and result["unschedulable"] is True
    assert result["diff"]["after"]["unschedulable"] is True


@pytest.mark.parametrize("check_mode, evicted, waited", [(True, ["web-1"], ["web-2"]), (False, [], [])])
def test_what_is_refused_hides_nothing_of_the_plan(check_mode, evicted, waited):
    ending = pod("web-2")
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    api = Api([pod("web-1"), ending, bare("bare")])
    result, failed = drain(api, check_mode)
    assert failed.reason == "CRI-DRAIN-REFUSED" and names(result["blocked"]) == ["bare"]
    assert (names(result["evicted"]), names(result["waited"])) == (evicted, waited)
    assert not result["changed"] and not api.asked and not api.node["spec"]


def test_a_pod_that_is_refused_later_hides_nothing_of_what_left():
    api = Api([pod("web-1")])

    def come():
        if api.asked:
            api.pods["late"] = dict(bare("late"))
            api.pods["late"]["metadata"]["creationTimestamp"] = "2030-01-01T00:00:00Z"

    api.trouble = come
    result, failed = drain(api, timeout=5)
    assert failed.reason == "CRI-DRAIN-REFUSED" and names(result["evicted"]) == ["web-1"]
    assert not api.node["spec"]["unschedulable"]


def test_volumes_that_an_earlier_drain_left_are_waited_for():
    attached = {"volumesAttached": [{"name": "kubernetes.io/csi/x", "devicePath": ""}]}
    claim = {"name": "v", "persistentVolumeClaim": {"claimName": "data"}}
    api = Api([pod("web-1", volumes=[claim])], node={"metadata": {}, "spec": {}, "status": attached})
    api.attachments = ["csi-1"]
    for evicted in (["web-1"], []):
        result, failed = drain(api)
        assert failed.reason == "CRI-DRAIN-VOLUMES" and failed.details["volume_attachments"] == ["csi-1"]
        assert names(result["evicted"]) == evicted and not api.node["spec"]["unschedulable"]
    assert drain(api, wait_volumes=False)[1] is None
    api.attachments = []
    result, failed = drain(api)
    assert failed is None and "volumes" in result["timings"]


def busy():
    return KubeError("CRI-API-BUSY", "too many requests", 429)


@pytest.mark.parametrize(
    "lasts, answer, reason",
    [
        # It began with the drain, and is the failure; or just before the deadline, and is not.
        (0.1, held, "CRI-API-BUSY"),
        (60, held, "CRI-DRAIN-PDB"),
        (60, never, "CRI-DRAIN-TIMEOUT"),
    ],
)
def test_pods_are_named_while_the_api_is_in_trouble(monkeypatch, lasts, answer, reason):
    monkeypatch.setattr(timing, "LASTING", lasts)
    api = Api([pod("web-1")], [budget()], {"web-1": answer})
    began = time.monotonic()

    def fail():
        if api.asked and time.monotonic() > began + 0.2:
            raise busy()

    api.trouble = fail
    result, failed = drain(api, timeout=0.8)
    assert failed.reason == reason and "shop/web-1 (PDB shop/web)" in failed.message
    assert [(found["name"], found["attempts"]) for found in result["blocked"]] == [("web-1", 1)]
    assert not api.node["spec"]["unschedulable"] and "schedulable again" in failed.message


def test_an_api_in_trouble_is_the_failure_where_no_pod_is_known_to_be_left():
    api = Api()

    def fail():
        if api.node["spec"].get("unschedulable"):
            raise away()

    api.trouble = fail
    result, failed = drain(api)
    assert failed.reason == "CRI-API-UNREACHABLE" and result["blocked"] == []


@pytest.mark.parametrize("lasts, reason", [(0.1, "CRI-API-UNREACHABLE"), (60, "CRI-DRAIN-VOLUMES")])
def test_volumes_are_named_while_the_api_is_in_trouble(monkeypatch, lasts, reason):
    monkeypatch.setattr(timing, "LASTING", lasts)
    api = Api(node={"metadata": {}, "spec": {}, "status": {"volumesInUse": ["x"]}})
    api.attachments = ["csi-1"]
    get, seen = api.get, []

    def fail(path):
        if "volumeattachments" in path:
            seen.append(path)
            if len(seen) > 1:
                raise away()
        return get(path)

    api.get = fail
    _result, failed = drain(api)
    assert failed.reason == reason and "csi-1" in failed.message


def test_a_budget_made_after_the_plan_is_named():
    api = Api([pod("web-1")], answers={"web-1": held})
    _result, failed = drain(api)
    assert failed.reason == "CRI-DRAIN-PDB" and "The disruption budget web needs 1 healthy pods" in failed.message


def test_a_budget_made_after_the_plan_is_named_once_it_was_read(monkeypatch):
    monkeypatch.setattr(timing, "PDBS_FRESH", 0)
    api = Api([pod("web-1")], answers={"web-1": held})

    def make():
        if api.asked:
            api.pdbs = [budget()]

    api.trouble = make
    _result, failed = drain(api)
    assert "shop/web-1 (PDB shop/web)" in failed.message
    assert [(pdb["name"], pdb["healthy"]) for pdb in failed.details["pdbs"]] == [("web", 1)]
