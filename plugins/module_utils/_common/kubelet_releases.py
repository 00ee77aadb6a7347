# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The releases of kubelet that this collection knows: ONE table of what came with each, and what follows from it. Pure.

A row says what changed with its release; all else stays as it was. A new release is one row, also where nothing
changed: without it preflight warns that the release is not known. Which flags and files a switch changes because of
all this stands in `_kubelet.rules`.

Private to this collection: there is no promise that it stays as it is.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, FrozenSet, Optional, Sequence, Set, Tuple

    # (1, 23) of Kubernetes 1.23
    Release = Tuple[int, int]

# Versions of the CRI API.
V1ALPHA2, V1 = "v1alpha2", "v1"

# Only dockershim and cAdvisor's Docker part read these. Some are older than 1.20, or hidden in kubelet's help. Most are
# accepted up to 1.23, and none from 1.24 on (kubernetes #106907, and #95935 for redirect-container-streaming).
DOCKER_FLAGS: "FrozenSet[str]" = frozenset(
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

# What a row may say:
#   adds, removes: flags. A kubelet does not start with a flag that it does not know.
#   gates: {feature gate: whether it is on without being asked for}, from the release on that knows it by this name.
#   any other: a property of KubeletRelease, and its value from this release on.
# pause_image is defaultPodSandboxImage of cmd/kubelet/app/options/container_runtime.go.
RELEASES: "Dict[Release, Dict[str, Any]]" = {
    (1, 20): {
        # What the oldest release has stands here, since whenever.
        "has_dockershim": True,
        "cri": (V1ALPHA2,),
        "default_endpoint": "unix:///var/run/dockershim.sock",  # cmd/kubelet/app/options/options.go
        "adds": DOCKER_FLAGS.union(
            (
                "container-runtime",
                "container-runtime-endpoint",
                "image-service-endpoint",
                "pod-infra-container-image",
                "runtime-cgroups",
                "hairpin-mode",
                "non-masquerade-cidr",
                "containerd",
                "containerd-namespace",
            )
        ),
        "pause_image": "k8s.gcr.io/pause:3.2",
    },
    (1, 21): {
        "pause_image": "k8s.gcr.io/pause:3.4.1",
    },
    (1, 22): {
        "gates": {"MemoryQoS": False},  # KEP-2570: alpha
        "pause_image": "k8s.gcr.io/pause:3.5",
    },
    (1, 23): {
        "cri": (V1ALPHA2, V1),  # release notes of 1.23: CRI v1 is the default, and v1alpha2 where a runtime lacks it
        "pause_image": "k8s.gcr.io/pause:3.6",
    },
    (1, 24): {
        "has_dockershim": False,  # KEP-2221
        "default_endpoint": "",  # kubernetes #106907, and website #34799: the flag has no default any more
        "removes": DOCKER_FLAGS.union(("non-masquerade-cidr",)),  # kubernetes #106907
        "pause_image": "k8s.gcr.io/pause:3.7",
    },
    (1, 25): {
        "cgroup_v2_is_stable": True,  # KEP-2254
        "pause_image": "registry.k8s.io/pause:3.8",
    },
    (1, 26): {
        "cri": (V1,),  # kubernetes #110618
        "pause_image": "registry.k8s.io/pause:3.9",
    },
    (1, 27): {
        "removes": ("container-runtime",),  # kubernetes #114017
        "has_endpoint_field": True,  # kubernetes #112136
        "default_endpoint": "unix:///run/containerd/containerd.sock",  # the same: pkg/kubelet/apis/config/v1beta1
    },
    (1, 28): {
        "adds": ("config-dir",),  # KEP-3983
        "names_images": True,  # kubernetes #118652
        "gates": {"UserNamespacesSupport": False},  # KEP-127: before, the gate had another name
    },
    (1, 29): {},
    (1, 30): {},
    (1, 31): {
        "has_fail_cgroup_v1": True,  # KEP-4569
        "pause_image": "registry.k8s.io/pause:3.10",
    },
    (1, 32): {},
    (1, 33): {
        # KEP-4205: alpha. KEP-127: beta, and on.
        "gates": {"KubeletPSI": False, "UserNamespacesSupport": True},
    },
    (1, 34): {
        "endpoint_is_in_files": True,  # KEP-4656: kubeadm's NodeLocalCRISocket is on
        "gates": {"KubeletPSI": True},  # KEP-4205: beta
        "pause_image": "registry.k8s.io/pause:3.10.1",
    },
    (1, 35): {
        "removes": ("pod-infra-container-image",),  # kubernetes #133779
        "fails_on_cgroup_v1": True,  # KEP-5573
        "pause_image": None,  # kubernetes #133779: kubelet names none any more
    },
    (1, 36): {},
    (1, 37): {
        "removes": ("containerd", "containerd-namespace"),  # kubernetes #139870
        "gates": {"MemoryQoS": True},  # KEP-2570: beta
    },
}


class KubeletRelease:
    """What one release of kubelet is like.

    has_dockershim: whether it reaches Docker by itself.
    cri: the versions of the CRI API that it can use.
    flags: those that it knows, of all that the table names.
    default_endpoint: the CRI socket that it uses when it is given none; "" where it needs one.
    has_endpoint_field: whether its configuration file may name the CRI socket (containerRuntimeEndpoint).
    endpoint_is_in_files: whether the CRI socket belongs into that file, since kubeadm takes the flag away.
    names_images: whether it gives the runtime the name that a pod has for an image, beside the image's id.
    pause_image: the sandbox image that it names when no flag does, or None.
    cgroup_v2_is_stable: whether that support is stable.
    has_fail_cgroup_v1: whether it knows the field failCgroupV1.
    fails_on_cgroup_v1: whether it does not start on cgroup v1, unless that field is false.
    gates: {feature gate that it knows: whether it is on by itself}, of all that the table names.
    """

    def __init__(self) -> None:
        self.has_dockershim = False
        self.cri: "Tuple[str, ...]" = ()
        self.flags: "Set[str]" = set()
        self.default_endpoint = ""
        self.has_endpoint_field = False
        self.endpoint_is_in_files = False
        self.names_images = False
        self.pause_image: "Optional[str]" = None
        self.cgroup_v2_is_stable = False
        self.has_fail_cgroup_v1 = False
        self.fails_on_cgroup_v1 = False
        self.gates: "Dict[str, bool]" = {}

    def change(self, row: "Dict[str, Any]") -> None:
        """Let one row of the table take effect. Raises KeyError for what no row may say."""
        for key, value in row.items():
            if key == "adds":
                self.flags.update(value)
            elif key == "removes":
                self.flags.difference_update(value)
            elif key == "gates":
                self.gates.update(value)
            elif key in vars(self) and key != "flags":
                setattr(self, key, value)
            else:
                raise KeyError(key)


def oldest() -> "Release":
    """The oldest release that is known."""
    return min(RELEASES)


def newest() -> "Release":
    """The newest release that is known."""
    return max(RELEASES)


def of(version: "Sequence[int]") -> KubeletRelease:
    """What a kubelet of a version such as (1, 23) or (1, 23, 17) is like.

    One older than the table is taken for its oldest release, one newer for its newest.
    """
    found = KubeletRelease()
    for release in sorted(RELEASES):
        if release <= tuple(version[:2]) or release == oldest():
            found.change(RELEASES[release])
    return found


def first(holds: "Callable[[KubeletRelease], bool]") -> "Release":
    """The first release of the table for which something holds. Raises ValueError where there is none."""
    for release in sorted(RELEASES):
        if holds(of(release)):
            return release
    raise ValueError("there is no such release of kubelet in the table")


def last(holds: "Callable[[KubeletRelease], bool]") -> "Release":
    """The last release of the table for which something holds. Raises ValueError where there is none."""
    for release in sorted(RELEASES, reverse=True):
        if holds(of(release)):
            return release
    raise ValueError("there is no such release of kubelet in the table")


def all_flags() -> "Set[str]":
    """Every flag that the table names."""
    return {flag for row in RELEASES.values() for flag in row.get("adds", ())}
