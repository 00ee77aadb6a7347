# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI-O as the target of a switch: all that a node needs to run on it. Pure: no I/O but what readers do.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import V1, V1ALPHA2
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._facts.crio import FOLDER, OWN, OWN_POLICY, ROOT
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import crio as reader
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.programs import own_build
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import (
    crio_findings,
    handler_programs,
    handler_tables,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_check import check, validation
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_config import (
    CONFIG,
    DRIVER,
    RUN_ROOT,
    render,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_settings import (
    OPTIONS,
    POLICY,
    counting_policies,
    settings_of,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.host_files import (
    BANNER,
    toml_file,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.from_docker import DockerToCrio
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.to_docker import CrioToDocker
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import crio_version, dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Inspection
    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import (
        Facts,
        Finding,
        Handler,
        Problem,
        Release,
    )

    Files = List[Tuple[str, str]]

REGISTRIES = "/etc/containers/registries.conf.d/" + OWN
STORAGE = "/etc/containers/storage.conf"
# Newer upstream packages contain a network of CRI-O's own (11-crio-ipv4-bridge.conflist), which would be used.
# Staging leaves it out. The next upgrade would install it, under a name that comes before the cluster's file.
DPKG = "/etc/dpkg/dpkg.cfg.d/cri-switchover"
# gVisor's guide for CRI-O (gvisor.dev/docs/user_guide/containerd/crio): "Minimal version supported: v1.37"; the change
# is cri-o #9974. Below, a sandbox starts and its containers stay in Created for good (gVisor #3283, #10313).
GVISOR = (1, 37)
# gVisor's part of it is #13279, which was still under review on that day.
GVISOR_TOO_OLD = 20260723


class Crio(Runtime):
    """CRI-O 1.20 to 1.37."""

    name = process = "crio"
    title = "CRI-O"
    version_prefix = "cri-o://"
    unit = "crio.service"
    socket = "unix:///var/run/crio/crio.sock"
    socket_words = ("crio", "cri-o")
    cni_folders = ("/usr/libexec/cni",)
    checks_network = True
    is_target = True
    # It gives each conmon the path at which it waits for its end.
    shims = (
        {"program": "conmon", "argument": "/run/crio"},
        {"program": "conmon", "argument": "/var/run/crio"},
    )
    packages = ("cri-o", "skopeo")
    options = OPTIONS
    plan_token = "CRI-CRIO-PLAN"
    misread_error = {
        "token": "CRI-CRIO-CONFIG",
        "what": "its files together with the staged " + OWN,
        "remedy": "Check the later files in " + FOLDER,
    }
    registries_place = "/etc/containers/registries.conf.d"
    certificates_place = "/etc/containers/certs.d"
    carries = frozenset(("default-ulimits",))
    store = ROOT
    store_title = "CRI-O's storage"
    oci_spec_1_2 = (1, 30)
    user_namespaces = (1, 25)
    from_docker = DockerToCrio
    to_docker = CrioToDocker

    def apply(self) -> None:
        """Its storage, and whether it carries over what Docker gave containers."""
        self.store = self.chosen.get("root") or self.store
        if self.chosen.get("keep_docker_defaults") is False:
            self.carries = frozenset()

    def read(self, node: "Inspection", part: "Facts") -> None:
        """Fill the part `crio` of the facts."""
        reader.read(node, part, node.target is self)

    def store_of(self, part: "Dict[str, Any]") -> "Optional[str]":
        """The root of containers/storage: the operator's, else that of its files."""
        return self.chosen.get("root") or (part.get("storage") or {}).get("root") or self.store

    def own_program(self, name: str) -> "Optional[str]":
        """Its packages bring builds of runc and crun."""
        return own_build(name)

    def version(self, info: "Facts") -> "Tuple[Optional[str], bool]":
        """(text, installed)."""
        return crio_version(info)

    def cri_versions(self, release: "Release") -> "FrozenSet[str]":
        """v1 from 1.21 on (cmd/crio/main.go registers it), v1alpha2 up to 1.25 (CRI-O's release notes of 1.26)."""
        return frozenset(((V1,) if release >= (1, 21) else ()) + ((V1ALPHA2,) if release < (1, 26) else ()))

    def missing_packages(self, info: "Facts") -> "List[str]":
        """CRI-O, crictl's package, and skopeo, which copies images to CRI-O's storage."""
        packages = []
        if not dig(info, "crio.installed"):
            packages.append("cri-o")
            # Older repositories have the OCI runtime and its monitor in a package of their own.
            if dig(info, "packages.candidates", {}).get("cri-o-runc") and not dig(info, "crio.programs.runc"):
                packages.append("cri-o-runc")
        elif not dig(info, "crio.programs.conmon") and not dig(info, "crio.programs.conmonrs"):
            packages.append("conmon")
        if not dig(info, "crio.programs.skopeo"):
            packages.append("skopeo")
        return packages + ([] if dig(info, "crictl.installed") else ["cri-tools"])

    def plan(self, info: "Facts") -> "Dict[str, Any]":
        """See Runtime. The options are those of crio_settings.OPTIONS."""
        settings = settings_of(info, self)
        files = [(CONFIG, render(settings))] + _shared_files(info, settings) + _gvisor_files(info, settings)
        return dict(
            self.common_plan(info, settings, files),
            # Its packages bring OCI runtimes, settings and a sample network.
            reread=True,
            excluded_paths=[sample_network(settings)],
            # Before CRI-O is installed there is nothing that could check a file.
            validate=[validation(dig(info, "crio.binary") or "crio")] if dig(info, "crio.installed") else [],
        )

    def misread(self, printed: str, settings: "Dict[str, Any]") -> "List[str]":
        """``printed``: of `crio config`."""
        return check(printed, settings)

    def findings(self, node: str, info: "Facts") -> "Iterator[Finding]":
        """Its settings, its policy, and what it does to the pods' network and image names."""
        return crio_findings.judge(node, info, self)

    def release_findings(self, node: str, info: "Facts", release: "Release") -> "Iterator[Finding]":
        """Its release with this kubelet."""
        return crio_findings.judge_release(node, info, release)

    def gvisor_problems(self, release: "Release", gvisor: "Optional[int]") -> "Iterator[Problem]":
        """See Runtime."""
        if release < GVISOR:
            yield (
                "CRI-PF-HANDLER-GVISOR-TARGET",
                True,
                "gVisor works with CRI-O from 1.37 on, this is %s: sandboxes start, their containers stay in Created"
                % dotted(release),
                "use containerd for nodes that need gVisor, or leave this handler out",
            )
        elif gvisor and gvisor <= GVISOR_TOO_OLD:
            yield (
                "CRI-PF-HANDLER-GVISOR-TARGET",
                True,
                "gVisor's release %d cannot serve CRI-O: its shim can do so only in releases after %d (gVisor #13279)"
                % (gvisor, GVISOR_TOO_OLD),
                "install a newer gVisor",
            )

    def may_bring(self, handler: "Handler", info: "Facts") -> bool:
        """Its upstream packages contain runtimes of their own; once they are installed, staging checks again."""
        return dig(info, "crio.installed") is False and not handler["options"].get("binary")


def sample_network(settings: "Dict[str, Any]") -> str:
    """The pattern of the network that CRI-O's packages bring."""
    return "%s/*crio*" % settings["cni_conf_dir"].rstrip("/")


def _shared_files(info: "Facts", settings: "Dict[str, Any]") -> "Files":
    """[(path, text)] of files that belong to all of containers/*: policy.json and storage.conf only if absent."""
    files = []
    if settings["unqualified_registries"]:
        files.append((REGISTRIES, toml_file({"unqualified-search-registries": settings["unqualified_registries"]})))
    if not counting_policies(info):
        files.append((POLICY, OWN_POLICY))
    if not dig(info, "crio.storage.file"):
        storage = {"driver": DRIVER, "runroot": RUN_ROOT, "graphroot": settings["root"]}
        files.append((STORAGE, toml_file({"storage": storage})))
    if dig(info, "packages.manager") == "apt":
        files.append((DPKG, BANNER + "path-exclude=%s\n" % sample_network(settings)))
    return files


def _gvisor_files(info: "Facts", settings: "Dict[str, Any]") -> "Files":
    """[(path, text)]: settings for each handler of gVisor."""
    binary, systemd = handler_programs.binaries(info).get("runsc"), settings["cgroup_manager"] == "systemd"
    return [
        (
            handler_tables.crio_config_path(handler["name"]),
            toml_file(handler_tables.runsc_toml(handler, systemd, binary, grouping=True)),
        )
        for handler in settings["handlers"]
        if handler.get("runtime") == "runsc"
    ]
