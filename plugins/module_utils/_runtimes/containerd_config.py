# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's config.toml, written for each release line. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.text import version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_tables
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.host_files import toml_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Tuple

CONFIG = "/etc/containerd/config.toml"


def schema(release: "Tuple[int, ...]") -> int:
    """The version of config.toml that a release line calls its own."""
    if release < (2, 0):
        return 2
    return 3 if release < (2, 3) else 4


def tree(settings: "Dict[str, Any]") -> "Dict[str, Any]":
    """config.toml as nested dicts for the release in ``settings["version"]``.

    ``settings``: of containerd_settings.settings_of(). Raises RuntimeConfigError for a release before 1.6.
    """
    release = version(settings["version"])
    if release is None or release < (1, 6):
        raise RuntimeConfigError("containerd %s is not supported: 1.6 is the oldest" % settings["version"])
    whole: "Dict[str, Any]" = {"version": schema(release), "root": settings["root"]}
    if settings["imports"]:
        whole["imports"] = settings["imports"]
    whole["disabled_plugins"] = []
    whole["plugins"] = _one_plugin(release, settings) if release < (2, 0) else _split_plugins(release, settings)
    return whole


def render(settings: "Dict[str, Any]") -> str:
    """The text of config.toml. Raises RuntimeConfigError."""
    return toml_file(tree(settings))


def _one_plugin(release: "Tuple[int, ...]", settings: "Dict[str, Any]") -> "Dict[str, Any]":
    """containerd 1.x: one plugin holds all settings of CRI."""
    return {
        "io.containerd.grpc.v1.cri": dict(
            _open_to_users(settings),
            sandbox_image=settings["pause_image"],
            cni=_cni(release, settings),
            containerd=dict(_handlers(settings), snapshotter=settings["snapshotter"]),
            registry={"config_path": settings["registry_config_path"]},
        )
    }


def _split_plugins(release: "Tuple[int, ...]", settings: "Dict[str, Any]") -> "Dict[str, Any]":
    """containerd 2.x: images and runtime have a plugin each."""
    registry = {"config_path": settings["registry_config_path"]}
    plugins: "Dict[str, Any]" = {
        "io.containerd.cri.v1.images": {
            "snapshotter": settings["snapshotter"],
            "pinned_images": {"sandbox": settings["pause_image"]},
            "registry": registry,
        },
        "io.containerd.cri.v1.runtime": dict(
            _open_to_users(settings), cni=_cni(release, settings), containerd=_handlers(settings)
        ),
    }
    if release >= (2, 1):
        # Pulls go through the transfer service, which has a setting of its own for the same directory.
        plugins["io.containerd.transfer.v1.local"] = registry
    return plugins


def _open_to_users(settings: "Dict[str, Any]") -> "Dict[str, bool]":
    """Docker opens ports below 1024 and ping to every user of a container; so does containerd 2, and 1.x on request."""
    return {
        "enable_unprivileged_ports": settings["unprivileged"],
        "enable_unprivileged_icmp": settings["unprivileged"],
    }


def _cni(release: "Tuple[int, ...]", settings: "Dict[str, Any]") -> "Dict[str, Any]":
    dirs = settings["cni_bin_dirs"]
    # Before 2.1 there is one directory; from then on a list, and the single key is deprecated.
    place: "Dict[str, Any]" = {"bin_dirs": dirs} if release >= (2, 1) else {"bin_dir": dirs[0]}
    return dict(place, conf_dir=settings["cni_conf_dir"], max_conf_num=1)


def _handlers(settings: "Dict[str, Any]") -> "Dict[str, Any]":
    return handler_tables.containerd_runtimes(
        settings["handlers"], settings["systemd_cgroup"], settings["handler_binaries"]
    )
