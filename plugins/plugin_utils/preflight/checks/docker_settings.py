# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker's settings do for pods that nothing carries over. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings

# Settings of daemon.json that mean nothing to a pod on dockershim: the daemon's own business, docker0's network, or
# what kubelet sets for each container. exec-opts is judged as the cgroup driver, log-* and the rest by their own rules.
HARMLESS = frozenset(
    """
    add-runtime allow-direct-routing api-cors-header bip bip6 bridge builder cgroup-parent cluster-advertise
    cluster-store cluster-store-opts containerd containerd-namespace containerd-plugins-namespace data-root
    debug default-address-pools default-gateway default-gateway-v6 default-network-opts default-runtime
    default-shm-size default-ulimit default-ulimits dns dns-opts dns-search exec-opt exec-opts exec-root
    experimental features firewall-backend fixed-cidr fixed-cidr-v6 graph group host hosts http-proxy
    https-proxy icc insecure-registries insecure-registry ip ip-forward ip-forward-no-drop ip-masq ip6tables
    iptables ipv6 label labels live-restore live-restore-enabled log-driver log-format log-level log-opt
    log-opts max-concurrent-downloads max-concurrent-uploads max-download-attempts metrics-addr mtu
    network-control-plane-mtu network-diagnostic-port no-proxy node-generic-resource node-generic-resources
    oom-score-adjust pidfile proxies raw-logs registry-mirror registry-mirrors runtimes shutdown-timeout storage-driver
    swarm-default-advertise-addr tls tlscacert tlscert tlskey tlsverify userland-proxy userland-proxy-path
    userns-remap
""".split()
)
# Of these only the quota matters to a pod; the others tune a storage driver that goes away.
QUOTA_OPTIONS = ("size", "overlay2.size", "dm.basesize")
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "FTP_PROXY")
# The daemon's process environment without any effect on pods.
HARMLESS_VARIABLES = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "DOCKER_TMPDIR",
    "GOTRACEBACK",
    "DOCKER_OPTS",
    "DOCKER_STORAGE_OPTIONS",
    "DOCKER_NETWORK_OPTIONS",
    "OPTIONS",
)


def judge(node: str, docker: Facts, allowed: Collection[str]) -> Findings:
    """``docker``: that part of the facts; ``allowed``: the exceptions of switchover_allow."""
    yield from _judge_runtime(node, docker, allowed)
    yield from _judge_pod_defaults(node, docker, allowed)
    yield from _judge_environment(node, docker, allowed)
    keys = _settings_of(docker)
    yield from _judge_daemon_json(node, docker)
    yield from _judge_logging(node, keys, allowed)
    yield from _judge_unknown(node, keys, allowed)


def _judge_runtime(node: str, docker: Facts, allowed: Collection[str]) -> Findings:
    runtime = docker.get("default_runtime") or "runc"
    if runtime != "runc":
        yield finding(
            BLOCKER,
            "CRI-PF-DEFAULT-RUNTIME",
            node,
            "Docker starts pods by the runtime %s, containerd would by runc" % runtime,
            "check whether pods depend on it (GPUs do); a RuntimeClass can name it after the switch",
            "default-runtime",
            allowed,
            seen=runtime,
            wanted="runc",
        )
    others = sorted(
        set(docker.get("runtimes") or []) - {"runc", "io.containerd.runc.v2", "io.containerd.runtime.v1.linux", runtime}
    )
    if others:
        yield finding(
            NOTE,
            "CRI-PF-RUNTIMES",
            node,
            "Docker knows further runtimes: %s" % listed(others),
            "pods on Docker could not choose them, so nothing is lost",
            runtimes=others,
        )


