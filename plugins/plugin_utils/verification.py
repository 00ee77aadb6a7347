# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's side of a node's proof. judge() is pure; prove() reads and judges until nothing is unmet or time is up.

A node keeps its "Ready" and its old runtime version for a while after kubelet has stopped, and its clock may be wrong:
only what *changed* since kubelet stopped counts.
"""

import hashlib
import re
import time

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.entries import pod_entry, read_entry
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.node_runtime import is_unreported, runtime_text
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import condition
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.quantities import quantity
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.queries import group_version

LOOK_EVERY = 2
# Seconds for a pod of a handler that may be missing, once all that must be is there.
OPTIONAL_PATIENCE = 60
DEFAULT_NAMESPACE = "kube-system"
# No handler's name has a space; it is proven, waited for and told as an optional one is.
USER_NAMESPACES = "user namespaces"

# Relative differences that are no difference: a reboot moves memory by some pages, a file system its size by rounding.
_TOLERANCE = {"memory": 0.01, "ephemeral-storage": 0.1}


def heartbeat(client, node_name):
    """{"lease_renew", "heartbeat"} as the API has them now, in the node's own clock. Raises KubeError."""
    return beats(client.get("/api/v1/nodes/%s" % node_name), _read_lease(client, node_name))


def beats(node, lease):
    return {
        "lease_renew": ((lease or {}).get("spec") or {}).get("renewTime"),
        "heartbeat": condition(node, "Ready").get("lastHeartbeatTime"),
    }


def _read_lease(client, node_name):
    try:
        return client.get("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/%s" % node_name)
    except KubeError as exc:
        if exc.status == 404:
            return None
        raise


# --- judging ----------------------------------------------------------------------------------------------------


def unmet_entry(reason, text, **details):
    return {"reason": reason, "text": text, "details": details}


def judge_life(expectation, entry, now):
    """Is it this node, alive since, Ready, on the wanted runtime? [unmet]"""
    unmet = []
    name, since = expectation["node_name"], expectation["since"]
    prefix = expectation["version_prefix"]
    baseline = expectation.get("baseline") or {}
    if baseline.get("uid") and baseline["uid"] != entry["uid"]:
        unmet.append(
            unmet_entry(
                "CRI-VERIFY-NODE",
                "%s was deleted and registered anew: its cordon and annotations are gone" % name,
                seen=entry["uid"],
                wanted=baseline["uid"],
            )
        )
    for key, what in (("lease_renew", "Lease"), ("heartbeat", "Ready heartbeat")):
        if not now.get(key) or now[key] == since.get(key):
            unmet.append(
                unmet_entry(
                    "CRI-VERIFY-HEARTBEAT",
                    "%s: no new %s since kubelet stopped (%s)" % (name, what, now.get(key)),
                    beat=key,
                    seen=now.get(key),
                    since=since.get(key),
                )
            )
    if not entry["ready"]:
        unmet.append(
            unmet_entry(
                "CRI-VERIFY-READY",
                "%s is not Ready: %s" % (name, entry["ready_reason"] or "no reason given"),
                seen=entry["ready_reason"],
            )
        )
    if is_unreported(entry["runtime_version"]):
        # The name alone verifies nothing: the runtime did not answer kubelet. The next status is waited for.
        unmet.append(
            unmet_entry(
                "CRI-VERIFY-RUNTIME",
                "%s is on %s, wanted %s" % (name, runtime_text(entry["runtime_version"]), prefix),
                seen=entry["runtime_version"],
                wanted=prefix,
            )
        )
    elif not entry["runtime_version"].startswith(prefix):
        unmet.append(
            unmet_entry(
                "CRI-VERIFY-RUNTIME",
                "%s reports %s, wanted %s" % (name, entry["runtime_version"], prefix),
                seen=entry["runtime_version"],
                wanted=prefix,
            )
        )
    return unmet


