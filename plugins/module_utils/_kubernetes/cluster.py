# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster says of its nodes, as small plain entries. Pure, but for gather() and its helpers at the end."""

import errno
import os
import posixpath
import socket
import time

from ansible_collections.cri.switchover.plugins.module_utils._drain import plan
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import external_controllers, selectors
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import owners as pod_owners
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import (
    KubeError,
    minor_version,
)
from ansible_collections.cri.switchover.plugins.module_utils._rollout import health

CORDON_ANNOTATION = "cri.switchover/cordon"
SOCKET_ANNOTATION = "kubeadm.alpha.kubernetes.io/cri-socket"
MIRROR_ANNOTATION = "kubernetes.io/config.mirror"

# Below this number of namespaces, one list of PodDisruptionBudgets for each is cheaper than those of the whole cluster.
FEW_NAMESPACES = 5
# From the API server's memory, where it has an index by node, and not through all pods of etcd.
CACHED = {"resourceVersion": "0"}

_KEPT_LABELS = (
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
    "kubernetes.io/os",
    "kubernetes.io/hostname",
)
_ROLE_LABEL = "node-role.kubernetes.io/"
_NATIVE = ("cpu", "memory", "pods", "ephemeral-storage", "storage")
_PRESSURES = ("DiskPressure", "MemoryPressure", "PIDPressure")

_SOCKETS = ("/run/docker.sock", "/run/dockershim.sock", "/run/cri-dockerd.sock")
_DATA = ("/var/lib/docker", "/etc/docker", "/run/docker", "/var/lib/dockershim")


# --- quantities -------------------------------------------------------------------------------------------------

_SUFFIXES = {
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "E": 1e18,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
    "Pi": 2.0**50,
    "Ei": 2.0**60,
}


def quantity(text):
    """A Kubernetes quantity ("3920m", "16Gi", "1e3") as a number."""
    text = str(text).strip()
    for length in (2, 1):
        factor = _SUFFIXES.get(text[-length:])
        if factor is not None and len(text) > length:
            return float(text[:-length]) * factor
    return float(text)


# --- entries ----------------------------------------------------------------------------------------------------


def controller_of(obj):
    """(kind, name) of the owner that manages an object, or (None, None)."""
    for owner in obj["metadata"].get("ownerReferences") or []:
        if owner.get("controller"):
            return owner.get("kind"), owner.get("name")
    return None, None


def is_static(pod):
    return MIRROR_ANNOTATION in (pod["metadata"].get("annotations") or {})


def condition(obj, name):
    for found in (obj.get("status") or {}).get("conditions") or []:
        if found.get("type") == name:
            return found
    return {}


def host_paths(pod_spec):
    return sorted(
        set(
            volume["hostPath"].get("path", "")
            for volume in pod_spec.get("volumes") or []
            if volume.get("hostPath") is not None
        )
    )


def pod_entry(pod, pdbs=(), pdb_version="v1", owners=None):
    """pdbs: objects. owners: what is known of controllers, as _owners.judge takes it."""
    gone, single = pod_owners.judge(pod_owners.reference(pod), owners or {})
    meta, spec, status = pod["metadata"], pod.get("spec") or {}, pod.get("status") or {}
    kind, name = controller_of(pod)
    containers = status.get("containerStatuses") or []
    return {
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
        "owner_kind": kind,
        "owner_name": name,
        "owner_gone": gone,
        "owner_single": single,
        "labels": meta.get("labels") or {},
        "pdbs": selectors.pdbs_of(pod, pdbs, pdb_version),
        "tolerates_cordon": plan.tolerates_cordon(pod),
        "static": is_static(pod),
        "host_network": bool(spec.get("hostNetwork")),
        "phase": status.get("phase"),
        "ready": condition(pod, "Ready").get("status") == "True",
        "terminating": bool(meta.get("deletionTimestamp")),
        "images": sorted(
            set(c["image"] for key in ("initContainers", "containers") for c in spec.get(key) or [] if c.get("image"))
        ),
        "image_ids": sorted(
            set(
                c["imageID"]
                for key in ("initContainerStatuses", "containerStatuses")
                for c in status.get(key) or []
                if c.get("imageID")
            )
        ),
        "host_paths": host_paths(spec),
        "runtime_class": spec.get("runtimeClassName"),
        "emptydir": any(volume.get("emptyDir") is not None for volume in spec.get("volumes") or []),
        "grace": spec.get("terminationGracePeriodSeconds"),
        "container_ids": [c["containerID"] for c in containers if c.get("containerID")],
    }


