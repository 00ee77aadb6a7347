# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the programs of the runtime handlers that were declared; each program costs a process."""

import os
import shutil

from ansible_collections.cri.switchover.plugins.module_utils._facts import handlers as parsing
from ansible_collections.cri.switchover.plugins.module_utils._facts import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection


def begin(node: "Inspection") -> None:
    """Find the programs and ask them for their versions."""
    if not node.params["programs"]:
        return
    unit = node.target.unit
    pid = node.main_pid(unit, node.target.process)
    environ = io.read_text("/proc/%d/environ" % pid) if pid else None
    node.search_path, node.search_path_source = parsing.search_path(environ or "", node.unit(unit))
    for name, path in node.params["programs"].items():
        own = None if path else node.target.own_program(name)
        node.programs[name] = found = own or shutil.which(path or name, path=node.search_path)
        # A container shim speaks to its runtime only; it is of the same build as runsc.
        if found and not name.startswith("containerd-shim-"):
            node.begin("handler " + name, [found, "--version"])


def read(node: "Inspection", handlers: "Facts") -> None:
    """Fill the part `handlers`; it stays empty where none is declared."""
    if not node.params["programs"]:
        return
    handlers.update(path=node.search_path, path_source=node.search_path_source, programs={}, kvm=_kvm())
    for name, path in node.programs.items():
        handlers["programs"][name] = {"path": path, "version": None} if path else None
    for name in node.programs:
        if node.is_begun("handler " + name):
            handlers["programs"][name].update(parsing.program_facts(node.result("handler " + name)))


def _kvm() -> "Facts":
    """A device file may be there, and nothing behind it."""
    facts: "Facts" = {"exists": os.path.exists("/dev/kvm"), "usable": False, "error": None}
    if facts["exists"]:
        try:
            os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
            facts["usable"] = True
        except OSError as error:
            facts["error"] = error.strerror
    return facts