def judge_resources(expectation, entry):
    """Allocatable, extended resources, CSI drivers and pressure as before. [unmet]"""
    unmet = []
    name = expectation["node_name"]
    baseline = expectation.get("baseline") or {}
    for part in ("allocatable", "extended"):
        for resource, wanted in sorted((baseline.get(part) or {}).items()):
            seen = entry[part].get(resource)
            if not same_amount(resource, wanted, seen):
                unmet.append(
                    unmet_entry(
                        "CRI-VERIFY-RESOURCES",
                        "%s: allocatable %s is %s, was %s" % (name, resource, seen, wanted),
                        resource=resource,
                        seen=seen,
                        wanted=wanted,
                    )
                )
    lost = [driver for driver in baseline.get("csi_drivers") or [] if driver not in entry["csi_drivers"]]
    if lost:
        unmet.append(
            unmet_entry(
                "CRI-VERIFY-CSI",
                "%s: CSI drivers not registered again: %s" % (name, ", ".join(lost)),
                seen=entry["csi_drivers"],
                wanted=baseline["csi_drivers"],
            )
        )
    new = [pressure for pressure in entry["pressure"] if pressure not in (baseline.get("pressure") or [])]
    if new:
        unmet.append(
            unmet_entry("CRI-VERIFY-PRESSURE", "%s is under %s, and was not before" % (name, ", ".join(new)), seen=new)
        )
    return unmet


def same_amount(resource, wanted, seen):
    try:
        wanted, seen = quantity(wanted), quantity(seen)
    except ValueError:
        return False
    return abs(wanted - seen) <= _TOLERANCE.get(resource, 0) * abs(wanted)


def own_pods(baseline):
    """The pods of a baseline that belong to the node itself: those of DaemonSets, and static ones."""
    return [pod for pod in baseline.get("pods") or [] if pod["static"] or pod["owner_kind"] == "DaemonSet"]


# What of a pod is compared, and the images that a way back carries.
_KEPT = ("namespace", "name", "owner_kind", "owner_name", "static", "ready", "images")


def remembered(cluster):
    """cluster_info's result without what nobody asks for after the preflight: most of what it says of pods."""
    nodes = {
        name: dict(entry, pods=[{key: pod[key] for key in _KEPT if key in pod} for pod in entry.get("pods") or []])
        for name, entry in (cluster.get("nodes") or {}).items()
    }
    return dict(cluster, nodes=nodes)


def judge_pods(expectation, entry, gone=()):
    """The node's own pods, Ready again on the target. `gone`: keys of DaemonSets that no longer exist. [unmet]"""
    unmet = []
    prefix = expectation["version_prefix"]
    for before in own_pods(expectation.get("baseline") or {}):
        if not before["ready"] or daemonset_key(before) in gone:
            continue
        now = [pod for pod in entry["pods"] if _same_place(before, pod) and not pod["terminating"]]
        what = "static pod" if before["static"] else "pod of DaemonSet %s" % before["owner_name"]
        text = "%s/%s (%s)" % (before["namespace"], before["name"], what)
        if not now:
            unmet.append(_pod_unmet(before, "%s is missing" % text))
            continue
        foreign = [cid for pod in now for cid in pod["container_ids"] if not cid.startswith(prefix)]
        if foreign or not all(pod["container_ids"] for pod in now):
            unmet.append(_pod_unmet(before, "%s has no container of %s yet" % (text, prefix), seen=foreign))
        elif not any(pod["ready"] for pod in now):
            unmet.append(_pod_unmet(before, "%s is not Ready (%s)" % (text, now[0]["phase"]), seen=now[0]["phase"]))
    return unmet


def daemonset_key(pod):
    return None if pod["static"] else (pod["namespace"], pod["owner_name"])


def _same_place(before, pod):
    if before["static"]:
        return pod["static"] and (pod["namespace"], pod["name"]) == (before["namespace"], before["name"])
    keys = ("namespace", "owner_kind", "owner_name")
    return all(pod[key] == before[key] for key in keys)