def node_entry(node, csinode, pods, topology_key=None):
    """pods: entries of pod_entry."""
    meta, spec, status = node["metadata"], node.get("spec") or {}, node.get("status") or {}
    info = status.get("nodeInfo") or {}
    allocatable = status.get("allocatable") or {}
    addresses = {a.get("type"): a.get("address") for a in reversed(status.get("addresses") or [])}
    labels = meta.get("labels") or {}
    ready = condition(node, "Ready")
    return {
        "uid": meta["uid"],
        "unschedulable": bool(spec.get("unschedulable")),
        "ready": ready.get("status") == "True",
        "ready_reason": ready.get("message") or ready.get("reason"),
        "pressure": [name for name in _PRESSURES if condition(node, name).get("status") == "True"],
        "kubelet_version": info.get("kubeletVersion"),
        "runtime_version": info.get("containerRuntimeVersion"),
        "annotations": {
            key: value
            for key, value in (meta.get("annotations") or {}).items()
            if key == SOCKET_ANNOTATION or key.startswith("cri.switchover/")
        },
        "labels": {
            key: labels[key] for key in labels if key in _KEPT_LABELS + (topology_key,) or key.startswith(_ROLE_LABEL)
        },
        "taints": [{k: t[k] for k in ("key", "value", "effect") if t.get(k)} for t in spec.get("taints") or []],
        "internal_ip": addresses.get("InternalIP"),
        "hostname": addresses.get("Hostname"),
        "pod_cidr": spec.get("podCIDR"),
        "allocatable": {key: allocatable[key] for key in allocatable if is_native(key)},
        "extended": {key: allocatable[key] for key in allocatable if not is_native(key)},
        "csi_drivers": sorted(d["name"] for d in ((csinode or {}).get("spec") or {}).get("drivers") or []),
        "pods": sorted(pods, key=lambda pod: (pod["namespace"], pod["name"])),
    }


def is_native(resource):
    """Resources that kubelet itself computes; all others come from device plugins or from hand-made patches."""
    return resource in _NATIVE or resource.startswith("hugepages-")


# --- what leans on Docker ---------------------------------------------------------------------------------------


def docker_path(path):
    """Why a hostPath gives a pod Docker: "socket", "data", "parent" (a directory above either), or None."""
    path = posixpath.normpath(path) if path else "/"
    path = "/" + path.lstrip("/")
    if path == "/var/run" or path.startswith("/var/run/"):
        path = path[len("/var") :]
    if path in _SOCKETS:
        return "socket"
    if any(path == data or path.startswith(data + "/") for data in _DATA):
        return "data"
    above = path.rstrip("/") + "/"
    if any(known.startswith(above) for known in _SOCKETS + _DATA):
        return "parent"
    return None


def docker_paths(paths):
    return [path for path in paths if docker_path(path)]


def pod_spec_of(obj):
    spec = obj.get("spec") or {}
    if "jobTemplate" in spec:
        spec = spec["jobTemplate"].get("spec") or {}
    return (spec.get("template") or {}).get("spec") or {}


def mount_entry(kind, meta, paths, node=None):
    entry = {
        "kind": kind,
        "namespace": meta["namespace"],
        "name": meta["name"],
        "paths": paths,
        "why": sorted(set(docker_path(path) for path in paths)),
    }
    if node:
        entry["node"] = node
    return entry


def docker_mounts(workloads, nodes):
    """Workloads, {kind: [objects]}, that mount Docker; then the pods of `nodes` that none of them explains."""
    found = []
    for kind in sorted(workloads):
        for obj in workloads[kind]:
            if kind == "Job" and controller_of(obj)[0] == "CronJob":
                continue
            paths = docker_paths(host_paths(pod_spec_of(obj)))
            if paths:
                found.append(mount_entry(kind, obj["metadata"], paths))
    known = set((entry["kind"], entry["namespace"], entry["name"]) for entry in found)
    for node in sorted(nodes):
        for pod in nodes[node]["pods"]:
            paths = docker_paths(pod["host_paths"])
            if paths and not _explained(pod, known):
                found.append(mount_entry("Pod", pod, paths, node))
    return found


