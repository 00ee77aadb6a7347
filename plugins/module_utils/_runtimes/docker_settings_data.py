# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's settings for what it stores, and for who uses it beside kubelet: a part of docker_settings. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import DATA_ROOT
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import (
    FLAGS,
    LIST,
    TEXTS,
    Reported,
    Setting,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import Context

# Of the options of storage drivers only these concern a pod; the others tune a driver that goes away.
QUOTAS = ("size", "overlay2.size", "dm.basesize")
FILE_LOGS = ("json-file", "local")


def _quotas(value: "Any", _context: "Context") -> "List[Any]":
    found = [option for option in value if str(option).partition("=")[0].strip().lower() in QUOTAS]
    return [found] if found else []


def _log_options(value: "Any", context: "Context") -> "List[Any]":
    """Those of another driver are that driver's."""
    return [value] if context.value("log-driver", FILE_LOGS[0]) in FILE_LOGS else []


def _another_root(value: "Any", _context: "Context") -> "List[Any]":
    return [] if value.rstrip("/") == DATA_ROOT else [value]


def _over_tcp(value: "Any", _context: "Context") -> "List[Any]":
    found = [host for host in value if str(host).startswith(("tcp://", "http://", "https://"))]
    return [found] if found else []


def _in_containerd(value: "Any", _context: "Context") -> "List[Any]":
    return [True] if value.get("containerd-snapshotter") in (True, "true") else []


ROWS = (
    Setting(
        "data-root",
        "its image, its writable layer and its logs are on the disk of this folder",
        Reported(
            BLOCKER,
            "CRI-PF-DATA-ROOT",
            "Docker keeps its data in %(value)s; %(title)s keeps its own in %(store)s",
            "check that %(store)s is on a disk made for it (mount one there), then allow it",
            "data-root",
        ),
        keys=("data-root", "graph"),
        flags=("data-root", "graph"),
        short="g",
        defaults=(DATA_ROOT,),
        concern=_another_root,
    ),
    Setting(
        "storage-opts",
        "its writable layer has a limit, if they set a size",
        Reported(
            BLOCKER,
            "CRI-PF-STORAGE-QUOTAS",
            "Docker limits the size of containers: %(value)s",
            "limit the pods instead: resources.limits of ephemeral-storage",
            "storage-quotas",
        ),
        LIST,
        flags=("storage-opt",),
        concern=_quotas,
    ),
    Setting(
        "log-driver",
        "its output goes where this driver sends it",
        Reported(
            BLOCKER,
            "CRI-PF-LOG-DRIVER",
            "Docker sends containers' output to the log driver %(value)s",
            "%(title)s writes files that kubelet rotates: set up a log agent",
            "log-driver",
        ),
        defaults=FILE_LOGS,
    ),
    Setting(
        "log-opts",
        "its log has this size and number of files",
        Reported(
            WARNING,
            "CRI-PF-LOG-OPTIONS",
            "Docker's log-opts (%(value)s) end with Docker",
            "kubelet rotates the logs of %(title)s: containerLogMaxSize (10Mi) and containerLogMaxFiles (5) in its"
            " configuration",
        ),
        TEXTS,
        flags=("log-opt",),
        concern=_log_options,
    ),
    Setting(
        "authorization-plugins",
        "the plugins may refuse it",
        Reported(
            WARNING,
            "CRI-PF-AUTHORIZATION-PLUGINS",
            "Docker asks plugins whether a request is allowed: %(value)s",
            "they are not asked about pods of %(title)s: put the policy into the cluster's admission control",
        ),
        LIST,
        flags=("authorization-plugin",),
    ),
    Setting(
        "hosts",
        "programs that use Docker over TCP find it there",
        Reported(
            WARNING,
            "CRI-PF-DOCKER-TCP",
            "Docker listens on %(value)s",
            "find out who uses it: after the switch, Docker there has no pods",
        ),
        LIST,
        flags=("host",),
        short="H",
        concern=_over_tcp,
    ),
    Setting(
        "features",
        "its image may be in containerd's store instead of Docker's",
        Reported(
            NOTE,
            "CRI-PF-CONTAINERD-STORE",
            "Docker keeps its images in containerd (containerd-snapshotter), not in its own folder",
            "count them where containerd has its root; removing Docker's folder does not free their space",
        ),
        FLAGS,
        flags=("feature",),
        concern=_in_containerd,
    ),
)
