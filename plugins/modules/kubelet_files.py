#!/usr/bin/python
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
---
module: kubelet_files
short_description: Plans and stages every file that names a kubelet's container runtime
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Finds each place that names the runtime of a kubelet, and plans these files as they should be for another runtime.
    Copies of them are kept ready beside the live ones, which only a switch replaces.
  - It reads the unit, its drop-ins, and the environment files that they name. These are C(kubeadm-flags.env),
    C(/etc/default/kubelet), C(/etc/sysconfig/kubelet), kubespray's C(kubelet.env) or any other.
  - It also reads the kubelet's configuration file with its drop-in folder, and kubeadm's C(instance-config.yaml).
  - What is written depends on the release of the kubelet, 1.20 to 1.37. The installed program is asked which flags it
    has. If it does not say, built-in tables are used.
  - Up to 1.23 the kubelet gets C(--container-runtime=remote) and C(--container-runtime-endpoint). From 1.24 to 1.33 it
    gets only C(--container-runtime-endpoint). The field C(containerRuntimeEndpoint) of its configuration is changed
    where it is set.
  - From 1.34 on the field is set in the configuration file and, on nodes made by kubeadm, in C(instance-config.yaml).
    The flag is removed. A kubelet without a configuration file keeps the flag.
  - C(--image-service-endpoint) and C(imageServiceEndpoint) are changed where they are set. If C(--runtime-cgroups)
    names Docker, it is changed to the new runtime's service.
  - Flags that only dockershim read are removed everywhere, because a kubelet from 1.24 on does not start with them.
    C(--container-runtime) is removed from 1.24 on, and C(--pod-infra-container-image) from 1.35 on.
  - A new flag is written where the kubelet already reads its runtime from. The first choice is
    C(KUBELET_KUBEADM_ARGS) in C(kubeadm-flags.env). The second is the variable or line with the old runtime flags. The
    third is the variable for extra arguments that the unit expands. The last is C(ExecStart=) itself.
  - Only the bytes that name the runtime change. Comments, order, quotes and everything that is not understood stay.
    What is not understood is returned in RV(oddities). Before the plan is returned, it is read again as systemd reads
    it.
  - Unit files of packages are not changed. A full copy in C(/etc/systemd/system), or a drop-in of the same name there,
    overrides them.
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Contents of files that only their owner may read are not shown.
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  target:
    description:
      - The new runtime, such as V(containerd) or V(crio).
    type: str
    default: containerd
  endpoint:
    description:
      - The socket of the new runtime, for instance C(unix:///run/containerd/containerd.sock).
      - Without this option, the one that this collection configures O(target) with.
    type: str
  state:
    description:
      - V(staged) writes copies of the files into O(root). The live files are not touched. While a switch of the node is
        under way, none is written, and the module fails.
      - V(applied) writes the live files. If a unit file changed, it reloads systemd. The kubelet is not restarted.
      - V(applied) refuses as long as the running kubelet uses Docker. Use M(cri.switchover.cutover) for such a node.
    type: str
    choices:
      - staged
      - applied
    default: staged
  root:
    description:
      - The folder of the copies. The copy of C(/etc/x) is C(root/etc/x). Only root may read it.
    type: str
    default: /var/lib/cri-switchover/staged
  unit:
    description:
      - The kubelet's systemd unit.
    type: str
    default: kubelet.service
  binary:
    description:
      - The kubelet's program. Without this option, the one that the unit starts.
    type: path
  dependencies:
    description:
      - What the kubelet's unit depends on, by kind of dependency, as C(kubelet.dependencies) of
        M(cri.switchover.node_runtime_info) has it.
      - The unit is planned without those of Docker and of cri-dockerd. An ordering after one of them becomes an
        ordering after the new runtime's service.
    type: dict
    default: {}
  pause_image:
    description:
      - The image for C(--pod-infra-container-image), for kubelets that have this flag. The flag protects the image
        from the kubelet's garbage collection. Without this option the flag stays as it is.
      - 1.34 is the last release that has the flag. It is not added there.
    type: str
    default: ""
  cgroup_driver:
    description:
      - The kubelet's cgroup driver, set by C(cgroupDriver) in its configuration file. Without this option it stays as
        it is.
      - It may only change together with the runtime's cgroup driver, and while no pod runs on the node.
    type: str
    choices: ["", systemd]
    default: ""
  timeout:
    description:
      - Seconds that each command on the node may take.
    type: int
    default: 60
notes:
  - Needs root on the node.
  - The annotation C(kubeadm.alpha.kubernetes.io/cri-socket) of the node object is not changed by this module.
  - Patterns in C(EnvironmentFile=), and arguments that a script adds, are not followed. RV(oddities) lists them.
seealso:
  - module: cri.switchover.cutover
  - module: cri.switchover.node_runtime_info
"""

EXAMPLES = r"""
- name: Keep the kubelet's files for containerd ready, and show what a switch would change
  cri.switchover.kubelet_files:
    target: containerd
    dependencies:
      requires:
        - docker.service
      after:
        - docker.socket
  diff: true
  become: true
  register: kubelet_plan

- name: Write the kubelet's files on a node that does not use Docker any more
  cri.switchover.kubelet_files:
    target: crio
    state: applied
  become: true
"""

RETURN = r"""
kubelet_version:
  description: The release of the installed kubelet.
  returned: success
  type: str
  sample: 1.23.17
files:
  description:
    - The files that change. Their contents stay on the node.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file. If a link was named, the file that it leads to.
      type: str
    change:
      description: What happens to it, always V(write).
      type: str
    staged:
      description: The path of the copy. Null with O(state=applied).
      type: str
    sha256:
      description: SHA-256 of its new content, in hexadecimal digits.
      type: str
    mode:
      description: Its permissions, octal.
      type: str
      sample: "0644"
    owner:
      description: Its owner.
      type: str
    group:
      description: Its group.
      type: str
    before:
      description: The file as it is now. If there is none, everything except C(exists) is null.
      type: dict
      sample: {"exists": false, "sha256": null, "mode": null, "owner": null, "group": null}
    why:
      description: What changes in it.
      type: str
      sample: --network-plugin removed
flags_before:
  description:
    - The arguments of the kubelet as its files have them now. A flag that is repeated has a list. Secrets are masked.
  returned: success
  type: dict
  sample: {"config": "/var/lib/kubelet/config.yaml", "network-plugin": "cni"}
flags_after:
  description: The arguments as the planned files have them.
  returned: success
  type: dict
endpoint_before:
  description:
    - The kubelet's endpoint in the files now. Null for dockershim, empty for the kubelet's own default.
  returned: success
  type: str
oddities:
  description: What was found in the files but not understood, or not changed on purpose.
  returned: success
  type: list
  elements: str
daemon_reload:
  description: Whether systemd must be reloaded once the files are written, because a unit file is among them.
  returned: success
  type: bool
reason:
  description: What went wrong, as a token.
  returned: failure
  type: str
  sample: CRI-KUBELET-WRAPPER
details:
  description: What belongs to RV(reason), as data.
  returned: failure
  type: dict
"""

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._cutover.copies_lock import copies_lock
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import docker_units
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import changed_files
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.errors import PlanError
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.flags_by_release import parse_version
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.on_node import KubeletOnNode
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.plan import plan
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry, staged_copies, staging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.plan import Plan


def planned(module: AnsibleModule, kubelet: KubeletOnNode) -> "Tuple[str, Plan]":
    """(the kubelet's version, its files as they should be). Raises PlanError and io.NodeError."""
    params = module.params
    layout = kubelet.layout()
    version, help_text = kubelet.answers(kubelet.binary())
    release = parse_version(version)
    if params["state"] == "applied" and release is not None:
        kubelet.refuse_on_docker(layout, release)
    endpoint = params["endpoint"] or registry.target(params["target"]).socket
    return version, plan(
        layout,
        version,
        help_text,
        endpoint,
        params["pause_image"],
        docker_units(params["dependencies"]),
        params["cgroup_driver"],
        registry.unit_behind(endpoint),
    )


def stage(node: Node, root: str, files: "List[Dict[str, Any]]", check_mode: bool) -> bool:
    """Write the copies of the described files that differ; whether there are any. Raises Failure and OSError."""
    if not files:
        return False
    owner = (os.geteuid(), os.getegid())
    copies = [(staging.staged_path(root, entry["path"]), entry["content"].encode("utf-8")) for entry in files]
    if check_mode:
        return not all(staged_copies.is_current(path, content, 0o600, owner) for path, content in copies)
    staged_copies.make_root(root)
    with copies_lock(node, root):
        differing = [copy for copy in copies if not staged_copies.is_current(copy[0], copy[1], 0o600, owner)]
        for path, content in differing:
            staged_copies.write(path, content, 0o600, owner)
    return bool(differing)


def reported(entry: "Dict[str, Any]", root: "Optional[str]") -> "Dict[str, Any]":
    """A described file as the module returns it: its content stays on the node. ``root``: None where none is staged."""
    shown = {key: value for key, value in entry.items() if key != "content"}
    shown["staged"] = staging.staged_path(root, entry["path"]) if root else None
    shown["sha256"] = staging.sha256(entry["content"].encode("utf-8"))
    return shown


def work(module: AnsibleModule, kubelet: KubeletOnNode) -> "Dict[str, Any]":
    """Plan, and write the copies or the live files. Raises PlanError, io.NodeError, Failure and OSError."""
    version, found = planned(module, kubelet)
    described = [changed_files.describe(entry) for entry in found.files]
    applying = module.params["state"] == "applied"
    files = [entry for entry, _content in described]
    if applying:
        changed = bool(files)
        if changed and not module.check_mode:
            changed_files.write(module, files)
            if found.daemon_reload:
                kubelet.run(["systemctl", "daemon-reload"])
    else:
        changed = stage(Node(), module.params["root"], files, module.check_mode)
    result = {
        "changed": changed,
        "kubelet_version": version,
        "files": [reported(entry, None if applying else module.params["root"]) for entry in files],
        "flags_before": found.flags_before,
        "flags_after": found.flags_after,
        "endpoint_before": found.endpoint_before,
        "oddities": found.oddities,
        "daemon_reload": found.daemon_reload,
    }
    if module._diff:
        result["diff"] = [
            staging.diff(entry["path"], entry["mode"], content, entry["content"].encode("utf-8"))
            for entry, content in described
        ]
    return result


def main() -> None:
    """Read the options, work, and return the plan or what went wrong."""
    module = AnsibleModule(
        argument_spec={
            "target": {"type": "str", "default": registry.DEFAULT_TARGET},
            "endpoint": {"type": "str"},
            "state": {"type": "str", "choices": ["staged", "applied"], "default": "staged"},
            "root": {"type": "str", "default": staging.ROOT},
            "unit": {"type": "str", "default": "kubelet.service"},
            "binary": {"type": "path"},
            "dependencies": {"type": "dict", "default": {}},
            "pause_image": {"type": "str", "default": ""},
            "cgroup_driver": {"type": "str", "choices": ["", "systemd"], "default": ""},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    if not registry.is_target(module.params["target"]):
        known = ", ".join(registry.TARGETS)
        module.fail_json(msg="target: %r is none of %s" % (module.params["target"], known))
    try:
        result = work(module, KubeletOnNode(module.params))
    except PlanError as error:
        module.fail_json(msg=str(error), reason=error.reason, details=error.details)
    except io.NodeError as error:
        module.fail_json(msg="CRI-KUBELET-COMMAND: {0}".format(error), reason="CRI-KUBELET-COMMAND", details={})
    except Failure as error:
        module.fail_json(msg=str(error), reason=error.reason, details=error.details)
    except OSError as error:
        module.fail_json(msg="CRI-KUBELET-IO: {0}".format(error), reason="CRI-KUBELET-IO", details={})
    module.exit_json(**result)


if __name__ == "__main__":
    main()
