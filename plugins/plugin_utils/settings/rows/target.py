# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of what a node runs its pods on, and of Docker's removal. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handler_declaration import problems
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.names import full_name
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.pod_features import MODES
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.registry import BY_NAME, DEFAULT_TARGET, TARGETS
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.handlers_on_node import handlers_on_node
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.kinds import Choice, Flag, Mappings, Text, Words
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.on_node import cgroups_on_node, rendered_as
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import HOST, Setting
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.texts import plain_path

TARGET, CONTAINERD, CRIO, REMOVAL = "Target", "containerd", "CRI-O", "Removal of Docker"


def _handler_problem(declared: list[Any]) -> str | None:
    return "; ".join(problems(declared)) or None


def _is_path(text: str) -> bool:
    return bool(re.match(r"^/[^\x00-\x1f]*$", text))


def _is_image(text: str) -> bool:
    try:
        return bool(full_name(text))
    except ValueError:
        return False


DIRECTORY = Text("the absolute path of a directory on the node", _is_path, plain_path)
# As containers/image has them: sysregistriesv2 takes no path and no scheme for unqualified-search-registries.
REGISTRY = re.compile(r"^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:[0-9]+)?$")

ROWS = (
    Setting(
        name="switchover_target",
        kind=Choice(TARGETS),
        default=DEFAULT_TARGET,
        scope=HOST,
        section=TARGET,
        description="The runtime to switch to.",
        shapes=True,
        variables=(
            "preflight_target",
            "cgroup_v2_target",
            "kubelet_runtime_target",
            "runtime_handlers_target",
            "switch_node_target",
        ),
    ),
    Setting(
        name="switchover_pause_image",
        kind=Text("the name of an image, such as registry.k8s.io/pause:3.9", _is_image),
        default="",
        default_words="what kubelet uses now",
        on_node=rendered_as("journal.pause_image"),
        scope=HOST,
        section=TARGET,
        description="The image of pod sandboxes. When empty, the one that kubelet uses now.",
        shapes=True,
        variables=("target_containerd_pause_image", "target_crio_pause_image"),
    ),
    Setting(
        name="switchover_handlers",
        kind=Mappings("runtime handlers", _handler_problem, handlers_on_node),
        default=[],
        default_words="containerd: runc; CRI-O: as packaged",
        stands_for={"containerd": handlers_on_node(handlers.DEFAULT)},
        scope=HOST,
        section=TARGET,
        description="The runtime handlers. When empty, runc for containerd, and for CRI-O those of its packages.",
        shapes=True,
        variables=(
            "preflight_handlers",
            "runtime_handlers_declared",
            "switch_node_handlers",
            "target_containerd_handlers",
            "target_crio_handlers",
            "verify_node_handlers",
        ),
    ),
    Setting(
        name="switchover_cgroup_v2",
        kind=Choice(MODES),
        default="report",
        scope=HOST,
        section=TARGET,
        description="Whether a node on cgroup v1 is only reported, refused, or booted into v2 during its switch.",
        shapes=True,
        on_node=cgroups_on_node,
        variables=("preflight_cgroup_v2", "cgroup_v2_mode", "switch_node_cgroup_v2"),
    ),
    Setting(
        name="switchover_update_cache",
        kind=Flag(),
        # Package sources of old nodes often no longer exist (the former apt.kubernetes.io): a refresh would fail.
        default=False,
        scope=HOST,
        section=TARGET,
        description="Refresh the package lists before something is installed.",
        variables=("runtime_handlers_update_cache", "target_containerd_update_cache", "target_crio_update_cache"),
    ),
    Setting(
        name="switchover_containerd_root",
        kind=DIRECTORY,
        default="",
        default_words="where it is now, else `/var/lib/containerd`",
        on_node=rendered_as("journal.store", plain_path),
        stands_for={"containerd": BY_NAME["containerd"].store},
        scope=HOST,
        section=CONTAINERD,
        description="The directory of containerd's data. When empty, the present one, else `/var/lib/containerd`.",
        shapes=True,
        runtime="containerd",
        variables=("target_containerd_root",),
    ),
    Setting(
        name="switchover_containerd_snapshotter",
        kind=Text("the name of a snapshotter, such as overlayfs", re.compile(r"^[A-Za-z0-9][\w.-]*$").match),
        default="overlayfs",
        scope=HOST,
        section=CONTAINERD,
        description="The snapshotter for pods.",
        shapes=True,
        runtime="containerd",
        variables=("target_containerd_snapshotter",),
    ),
    Setting(
        name="switchover_containerd_imports",
        kind=Words(
            "absolute paths or patterns of files, such as /etc/containerd/conf.d/*.toml",
            fits=_is_path,
            form=plain_path,
        ),
        default=[],
        scope=HOST,
        section=CONTAINERD,
        description="Files with settings of your own for containerd to read, as paths or patterns.",
        more=(
            "They add to the configuration that is written. A file that changes it is refused.",
            "Before containerd 2 an imported file replaces all settings of each plugin that it names. So it cannot add"
            " to those of the CRI plugin.",
        ),
        shapes=True,
        runtime="containerd",
        variables=("target_containerd_imports",),
    ),
    Setting(
        name="switchover_containerd_registry_config_path",
        kind=DIRECTORY,
        default="/etc/containerd/certs.d",
        scope=HOST,
        section=CONTAINERD,
        description="The directory with a `hosts.toml` for each registry.",
        shapes=True,
        runtime="containerd",
        variables=("target_containerd_registry_config_path",),
    ),
    Setting(
        name="switchover_crio_root",
        kind=DIRECTORY,
        default="",
        default_words="where it is now, else `/var/lib/containers/storage`",
        on_node=rendered_as("journal.store", plain_path),
        stands_for={"crio": BY_NAME["crio"].store},
        scope=HOST,
        section=CRIO,
        description="The directory of CRI-O's images and containers. When empty, the present one.",
        more=("If there is none, it is `/var/lib/containers/storage`.",),
        shapes=True,
        runtime="crio",
        variables=("target_crio_root",),
    ),
    Setting(
        name="switchover_crio_default_runtime",
        kind=Text("the name of an OCI runtime, such as crun", re.compile(r"^[A-Za-z0-9][\w.-]*$").match),
        default="",
        default_words="as CRI-O's files say",
        scope=HOST,
        section=CRIO,
        description="The OCI runtime of pods that name none. When empty, the one that CRI-O's files name.",
        more=("If they name none, it is crun from CRI-O 1.31 on, and runc before.",),
        shapes=True,
        runtime="crio",
        variables=("target_crio_default_runtime",),
    ),
    Setting(
        name="switchover_crio_keep_docker_defaults",
        kind=Flag(),
        default=True,
        scope=HOST,
        section=CRIO,
        description="Give containers the capabilities and default ulimits that Docker gave them.",
        more=(
            "CRI-O's own default has no AUDIT_WRITE, MKNOD, NET_RAW, SETFCAP and SYS_CHROOT. Without them, ping, chroot"
            " and others fail in pods that do not request these capabilities.",
        ),
        shapes=True,
        runtime="crio",
        variables=("target_crio_keep_docker_defaults",),
    ),
    Setting(
        name="switchover_crio_unqualified_registries",
        kind=Words("registries without a path, such as docker.io or registry.example.com:5000", fits=REGISTRY.match),
        default=[],
        default_words="as the node's files say",
        scope=HOST,
        section=CRIO,
        description="The registries for image names without one. `docker.io` was Docker's only one.",
        more=("When empty, the files that the node has decide. If they name none, CRI-O refuses such image names.",),
        shapes=True,
        runtime="crio",
        variables=("target_crio_unqualified_registries",),
    ),
    Setting(
        name="switchover_crio_monitor_slice",
        kind=Text("a slice of systemd, such as system.slice", re.compile(r"^[\w:.\\-]+\.slice$").match),
        default="system.slice",
        scope=HOST,
        section=CRIO,
        description="The systemd slice of the processes of conmon, if kubelet's cgroup driver is systemd.",
        more=("With cgroupfs they always run in the pod's cgroup.",),
        shapes=True,
        runtime="crio",
        variables=("target_crio_monitor_slice",),
    ),
    Setting(
        name="switchover_remove_docker",
        kind=Flag(),
        default=False,
        scope=HOST,
        section=REMOVAL,
        description="For the playbook `remove_docker`: remove Docker from this node, which then cannot revert.",
        variables=("remove_docker_asked",),
    ),
    Setting(
        name="switchover_remove_docker_data",
        kind=Flag(),
        default=False,
        scope=HOST,
        section=REMOVAL,
        description="For the playbook `remove_docker`: delete Docker's data, too.",
        variables=("remove_docker_data",),
    ),
)
