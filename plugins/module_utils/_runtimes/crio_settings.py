# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is set for CRI-O on a node: from the node's facts and the operator's options. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._facts.crio import ROOT
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import (
    handler_programs,
    handler_tables,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.chosen_options import (
    cgroup_driver,
    chosen_options,
    pause_image,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.cni_dirs import cni_conf_dir, cni_dirs
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.declared_handlers import usable_handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.names import full_name
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import crio_version, dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime

    Tables = Dict[str, Dict[str, Any]]
    # Tables of runtimes, the name of the default one, and the handlers.
    Runtimes = Tuple[Tables, str, List[Dict[str, Any]]]

POLICY = "/etc/containers/policy.json"
OLDEST = (1, 20)
# pinned_images came after 1.27.0 (cri-o issue 6835). Before, only kubelet's garbage collection can be configured.
PINNED = (1, 28)
# crun is the default from this release on (cri-o 1.31's release notes).
CRUN = (1, 31)
# From here on CRI-O checks a container's image against signature_policy by the name that the pod has. kubelet hands
# over that name from the same release on (cri-o pull request 7046, kubernetes pull request 118652). With an older
# kubelet every container fails where signature_policy is set, and CRI-O's packages set it. Without it,
# /etc/containers/policy.json counts.
NAMED_IMAGES = (1, 28)
RUNTIMES = ("crun", "runc")

# What an operator may set, and its default; None: as the node's facts say.
OPTIONS: "Dict[str, Any]" = {
    "pause_image": None,
    "default_runtime": None,
    "keep_docker_defaults": True,
    "unqualified_registries": [],
    "root": None,
    "repair": None,
    "monitor_slice": "system.slice",
    # The operator's declaration (switchover_handlers); without one: those of CRI-O's packages.
    "handlers": [],
}


def settings_of(info: "Dict[str, Any]", target: "Runtime") -> "Dict[str, Any]":
    """The settings of ``crio_config.render``.

    ``info``: the node's facts, of node_runtime_info; ``target``: CRI-O as the operator wants it.
    Raises RuntimeConfigError when something is not known, or a declared handler cannot work.
    """
    chosen = chosen_options(target)
    found = _supported_version(info)
    driver = cgroup_driver(info)
    chosen["pause_image"] = pause_image(info, chosen)
    if not chosen["monitor_slice"].endswith(".slice"):
        raise RuntimeConfigError("conmon's cgroup has to be a slice of systemd, not %r" % chosen["monitor_slice"])
    local = local_images(info)
    tables, default, usable = (
        _declared(info, target, chosen) if chosen["handlers"] else _undeclared(info, chosen, found)
    )
    return dict(
        chosen,
        version=dotted(found),
        cgroup_manager=driver,
        cni_bin_dirs=cni_dirs(info)[0],
        cni_conf_dir=cni_conf_dir(info),
        default_runtime=default,
        runtimes=tables,
        handlers=usable,
        ulimits=ulimits(info),
        pinned_images=pinned_images(info, local) if found >= PINNED else [],
        system_policy=needs_system_policy(info),
        root=chosen["root"] or dig(info, "crio.storage.root") or ROOT,
        # After an unclean end CRI-O removes what seems damaged, and all of its storage where that fails. An image that
        # no registry has could not be pulled again: with such images the storage stays as it is, as Docker's does.
        repair=chosen["repair"] if chosen["repair"] is not None else not local,
    )


def local_images(info: "Dict[str, Any]") -> "List[str]":
    """Full names of Docker's images that came from no registry: garbage collection must not remove them."""
    images = [image for image in dig(info, "docker.images", []) if image.get("local_only")]
    return sorted(full_name(tag)[0] for image in images for tag in image["tags"])


def pinned_images(info: "Dict[str, Any]", local: "List[str]") -> "List[str]":
    """Names for CRI-O's pinned_images: the local ones, and those that its files name, which a new list replaces.

    Empty where no image is local: then the list in CRI-O's files stays.
    """
    return sorted(set(local) | set(dig(info, "crio.config.pinned_images", []))) if local else []


def ulimits(info: "Dict[str, Any]") -> "List[str]":
    """Docker's default ulimits as CRI-O has them: name=soft:hard."""
    found = dig(info, "docker.default_ulimits", {})
    return ["%s=%d:%d" % (name, found[name]["soft"], found[name]["hard"]) for name in sorted(found)]


def counting_policies(info: "Dict[str, Any]") -> "List[Dict[str, Any]]":
    """Files with a signature policy that are there and count, the first before all; our own is not among them."""
    policies = dig(info, "crio.policies", [])
    return [item for item in policies if item["path"] == POLICY] if needs_system_policy(info) else policies


def needs_system_policy(info: "Dict[str, Any]") -> bool:
    """Whether CRI-O must use the policy of all of containers/*, and have none of its own: see NAMED_IMAGES."""
    kubelet, crio = version(dig(info, "kubelet.version")), version(crio_version(info)[0])
    return bool(kubelet and crio and crio >= NAMED_IMAGES and not kubelet_releases.of(kubelet).names_images)


def runtime_table(name: str, programs: "Dict[str, str]") -> "Dict[str, str]":
    """The table [crio.runtime.runtimes.NAME] of a runtime of CRI-O's packages; ``programs``: {name: path}."""
    table = {"runtime_path": programs[name], "runtime_type": "oci", "runtime_root": "/run/" + name}
    if programs.get("conmon"):
        table["monitor_path"] = programs["conmon"]
    return table


def _supported_version(info: "Dict[str, Any]") -> "Tuple[int, ...]":
    found = version(crio_version(info)[0])
    if found is None:
        raise RuntimeConfigError("no version of CRI-O: neither installed nor offered by a package source")
    if found < OLDEST:
        raise RuntimeConfigError("CRI-O %s is not supported: 1.20 is the oldest" % dotted(found))
    return found


def _undeclared(info: "Dict[str, Any]", chosen: "Dict[str, Any]", release: "Tuple[int, ...]") -> "Runtimes":
    """(tables, default, handlers) of what CRI-O's files name; CRI-O itself leaves out one without its program.

    Any other program on the node, such as a crun that is too old, is nobody's handler, except for the default.
    Existing tables stay: one that comes again replaces the earlier as a whole, with all that the package allows in it.
    """
    existing, programs = dig(info, "crio.config.runtimes", {}), dig(info, "crio.programs", {})
    usual = dig(info, "crio.config.default_runtime") or ("crun" if release >= CRUN else "runc")
    default = chosen["default_runtime"] or usual
    tables = {}
    # Which runtimes its packages contain is known only once they are installed.
    if dig(info, "crio.installed") and default in RUNTIMES and default not in existing and programs.get(default):
        tables[default] = runtime_table(default, programs)
    known = sorted(set(tables) | set(name for name in existing if existing[name].get("exists")))
    if default in RUNTIMES and default not in known and not chosen["default_runtime"]:
        # Packages may name crun as the default, and accept runc instead.
        default = next((name for name in RUNTIMES if name in known), default)
    if default not in known and (known or dig(info, "crio.installed")):
        raise RuntimeConfigError(
            "the default runtime is %s, CRI-O would have %s" % (default, ", ".join(known) or "none")
        )
    return tables, default, [{"name": name} for name in known or [default]]


def _declared(info: "Dict[str, Any]", target: "Runtime", chosen: "Dict[str, Any]") -> "Runtimes":
    """The same for what the operator declares: only that is verified, and it replaces tables of the same name."""
    usable = usable_handlers(chosen["handlers"], info, target)
    wanted = handler_tables.crio_runtimes(usable, handler_programs.binaries(info))
    default = wanted["default_runtime"]
    if chosen["default_runtime"] not in (None, default):
        text = "switchover_handlers has %s as the default, switchover_crio_default_runtime %s"
        raise RuntimeConfigError(text % (default, chosen["default_runtime"]))
    return wanted["runtimes"], default, usable
