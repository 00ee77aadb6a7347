# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CNI configuration a runtime would take, and whether its plugins are there. No input or output here."""

import json

SUFFIXES = (".conf", ".conflist", ".json")


def parse(name, text):
    """One configuration file in short; `ok` as libcni judges it: a name, and a type for every plugin."""
    facts = {"name": name, "cni_version": None, "network": None, "plugins": [], "ok": False}
    try:
        document = json.loads(text)
        plugins = document["plugins"] if name.endswith(".conflist") else [document]
        facts["cni_version"] = document.get("cniVersion")
        facts["network"] = document.get("name")
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


def cni_facts(conf_dir, texts, bin_dirs):
    """`texts`: {file name: text} of conf_dir. `bin_dirs`: [(path, names of programs)], those a runtime searches first.

    Both dockershim and containerd (max_conf_num 1) take the first valid file in the order of names.
    """
    files, active, needed = [], None, []
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