def _judge_pod_defaults(node: str, docker: Facts, allowed: Collection[str]) -> Findings:
    """What every container has from Docker: its user namespace, its limits, the disk it is on."""
    if docker.get("userns"):
        yield finding(
            BLOCKER,
            "CRI-PF-USERNS-REMAP",
            node,
            "Docker maps root of every container to another user (userns-remap)",
            "containerd would run the same pods as real root: check whether that is acceptable",
            "userns-remap",
            allowed,
        )
    ulimits = docker.get("default_ulimits")
    if ulimits:
        yield finding(
            BLOCKER,
            "CRI-PF-DEFAULT-ULIMITS",
            node,
            "Docker gives containers its own limits: %s" % listed(sorted(ulimits)),
            "give containerd.service the same limits in a drop-in (LimitNOFILE= and so on)",
            "default-ulimits",
            allowed,
            ulimits=ulimits,
        )
    data_root = docker.get("data_root") or "/var/lib/docker"
    if data_root.rstrip("/") != "/var/lib/docker":
        yield finding(
            BLOCKER,
            "CRI-PF-DATA-ROOT",
            node,
            "Docker keeps its data in %s; containerd's goes to /var/lib/containerd" % data_root,
            "check that /var/lib/containerd is on a disk made for it (mount one there), then allow it",
            "data-root",
            allowed,
            seen=data_root,
            wanted="/var/lib/docker",
        )


def _judge_environment(node: str, docker: Facts, allowed: Collection[str]) -> Findings:
    names = [
        n for n in docker.get("environment") or [] if n.upper() not in PROXY_VARIABLES and n not in HARMLESS_VARIABLES
    ]
    if names:
        yield finding(
            BLOCKER,
            "CRI-PF-DOCKER-ENVIRONMENT",
            node,
            "docker.service has variables in its environment: %s" % listed(names),
            "check whether pulls or containers depend on them; containerd.service takes such in a drop-in",
            "docker-environment",
            allowed,
            variables=names,
        )


def _settings_of(docker: Facts) -> dict[str, Any]:
    """{setting: value} of daemon.json, and of the flags of dockerd, which have the same names."""
    keys = dict(dig(docker, "daemon_json.keys", {}))
    for flag in docker.get("exec_start_flags") or []:
        name, _sep, value = str(flag).lstrip("-").partition("=")
        if str(flag).startswith("--"):
            keys.setdefault(name, value)
    return keys


def _judge_daemon_json(node: str, docker: Facts) -> Findings:
    if dig(docker, "daemon_json.exists") and dig(docker, "daemon_json.valid") is False:
        yield finding(
            BLOCKER,
            "CRI-PF-DAEMON-JSON",
            node,
            "%s is not valid JSON" % dig(docker, "daemon_json.path", "/etc/docker/daemon.json"),
            "fix it: Docker would not start again after a revert",
        )


def _judge_logging(node: str, keys: dict[str, Any], allowed: Collection[str]) -> Findings:
    driver = keys.get("log-driver", "json-file")
    if driver not in ("json-file", "local", ""):
        yield finding(
            BLOCKER,
            "CRI-PF-LOG-DRIVER",
            node,
            "Docker sends containers' output to the log driver %s" % driver,
            "the target writes files that kubelet rotates: set up a log agent",
            "daemon-settings",
            allowed,
            seen=driver,
        )
    elif keys.get("log-opts"):
        yield finding(
            WARNING,
            "CRI-PF-LOG-OPTIONS",
            node,
            "Docker's log-opts (%s) end with Docker" % listed(_names(keys["log-opts"])),
            "kubelet rotates the target's logs: containerLogMaxSize (10Mi) and containerLogMaxFiles (5) in its"
            " configuration",
            options=keys["log-opts"],
        )


def _judge_unknown(node: str, keys: dict[str, Any], allowed: Collection[str]) -> Findings:
    """Settings that no other check covers, and that may mean something to a pod."""
    storage = keys.get("storage-opts", keys.get("storage-opt", [])) or []
    storage = [storage] if isinstance(storage, str) else storage
    quotas = [option for option in storage if str(option).partition("=")[0] in QUOTA_OPTIONS]
    known = HARMLESS | {"storage-opts", "storage-opt"}
    unknown = sorted(k for k in keys if k not in known and keys[k] not in (None, False, [], {}))
    if unknown or quotas:
        yield finding(
            BLOCKER,
            "CRI-PF-DAEMON-SETTINGS",
            node,
            "Docker has settings that nothing carries over: %s" % listed(unknown + quotas),
            "check whether pods depend on them",
            "daemon-settings",
            allowed,
            settings=unknown + quotas,
        )


def _names(options: Any) -> list[Any]:
    return sorted(options) if isinstance(options, (dict, list)) else [options]
