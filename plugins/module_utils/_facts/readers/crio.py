# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads CRI-O: its unit, its programs, its configuration and that of containers/*."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import crio as parsing
from ansible_collections.cri.switchover.plugins.module_utils._facts import io, systemd
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import texts_of
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.programs import program
from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection


def read(node: "Inspection", crio: "Facts", wanted: bool) -> None:
    """Fill the part `crio`; its files only where it is installed or the target (``wanted``)."""
    unit = systemd.unit_facts(node.unit("crio.service"))
    running, binary = bool(node.pids["crio"]), io.which("crio")
    crio.update(
        installed=bool(binary or running or unit["installed"]),
        running=running,
        enabled=unit["enabled"],
        dropins=unit["dropins"],
        binary=binary,
        version=None,
    )
    if crio["installed"] or wanted:
        _read_files(crio)
    crio["version"] = version_text(node.result("crio"))


def _read_files(crio: "Facts") -> None:
    crio["programs"] = {name: program(name) for name in parsing.PROGRAMS}
    texts = io.read_folder(parsing.FOLDER, ("",))
    main = io.read_text(parsing.MAIN)
    first = [] if main is None else [main]
    everything = parsing.config_facts(first + [texts[name] for name in sorted(texts)])
    found = sorted(name for name in texts if name != parsing.OWN)
    config = parsing.config_facts(first + [texts[name] for name in found])
    config["files"] = ([] if main is None else [parsing.MAIN]) + found
    config["runtimes"] = {
        name: {"path": path, "exists": os.access(path, os.X_OK) if path else program(name) is not None}
        for name, path in config["runtimes"].items()
    }
    crio["config"] = config
    crio["policies"] = _policies(everything.get("signature_policy"))
    path, text = next(iter(texts_of(parsing.STORAGE)), (None, None))
    crio["storage"] = parsing.storage_facts(path, text, everything)
    more = io.read_folder(parsing.REGISTRY_FOLDER, (".conf",))
    registries = [text for _path, text in texts_of([parsing.REGISTRIES])]
    registries += [more[name] for name in sorted(more) if name != parsing.OWN]
    crio["unqualified_registries"] = parsing.unqualified_registries(registries)


def _policies(configured: "Optional[str]") -> "List[Facts]":
    """Signature policies that exist, without one that a switch wrote. configured: the path CRI-O's settings name."""
    return [
        {"path": path, "accepts_all": parsing.accepts_all(text)}
        for path, text in texts_of([configured] + list(parsing.POLICIES))
        if not parsing.is_own(text)
    ]
