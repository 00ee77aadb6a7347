# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a finding is, and the exceptions by which an operator allows one. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Optional

BLOCKER, WARNING, NOTE = "blocker", "warning", "note"
LEVELS = (BLOCKER, WARNING, NOTE)

# The name under which findings about the cluster or the inventory as a whole are reported.
FLEET = "(all)"

# The exceptions of switchover_allow: each turns blockers of one kind into warnings.
ALLOW = {
    "cpu-realtime": "Docker limits the time of containers' real-time processes",
    "daemon-settings": "settings of Docker that this collection does not know",
    "data-root": "Docker's data lives elsewhere than /var/lib/docker; the target's will be in its own directory",
    "default-cgroupns-mode": "Docker's cgroup namespaces are unlike those of CRI runtimes",
    "default-runtime": "Docker starts pods by another OCI runtime than runc",
    "default-ulimits": "Docker gives containers its own ulimits",
    "digest-images": "images that neither the other runtime nor their registry gives, such as those by digest",
    "docker-environment": "variables in the environment of docker.service",
    "docker-ramdisk": "Docker starts containers without pivot_root (DOCKER_RAMDISK)",
    "docker-socket-mounts": "pods that mount Docker's socket or directories",
    "foreign-containers": "containers on Docker that are not Kubernetes': they, and Docker, keep running",
    "init": "Docker starts an init process in every container",
    "insecure-registries": "registries that Docker reaches without TLS or without checking it",
    "log-driver": "Docker sends containers' output elsewhere than into files",
    "no-control-plane": "no control-plane node is part of this run",
    "no-lease": "the credentials may not touch Leases in kube-system: nothing keeps a second rollout off the cluster",
    "no-new-privileges": "Docker keeps programs in containers from getting more rights",
    "other-nodes": "nodes on Docker that are not in the inventory's groups: they are not this run's concern",
    "pod-handlers": "pods whose RuntimeClass has a handler that the target would not have",
    "proxies": "Docker pulls images through a proxy",
    "registry-mirrors": "Docker pulls through registry mirrors",
    "revert-drift": "files that were changed since the switch wrote them: a revert replaces them, and keeps copies",
    "rootless": "Docker runs without root",
    "seccomp-profile": "Docker has its own filter of system calls",
    "selinux-enabled": "Docker gives containers SELinux labels",
    "storage-quotas": "Docker limits the size of containers",
    "userns-remap": "Docker maps containers into a user namespace",
}


def finding(
    level: str,
    token: str,
    node: str,
    message: str,
    remedy: str,
    allow: "Optional[str]" = None,
    allowed: "Collection[str]" = (),
    **details: "Any",
) -> "Dict[str, Any]":
    """One finding, as a dictionary with these keys.

    ``level``: BLOCKER, WARNING or NOTE; ``token``: the error token in full, as it is printed, so that a search for it
    finds the line that makes it; ``node``: the host, or FLEET; ``message``: what was found, a sentence;
    ``remedy``: what the operator can do; ``details``: what was found, as data.
    ``allow``: the exception that makes the blocker a warning once it is among ``allowed``, those of switchover_allow;
    the result's ``allowed`` says whether it was.
    Raises ValueError for a token without its prefix.
    """
    if not token.startswith("CRI-"):
        raise ValueError("a finding's token stands in full, beginning with CRI-: %r" % (token,))
    is_allowed = level == BLOCKER and allow is not None and allow in allowed
    if level == BLOCKER and allow is not None and not is_allowed:
        remedy = "%s; or accept it: add %s to switchover_allow" % (remedy, allow)
    return {
        "level": WARNING if is_allowed else level,
        "token": token,
        "node": node,
        "message": message,
        "remedy": remedy,
        "allow": allow,
        "allowed": is_allowed,
        "details": details,
    }
