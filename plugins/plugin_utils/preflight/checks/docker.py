# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker does for the pods of a node that nothing carries over yet. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed

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
LIVE_STATES = ("running", "paused", "restarting")
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


def judge_docker(node, info, allowed):
    """Everything about the Docker that serves this node's pods."""
    docker = info.get("docker", {})
    if not docker.get("running") or not docker.get("api_ok", True):
        yield finding(
            BLOCKER,
            "DOCKER-DOWN",
            node,
            "kubelet uses Docker, and Docker does not answer",
            "bring Docker up first (systemctl status docker): its state is what this run would return to",
            error=docker.get("error"),
        )
        return
    for part in (_units, _containers, _registries, _runtime, _environment, _settings):
        yield from part(node, docker, allowed)


def _units(node, docker, allowed):
    bound = [
        kind
        for kind in ("binds_to", "part_of", "requires", "requisite")
        if "containerd.service" in dig(docker, "dependencies." + kind, [])
    ]
    if bound:
        yield finding(
            BLOCKER,
            "DOCKER-BOUND",
            node,
            "docker.service is bound to containerd.service (%s): starting containerd with its new configuration "
            "would restart Docker, in the middle of the window" % listed(bound),
            "upgrade Docker, whose newer units only want containerd, or put a full copy of the unit without that "
            "line into /etc/systemd/system/docker.service; a drop-in cannot take a dependency away",
            seen=bound,
        )
    needed_by = docker.get("needed_by") or []
    if needed_by:
        yield finding(
            WARNING,
            "DOCKER-NEEDED",
            node,
            "other units need docker.service: %s" % listed(needed_by),
            "Docker keeps running on this node after the switch",
            units=needed_by,
        )


def _containers(node, docker, allowed):
    strangers = dig(docker, "containers.foreign", [])
    foreign = [c for c in strangers if c.get("state", "running") in LIVE_STATES]
    ended = [c.get("name") for c in strangers if c not in foreign]
    if ended:
        yield finding(
            NOTE,
            "ENDED-CONTAINERS",
            node,
            "Docker keeps ended containers that are not Kubernetes': %s" % listed(ended),
            "they stay in Docker's data",
            containers=ended,
        )
    if foreign:
        names = ["%s (%s)" % (c.get("name"), c.get("image")) for c in foreign]
        yield finding(
            BLOCKER,
            "FOREIGN-CONTAINERS",
            node,
            "Docker runs containers that are not Kubernetes': %s" % listed(names),
            "move them elsewhere; when allowed, they and Docker keep running after the switch",
            "foreign-containers",
            allowed,
            containers=foreign,
        )
    if docker.get("images_truncated"):
        yield finding(
            WARNING,
            "MANY-IMAGES",
            node,
            "Docker holds more images than could be looked at",
            "remove unused ones (docker image prune) so that the check of the disk is whole",
        )


def _registries(node, docker, allowed):
    keys = dig(docker, "daemon_json.keys", {})
    mirrors = docker.get("registry_mirrors") or keys.get("registry-mirrors")
    if mirrors:
        yield finding(
            BLOCKER,
            "REGISTRY-MIRRORS",
            node,
            "Docker pulls through mirrors: %s" % listed(mirrors),
            "set them up under /etc/containerd/certs.d/docker.io/hosts.toml",
            "registry-mirrors",
            allowed,
            mirrors=mirrors,
        )
    insecure = docker.get("insecure_registries") or keys.get("insecure-registries")
    if insecure:
        yield finding(
            BLOCKER,
            "INSECURE-REGISTRIES",
            node,
            "Docker accepts registries without checked TLS: %s" % listed(insecure),
            "give each of them a hosts.toml under /etc/containerd/certs.d/",
            "insecure-registries",
            allowed,
            registries=insecure,
        )
    logins = docker.get("logins") or []
    if logins:
        yield finding(
            BLOCKER,
            "REGISTRY-LOGINS",
            node,
            "this node is logged in to registries by docker login: %s" % listed(logins),
            "give the pods image pull secrets, or kubelet /var/lib/kubelet/config.json",
            "registry-logins",
            allowed,
            registries=logins,
        )
    if docker.get("proxies") or keys.get("proxies"):
        yield finding(
            BLOCKER,
            "PROXIES",
            node,
            "Docker pulls images through a proxy",
            "give containerd.service the same variables in a drop-in, NO_PROXY with the service and pod networks"
            " included",
            "proxies",
            allowed,
        )


