# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What CRI-O's files, and those of containers/*, say of a node: only the keys that matter. Pure."""

import json

from ansible_collections.cri.switchover.plugins.module_utils._facts.containerd import tables, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional

MAIN, FOLDER = "/etc/crio/crio.conf", "/etc/crio/crio.conf.d"
# What a switch writes is not what it found: otherwise the next one would plan something else.
OWN = "90-cri-switchover.conf"
OWN_POLICY = """\
{
  "default": [
    {
      "type": "insecureAcceptAnything"
    }
  ]
}
"""
OWN_MARK = "cri.switchover"
POLICIES = ("/etc/crio/policy.json", "/etc/containers/policy.json")
# The first that exists counts (containers-storage.conf(5)).
STORAGE = ("/etc/containers/storage.conf", "/usr/share/containers/storage.conf")
REGISTRIES, REGISTRY_FOLDER = "/etc/containers/registries.conf", "/etc/containers/registries.conf.d"
ROOT = "/var/lib/containers/storage"
PROGRAMS = ("conmon", "conmonrs", "crun", "runc", "pinns", "skopeo")
# Upstream's packages bring their own builds, under either of these names, beside those of the distribution.
PLACES = ("/usr/libexec/crio/%s", "/usr/bin/crio-%s")
_KEYS = {
    "crio": ("root", "storage_driver", "internal_repair", "clean_shutdown_file"),
    "crio.api": ("listen",),
    "crio.runtime": ("cgroup_manager", "conmon_cgroup", "default_runtime"),
    "crio.image": ("pause_image", "signature_policy", "pinned_images"),
    "crio.network": ("network_dir", "plugin_dirs", "cni_default_network"),
}
_RUNTIMES = "crio.runtime.runtimes."


def config_facts(texts: "Iterable[str]") -> "Dict[str, Any]":
    """What counts of [texts]: crio.conf, then the drop-ins in the order of their names. A later value wins.

    `runtimes` is {name: path of its program, "" for the one on PATH}: a table that comes again replaces the earlier.
    """
    facts: "Dict[str, Any]" = {"runtimes": {}}
    for text in texts:
        found = tables(text)
        for table, keys in _KEYS.items():
            for key in keys:
                seen = value(found.get(table, ""), key)
                if seen is not None:
                    facts[key] = seen
        for table in found:
            if table.startswith(_RUNTIMES):
                name, _dot, below = table[len(_RUNTIMES) :].partition(".")
                if not below:
                    facts["runtimes"][name] = value(found[table], "runtime_path") or ""
    return facts


def accepts_all(text: str) -> bool:
    """Whether a policy.json asks nothing of any image (containers-policy.json(5))."""
    try:
        policy = json.loads(text)
        rules = policy["default"] + [
            rule for scopes in policy.get("transports", {}).values() for rules in scopes.values() for rule in rules
        ]
        return all(rule["type"] == "insecureAcceptAnything" for rule in rules)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def is_own(text: str) -> bool:
    """Whether a file was written by a switch."""
    return text == OWN_POLICY or OWN_MARK in text.partition("\n")[0]


def storage_facts(path: "Optional[str]", text: "Optional[str]", config: "Dict[str, Any]") -> "Dict[str, Any]":
    """Where CRI-O keeps images: its own files beat storage.conf, which beats what is built in.

    path, text: the storage.conf that counts, None without one. config: what config_facts() gives of CRI-O's own files.
    """
    table = tables(text or "").get("storage", "")
    return {
        "file": None if is_own(text or "") else path,
        "root": config.get("root") or value(table, "graphroot") or ROOT,
        "driver": config.get("storage_driver") or value(table, "driver"),
    }


def unqualified_registries(texts: "Iterable[str]") -> "List[str]":
    """Where short names are looked for: of registries.conf and its drop-ins, the last that says so counts.

    Also in the old form, [registries.search], which containers/image up to 5.39 reads in the same way
    (ConvertToV2() in pkg/sysregistriesv2/system_registries_v2.go).
    """
    found = None
    for text in texts:
        said = tables(text)
        seen = value(said[""], "unqualified-search-registries")
        if seen is None:
            old = value(said.get("registries.search", ""), "registries")
            seen = [name.rstrip("/") for name in old] if old else None
        found = found if seen is None else seen
    return found or []