def _explained(pod, known):
    kind, name, namespace = pod["owner_kind"], pod["owner_name"] or "", pod["namespace"]
    # A Deployment's ReplicaSet and a CronJob's Job carry its name and one more word.
    above = {"ReplicaSet": "Deployment", "Job": "CronJob"}.get(kind)
    return (kind, namespace, name) in known or (above, namespace, name.rpartition("-")[0]) in known


# --- room -------------------------------------------------------------------------------------------------------

ROOM = ("cpu", "memory", "pods")


def requests(pod):
    """What a pod asks for: the sum of its containers, or more where an init container asks for more."""
    spec = pod.get("spec") or {}

    def asked(container, resource):
        return quantity(((container.get("resources") or {}).get("requests") or {}).get(resource) or 0)

    found = {"pods": 1.0}
    for resource in ("cpu", "memory"):
        both = sum(asked(container, resource) for container in spec.get("containers") or [])
        found[resource] = max([both] + [asked(container, resource) for container in spec.get("initContainers") or []])
    return found


def room_entry(node, pods):
    """{moves: what a drain of the node sets in motion, free: what it could take; None when it takes no pods}"""
    spec, allocatable = node.get("spec") or {}, (node.get("status") or {}).get("allocatable") or {}
    moves, used = dict.fromkeys(ROOM, 0.0), dict.fromkeys(ROOM, 0.0)
    for pod in pods:
        if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            continue
        asked = requests(pod)
        stays = is_static(pod) or controller_of(pod)[0] == "DaemonSet"
        for resource in ROOM:
            used[resource] += asked[resource]
            moves[resource] += 0 if stays else asked[resource]
    closed = spec.get("unschedulable") or condition(node, "Ready").get("status") != "True"
    if closed or any(taint.get("effect") != "PreferNoSchedule" for taint in spec.get("taints") or []):
        return {"moves": moves, "free": None}
    free = {resource: max(0.0, quantity(allocatable.get(resource) or 0) - used[resource]) for resource in ROOM}
    return {"moves": moves, "free": free}


# --- rights -----------------------------------------------------------------------------------------------------


# In the certificate of every API server: pods reach it by that name.
APISERVER_NAME = "kubernetes.default.svc"

# Asked for, but not counted as missing: needed only by a drain that does without the eviction API, and to ask each of
# several API servers whether it is ready.
DELETE_RIGHT = "delete pods"
ENDPOINTS_RIGHT = "get endpoints in default"
# Only for those who declare runtime handlers.
CLASS_RIGHTS = ("create runtimeclasses", "patch runtimeclasses")


def rights_needed(probe_namespace):
    """[(name, what a SelfSubjectAccessReview asks)]"""

    def right(verb, group, resource, namespace=None, subresource=None, name=None, of=None):
        attributes = {"verb": verb, "group": group, "resource": resource}
        if namespace:
            attributes["namespace"] = namespace
        if subresource:
            attributes["subresource"] = subresource
        if of:
            attributes["name"] = of
        name = name or "%s %s" % (verb, resource) + (" in %s" % namespace if namespace else "")
        return name, attributes

    return [
        right("get", "", "nodes"),
        right("list", "", "nodes"),
        right("patch", "", "nodes"),
        right("get", "", "endpoints", "default", name=ENDPOINTS_RIGHT, of="kubernetes"),
        right("list", "", "pods"),
        right("watch", "", "pods"),
        right("create", "", "pods", subresource="eviction", name="evict pods"),
        right("delete", "", "pods", name=DELETE_RIGHT),
        right("list", "policy", "poddisruptionbudgets"),
        right("get", "coordination.k8s.io", "leases", "kube-node-lease"),
        right("list", "coordination.k8s.io", "leases", "kube-node-lease"),
        right("get", "storage.k8s.io", "csinodes"),
        right("list", "storage.k8s.io", "csinodes"),
        right("create", "", "pods", probe_namespace),
        right("get", "", "pods", probe_namespace),
        right("delete", "", "pods", probe_namespace),
        right("get", "", "replicationcontrollers", subresource="scale", name="get replicationcontrollers/scale"),
        right("get", "", "persistentvolumeclaims"),
        right("get", "storage.k8s.io", "volumeattachments"),
        right("list", "storage.k8s.io", "volumeattachments"),
        right("get", "apps", "daemonsets"),
        right("get", "apps", "replicasets", subresource="scale", name="get replicasets/scale"),
        right("get", "apps", "statefulsets", subresource="scale", name="get statefulsets/scale"),
        right("get", "batch", "jobs"),
        right("list", "apps", "daemonsets"),
        right("list", "apps", "deployments"),
        right("list", "apps", "statefulsets"),
        right("list", "batch", "jobs"),
        right("list", "batch", "cronjobs"),
        right("list", "node.k8s.io", "runtimeclasses"),
        right("create", "node.k8s.io", "runtimeclasses"),
        right("patch", "node.k8s.io", "runtimeclasses"),
        # A name cannot limit what is created; it may limit the others.
        right("create", "coordination.k8s.io", "leases", "kube-system"),
        right("get", "coordination.k8s.io", "leases", "kube-system", of="cri-switchover"),
        right("patch", "coordination.k8s.io", "leases", "kube-system", of="cri-switchover"),
        ("get /readyz", {"verb": "get", "path": "/readyz"}),
    ]


