#!/usr/bin/python
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
---
module: node_runtime_info
short_description: Reports which container runtime a Kubernetes node uses, and what matters for changing it
version_added: 0.1.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - One read-only pass over a node gathers everything that a switch of its container runtime needs to know.
  - This is kubelet's effective arguments, with the file that each comes from, and the runtime that the running kubelet
    really uses. It is also Docker and its use, containerd, CRI-O, packages, disks, CNI, and the journal of an earlier
    switch.
  - Nothing is changed, and nothing is started. A Docker that is stopped is not asked, because its socket would start
    it.
  - A part that is missing, or does not work, never fails the module. It has RV(ignore:error) instead.
  - The answer takes at most 32 KiB. A list that had to be shortened has a key with the suffix C(_truncated) beside it.
    Passwords in URLs, tokens and login data are masked. No file contents are returned. The settings of an earlier
    switch are always returned as they are.
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
    details: It changes nothing.
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  target:
    description:
      - The runtime that the node will be switched to, such as V(containerd) or V(crio). It decides where CNI plugins
        and programs are searched, and which packages are looked up.
    type: str
    default: containerd
  packages:
    description:
      - Packages whose installation is simulated, without downloading anything. Packages that are installed already are
        skipped, unless a version is given as in V(containerd=1.6.20~ds1-1+b1).
    type: list
    elements: str
    default: []
  images:
    description:
      - Whether Docker's images are listed.
    type: bool
    default: true
  handlers:
    description:
      - Runtime handlers whose programs are searched, as C(switchover_handlers) declares them. runc and crun are looked
        up as packages, too.
      - A program without the option C(binary) is searched in the PATH of the target runtime. With O(target=crio), the
        builds that CRI-O's own packages bring come before that.
    type: list
    elements: dict
    default: []
    version_added: 0.2.0
  boot:
    description:
      - Whether the boot loader's files are read, so that another boot can be planned.
    type: bool
    default: false
    version_added: 0.2.0
  timeout:
    description:
      - Seconds that each command and each request to Docker may take.
    type: int
    default: 30
notes:
  - Needs root on the node. Otherwise Docker and the arguments of processes stay hidden.
seealso:
  - module: cri.switchover.kubelet_files
"""

EXAMPLES = r"""
- name: Show what the nodes run on
  cri.switchover.node_runtime_info:
  become: true
  register: seen

- name: Name the runtime and why
  ansible.builtin.debug:
    msg: "{{ seen.runtime_info.runtime.in_use }}: {{ seen.runtime_info.runtime.evidence }}"

- name: Show also what installing crictl would do
  cri.switchover.node_runtime_info:
    packages:
      - cri-tools
    images: false
  become: true
