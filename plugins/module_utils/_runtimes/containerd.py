# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd as the target of a switch: all that a node needs to run on it. Pure: no I/O but what readers do.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import V1, V1ALPHA2
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import containerd as reader
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import (
    containerd_findings,
    handler_tables,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.containerd_check import check
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.containerd_config import CONFIG, render
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.containerd_settings import OPTIONS, settings_of
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.host_files import toml_file
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.from_docker import DockerToContainerd
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.to_docker import ContainerdToDocker
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import (
    containerd_package,
    containerd_version,
    dotted,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Inspection
    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import (
        Facts,
        Finding,
        Problem,
        Release,
    )

# The shim's own source: "containerd 1.5+" is what hands it TypeUrl and ConfigPath (pkg/shim/v1/runsc/service.go).
GVISOR = (1, 5)


class Containerd(Runtime):
    """containerd 1.6 to 2.3."""

    name = process = "containerd"
    title = "containerd"
    version_prefix = "containerd://"
    unit = "containerd.service"
    socket = "unix:///run/containerd/containerd.sock"
    socket_words = ("containerd",)
    is_target = True
    serves_docker = True
    # Docker's have the namespace moby.
    shims = ({"program": "containerd-shim", "argument": "k8s.io"},)
    offered = ("containerd", "containerd.io")
    options = OPTIONS
    plan_token = "CRI-CONTAINERD-PLAN"
    misread_error = {
        "token": "CRI-CONTAINERD-CONFIG",
        "what": "the staged " + CONFIG,
        "remedy": "Check the files of switchover_containerd_imports",
    }
    registries_place = certificates_place = "/etc/containerd/certs.d"
    store = "/var/lib/containerd"
    store_title = "containerd (packed and unpacked)"
    image_copies = 2
    oci_spec_1_2 = (2, 0)
    user_namespaces = (2, 0)
    from_docker = DockerToContainerd
    to_docker = ContainerdToDocker

    def apply(self) -> None:
        """The folders that its configuration names."""
        self.registries_place = self.chosen.get("registry_config_path") or self.registries_place
        self.certificates_place = self.registries_place
        self.store = self.chosen.get("root") or self.store

    def read(self, node: "Inspection", part: "Facts") -> None:
        """Fill the part `containerd` of the facts."""
        reader.read(node, part)

    def store_of(self, part: "Dict[str, Any]") -> "Optional[str]":
        """Its root: the operator's, else that of its configuration."""
        return self.chosen.get("root") or part.get("root") or self.store

    def version(self, info: "Facts") -> "Tuple[Optional[str], bool]":
        """(text, installed)."""
        return containerd_version(info)

    def cri_versions(self, release: "Release") -> "FrozenSet[str]":
        """Both in 1.6 and 1.7, one before and after (containerd's RELEASES.md)."""
        if release < (1, 6):
            return frozenset((V1ALPHA2,))
        return frozenset((V1ALPHA2, V1) if release < (2, 0) else (V1,))

    def missing_packages(self, info: "Facts") -> "List[str]":
        """containerd and crictl's package, where they are not there yet."""
        packages = [] if dig(info, "containerd.installed") else [containerd_package(info)]
        return packages + ([] if dig(info, "crictl.installed") else ["cri-tools"])

    def plan(self, info: "Facts") -> "Dict[str, Any]":
        """See Runtime. The options are those of containerd_settings.OPTIONS."""
        settings = settings_of(info, self)
        files = [(CONFIG, render(settings))] + _gvisor_files(settings)
        binary = dig(info, "containerd.binary") or "containerd"
        return dict(
            self.common_plan(info, settings, files),
            validate=[[binary, "--config", "{staged}" + CONFIG, "config", "dump"]],
        )

    def misread(self, printed: str, settings: "Dict[str, Any]") -> "List[str]":
        """``printed``: of `containerd config dump`."""
        return check(printed, settings)

    def findings(self, node: str, info: "Facts") -> "Iterator[Finding]":
        """Its unit, its socket, its present configuration, and the network's files."""
        return containerd_findings.judge(node, info, self)

    def release_findings(self, node: str, info: "Facts", release: "Release") -> "Iterator[Finding]":
        """Its release with this kubelet."""
        return containerd_findings.judge_release(node, info, self, release)

    def gvisor_problems(self, release: "Release", _gvisor: "Optional[int]") -> "Iterator[Problem]":
        """See Runtime."""
        if release < GVISOR:
            yield (
                "CRI-PF-HANDLER-GVISOR-TARGET",
                True,
                "containerd %s cannot hand gVisor's shim its settings; 1.5 is the first that can" % dotted(release),
                "upgrade containerd",
            )


def _gvisor_files(settings: "Dict[str, Any]") -> "List[Tuple[str, str]]":
    """[(path, text)]: settings for each handler of gVisor."""
    binary = settings["handler_binaries"].get("runsc")
    return [
        (
            handler_tables.runsc_config_path(handler["name"]),
            toml_file(handler_tables.runsc_toml(handler, settings["systemd_cgroup"], binary)),
        )
        for handler in settings["handlers"]
        if handler["runtime"] == "runsc"
    ]
