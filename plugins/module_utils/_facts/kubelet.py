# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings a kubelet runs with, out of its arguments and configuration files. Pure.

Which flags and fields a switch changes is `_kubelet`'s subject; here they are only read.
"""

import re

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._facts import yaml_subset
from ansible_collections.cri.switchover.plugins.module_utils._facts.versions import version_tuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Mapping, Optional, Union

    # {flag: value, or list of values when it is given more than once}; a flag without a value has None
    Arguments = Dict[str, Union[str, None, List[Optional[str]]]]

# The flags that beat a field of the configuration file.
FIELD_FLAGS = {
    "cgroup-driver": "cgroupDriver",
    "container-runtime-endpoint": "containerRuntimeEndpoint",
    "image-service-endpoint": "imageServiceEndpoint",
    "eviction-hard": "evictionHard",
    "image-gc-high-threshold": "imageGCHighThresholdPercent",
    "minimum-image-ttl-duration": "imageMinimumGCAge",
    "container-log-max-size": "containerLogMaxSize",
    "container-log-max-files": "containerLogMaxFiles",
    "pod-manifest-path": "staticPodPath",
    "node-status-update-frequency": "nodeStatusUpdateFrequency",
    "memory-manager-policy": "memoryManagerPolicy",
    "cpu-manager-policy": "cpuManagerPolicy",
    "fail-cgroupv1": "failCgroupV1",
}
CONFIG_FIELDS = tuple(FIELD_FLAGS.values())


def arguments(flags: "Iterable[Mapping[str, Any]]") -> "Arguments":
    """{flag: value, or list of values when it is given more than once} out of [{name, value}]."""
    found: "Dict[str, Any]" = {}
    for flag in flags:
        name = flag["name"].lstrip("-").replace("_", "-")
        if name not in found:
            found[name] = flag["value"]
        elif isinstance(found[name], list):
            found[name].append(flag["value"])
        else:
            found[name] = [found[name], flag["value"]]
    return found


def last(args: "Arguments", name: str, default: str = "") -> str:
    """The value of a flag that counts: the last one. ``default`` also for a flag without a value."""
    value = args.get(name)
    if isinstance(value, list):
        value = value[-1]
    return default if value is None else value


def kubelet_config(texts: "Iterable[str]") -> "Dict[str, Any]":
    """CONFIG_FIELDS out of config.yaml and its drop-ins, later ones over earlier ones.

    Raises yaml_subset.YamlError for a text that is not understood, or is no mapping.
    """
    merged: "Dict[str, Any]" = {}
    for text in texts:
        document = yaml_subset.load(text)
        if document is not None and not isinstance(document, dict):
            raise yaml_subset.YamlError("a kubelet configuration is a mapping")
        for key, value in (document or {}).items():
            if key == "evictionHard" and isinstance(value, dict):
                merged[key] = dict(merged.get(key) or {}, **value)
            elif key in CONFIG_FIELDS and value is not None:
                merged[key] = value
    return merged


def effective_config(args: "Arguments", config: "Mapping[str, Any]") -> "Dict[str, Any]":
    """The configuration as the running kubelet has it: a flag beats a field."""
    merged = dict(config)
    for flag, field in FIELD_FLAGS.items():
        value = last(args, flag)
        if value != "":
            merged[field] = _field_value(field, value)
    return merged


def _field_value(field: str, value: str) -> "Any":
    """A flag's text as its field would have it."""
    if field == "evictionHard":
        return dict(re.split("[<=]+", part, maxsplit=1) for part in value.split(",") if re.search("[<=]", part))
    if field in ("imageGCHighThresholdPercent", "containerLogMaxFiles") and re.match(r"\d+$", str(value)):
        return int(value)
    if field == "failCgroupV1":
        return str(value).lower() == "true"
    return value


def default_pause_image(version: "Optional[str]") -> "Optional[str]":
    """The sandbox image a kubelet names when no flag does; None where it names none, or is of an unknown release."""
    parsed = version_tuple(version)
    if parsed is None or parsed[:2] < kubelet_releases.oldest():
        return None
    return kubelet_releases.of(parsed).pause_image


def cgroup_driver_oddities(driver: str, existing: "Iterable[str]") -> "List[str]":
    """What does not fit kubelet's cgroup driver, as sentences.

    existing: names of kubelet's top cgroups that exist, of kubepods.slice (systemd) and kubepods (cgroupfs).
    """
    seen = sorted({"kubepods.slice": "systemd", "kubepods": "cgroupfs"}[name] for name in existing)
    if len(seen) == 2:
        return ["cgroups of both drivers exist (kubepods.slice and kubepods): the driver was changed under live pods"]
    if seen and seen[0] != driver:
        return ["kubelet's settings say cgroup driver %s, its cgroups were made by %s" % (driver, seen[0])]
    return []