def _pod_unmet(before, text, **details):
    return unmet_entry("CRI-VERIFY-POD", text, namespace=before["namespace"], name=before["name"], **details)


def judge_probe(handler, pod, prefix):
    """A probe pod, or None when it could not be found. [unmet]"""
    what = "with hostUsers false" if handler == USER_NAMESPACES else "of runtime handler %s" % handler
    if pod is None:
        return [unmet_entry("CRI-VERIFY-PROBE", "no probe pod %s yet" % what, handler=handler)]
    if handler == USER_NAMESPACES and (pod.get("spec") or {}).get("hostUsers") is not False:
        # As an API server does with fields whose feature gate is off: the pod runs, and proves nothing.
        dropped = unmet_entry("CRI-VERIFY-PROBE", "the API server drops a pod's hostUsers", handler=handler)
        return [dict(dropped, final=True)]
    entry = pod_entry(pod)
    ids = entry["container_ids"]
    if entry["ready"] and ids and all(cid.startswith(prefix) for cid in ids):
        return []
    state = _trouble_of(pod)
    return [
        unmet_entry(
            "CRI-VERIFY-PROBE",
            "the probe pod %s does not run: %s" % (what, state),
            handler=handler,
            seen=state,
            phase=entry["phase"],
            container_ids=ids,
        )
    ]


def _trouble_of(pod):
    status = pod.get("status") or {}
    for container in status.get("containerStatuses") or []:
        for state in ("waiting", "terminated"):
            found = (container.get("state") or {}).get(state)
            if found:
                return ": ".join(part for part in (found.get("reason"), found.get("message")) if part)
    return status.get("message") or status.get("reason") or status.get("phase") or "unknown"


# --- probe pods -------------------------------------------------------------------------------------------------


def plan_probes(handlers, runtime_classes):
    """[(handler, RuntimeClass or None)] to prove by a pod each, and [handlers no pod can ask for]. Pure.

    The first handler is the runtime's default: pods without a RuntimeClass use it.
    """
    handlers = [item if isinstance(item, dict) else {"name": item} for item in handlers or [{"name": "default"}]]
    classes: dict = {}
    for item in sorted(runtime_classes, key=lambda rc: rc["name"]):
        classes.setdefault(item["handler"], item["name"])
    planned, out_of_reach = [(handlers[0]["name"], handlers[0].get("runtime_class"))], []
    for item in handlers[1:]:
        runtime_class = item.get("runtime_class") or classes.get(item["name"])
        if runtime_class:
            planned.append((item["name"], runtime_class))
        else:
            out_of_reach.append(item["name"])
    return planned, out_of_reach


def probe_pod(name, namespace, node_name, image, runtime_class, host_users=True):
    spec = {
        "nodeName": node_name,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "pause", "image": image, "imagePullPolicy": "IfNotPresent"}],
    }
    if runtime_class:
        spec["runtimeClassName"] = runtime_class
    if not host_users:
        spec["hostUsers"] = False
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": "cri.switchover"},
        },
        "spec": spec,
    }


def probe_name(run_id, node_name, handler):
    """A valid pod name that no other run, node or handler has."""
    digest = hashlib.sha256(("%s/%s" % (run_id, node_name)).encode("utf-8")).hexdigest()[:12]
    return "cri-probe-%s-%s" % (re.sub("[^a-z0-9]+", "-", handler.lower()).strip("-")[:30], digest)