"""

RETURN = r"""
runtime_info:
  description:
    - What was found. A part that could not be read has an C(error).
  returned: always
  type: dict
  contains:
    schema:
      description: The form of this answer.
      type: int
      sample: 1
    hostname:
      description: The kernel's host name.
      type: str
    fqdn:
      description: The full name that it has in C(/etc/hosts). No resolver is asked.
      type: str
    node_name:
      description: The kubelet's name for its Node, from C(--hostname-override), its certificate, or the host name.
      type: str
    os:
      description:
        - C(/etc/os-release), kernel, architecture, Python, systemd, and the family of packages (V(debian), V(redhat),
          V(suse) or V(other)).
      type: dict
    time:
      description: The node's clock, in seconds since 1970.
      type: int
    boot_id:
      description: The kernel's id of this boot.
      type: str
    uptime_s:
      description: Seconds since the boot.
      type: int
    cgroup:
      description:
        - The cgroup C(version), whether both are mounted (C(hybrid)), and kernel arguments about cgroups.
        - C(controllers) are those of the unified hierarchy, null on version 1. C(psi) says whether the kernel reports
          pressure.
        - C(features) are memory QoS, PSI and user namespaces, for pods on O(target). Each is null if it is available,
          else what it needs.
      type: dict
    boot:
      description:
        - With O(boot=true), the running kernel's command line, the boot loader's tools that are there, and its files.
          Each file has the device and the type of its file system.
      type: dict
    kubelet:
      description:
        - Version, unit, drop-ins and dependencies of the kubelet. C(outside_units) is its cgroup
          if no unit of this system started it.
        - C(flags) are its flags with the file that each comes from. C(args) are the same without the files. C(config)
          is what the configuration files have. C(effective) is the same, overridden by flags. The rest follows from
          these.
      type: dict
    runtime:
      description: The runtime that the running kubelet uses.
      type: dict
      contains:
        in_use:
          description: V(docker), V(containerd), V(crio) or V(unknown).
          type: str
        shim:
          description: V(dockershim) or V(cri-dockerd), if the runtime is Docker.
          type: str
        endpoint:
          description: The CRI socket.
          type: str
        evidence:
          description: Why, in one sentence.
          type: str
        kubelet_running:
          description: Whether a kubelet runs. If not, the other values are what its unit would start.
          type: bool
    docker:
      description:
        - Docker's daemon, settings, containers and images. Images that pods use come first. C(needed_by) does not list
          kubelet, nor the units of Docker's own socket and shim.
        - C(settings) has what is set, by the names of C(daemon.json). Each has its C(value) and its C(sources). These
          are the file, a flag, a variable, or V(docker info) for what only the daemon itself says.
        - Two settings are not Docker's own. C(certs.d) has the certificates for registries, C(docker login) the
          credentials for registries that kubelet reads, without the credentials.
        - C(daemon_json) says whether the file is C(valid), C(empty), has a C(byte_order_mark), or something behind its
          JSON (C(trailing)). dockerd refuses what is in the following lists. C(conflicts) are set by a flag of its
          unit, too. C(doubled) have two names there. C(mistyped) have a value of the wrong type.
        - C(version) is that of the running daemon, C(package_version) that of its package.
        - C(environment) has names of variables only, without those that the unit puts on the command line.
          C(default_ulimits) has C(soft) and C(hard) of each limit.
        - C(images_to_transfer) has references of the images that must not be lost with Docker. Pods of this node use
          them, or no registry is known for them.
      type: dict
    cri_dockerd:
      description:
        - Whether cri-dockerd is installed and runs, and its C(version). C(unit) is its unit, C(units) includes its
          socket. In C(root_dir) it keeps its records of sandboxes. C(docker_endpoint) is Docker's socket for it.
          C(needed_by) are units of others that would fail with it.
      type: dict
    containerd:
      description: Version, process, and what its configuration file disables.
      type: dict
    crio:
      description:
        - Whether CRI-O is installed and runs, its version and unit. The other values are there if it is installed, or
          with O(target=crio).
        - C(programs) are conmon, OCI runtimes and the like, with their paths. C(config) is of all its files together,
          without those of a switch. C(policies) are those of images' signatures. In C(unqualified_registries) short
          names are searched. C(storage) is its storage.
      type: dict
    crictl:
      description: Whether crictl is installed, and its version.
      type: dict
    handlers:
      description:
        - Empty without O(handlers).
        - C(programs) has each program with its C(path) and C(version), or nothing if there is none. crun also has its
          C(features).
        - C(path) is the PATH in which the target runtime searches them, and C(path_source) is where that comes from.
          C(kvm) says whether C(/dev/kvm) exists and is C(usable).
      type: dict
    sockets:
      description: CRI sockets that exist.
      type: list
      elements: str
    packages:
      description: Package manager, installed packages that matter, candidates, packages on hold, and the simulation.
      type: dict
    disk:
      description:
        - Size, free bytes and free inodes of the disks with the data of kubelet, Docker and containerd. With
          O(target=crio) also of CRI-O. Paths with the same C(device) share them.
      type: dict
    cni:
      description:
        - CNI configuration files in order, the one that is used, and plugins that it needs but are missing. C(check)
          says whether a runtime may use CNI's CHECK with it.
        - C(veth_mac_policy), with O(target=crio), is what udev does to the addresses of pods' interfaces.
      type: dict
    kernel:
      description: Modules and settings that pods' networks need. Whether they are set now, and at boot (C(persisted)).
      type: dict
    config_management:
      description:
        - Services and timers of configuration management that run, or are enabled. Known are Puppet, Chef, Cinc, Salt,
          CFEngine, Rudder and C(ansible-pull). Each has C(unit), C(active) and C(enabled). What cron starts is not
          found.
      type: list
      elements: dict
    static_pods:
      description: Pods of kubelet's manifest folder.
      type: list
      elements: dict
    journal:
      description:
        - The journal of an earlier switch in short, or nothing. C(why) says why the node reverted, C(reason) is its
          token.
        - C(lock) names who works on the node at this moment. C(source) is what it was switched from. C(drift) are
          files that were changed since. C(settings) are the settings that shaped it, or nothing if it has none.
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._facts import io, masking
from ansible_collections.cri.switchover.plugins.module_utils._facts.config_management import config_management
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import (
    boot,
    cni,
    commands,
    cri_dockerd,
    crictl,
    disk,
    journal,
    kernel,
    kubelet,
    machine,
    packages,
    runtime,
    sockets,
    static_pods,
)
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import handlers as handler_programs
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Inspection
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.effective_flags import effective_flags
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import (
    boot_entry,
    handlers,
    pod_features,
    registry,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Mapping, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Reader

# Bytes that the answer takes at most, without what is given whole.
LIMIT = 32 * 1024
# Of the journal, what is compared with the host's settings: a part of it, or a mask in it, would be a difference. There
# is no secret in it (see rollout/shaping_settings.py).
WHOLE_OF_JOURNAL = ("settings", "pause_image", "store")


def read_kubelet(node: Inspection, part: "Facts") -> None:
    """What the kubelet's files say is `_kubelet`'s knowledge, which the readers may not import."""
    kubelet.read(node, part, effective_flags)


def read_boot(node: Inspection, part: "Facts") -> None:
    """What counts of the boot loader's files is `_runtimes`' knowledge, which the readers may not import."""
    boot.read(node, part, boot_entry.menu_facts, boot_entry.concerned)


def read_features(node: Inspection, cgroup: "Facts") -> None:
    """What pods can have of cgroup v2 is `_runtimes`' knowledge; it follows from the other parts."""
    cgroup["features"] = pod_features.features(node.info, registry.target(node.params["target"]))


def read_config_management(node: Inspection, info: "Facts") -> None:
    """The top of the facts has a list of it."""
    info["config_management"] = config_management(node.units, io.enabled_units())


def read_sockets(node: Inspection, info: "Facts") -> None:
    """The top of the facts has a list of them."""
    info["sockets"] = sockets.existing(info["runtime"].get("endpoint"), node.runtimes)


def read_static_pods(_node: Inspection, info: "Facts") -> None:
    """The top of the facts has a list of them."""
    info["static_pods"] = static_pods.pods_in(info["kubelet"].get("static_pod_path"))


# In this order: a part may need those before it.
PARTS: "Tuple[Tuple[str, Reader], ...]" = (
    ("packages", packages.read),
    ("kubelet", read_kubelet),
    *((known.name, known.read) for known in registry.RUNTIMES),
    ("runtime", runtime.read),
    ("crictl", crictl.read),
    ("handlers", handler_programs.read),
    ("cri_dockerd", cri_dockerd.read),
    ("cgroup", kernel.read_cgroup),
    ("boot", read_boot),
    ("disk", disk.read),
    ("cni", cni.read),
    ("kernel", kernel.read),
)


def gather(params: "Mapping[str, Any]") -> "Dict[str, Any]":
    """All facts of this node in one read-only pass; a part that cannot be read carries an error.

    ``params``: the module's options. Raises HandlersError for a declaration that cannot be used.
    """
    declared = handlers.parse(params["handlers"]) if params["handlers"] else []
    given = dict(
        params, packages=params["packages"] + handlers.packages(declared), programs=handlers.programs(declared)
    )
    node = Inspection(given, registry.RUNTIMES, registry.target(params["target"]))
    info = node.info
    for reader in (machine.read, commands.begin, commands.collect_units, commands.begin_versions):
        node.read(reader, info)
    for name, read in PARTS:
        node.read(read, info.setdefault(name, {}))
    node.end()
    info.update(config_management=[], sockets=[], static_pods=[], journal=None)
    for read_list in (read_config_management, read_sockets, read_static_pods):
        node.read(read_list, info)
    past: "Facts" = {}
    node.read(journal.read, past)
    info["journal"] = past or None
    node.read(read_features, info["cgroup"])
    return info


def reported(info: "Dict[str, Any]") -> "Dict[str, Any]":
    """What of the facts leaves the node: without secrets and bounded, but for what is of use only as a whole."""
    # The boot loader's files are written again later: they are given whole, or not at all.
    boot_files, past = info["boot"], info["journal"] or {}
    whole = {key: past[key] for key in WHOLE_OF_JOURNAL if key in past}
    rest = dict(info, journal=info["journal"] and {key: past[key] for key in past if key not in whole})
    del rest["boot"]
    facts = masking.bound(masking.mask(rest), LIMIT)
    if whole:
        facts["journal"].update(whole)
    return dict(facts, boot=boot_files)


def main() -> None:
    """Read the options, gather, and return what may leave the node."""
    module = AnsibleModule(
        argument_spec={
            "target": {"type": "str", "default": registry.DEFAULT_TARGET},
            "packages": {"type": "list", "elements": "str", "default": []},
            "images": {"type": "bool", "default": True},
            "handlers": {"type": "list", "elements": "dict", "default": [], "no_log": True},
            "boot": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    if not registry.is_target(module.params["target"]):
        known = ", ".join(registry.TARGETS)
        module.fail_json(msg="target: %r is none of %s" % (module.params["target"], known))
    handlers.hide_urls(module, module.params["handlers"])
    try:
        info = gather(module.params)
    except handlers.HandlersError as error:
        message = "CRI-SETTINGS-VALUE: switchover_handlers: %s" % error
        module.fail_json(msg=message, reason="CRI-SETTINGS-VALUE", details={"problems": error.problems})
    module.exit_json(changed=False, runtime_info=reported(info))


if __name__ == "__main__":
    main()
