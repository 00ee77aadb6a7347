# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster says of a node and of its pods. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import difflib

from ansible_collections.cri.switchover.plugins.module_utils._cluster import (
    CORDON_ANNOTATION,
    LEASE_RIGHTS,
    docker_path,
)
from ansible_collections.cri.switchover.plugins.module_utils._findings_base import (
    BLOCKER,
    FLEET,
    NOTE,
    WARNING,
    dig,
    finding,
    listed,
    version,
)

PREFIXES = {"docker": "docker://", "containerd": "containerd://", "crio": "cri-o://"}
ENDED = ("Succeeded", "Failed")


def node_name(info, settings):
    """The node's name in the cluster: the operator's word, or what kubelet registered as."""
    return settings.get("node_name") or dig(info, "node_name")


def judge_api(cluster, allowed=()):
    """Whether the cluster can be asked, and will allow what a run does. About the run as a whole."""
    if not cluster or not cluster.get("reachable"):
        error = dig(cluster or {}, "error", {})
        text = error.get("msg") if isinstance(error, dict) else error
        yield finding(
            BLOCKER,
            "API",
            FLEET,
            "the cluster's API (%s) cannot be used: %s"
            % (dig(cluster or {}, "server", "no server is known"), text or "nothing was read from it"),
            "see switchover_kubeconfig, switchover_context and K8S_AUTH_*; they count on the machine that runs Ansible",
            server=dig(cluster or {}, "server"),
            error=error,
        )
        return
    missing = cluster.get("missing_rights") or []
    lease = [right for right in missing if right in LEASE_RIGHTS]
    if lease:
        yield finding(
            BLOCKER,
            "LEASE-RIGHTS",
            FLEET,
            "the credentials may not: %s. Nothing would keep a second rollout off this cluster" % listed(lease),
            "grant it to them, in the namespace kube-system",
            "no-lease",
            allowed,
            rights=lease,
        )
    for right in missing:
        if right in LEASE_RIGHTS:
            continue
        yield finding(
            BLOCKER,
            "RIGHTS",
            FLEET,
            "the credentials may not: %s" % right,
            "grant it to them (kubectl auth can-i --list shows what they may)",
            right=right,
        )


def judge_node(node, info, cluster, settings):
    """The node's own entry."""
    name = node_name(info, settings)
    entry = dig(cluster, "nodes", {}).get(name)
    if entry is None:
        known = cluster.get("node_names") or sorted(cluster.get("nodes") or {})
        near = difflib.get_close_matches(str(name), known, 1)
        yield finding(
            BLOCKER,
            "NODE-NAME",
            node,
            "the cluster has no node %s%s" % (name, "; did you mean %s?" % near[0] if near else ""),
            "set switchover_node_name for this host, or check switchover_kubeconfig: it may lead to another cluster "
            "(its nodes: %s)"
            % listed(known),
            seen=name,
            nodes=known[:50],
        )
        return
    if settings.get("node_name") and name != dig(info, "node_name"):
        yield finding(
            WARNING,
            "NODE-NAME",
            node,
            "switchover_node_name is %s, but kubelet here calls itself %s" % (name, dig(info, "node_name")),
            "the setting counts: be sure that it is this machine, since %s will be drained" % name,
            seen=dig(info, "node_name"),
            wanted=name,
        )
    runtime = dig(info, "runtime.in_use")
    if runtime in PREFIXES and not str(entry.get("runtime_version")).startswith(PREFIXES[runtime]):
        yield finding(
            BLOCKER,
            "NODE-MISMATCH",
            node,
            "kubelet here uses %s, but the cluster's node %s runs %s" % (runtime, name, entry.get("runtime_version")),
            "is this the machine behind that node? See switchover_node_name; or wait for kubelet's next report",
            seen=runtime,
            cluster=entry.get("runtime_version"),
        )
    running, on_disk = version(entry.get("kubelet_version")), version(dig(info, "kubelet.version"))
    if running and on_disk and running != on_disk:
        yield finding(
            BLOCKER,
            "KUBELET-RESTART",
            node,
            "kubelet runs as %s, but %s is installed: the cutover's restart would change its version too"
            % (entry.get("kubelet_version"), dig(info, "kubelet.version")),
            "finish the upgrade of Kubernetes on this node first (restart kubelet)",
            running=entry.get("kubelet_version"),
            installed=dig(info, "kubelet.version"),
        )
    if not entry.get("ready"):
        yield finding(
            BLOCKER,
            "NOT-READY",
            node,
            "node %s is not Ready: %s" % (name, entry.get("ready_reason") or "no reason given"),
            "bring it to Ready first: afterwards nobody could tell what broke it",
        )
    if entry.get("pressure"):
        yield finding(
            WARNING,
            "PRESSURE",
            node,
            "node %s reports %s" % (name, listed(entry["pressure"])),
            "relieve it first: pods are being evicted",
            pressure=entry["pressure"],
        )
    if CORDON_ANNOTATION in (entry.get("annotations") or {}):
        yield finding(
            NOTE,
            "CORDONED-BY-RUN",
            node,
            "node %s is still cordoned by an earlier run of this collection" % name,
            "this run undoes it, when it switches the node or takes it up; else: kubectl uncordon it once it works",
        )
    elif entry.get("unschedulable"):
        yield finding(NOTE, "CORDONED", node, "somebody has cordoned node %s" % name, "it stays cordoned afterwards")