class Probes(object):
    """The probe pods of one proof: made once the node is alive, looked at with the rest, removed in the end."""

    def __init__(self, client, expectation):
        self.client = client
        self.expectation = expectation
        self.namespace = expectation.get("probe_namespace") or DEFAULT_NAMESPACE
        self.path = "/api/v1/namespaces/%s/pods" % self.namespace
        self.planned = None
        self.out_of_reach = []
        self.made = {}  # handler -> name
        self.ran = {}  # handler -> what was seen, for the report

    def look(self):
        """[unmet]"""
        if not self.expectation.get("pause_image"):
            return [unmet_entry("CRI-VERIFY-PROBE", "no pause image is known to run a probe pod with")]
        if self.planned is None:
            handlers = self.expectation.get("handlers") or []
            on_docker = self.expectation["version_prefix"].startswith("docker:")
            if on_docker:
                handlers = handlers[:1]  # neither dockershim nor cri-dockerd knows any other
            classes = read_runtime_classes(self.client) if len(handlers) > 1 else []
            self.planned, self.out_of_reach = plan_probes(handlers, classes)
            if self.expectation.get("user_namespaces") and not on_docker:
                self.planned = self.planned + [(USER_NAMESPACES, self.planned[0][1])]
        handlers = self.expectation.get("handlers") or []
        optional = [item["name"] for item in handlers if isinstance(item, dict) and item.get("optional")]
        optional.append(USER_NAMESPACES)
        unmet = []
        for handler, runtime_class in self.planned:
            try:
                found = self._look_at(handler, runtime_class)
            except KubeError as exc:
                found = [api_unmet(exc)]
            unmet += [dict(entry, optional=handler) for entry in found] if handler in optional else found
        return unmet

    def _look_at(self, handler, runtime_class):
        expectation = self.expectation
        node_name = expectation["node_name"]
        if handler not in self.made:
            name = probe_name(expectation.get("run_id") or "", node_name, handler)
            body = probe_pod(
                name,
                self.namespace,
                node_name,
                expectation["pause_image"],
                runtime_class,
                host_users=handler != USER_NAMESPACES,
            )
            try:
                self.client.post(self.path, body)
            except KubeError as exc:
                if exc.status != 409:
                    raise
                self._remove(name, 0)  # of an earlier try; the next look makes it anew
                return judge_probe(handler, None, expectation["version_prefix"])
            self.made[handler] = name
        try:
            pod = self.client.get("%s/%s" % (self.path, self.made[handler]))
        except KubeError as exc:
            if exc.status != 404:
                raise
            pod = None
        unmet = judge_probe(handler, pod, expectation["version_prefix"])
        if pod is None or (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
            self._remove(self.made.pop(handler), 0)  # a finished pod never runs again: try with a new one
        elif not unmet:
            entry = pod_entry(pod)
            self.ran[handler] = {"runtime_class": runtime_class, "container_ids": entry["container_ids"]}
        return unmet

    def _remove(self, name, grace):
        try:
            self.client.delete("%s/%s" % (self.path, name), {"gracePeriodSeconds": grace})
        except KubeError as exc:
            if exc.status != 404:
                raise

    def remove(self, proven):
        """A node that is not proven may never report a pod's end: there the object goes at once. [errors]"""
        errors = []
        for name in self.made.values():
            try:
                self._remove(name, 1 if proven else 0)
            except KubeError as exc:
                errors.append("probe pod %s/%s not removed: %s" % (self.namespace, name, exc))
        return errors


def read_runtime_classes(client):
    version = group_version(client, "node.k8s.io", ("v1", "v1beta1"))
    if not version:
        return []
    return [
        {"name": rc["metadata"]["name"], "handler": rc["handler"]}
        for rc in client.items("/apis/node.k8s.io/%s/runtimeclasses" % version)
    ]


# --- proving ----------------------------------------------------------------------------------------------------


def api_unmet(exc):
    return {"reason": exc.reason, "text": exc.message, "details": exc.details}


def prove(client, expectation, deadline, log=None, tick=None):
    """Look until nothing is unmet, or until `deadline` (of time.monotonic()). Never raises for what the API says.

    expectation: node_name, version_prefix ("containerd://"), baseline (the node's entry of cluster_info), since
    (heartbeat() as read while kubelet was down), handlers ([{name, runtime_class?, optional?}], the default one first),
    pause_image, probe_namespace, run_id, user_namespaces (whether a pod with hostUsers false is tried, as an optional
    handler is; it needs what _cgroup_v2.features() says).
    An optional handler that does not work is waited for OPTIONAL_PATIENCE once all else is met, and told as left out;
    what no waiting mends ("final") is not waited for.
    `since` may lack a beat when the API could not be asked while kubelet was down (it ran on this node). Then the Lease
    has to change from its first sight; the status heartbeat, which may come only every five minutes, is not judged.
    `tick` is called before each look. Returns {"ok", "unmet": [{"reason", "text", "details"}], "seen": {...}}.
    """
    log = log or (lambda text: None)
    tick = tick or (lambda: None)
    began = time.monotonic()
    expectation = dict(expectation, since=dict(expectation.get("since") or {}))
    probes = Probes(client, expectation)
    seen: dict = {"node": None, "beats": None, "runtime_version": None, "ready": None, "looks": 0}
    unmet, told, met_at = [], None, None
    client.deadline = deadline
    try:
        while True:
            seen["looks"] += 1
            tick()
            try:
                unmet = _look(client, expectation, probes, seen)
            except KubeError as exc:
                unmet = [api_unmet(exc)]
            texts = [entry["text"] for entry in unmet]
            if texts and texts != told:
                log("; ".join(texts))
                told = texts
            left = deadline - time.monotonic()
            required = [entry for entry in unmet if not entry.get("optional")]
            met_at = None if required else met_at or time.monotonic()
            impatient = met_at and time.monotonic() - met_at >= OPTIONAL_PATIENCE
            if impatient or left <= 0 or all(entry.get("final") for entry in unmet):
                break
            time.sleep(min(LOOK_EVERY, left))
    finally:
        client.deadline = None
        required = [entry for entry in unmet if not entry.get("optional")]
        errors = probes.remove(proven=not required and seen["node"] is not None)
    seen["probes"] = probes.ran
    seen["handlers_without_runtime_class"] = probes.out_of_reach
    seen["left_out"] = {entry["optional"]: entry["text"] for entry in unmet if entry.get("optional")}
    seen["leftovers"] = errors
    seen["seconds"] = round(time.monotonic() - began, 1)
    return {"ok": not required, "unmet": required, "seen": seen}


def _look(client, expectation, probes, seen):
    name, since = expectation["node_name"], expectation["since"]
    node, entry = read_entry(client, name)
    now = beats(node, _read_lease(client, name))
    if not since.get("heartbeat"):
        since["heartbeat"] = "not known"
    if not since.get("lease_renew"):
        since["lease_renew"] = now["lease_renew"]
    seen.update(node=brief(node), beats=now, runtime_version=entry["runtime_version"], ready=entry["ready"])
    unmet = judge_life(expectation, entry, now)
    alive = not unmet
    unmet += judge_resources(expectation, entry)
    unmet += _look_at_pods(client, expectation, entry)
    # A pod bound to a node that is not alive proves nothing and stays behind.
    return unmet + (probes.look() if alive else [])


def _look_at_pods(client, expectation, entry):
    unmet = judge_pods(expectation, entry)
    missing = [item["details"] for item in unmet]
    gone = set()
    for before in own_pods(expectation.get("baseline") or {}):
        key = daemonset_key(before)
        if key and any((m["namespace"], m["name"]) == (before["namespace"], before["name"]) for m in missing):
            try:
                client.get("/apis/apps/v1/namespaces/%s/daemonsets/%s" % key)
            except KubeError as exc:
                if exc.status == 404:
                    gone.add(key)
                # any other refusal: the DaemonSet counts as there
    return judge_pods(expectation, entry, gone) if gone else unmet


def brief(node):
    """A node object without its bulk, for gates and reports."""
    meta = {key: value for key, value in node["metadata"].items() if key != "managedFields"}
    status = {key: value for key, value in (node.get("status") or {}).items() if key != "images"}
    return {"metadata": meta, "spec": node.get("spec") or {}, "status": status}