def _runtime(node, docker, allowed):
    runtime = docker.get("default_runtime") or "runc"
    if runtime != "runc":
        yield finding(
            BLOCKER,
            "DEFAULT-RUNTIME",
            node,
            "Docker starts pods by the runtime %s, containerd would by runc" % runtime,
            "see whether pods depend on it (GPUs do); a RuntimeClass can name it after the switch",
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
            "RUNTIMES",
            node,
            "Docker knows further runtimes: %s" % listed(others),
            "pods on Docker could not choose them, so nothing is lost",
            runtimes=others,
        )
    if docker.get("userns"):
        yield finding(
            BLOCKER,
            "USERNS-REMAP",
            node,
            "Docker maps root of every container to another user (userns-remap)",
            "containerd would run the same pods as real root: see whether that is acceptable",
            "userns-remap",
            allowed,
        )
    ulimits = docker.get("default_ulimits")
    if ulimits:
        yield finding(
            BLOCKER,
            "DEFAULT-ULIMITS",
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
            "DATA-ROOT",
            node,
            "Docker keeps its data in %s; containerd's goes to /var/lib/containerd" % data_root,
            "see that /var/lib/containerd is on a disk made for it (mount one there), then allow it",
            "data-root",
            allowed,
            seen=data_root,
            wanted="/var/lib/docker",
        )


def _environment(node, docker, allowed):
    names = [
        n for n in docker.get("environment") or [] if n.upper() not in PROXY_VARIABLES and n not in HARMLESS_VARIABLES
    ]
    if names:
        yield finding(
            BLOCKER,
            "DOCKER-ENVIRONMENT",
            node,
            "docker.service has variables in its environment: %s" % listed(names),
            "see whether pulls or containers depend on them; containerd.service takes such in a drop-in",
            "docker-environment",
            allowed,
            variables=names,
        )


def _settings(node, docker, allowed):
    keys = dict(dig(docker, "daemon_json.keys", {}))
    if dig(docker, "daemon_json.exists") and dig(docker, "daemon_json.valid") is False:
        yield finding(
            BLOCKER,
            "DAEMON-JSON",
            node,
            "%s is not valid JSON" % dig(docker, "daemon_json.path", "/etc/docker/daemon.json"),
            "mend it: Docker would not come up again after a revert",
        )
    for flag in docker.get("exec_start_flags") or []:
        name, _sep, value = str(flag).lstrip("-").partition("=")
        if str(flag).startswith("--"):
            keys.setdefault(name, value)
    storage = keys.pop("storage-opts", keys.pop("storage-opt", [])) or []
    storage = [storage] if isinstance(storage, str) else storage
    quotas = [option for option in storage if str(option).partition("=")[0] in QUOTA_OPTIONS]
    driver = keys.get("log-driver", "json-file")
    if driver not in ("json-file", "local", ""):
        yield finding(
            BLOCKER,
            "LOG-DRIVER",
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
            "LOG-OPTIONS",
            node,
            "Docker's log-opts (%s) end with Docker" % listed(_names(keys["log-opts"])),
            "kubelet rotates the target's logs: containerLogMaxSize (10Mi) and containerLogMaxFiles (5) in its"
            " configuration",
            options=keys["log-opts"],
        )
    unknown = sorted(k for k in keys if k not in HARMLESS and keys[k] not in (None, False, [], {}))
    if unknown or quotas:
        yield finding(
            BLOCKER,
            "DAEMON-SETTINGS",
            node,
            "Docker has settings that nothing carries over: %s" % listed(unknown + quotas),
            "see whether pods depend on them",
            "daemon-settings",
            allowed,
            settings=unknown + quotas,
        )


def _names(options):
    return sorted(options) if isinstance(options, (dict, list)) else [options]
