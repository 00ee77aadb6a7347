# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CNI configuration a runtime would take, and whether its plugins are there. Pure."""

import fnmatch
import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

SUFFIXES = (".conf", ".conflist", ".json")


def parse(name: str, text: str) -> "Tuple[Dict[str, Any], List[str]]":
    """(one configuration file in short, names of the plugins it needs).

    `ok` is as libcni judges it: a name, and a type for every plugin.
    """
    facts: "Dict[str, Any]" = {
        "name": name,
        "cni_version": None,
        "network": None,
        "plugins": [],
        "check": False,
        "ok": False,
    }
    try:
        document = json.loads(text)
        plugins = document["plugins"] if name.endswith(".conflist") else [document]
        facts["cni_version"] = document.get("cniVersion")
        facts["network"] = document.get("name")
        facts["check"] = can_check(facts["cni_version"]) and not document.get("disableCheck")
        facts["plugins"] = [plugin["type"] for plugin in plugins]
        needed = list(facts["plugins"])
        needed += [plugin["ipam"]["type"] for plugin in plugins if (plugin.get("ipam") or {}).get("type")]
        facts["ok"] = bool(facts["network"]) and bool(plugins)
        if not facts["ok"]:
            facts["error"] = "no name" if plugins else "no plugins"
    except KeyError as error:
        facts["error"] = "%s is missing" % error
        return facts, []
    except (ValueError, TypeError, AttributeError) as error:
        facts["error"] = str(error)
        return facts, []
    return facts, needed


def can_check(cni_version: "Optional[str]") -> bool:
    """Whether the configuration's version has the command CHECK: 0.4.0 and later."""
    match = re.match(r"(\d+)\.(\d+)", cni_version or "")
    return match is not None and tuple(int(part) for part in match.groups()) >= (0, 4)


def veth_mac_policy(texts: "Mapping[str, str]") -> "Optional[str]":
    """What systemd's .link files, {name: text}, say of the addresses of pods' interfaces; None when they say nothing.

    systemd.link(5): files are read in the order of their names, and the first that matches counts. One that asks for
    more than a name or a driver is made for other interfaces.
    """
    for name in sorted(texts):
        section, policy = "", None
        match: "Dict[str, List[str]]" = {}
        for line in texts[name].splitlines():
            line = line.strip()
            if line.startswith("["):
                section = line
            key, separator, value = line.partition("=")
            if separator and section == "[Match]":
                match[key.strip()] = value.split()
            elif separator and section == "[Link]" and key.strip() == "MACAddressPolicy":
                policy = value.strip()
        names = match.pop("OriginalName", ["*"])
        drivers = match.pop("Driver", []) + match.pop("Kind", [])
        fits = any(fnmatch.fnmatchcase("veth0a1b2c3d", pattern) for pattern in names) and drivers in ([], ["veth"])
        if fits and not match:
            return policy
    return None


def cni_facts(
    conf_dir: str, texts: "Mapping[str, str]", bin_dirs: "Sequence[Tuple[str, Sequence[str]]]"
) -> "Dict[str, Any]":
    """The configuration files in order, the one that counts, and plugins that it needs but lacks.

    texts: {file name: text} of conf_dir. bin_dirs: [(path, names of programs)], those a runtime searches first.
    Both dockershim and containerd (max_conf_num 1) take the first valid file in the order of names.
    """
    active: "Optional[str]" = None
    files: "List[Dict[str, Any]]" = []
    needed: "List[str]" = []
    for name in sorted(texts):
        if name.endswith(SUFFIXES):
            facts, plugins = parse(name, texts[name])
            files.append(facts)
            if facts["ok"] and active is None:
                active, needed = name, plugins
    present = {plugin for _path, names in bin_dirs for plugin in names}
    return {
        "conf_dir": conf_dir,
        "files": files,
        "active": active,
        "bin_dirs": [{"path": path, "plugins": sorted(names)} for path, names in bin_dirs],
        "missing_plugins": sorted(set(needed) - present),
    }