# Of those, what is needed for the Lease that keeps two rollouts apart: without them it can be done, too.
LEASE_RIGHTS = tuple("%s leases in kube-system" % verb for verb in ("create", "get", "patch"))


# --- reading ----------------------------------------------------------------------------------------------------


def group_version(client, group, wanted):
    """The first of the wanted versions that the server has of an API group, or None."""
    try:
        served = [version["version"] for version in client.get("/apis/%s" % group).get("versions") or []]
    except KubeError as exc:
        if exc.status == 404:
            return None
        raise
    for version in wanted:
        if version in served:
            return version
    return None


def read_pods(client, node_name):
    return client.items("/api/v1/pods", {"fieldSelector": "spec.nodeName=%s" % node_name})


def read_csinode(client, node_name):
    try:
        return client.get("/apis/storage.k8s.io/v1/csinodes/%s" % node_name)
    except KubeError as exc:
        if exc.status == 404:
            return None
        raise


def read_entry(client, node_name):
    """One node as in the answer of gather()."""
    node = client.get("/api/v1/nodes/%s" % node_name)
    pods = [pod_entry(pod) for pod in read_pods(client, node_name)]
    return node, node_entry(node, read_csinode(client, node_name), pods)


def read_pdbs(client, namespaces=None, version=None):
    """(version, objects), of some namespaces or of all."""
    version = version or group_version(client, "policy", ("v1", "v1beta1"))
    if version is None:
        return None, []
    if namespaces is None or len(namespaces) > FEW_NAMESPACES:
        return version, client.items("/apis/policy/%s/poddisruptionbudgets" % version, CACHED)
    path = "/apis/policy/%s/namespaces/%s/poddisruptionbudgets"
    return version, [pdb for name in sorted(namespaces) for pdb in client.items(path % (version, name), CACHED)]


def read_apiservers(client):
    """[host:port] of the cluster's API servers, where there are several of them."""
    try:
        found = health.apiservers(client.get("/api/v1/namespaces/default/endpoints/kubernetes"))
    except KubeError as exc:
        if exc.status != 404:
            raise
        return []
    # Of a single one, the server that is asked anyway says the same.
    return found if len(found) > 1 else []


def ask_apiservers(client, addresses):
    """{host:port: why that API server is not ready, or None}"""
    found = {}
    for address in addresses:
        trouble = client.peer(address, APISERVER_NAME).ready()
        found[address] = trouble.message if trouble else None
    return found


def read_control_plane(client):
    selector = "component in (%s)" % ",".join(health.COMPONENTS)
    return client.items("/api/v1/namespaces/kube-system/pods", {"labelSelector": selector})


def read_rooms(client):
    """{node: room_entry} of the whole cluster."""
    nodes, pods = client.items("/api/v1/nodes"), _all_pods(client)
    return {node["metadata"]["name"]: room_entry(node, pods.get(node["metadata"]["name"], [])) for node in nodes}


def pdb_entry(pdb):
    meta, spec, status = pdb["metadata"], pdb.get("spec") or {}, pdb.get("status") or {}
    return {
        "namespace": meta["namespace"],
        "name": meta["name"],
        "allowed": status.get("disruptionsAllowed", 0),
        "expected": status.get("expectedPods", 0),
        "healthy": status.get("currentHealthy", 0),
        "desired": status.get("desiredHealthy", 0),
        "min_available": spec.get("minAvailable"),
        "max_unavailable": spec.get("maxUnavailable"),
        "selector": spec.get("selector"),
    }


