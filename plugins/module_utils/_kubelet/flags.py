# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kubelet of a given release wants where its container runtime is named. Pure."""

import re

OLDEST, NEWEST = (1, 20), (1, 37)

ENDPOINT, IMAGE_ENDPOINT, RUNTIME = "container-runtime-endpoint", "image-service-endpoint", "container-runtime"
PAUSE, RUNTIME_CGROUPS = "pod-infra-container-image", "runtime-cgroups"
ENDPOINT_FIELD, IMAGE_FIELD = "containerRuntimeEndpoint", "imageServiceEndpoint"

# Only dockershim and cAdvisor's Docker part read these. Most are accepted up to 1.23 and stop a kubelet >= 1.24, so
# they go in any case: a later upgrade must not fall over them.
DOCKER_FLAGS = frozenset(
    (
        "network-plugin",
        "network-plugin-mtu",
        "network-plugin-dir",
        "cni-bin-dir",
        "cni-conf-dir",
        "cni-cache-dir",
        "image-pull-progress-deadline",
        "redirect-container-streaming",
        "experimental-dockershim",
        "experimental-dockershim-root-directory",
        "docker",
        "docker-endpoint",
        "docker-env-metadata-whitelist",
        "docker-exec-handler",
        "docker-only",
        "docker-root",
        "docker-tls",
        "docker-tls-ca",
        "docker-tls-cert",
        "docker-tls-key",
    )
)

# Flags that go only when the kubelet does not know them: (first, last) release that does, where --help cannot be asked.
LIFETIMES = {
    RUNTIME: (None, (1, 26)),
    ENDPOINT: (None, None),
    IMAGE_ENDPOINT: (None, None),
    PAUSE: (None, (1, 34)),
    RUNTIME_CGROUPS: (None, None),
    "hairpin-mode": (None, None),
    "non-masquerade-cidr": (None, (1, 23)),
    "containerd": (None, (1, 36)),
    "containerd-namespace": (None, (1, 36)),
    "config-dir": ((1, 28), None),
}

SECRET_FLAGS = frozenset(("storage-driver-password", "manifest-url-header"))

_HELP_LINE = re.compile(r"^ {2,6}(?:-\w, )?--([A-Za-z0-9][\w-]*)(?: |$)")


def parse_version(text):
    """(1, 23) of "Kubernetes v1.23.17" and the like; None when there is none."""
    match = re.search(r"\bv?(\d+)\.(\d+)(?:\.\d+)?", text or "")
    return (int(match.group(1)), int(match.group(2))) if match else None


def parse_help(text):
    """The flags that `kubelet --help` lists; None where the text is no such help."""
    matches = (_HELP_LINE.match(line) for line in (text or "").splitlines())
    flags = {match.group(1).replace("_", "-") for match in matches if match}
    return flags if "kubeconfig" in flags else None


def service_of(endpoint):
    """The systemd service behind a CRI socket, or None."""
    for part, service in (
        ("containerd", "containerd.service"),
        ("crio", "crio.service"),
        ("dockerd", "docker.service"),
    ):
        if part in endpoint:
            return service
    return None


def is_docker(endpoint):
    """Does this endpoint lead to Docker? No endpoint at all is the caller's to judge: it depends on the release."""
    return bool(re.search(r"dockershim|cri-dockerd|cri-docker", endpoint or ""))


class Rules:
    """What one kubelet wants.

    remove: flags that must not stand; wanted: {flag: value} that must stand with this value; follow: {flag: value}
    that is changed where it stands; field: "never", "standing" or "always": containerRuntimeEndpoint in its files;
    instance: whether kubeadm's instance-config.yaml counts ("standing" or "always").
    """

    def __init__(self, release, help_flags, endpoint, pause_image, has_config):
        self.release = release
        self.help = help_flags
        knows = self.knows
        self.field = "never"
        if release >= (1, 27):
            self.field = "always" if release >= (1, 34) and has_config else "standing"
        self.instance = "always" if self.field == "always" else "standing"
        self.remove = set(DOCKER_FLAGS)
        self.remove.update(flag for flag in LIFETIMES if not knows(flag) and flag not in (ENDPOINT, "config-dir"))
        self.wanted = {}
        self.follow = {}
        if release <= (1, 23):
            self.wanted[RUNTIME] = "remote"
        else:
            self.remove.add(RUNTIME)
        if self.field == "always":
            self.remove.update((ENDPOINT, IMAGE_ENDPOINT))
        else:
            self.wanted[ENDPOINT] = endpoint
            self.follow[IMAGE_ENDPOINT] = endpoint
        if pause_image and knows(PAUSE):
            # The last release that knows it has the runtime say which image it is: not added there any more.
            (self.wanted if release < (1, 34) else self.follow)[PAUSE] = pause_image

    def knows(self, flag):
        if self.help is not None:
            return flag in self.help
        first, last = LIFETIMES[flag]
        return (first is None or self.release >= first) and (last is None or self.release <= last)