def judge_pods(node, info, cluster, settings):
    """Pods that a drain would refuse, and pods that lean on Docker."""
    name = node_name(info, settings)
    pods = (dig(cluster, "nodes", {}).get(name) or {}).get("pods") or []
    evicted = [
        p for p in pods if not p.get("static") and p.get("owner_kind") != "DaemonSet" and p.get("phase") not in ENDED
    ]
    bare = [_pod(p) for p in evicted if not p.get("owner_kind")]
    if bare and not settings.get("drain_force"):
        yield finding(
            BLOCKER,
            "UNMANAGED-PODS",
            node,
            "pods that no controller would start again: %s" % listed(bare),
            "remove them, give them a controller, or let them go: switchover_drain_force: true",
            pods=bare,
        )
    local = [_pod(p) for p in evicted if p.get("emptydir")]
    if local and not settings.get("drain_delete_emptydir"):
        yield finding(
            BLOCKER,
            "EMPTYDIR-PODS",
            node,
            "pods with emptyDir volumes, whose data the drain deletes: %s" % listed(local),
            "let it go: switchover_drain_delete_emptydir: true",
            pods=local,
        )
    by_digest = sorted(set(image for p in pods for image in p.get("images") or [] if "@sha256:" in image))
    if by_digest:
        yield finding(
            WARNING,
            "DIGEST-IMAGES",
            node,
            "pods name images by digest, which no runtime can hand over: %s" % listed(by_digest, 4),
            "they are pulled from their registry before any node is drained, and the run stops when that fails",
            images=by_digest,
        )
    if cluster.get("runner", {}).get("on_node") == name:
        yield finding(
            BLOCKER,
            "RUNNER",
            node,
            "this very run of Ansible lives on node %s, which it would drain" % name,
            "run it from a machine outside the cluster, or leave this node out (switchover_skip: true)",
        )


def _pod(pod):
    return "%s/%s" % (pod.get("namespace"), pod.get("name"))


def _leans_on_docker(path, data_root):
    root = data_root.rstrip("/")
    return bool(docker_path(path)) or (path + "/").startswith(root + "/") or root.startswith(path.rstrip("/") + "/")


def judge_docker_mounts(node, info, cluster, settings):
    """Pods of this node that mount Docker's socket or directories, but for those of workloads: see below."""
    data_root = dig(info, "docker.data_root") or "/var/lib/docker"
    name = node_name(info, settings)
    workloads = set(_mount(m) for m in cluster.get("docker_mounts") or [] if not m.get("node"))
    found, static = {}, set()
    for pod in info.get("static_pods") or []:
        paths = [path for path in pod.get("host_paths") or [] if _leans_on_docker(path, data_root)]
        static.add("%s-%s" % (_pod(pod), name))
        if paths:
            found["static pod %s" % _pod(pod)] = paths
    for pod in (dig(cluster, "nodes", {}).get(name) or {}).get("pods") or []:
        paths = [path for path in pod.get("host_paths") or [] if _leans_on_docker(path, data_root)]
        owner = "%s %s/%s" % (pod.get("owner_kind"), pod.get("namespace"), pod.get("owner_name"))
        above = "Deployment %s/%s" % (pod.get("namespace"), str(pod.get("owner_name")).rpartition("-")[0])
        if paths and _pod(pod) not in static and owner not in workloads and above not in workloads:
            found["pod %s" % _pod(pod)] = paths
    if found:
        yield finding(
            BLOCKER,
            "DOCKER-MOUNTS",
            node,
            "pods mount Docker's socket or directories: %s"
            % listed("%s (%s)" % (k, listed(found[k], 3)) for k in sorted(found)),
            "change them to work without Docker",
            "docker-socket-mounts",
            settings.get("allow") or (),
            mounts=found,
        )


def _mount(mount):
    return "%s %s/%s" % (mount.get("kind"), mount.get("namespace"), mount.get("name"))


def judge_workloads(cluster, settings):
    """Workloads that mount Docker's socket or directories, and budgets that allow no eviction. About the whole run."""
    for mount in cluster.get("docker_mounts") or []:
        if not mount.get("node") and settings.get("goal") != "revert":
            yield finding(
                BLOCKER,
                "DOCKER-MOUNTS",
                FLEET,
                "%s mounts Docker's socket or directories: %s" % (_mount(mount), listed(mount.get("paths") or [])),
                "change it to work without Docker",
                "docker-socket-mounts",
                settings.get("allow") or (),
                mount=mount,
            )
    tight = [
        "%s/%s" % (p.get("namespace"), p.get("name"))
        for p in cluster.get("pdbs") or []
        if p.get("allowed") == 0 and p.get("expected", 1) > 0
    ]
    if tight:
        yield finding(
            WARNING,
            "PDB",
            FLEET,
            "these PodDisruptionBudgets allow no eviction now: %s" % listed(tight),
            "a drain waits for them until switchover_drain_timeout and then fails: see that their pods are healthy, "
            "or leave room for one disruption",
            pdbs=tight,
        )
