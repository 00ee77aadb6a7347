#!/usr/bin/python
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
---
module: kubelet_runtime
short_description: Plans every file that names a kubelet's container runtime
version_added: 0.1.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Finds each place that names the runtime of a kubelet, and returns these files as they should be for another runtime.
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
attributes:
  check_mode:
    description: Can run in check mode and return what it would return otherwise.
    support: full
    details:
      - With O(state=planned) nothing is ever written, and the task never counts as changed.
  diff_mode:
    description: Returns a difference of the files.
    support: full
    details:
      - Contents of files that only their owner may read are not shown.
  idempotent:
    description: A second run changes nothing.
    support: full
  platform:
    description: The systems it runs on.
    platforms: linux
    support: full
options:
  endpoint:
    description:
      - The socket of the new runtime, for instance C(unix:///run/containerd/containerd.sock).
    type: str
    required: true
  state:
    description:
      - V(planned) returns the files and writes nothing.
      - V(applied) writes them. If a unit file changed, it reloads systemd. The kubelet is not restarted.
      - V(applied) refuses as long as the running kubelet uses Docker. Use M(cri.switchover.cutover) for such a node.
    type: str
    choices:
      - planned
      - applied
    default: planned
  unit:
    description:
      - The kubelet's systemd unit.
    type: str
    default: kubelet.service
  binary:
    description:
      - The kubelet's program. Without this option, the one that the unit starts.
    type: path
  drop_dependencies:
    description:
      - Units of the old runtime, such as C(docker.service). The kubelet's unit must no longer depend on them. An
        ordering after one of them becomes an ordering after the new runtime's service.
    type: list
    elements: str
    default: []
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
    version_added: 0.2.0
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
- name: Show what a switch to containerd would change in the kubelet's files
  cri.switchover.kubelet_runtime:
    endpoint: unix:///run/containerd/containerd.sock
    drop_dependencies:
      - docker.service
      - docker.socket
  become: true
  register: kubelet_plan

- name: Write the kubelet's files on a node that does not use Docker any more
  cri.switchover.kubelet_runtime:
    endpoint: unix:///var/run/crio/crio.sock
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
    - The files that change. C(content) is all of the file. It contains secrets if the file did before.
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
    content:
      description: Its new content.
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

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import changed_files
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.errors import PlanError
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.flags_by_release import parse_version
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.on_node import KubeletOnNode
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.plan import plan
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry, staging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict


def work(module: AnsibleModule) -> "Dict[str, Any]":
    """Plan, and write with state=applied. Raises PlanError and io.NodeError."""
    kubelet = KubeletOnNode(module.params)
    layout = kubelet.layout()
    version, help_text = kubelet.answers(kubelet.binary())
    applying = module.params["state"] == "applied"
    release = parse_version(version)
    if applying and release is not None:
        kubelet.refuse_on_docker(layout, release)
    planned = plan(
        layout,
        version,
        help_text,
        module.params["endpoint"],
        module.params["pause_image"],
        module.params["drop_dependencies"],
        module.params["cgroup_driver"],
        registry.unit_behind(module.params["endpoint"]),
    )
    described = [changed_files.describe(entry) for entry in planned.files]
    files = [entry for entry, _content in described]
    if applying and files and not module.check_mode:
        changed_files.write(module, files)
        if planned.daemon_reload:
            kubelet.run(["systemctl", "daemon-reload"])
    result = {
        # A plan changes nothing on the node, whatever a switch will make of it.
        "changed": applying and bool(files),
        "kubelet_version": version,
        "files": files,
        "flags_before": planned.flags_before,
        "flags_after": planned.flags_after,
        "endpoint_before": planned.endpoint_before,
        "oddities": planned.oddities,
        "daemon_reload": planned.daemon_reload,
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
            "endpoint": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["planned", "applied"], "default": "planned"},
            "unit": {"type": "str", "default": "kubelet.service"},
            "binary": {"type": "path"},
            "drop_dependencies": {"type": "list", "elements": "str", "default": []},
            "pause_image": {"type": "str", "default": ""},
            "cgroup_driver": {"type": "str", "choices": ["", "systemd"], "default": ""},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    try:
        result = work(module)
    except PlanError as error:
        module.fail_json(msg=str(error), reason=error.reason, details=error.details)
    except io.NodeError as error:
        module.fail_json(msg="CRI-KUBELET-COMMAND: {0}".format(error), reason="CRI-KUBELET-COMMAND", details={})
    module.exit_json(**result)


if __name__ == "__main__":
    main()