def unreachable(exc, server=None):
    """The `cluster` of an API that could not be asked."""
    return {
        "reachable": False,
        "error": {"reason": exc.reason, "msg": exc.message, "details": exc.details},
        "server": server,
        "server_version": None,
        "server_minor": [0, 0],
        "rights": {},
        "missing_rights": [],
        "nodes": {},
        "missing_nodes": [],
        "node_names": [],
        "docker_nodes": [],
        "pdbs": [],
        "docker_mounts": [],
        "room": {},
        "baseline": {},
        "runtime_classes": [],
        "runner": {"on_node": None},
        "neighbours": {"kured": None, "groups": []},
    }


def gather(client, wanted=None, probe_namespace="kube-system", topology_key=None):
    """The `cluster` of module cluster_info. What a missing right hides is left empty, and the right is named."""
    try:
        version = client.get("/version")
        cluster = {
            "reachable": True,
            "server": client.server,
            "server_version": version.get("gitVersion"),
            "server_minor": list(minor_version(version)),
        }
        _read_rights(client, cluster, probe_namespace)
        _read_cluster(client, cluster, wanted, topology_key)
        return cluster
    except KubeError as exc:
        return unreachable(exc, client.server)


def _read_rights(client, cluster, probe_namespace):
    rights = {}
    for name, attributes in rights_needed(probe_namespace):
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"nonResourceAttributes" if "path" in attributes else "resourceAttributes": attributes},
        }
        answer = client.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
        rights[name] = bool((answer.get("status") or {}).get("allowed"))
    cluster["rights"] = rights
    dispensable = (DELETE_RIGHT, ENDPOINTS_RIGHT) + CLASS_RIGHTS
    cluster["missing_rights"] = [name for name in rights if not rights[name] and name not in dispensable]


def _read_cluster(client, cluster, wanted, topology_key):
    rights = cluster["rights"]

    def allowed(resource, path):
        return client.items(path) if rights["list %s" % resource] else []

    all_nodes = {node["metadata"]["name"]: node for node in allowed("nodes", "/api/v1/nodes")}
    if not all_nodes and rights["get nodes"]:
        all_nodes = _nodes_one_by_one(client, wanted or [])
    cluster["node_names"] = sorted(all_nodes)
    cluster["docker_nodes"] = [name for name in cluster["node_names"] if _is_on_docker(all_nodes[name])]
    names = sorted(set(wanted) if wanted else all_nodes)
    cluster["missing_nodes"] = [name for name in names if name not in all_nodes]
    names = [name for name in names if name in all_nodes]

    csinodes = {c["metadata"]["name"]: c for c in allowed("csinodes", "/apis/storage.k8s.io/v1/csinodes")}
    # Of all nodes: what leaves one node finds its room on any other.
    pods = _all_pods(client) if rights["list pods"] else {}
    complete = rights["list pods"] and rights["list nodes"]
    cluster["room"] = {n: room_entry(all_nodes[n], pods.get(n, [])) for n in all_nodes} if complete else {}

    version, pdbs = read_pdbs(client) if rights["list poddisruptionbudgets"] else (None, [])
    cluster["pdbs"] = [pdb_entry(pdb) for pdb in pdbs]

    batch = group_version(client, "batch", ("v1",))
    cronjobs = "v1" if cluster["server_minor"] >= [1, 21] else "v1beta1"
    workloads = {
        "DaemonSet": allowed("daemonsets", "/apis/apps/v1/daemonsets"),
        "Deployment": allowed("deployments", "/apis/apps/v1/deployments"),
        "StatefulSet": allowed("statefulsets", "/apis/apps/v1/statefulsets"),
        "Job": allowed("jobs", "/apis/batch/v1/jobs") if batch else [],
        "CronJob": allowed("cronjobs", "/apis/batch/%s/cronjobs" % cronjobs) if batch else [],
    }
    listed = [kind for kind in workloads if rights["list %ss" % kind.lower()] and (batch or "Job" not in kind)]
    owners = _owners_of(client, [pod for name in names for pod in pods.get(name, [])], workloads, listed)

    def entries(name):
        return [pod_entry(pod, pdbs, version or "v1", owners) for pod in pods.get(name, [])]

    cluster["nodes"] = {
        name: node_entry(all_nodes[name], csinodes.get(name), entries(name), topology_key) for name in names
    }
    cluster["docker_mounts"] = docker_mounts(workloads, cluster["nodes"])
    control_plane = read_control_plane(client) if rights["list pods"] else []
    apiservers = ask_apiservers(client, read_apiservers(client) if rights[ENDPOINTS_RIGHT] else [])
    # One that cannot be reached from here is none that could be missed.
    ready = [address for address in apiservers if apiservers[address] is None]
    cluster["baseline"] = health.baseline(workloads, control_plane, client.server_time or time.time(), ready)

    node_api = group_version(client, "node.k8s.io", ("v1", "v1beta1"))
    classes = allowed("runtimeclasses", "/apis/node.k8s.io/%s/runtimeclasses" % node_api) if node_api else []
    cluster["runtime_classes"] = [{"name": rc["metadata"]["name"], "handler": rc["handler"]} for rc in classes]
    cluster["neighbours"] = {
        "kured": external_controllers.kured(workloads["DaemonSet"]),
        "groups": _read_groups(client),
    }
    in_pod = bool(os.environ.get("KUBERNETES_SERVICE_HOST"))
    on_node = runner_node(all_nodes, cluster["nodes"], socket.gethostname(), in_pod, has_address)
    cluster["runner"] = {"on_node": on_node}


