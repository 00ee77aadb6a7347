# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster says of a node and of its pods. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import difflib

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import (
    BLOCKER,
    FLEET,
    NOTE,
    WARNING,
    finding,
)
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed, version
from ansible_collections.cri.switchover.plugins.module_utils._drain import pod_rules
from ansible_collections.cri.switchover.plugins.module_utils._drain.cordon import parse_cordon
from ansible_collections.cri.switchover.plugins.module_utils._drain.options import DEFAULTS
from ansible_collections.cri.switchover.plugins.module_utils._drain.plan import plan_pods
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.docker_mounts import docker_path
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.node_runtime import (
    RUNTIME_PREFIXES,
    is_unreported,
    runtime_text,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import CORDON_ANNOTATION
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.rights import DELETE_RIGHT, LEASE_RIGHTS
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.selectors import parse


def node_name(info, settings):
    """The node's name in the cluster: the operator's word, or what kubelet registered as."""
    return settings.get("node_name") or dig(info, "node_name")


def last_seen(cluster, name):
    """What the cluster knows of a node that cannot be read, to be added to a sentence."""
    node = (cluster.get("nodes") or {}).get(name)
    if node is None:
        return "; the cluster knows no node of the name %s" % name if cluster.get("reachable") else ""
    ready = "Ready" if node.get("ready") else "not Ready"
    words = "; the cluster has it %s on %s" % (ready, runtime_text(node.get("runtime_version")))
    ours = (node.get("annotations") or {}).get(CORDON_ANNOTATION)
    if ours is None:
        return words + (", cordoned, not by a run of ours" if node.get("unschedulable") else "")
    cordon = parse_cordon({"metadata": {"annotations": {CORDON_ANNOTATION: ours}}})
    if cordon["damaged"]:
        return words + ", cordoned by a run of ours"
    return words + ", cordoned by the run %s%s, which has not given it back" % (
        cordon["run_id"],
        " at %s" % cordon["at"] if cordon["at"] else "",
    )


def judge_api(cluster, allowed=()):
    """Whether the cluster can be asked, and will allow what a run does. About the run as a whole."""
    if not cluster or not cluster.get("reachable"):
        error = dig(cluster or {}, "error", {})
        text, token = (error.get("msg"), error.get("reason")) if isinstance(error, dict) else (error, None)
        yield finding(
            BLOCKER,
            "API",
            FLEET,
            "the cluster's API (%s) cannot be used: %s"
            % (dig(cluster or {}, "server", "no server is known"), text or "nothing was read from it"),
            "install that for the Python that runs ansible-playbook"
            if token == "CRI-API-PYTHON"
            else "see switchover_kubeconfig, switchover_context and K8S_AUTH_*; they count on the machine that runs "
            "Ansible",
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


def _judge_runtime(node, name, runtime, reported):
    """Whether the cluster's node is on the runtime that kubelet uses here: if not, it may be another machine."""
    if runtime not in RUNTIME_PREFIXES:
        return
    if not (reported or "").startswith(RUNTIME_PREFIXES[runtime]):
        yield finding(
            BLOCKER,
            "NODE-MISMATCH",
            node,
            "kubelet here uses %s, but the cluster's node %s is on %s" % (runtime, name, runtime_text(reported)),
            "is this the machine behind that node? See switchover_node_name; or wait for kubelet's next report",
            seen=runtime,
            cluster=reported,
        )
    elif is_unreported(reported):
        yield finding(
            NOTE,
            "RUNTIME-UNREPORTED",
            node,
            "the cluster's node %s is on %s" % (name, runtime_text(reported)),
            "%s did not answer kubelet, as while it restarts: kubelet asks again with its next status" % runtime,
            seen=runtime,
            cluster=reported,
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
            "(its nodes: %s)" % listed(known),
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
    yield from _judge_runtime(node, name, dig(info, "runtime.in_use"), entry.get("runtime_version"))
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


# Why a drain refuses a pod: the finding's token, and its words.
REFUSALS = {
    "unmanaged": ("UNMANAGED-PODS", "pods that no controller would start again"),
    "controller-gone": ("CONTROLLER-GONE-PODS", "pods whose controller no longer exists"),
    "emptydir": ("EMPTYDIR-PODS", "pods with emptyDir volumes, whose data the drain deletes"),
    "two-pdbs": ("TWO-PDBS-PODS", "pods that two PodDisruptionBudgets match, which the API can never evict"),
}
SLOW = {
    "single-replica": ("SINGLE-REPLICA-PODS", "run one replica at a time, or accept that they are down meanwhile"),
    "grace-exceeds-timeout": ("GRACE-PODS", "raise switchover_drain_timeout, or shorten it by switchover_drain_grace"),
}


def drain_options(settings):
    """The options of a drain, from the settings drain_*."""
    given = {key: settings["drain_" + key] for key in DEFAULTS if "drain_" + key in settings}
    options = dict(DEFAULTS, **given)
    options["grace"] = None if options["grace"] in (None, "") else int(options["grace"])
    options["timeout"] = int(options["timeout"])
    options["selector"] = parse(options["selector"]) if options["selector"] else None
    return options


def judge_drain(node, info, cluster, settings):
    """What a drain of the node would do, pod by pod; the same plan as node_drain makes."""
    pods = (dig(cluster, "nodes", {}).get(node_name(info, settings)) or {}).get("pods") or []
    options = drain_options(settings)
    plan = plan_pods(pods, cluster.get("pdbs") or [], options)
    for reason, (token, text) in REFUSALS.items():
        held = [_pod(entry) for entry in plan["refuse"] if reason in entry["reasons"]]
        if held:
            yield finding(BLOCKER, token, node, "%s: %s" % (text, listed(held)), pod_rules.REMEDIES[reason], pods=held)
    for reason, (token, remedy) in SLOW.items():
        slow = [_pod(entry) for entry in plan["evict"] if reason in entry["warnings"]]
        if slow:
            text = "pods: %s: %s" % (pod_rules.WARNINGS[reason], listed(slow))
            yield finding(WARNING, token, node, text, remedy, pods=slow)
    if options["disable_eviction"]:
        yield finding(
            WARNING,
            "NO-EVICTION",
            node,
            "pods are deleted, and PodDisruptionBudgets ignored",
            "only as a last resort: unset switchover_drain_disable_eviction",
        )
        if dig(cluster, "rights", {}).get(DELETE_RIGHT) is False:
            yield finding(
                BLOCKER,
                "RIGHTS",
                node,
                "the credentials may not: %s, as switchover_drain_disable_eviction needs" % DELETE_RIGHT,
                "grant it to them, or unset switchover_drain_disable_eviction",
                right=DELETE_RIGHT,
            )
    leaving = plan["evict"] + plan["wait"]
    if leaving or plan["keep"]:
        yield finding(
            NOTE,
            "DRAIN-PLAN",
            node,
            "a drain evicts %d pods%s, leaves %d%s"
            % (len(leaving), _told(leaving), len(plan["keep"]), _told(plan["keep"])),
            "nothing to do: each pod with its reason is in the finding's details",
            evict=[_brief(entry) for entry in leaving],
            leave=[_brief(entry) for entry in plan["keep"]],
        )


def _told(entries):
    names = ["%s (%s)" % (_pod(entry), ", ".join([entry["reason"]] + entry["warnings"])) for entry in entries]
    return " - %s" % listed(names) if names else ""


def _brief(entry):
    return {"pod": _pod(entry), "reason": entry["reason"], "warnings": entry["warnings"]}


def judge_pods(node, info, cluster, settings):
    """Pods as far as they are not the drain's concern."""
    name = node_name(info, settings)
    pods = (dig(cluster, "nodes", {}).get(name) or {}).get("pods") or []
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
