# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's list of containers read as kubelet's pods: what is a sandbox, what lives, and in which order pods end."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

    # An entry of Docker's list of containers.
    Entry = Dict[str, Any]

# Seconds, for a container that names none.
STOP_GRACE = 30


def pods_in_waves(containers: "List[Entry]") -> "List[List[Dict[str, Any]]]":
    """Docker's Kubernetes containers as waves of pods to end one after another: ordinary, agents, static.

    Containers are entries of Docker's list. A pod: {name, containers: [(id, grace in seconds)], sandboxes: [entry]};
    dead sandboxes are among them, for they may still hold an address. Agents are all those on the host's network: what
    serves the network of others cannot live in it.
    """
    pods: "Dict[str, Dict[str, Any]]" = {}
    for entry in containers:
        labels = entry["Labels"]
        namespace, name = labels.get("io.kubernetes.pod.namespace", ""), labels.get("io.kubernetes.pod.name", "")
        pod = pods.setdefault(
            labels.get("io.kubernetes.pod.uid"),
            {"name": "%s/%s" % (namespace, name), "containers": [], "sandboxes": [], "wave": 0},
        )
        wave = 0
        if is_sandbox(entry):
            pod["sandboxes"].append(entry)
            static = labels.get("annotation.kubernetes.io/config.source", "api") != "api"
            wave = 2 if static else 1 if on_host_network(entry) else 0
        elif is_alive(entry):
            try:
                grace = int(labels["annotation.io.kubernetes.pod.terminationGracePeriod"])
            except (KeyError, ValueError):
                grace = STOP_GRACE
            pod["containers"].append((entry["Id"], grace))
        pod["wave"] = max(pod["wave"], wave)
    waves = [[pod for pod in pods.values() if pod["wave"] == number] for number in range(3)]
    return [sorted(wave, key=lambda pod: pod["name"]) for wave in waves if wave]


def on_host_network(entry: "Entry") -> bool:
    """Is this sandbox in the node's own network?"""
    return (entry.get("HostConfig") or {}).get("NetworkMode") == "host"


def is_alive(entry: "Entry") -> bool:
    """Has this container a process?"""
    return entry.get("State") in ("running", "paused", "restarting")


def is_sandbox(entry: "Entry") -> bool:
    """Is this the pause container of a pod, as dockershim and cri-dockerd label it?"""
    return entry["Labels"].get("io.kubernetes.docker.type") == "podsandbox"
