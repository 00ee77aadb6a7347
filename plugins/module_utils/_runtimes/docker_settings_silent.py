# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's settings that mean nothing to a pod: a part of the table docker_settings. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import (
    ANY,
    BOOL,
    LIST,
    NUMBER,
    POOLS,
    SIZE,
    TABLES,
    TEXT,
    TEXTS,
    Setting,
    Unaffected,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Tuple

NOTHING = Unaffected()

# Why a setting means nothing to a pod.
BRIDGE = "it shapes Docker's own networks, and pods are in the network of CNI"
HOST = "it sets up the host's network, which stays as it is"
KUBELET = "kubelet decides this for each container"
RESOLVER = "kubelet gives each pod its resolv.conf"
API = "it concerns those who use Docker's API"
DAEMON = "it concerns the daemon itself"
SWARM = "it concerns swarm mode"
OPTIONS = "only the unit or a start script reads it; what it puts on the command line counts there"
STORE = "images are unpacked again by the target's own driver"
SPEED = "it shapes how fast images are pulled and pushed"


def _silent(why: str, kind: str, *names: str, **more: "Any") -> "Iterable[Setting]":
    """Rows of one kind that mean nothing for the same reason. ``more``: arguments of Setting."""
    return (Setting(name, "nothing: " + why, NOTHING, kind, **more) for name in names)


def _variables(title: str, why: str, *names: str) -> Setting:
    """Variables of dockerd's environment that are known to mean nothing to a pod."""
    return Setting(names[0], "nothing: " + why, NOTHING, keys=(), flags=(), ignored=names, title=title)


