# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's settings for pulling images: a part of the table docker_settings. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import (
    GROUP,
    LIST,
    MAP,
    Reported,
    Setting,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import Context


def _each_host(value: "Any", _context: "Context") -> "List[Any]":
    return sorted(value)


def _any_proxy(value: "Any", context: "Context") -> "List[Any]":
    """no-proxy alone sets none; of all-proxy Docker knows nothing since 20.10 (moby 19.03, registry/registry.go)."""
    proxies = [value.get("http-proxy"), value.get("https-proxy")]
    if (version(dig(context.info, "docker.version")) or ()) < (20, 10):
        proxies.append(value.get("all-proxy"))
    found = [proxy for proxy in proxies if proxy]
    return [found] if found else []


def _outside_kubelets_folder(value: "Any", context: "Context") -> "List[Any]":
    """A login in kubelet's own folder has nothing to do with Docker."""
    folder = dig(context.info, "kubelet.root_dir") or "/var/lib/kubelet"
    return [] if value["path"].startswith(folder.rstrip("/") + "/") else [value["hosts"]]


ROWS = (
    Setting(
        "registry-mirrors",
        "its images of docker.io are pulled from these mirrors first",
        Reported(
            BLOCKER,
            "CRI-PF-REGISTRY-MIRRORS",
            "Docker pulls through mirrors: %(value)s",
            "set them up for docker.io in %(registries)s",
            "registry-mirrors",
        ),
        LIST,
        flags=("registry-mirror",),
    ),
    Setting(
        "insecure-registries",
        "its images of these registries are pulled without TLS, or without a check of the certificate",
        Reported(
            BLOCKER,
            "CRI-PF-INSECURE-REGISTRIES",
            "Docker accepts registries without checked TLS: %(value)s",
            "set up each of them in %(registries)s",
            "insecure-registries",
        ),
        LIST,
        flags=("insecure-registry",),
    ),
    # daemon.json and flags have them from 23.0 on, and beat the environment (moby 23.0, cmd/dockerd/daemon.go,
    # configureProxyEnv).
    Setting(
        "proxies",
        "its images are pulled through a proxy",
        Reported(
            BLOCKER,
            "CRI-PF-PROXIES",
            "Docker pulls images through a proxy",
            "give %(unit)s the same variables in a drop-in, NO_PROXY with the service and pod networks included",
            "proxies",
        ),
        GROUP,
        flags=("http-proxy", "https-proxy", "no-proxy"),
        members={
            "http-proxy": ("HTTP_PROXY", "http_proxy"),
            "https-proxy": ("HTTPS_PROXY", "https_proxy"),
            "no-proxy": ("NO_PROXY", "no_proxy"),
            "all-proxy": ("ALL_PROXY", "all_proxy"),
        },
        concern=_any_proxy,
    ),
    # {registry: files}: certificate authorities (*.crt) and client certificates (*.cert, *.key), read for each pull
    # (moby 20.10, registry/registry.go, ReadCertsDirectory).
    Setting(
        "certs.d",
        "its images of these registries are pulled with certificates of their own",
        Reported(
            WARNING,
            "CRI-PF-REGISTRY-CERTIFICATES",
            "Docker has certificates for the registry %(value)s",
            "put them into %(certificates)s/%(value)s, where they stay when Docker is removed",
        ),
        MAP,
        keys=(),
        flags=(),
        concern=_each_host,
        title="`/etc/docker/certs.d`",
    ),
    # {path, hosts} of the file that kubelet reads: dockerd never had these credentials, kubelet sends them with each
    # pull, before and after a switch.
    Setting(
        "docker login",
        "its images are pulled with these credentials if kubelet reads them",
        Reported(
            NOTE,
            "CRI-PF-REGISTRY-LOGINS",
            "kubelet sends credentials of docker login to registries: %(value)s",
            "nothing changes: kubelet sends them to %(title)s too. To be independent of docker login, put them into"
            " config.json in kubelet's own folder",
        ),
        MAP,
        keys=(),
        flags=(),
        concern=_outside_kubelets_folder,
        title="`docker login` (`config.json`)",
    ),
)