def _owners_of(client, pods, workloads, listed):
    """What is known of the pods' controllers. Of ReplicaSets, which nobody lists, through their Deployments: those that
    seem to have none are asked for one by one."""
    objects = {
        (kind, obj["metadata"]["namespace"], obj["metadata"]["name"]): obj for kind in listed for obj in workloads[kind]
    }
    facts: dict = {}
    for pod in pods:
        owner = pod_owners.reference(pod)
        if owner is None or owner[:3] in facts:
            continue
        kind, namespace, name, uid = owner
        deployment = objects.get(("Deployment", namespace, name.rpartition("-")[0]))
        if kind in listed:
            found = objects.get(owner[:3])
            facts[owner[:3]] = found and pod_owners.fact(found)
        elif kind == "ReplicaSet" and deployment:
            facts[owner[:3]] = {"uid": uid, "replicas": (deployment.get("spec") or {}).get("replicas")}
        else:
            facts[owner[:3]] = pod_owners.read(client, owner)
    return facts


def _is_on_docker(node):
    version = ((node.get("status") or {}).get("nodeInfo") or {}).get("containerRuntimeVersion")
    return str(version).startswith(health.PREFIXES["docker"])


def _read_groups(client):
    """A hint only: who may not ask for it, which by default all may, does not get it."""
    try:
        return external_controllers.known_groups(client.get("/apis").get("groups") or [])
    except KubeError as exc:
        if exc.status != 403:
            raise
        return []


def _nodes_one_by_one(client, names):
    found = {}
    for name in names:
        try:
            found[name] = client.get("/api/v1/nodes/%s" % name)
        except KubeError as exc:
            if exc.status != 404:
                raise
    return found


def _all_pods(client):
    found: dict = {}
    for pod in client.items("/api/v1/pods"):
        found.setdefault((pod.get("spec") or {}).get("nodeName"), []).append(pod)
    return found


def runner_node(all_nodes, entries, hostname, in_pod, is_local):
    """The node this process lives on: as one of its pods, or because the machine has the node's address."""
    if in_pod:
        for name in sorted(entries):
            if any(pod["name"] == hostname for pod in entries[name]["pods"]):
                return name
    for name in sorted(all_nodes):
        for address in (all_nodes[name].get("status") or {}).get("addresses") or []:
            if address.get("type") == "InternalIP" and is_local(address.get("address")):
                return name
            if address.get("type") == "Hostname" and (address.get("address") or "").lower() == hostname.lower():
                return name
    return None


def has_address(address):
    """Whether an IP address is one of this machine: only such an address can be bound."""
    return _can_bind(address) and not _can_bind("2001:db8::1" if ":" in (address or "") else "192.0.2.1")


def _can_bind(address):
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
        return True
    except (OSError, TypeError) as exc:
        if isinstance(exc, OSError) and exc.errno == errno.EACCES:
            return True
        return False