ROWS: "Tuple[Setting, ...]" = (
    *_silent(BRIDGE, TEXT, "bip", "bip6", "fixed-cidr", "fixed-cidr-v6", "default-gateway", "default-gateway-v6"),
    *_silent(BRIDGE, TEXT, "bridge", short="b"),
    *_silent(BRIDGE, TEXT, "ip", "userland-proxy-path", "bridge-accept-fwmark", "firewall-backend"),
    *_silent(BRIDGE, BOOL, "icc", "ip-masq", "ipv6", "userland-proxy", "allow-direct-routing"),
    *_silent(BRIDGE, NUMBER, "mtu", "network-control-plane-mtu", "network-diagnostic-port"),
    *_silent(BRIDGE, POOLS, "default-address-pools", flags=("default-address-pool",)),
    *_silent(BRIDGE, TABLES, "default-network-opts", flags=("default-network-opt",)),
    *_silent(HOST, BOOL, "ip-forward", "ip-forward-no-drop", "iptables", "ip6tables"),
    *_silent(RESOLVER, LIST, "dns", "dns-search"),
    *_silent(RESOLVER, LIST, "dns-opts", flags=("dns-opt",)),
    *_silent(RESOLVER, TEXT, "resolv-conf", flags=()),
    *_silent(KUBELET, TEXT, "cgroup-parent", "default-ipc-mode"),
    *_silent(KUBELET, NUMBER, "default-stop-timeout"),
    # kubernetes 1.21.14, pkg/kubelet/dockershim/helpers.go: defaultShmSize
    *_silent("dockershim and cri-dockerd always ask for 64 MiB", SIZE, "default-shm-size"),
    *_silent("only `init` starts this program", TEXT, "init-path"),
    *_silent(
        "only `docker run --add-host` uses it",
        ANY,
        "host-gateway-ips",
        keys=("host-gateway-ips", "host-gateway-ip"),
        flags=("host-gateway-ip",),
    ),
    *_silent("device plugins give pods their devices", LIST, "cdi-spec-dirs", flags=("cdi-spec-dir",)),
    *_silent("no pod of Docker has NRI's plugins", ANY, "nri-opts"),
    *_silent(STORE, TEXT, "storage-driver", short="s", variables=("DOCKER_DRIVER",)),
    *_silent(SPEED, NUMBER, "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts"),
    *_silent("no pod is left on Docker when it stops", BOOL, "live-restore"),
    *_silent(API, TEXT, "group", short="G"),
    *_silent(API, TEXT, "api-cors-header", "metrics-addr"),
    *_silent(API, TEXT, "min-api-version", flags=(), variables=("DOCKER_MIN_API_VERSION",)),
    *_silent(API, BOOL, "tls"),
    *_silent(API, BOOL, "tlsverify", variables=("DOCKER_TLS_VERIFY",)),
    *_silent(API, TEXT, "tlscacert", variables=("DOCKER_CERT_PATH",)),
    *_silent(API, TEXT, "tlscert", "tlskey"),
    *_silent(API, LIST, "labels", flags=("label",)),
    *_silent(DAEMON, BOOL, "debug", short="D"),
    *_silent(DAEMON, TEXT, "log-level", short="l"),
    *_silent(DAEMON, TEXT, "log-format", "exec-root", "containerd", "containerd-namespace"),
    *_silent(DAEMON, TEXT, "pidfile", short="p"),
    *_silent(DAEMON, TEXT, "containerd-plugin-namespace", flags=("containerd-plugins-namespace",)),
    *_silent(DAEMON, BOOL, "raw-logs", "experimental", "cri-containerd"),
    *_silent(DAEMON, NUMBER, "shutdown-timeout", "oom-score-adjust"),
    *_silent(DAEMON, TEXT, "config-file", keys=()),
    *_silent("it concerns `docker build`", ANY, "builder", flags=()),
    *_silent("it concerns images that are pushed", LIST, "allow-nondistributable-artifacts"),
    *_silent("no Docker of today reads it", TEXT, "deprecated-key-path"),
    *_silent("no Docker of today reads it", BOOL, "restart", keys=(), short="r"),
    *_silent("no Docker of today reads it", BOOL, "disable-legacy-registry", "api-enable-cors"),
    *_silent(SWARM, TEXT, "swarm-default-advertise-addr", "cluster-advertise", "cluster-store"),
    *_silent(SWARM, NUMBER, "swarm-raft-heartbeat-tick", "swarm-raft-election-tick", flags=()),
    *_silent(SWARM, TEXTS, "cluster-store-opts", flags=("cluster-store-opt",)),
    *_silent(SWARM, LIST, "node-generic-resources", flags=("node-generic-resource",)),
    _variables(
        "variables of every process",
        DAEMON,
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "TERM", "XDG_*"),
        *("GOTRACEBACK", "GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG", "GRPC_GO_*"),
    ),
    # moby 20.10 and 28, os.Getenv and what they vendor. SSL_CERT_* and AWS_* are no such: they may concern pulls.
    _variables(
        "variables of the daemon",
        DAEMON,
        *("DOCKER_TMPDIR", "DOCKER_CONFIG", "DOCKER_NOWARN_KERNEL_VERSION", "DOCKER_SERVICE_PREFER_OFFLINE_IMAGE"),
        *("LIBCONTAINERD_NOCLEAN", "MOBY_DISABLE_PIGZ", "DOCKER_KEEP_DEPRECATED_LEGACY_LINKS_ENV_VARS"),
        *("FTP_PROXY", "ftp_proxy", "OTEL_*"),
    ),
    _variables("variables of the docker command", API, "DOCKER_HOST", "DOCKER_API_VERSION", "DOCKER_HTTP_HOST_COMPAT"),
    _variables("variables of `docker build`", "it concerns `docker build`", "BUILDKIT_*", "DOCKER_BUILDKIT*"),
    _variables(
        "variables of Docker's networks",
        BRIDGE,
        *("DOCKER_IPTABLES_SCTP_CHECKSUM", "DOCKER_INSECURE_NO_IPTABLES_RAW", "DOCKER_IGNORE_BR_NETFILTER_ERROR"),
        "DOCKER_FIREWALL_BACKEND",
    ),
    # Amazon's and Red Hat's /etc/sysconfig/docker, moby's contrib/init (sysvinit, openrc), kubespray's, kops', CoreOS'
    # and flannel's drop-ins and environment files (mk-docker-opts.sh, subnet.env). Any other variable that the unit's
    # ExecStart= names is left out of the facts.
    _variables(
        "variables of start scripts",
        OPTIONS,
        *("DAEMON_MAXFILES", "DAEMON_PIDFILE_TIMEOUT", "OPTIONS", "other_args", "DOCKER_OPTS", "DOCKER_DNS_OPTIONS"),
        *("DOCKER_STORAGE_OPTIONS", "DOCKER_NETWORK_OPTIONS", "DOCKER_ADD_RUNTIMES", "DOCKERD", "DOCKERD_BINARY"),
        *("DOCKER_LOGFILE", "DOCKER_OUTFILE", "DOCKER_ERRFILE", "DOCKER_PIDFILE", "DOCKER_ULIMIT", "DOCKER_RETRY"),
        *("DOCKER_NOFILE", "DOCKER_OPT_*", "DOCKER_OPTIONS", "DOCKER_EXTRA_OPTS", "DOCKER_SELINUX", "DOCKER_CGROUPS"),
        *("FLANNEL_*", "ADD_REGISTRY", "BLOCK_REGISTRY", "INSECURE_REGISTRY", "DOCKERBINARY", "DOCKERDBINARY"),
        *("LOGROTATE",),
    ),
)
