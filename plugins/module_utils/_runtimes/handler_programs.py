# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of runtime handlers: which are on a node, and which are to be installed. Pure: no I/O.

A handler is one of ``handlers.parse()``. Private to this collection: there is no promise that it stays as it is.
"""

import posixpath

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handlers import SHIM, packages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

    Handler = Dict[str, Any]

# Where files from the controller wait on the node until they are installed.
COPIES = "/var/lib/cri-switchover/handlers"


def program(info: "Dict[str, Any]", name: str) -> "Dict[str, Any]":
    """{"path", "version", ...} of a program as node_runtime_info found it; {} where it is absent."""
    return dig(info, "handlers.programs", {}).get(name) or {}


def binaries(info: "Dict[str, Any]") -> "Dict[str, str]":
    """{program: path} of the programs that are on the node."""
    return {name: found["path"] for name, found in dig(info, "handlers.programs", {}).items() if found}


def is_not_offered(info: "Dict[str, Any]", name: str) -> bool:
    """Whether no package source is known to have the program. Only of apt is it known what no source has."""
    return dig(info, "packages.candidates", {}).get(name, name) is None


def packages_of(handlers: "List[Handler]", info: "Dict[str, Any]") -> "List[str]":
    """Packages to install: those that the node lacks, and that a source is known to have."""
    wanted = [name for name in packages(handlers) if not program(info, name)]
    return [name for name in wanted if not is_not_offered(info, name)]


def install_plan(handlers: "List[Handler]", info: "Dict[str, Any]") -> "Dict[str, Any]":
    """What is to be installed: {packages, manager, gvisor}.

    gvisor: None, or {package, files, local}. package and files are options of handler_binaries; local: what is copied
    from the controller before, each {path, sha512, dest, lacking}.
    """
    gvisor: "Any" = None
    for handler in handlers:
        options = handler["options"]
        if handler["runtime"] == "runsc" and options["source"] != "installed":
            gvisor = {"package": options.get("package"), "files": [], "local": []}
            for name, key in (("runsc", "runsc"), (SHIM, "shim")):
                if options["source"] == "files":
                    _add_file(gvisor, name, options[key + "_from"], options[key + "_sha512"].lower(), info)
            break
    return {"packages": packages_of(handlers, info), "manager": dig(info, "packages.manager"), "gvisor": gvisor}


def _add_file(gvisor: "Dict[str, Any]", name: str, origin: str, sha512: str, info: "Dict[str, Any]") -> None:
    if origin.startswith("https://"):
        gvisor["files"].append({"name": name, "sha512": sha512, "url": origin})
        return
    # With the slash at its end, the module copy makes the folder.
    folder = "%s/%s/" % (COPIES, name)
    source = folder + posixpath.basename(origin)
    gvisor["files"].append({"name": name, "sha512": sha512, "src": source, "consume": True})
    lacking = not program(info, name)
    gvisor["local"].append({"path": origin, "sha512": sha512, "dest": folder, "lacking": lacking})
