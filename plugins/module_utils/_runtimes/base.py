# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container runtime is, as the source or as the target of a switch. Pure: no I/O but what readers do.

A new runtime is one class (one file), one line of the registry, and one role. Nothing else knows a runtime by its name.
Private to this collection: there is no promise that it stays as it is.
"""

import copy

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._facts.known_runtime import KnownRuntime
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handlers import plan_handler
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.host_files import (
    MODULES,
    SYSCTL_FILE,
    host_files,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Tuple, Type

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Inspection
    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.transfer import Transfer

    Facts = Dict[str, Any]
    Finding = Dict[str, Any]
    Handler = Dict[str, Any]
    Release = Tuple[int, ...]
    # (token, whether the handler cannot work, what is wrong, remedy)
    Problem = Tuple[str, bool, str, str]


class Runtime(KnownRuntime):
    """A container runtime. Everything here is a default, or has to be given by the class."""

    # What kubelet reports before the runtime's version.
    version_prefix = ""
    # Whether a node can be switched to it, and away from it.
    is_target = False
    is_source = False

    # --- as a target: what it needs

    # The options of plan() that an operator may set, and their defaults; None: as the node's facts say.
    options: "Dict[str, Any]" = {}
    # The token of an error of plan().
    plan_token = ""
    # The error where its program reads the staged files differently: {"token", "what", "remedy"}.
    misread_error: "Dict[str, str]" = {}
    # The folder for registries' settings.
    registries_place = ""
    # Where certificates for registries belong: in a folder there of the registry's name.
    certificates_place = ""
    # Names of rows of docker_settings that its configuration carries over.
    carries: "FrozenSet[str]" = frozenset()
    # Handlers that pods may name in a RuntimeClass, and that it serves by its default one without a declaration.
    aliases: "FrozenSet[str]" = frozenset()
    # How often it keeps the bytes of an image: packed and unpacked are two.
    image_copies = 1
    # Where it keeps images by default, and how a message names that.
    store = ""
    store_title = ""

    # Whether Docker runs its containers by the same service, which then runs before and after a switch.
    serves_docker = False
    # What watches over its containers, one process each: the begin of the program's name and of an argument that only
    # its own have, {program, argument}.
    shims: "Tuple[Dict[str, str], ...]" = ()

    # --- what must hold of its release; None: of none

    # The first release that writes a configuration of OCI runtime spec 1.2, which older crun refuses.
    oci_spec_1_2: "Optional[Release]" = None
    # The first release with user namespaces for pods.
    user_namespaces: "Optional[Release]" = None

    # --- how images go between it and Docker

    from_docker: "Optional[Type[Transfer]]" = None
    to_docker: "Optional[Type[Transfer]]" = None

    # What the operator has chosen of `options`, once configured() has set it.
    chosen: "Dict[str, Any]" = {}

    def configured(self, chosen: "Dict[str, Any]") -> "Runtime":
        """The same as the operator wants it on one node. ``chosen``: options; an empty one takes its default."""
        made = copy.copy(self)
        made.chosen = {name: value for name, value in chosen.items() if value not in (None, "", [])}
        made.apply()
        return made

    def apply(self) -> None:
        """Set what depends on the chosen options, such as the folder for registries' settings."""

    def read(self, node: "Inspection", part: "Facts") -> None:
        """Fill the runtime's part of the facts: the only method that reads a node."""
        raise NotImplementedError

    def version(self, info: "Facts") -> "Tuple[Optional[str], bool]":
        """(text, installed): its version on this node, installed, or as the node's packages offer it."""
        raise NotImplementedError

    def release(self, info: "Facts") -> "Optional[Release]":
        """The same as numbers, such as (1, 6, 20); None where it is not known."""
        return version(self.version(info)[0])

    def cri_versions(self, release: "Release") -> "FrozenSet[str]":
        """The versions of the CRI API that a release serves, of V1ALPHA2 and V1."""
        raise NotImplementedError

    def missing_packages(self, info: "Facts") -> "List[str]":
        """Packages that are to be installed before a node can be switched to it."""
        raise NotImplementedError

    def plan(self, info: "Facts") -> "Dict[str, Any]":
        """Packages and files, how they are checked, and how they are put to use: with the options of configured().

        ``info``: of node_runtime_info. Raises RuntimeConfigError.
        """
        raise NotImplementedError

    def common_plan(
        self, info: "Facts", settings: "Dict[str, Any]", files: "List[Tuple[str, str]]"
    ) -> "Dict[str, Any]":
        """What the plans of all targets have. ``files``: [(path, text)] of the runtime's own."""
        files = files + host_files(info, self.socket)
        return {
            "runtime": self.name,
            "title": self.title,
            "service": self.unit,
            "socket": self.socket,
            "serves_docker": self.serves_docker,
            "shims": list(self.shims),
            "version_prefix": self.version_prefix,
            "version": settings["version"],
            "packages": self.missing_packages(info),
            "package_manager": dig(info, "packages.manager"),
            "settings": settings,
            "files": [{"path": path, "content": text, "mode": "0644"} for path, text in files],
            "misread": self.misread_error,
            # Whether the packages that are installed for it may change the plan, and files of theirs that are left out.
            "reread": False,
            "excluded_paths": [],
            "modules": MODULES,
            "sysctl_files": [SYSCTL_FILE],
            # The default first: the verification expects that pods get it without asking. CRI-O's packages may bring
            # handlers of which only the name is known.
            "handlers": [plan_handler(item) if "runtime" in item else item for item in settings["handlers"]],
            # Where image_transfer needs free space.
            "store": settings["root"],
            "pause_image": settings["pause_image"],
            "crictl": dig(info, "crictl.path") or "/usr/bin/crictl",
        }

    def misread(self, printed: str, settings: "Dict[str, Any]") -> "List[str]":
        """What the installed program made of the staged files differently, as sentences.

        ``printed``: what the validation of the plan printed; ``settings``: the plan's.
        """
        raise NotImplementedError

    # --- as a target: what speaks against it on a node

    def findings(self, _node: str, _info: "Facts") -> "Iterator[Finding]":
        """Findings of the preflight that only this target has."""
        return iter(())

    def release_findings(self, _node: str, _info: "Facts", _release: "Release") -> "Iterator[Finding]":
        """Whether its release is fit for this node's kubelet, beside the versions of CRI."""
        return iter(())

    def gvisor_problems(self, _release: "Release", _gvisor: "Optional[int]") -> "Iterator[Problem]":
        """What keeps a handler of gVisor from working with a release. ``gvisor``: its release, such as 20260224."""
        return iter(())

    def may_bring(self, _handler: "Handler", _info: "Facts") -> bool:
        """Whether packages that are still to be installed may contain the handler's program."""
        return False
