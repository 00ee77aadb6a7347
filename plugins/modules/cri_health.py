#!/usr/bin/python
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
---
module: cri_health
short_description: Checks by crictl whether a container runtime can serve a node
version_added: 0.1.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Asks a CRI runtime through C(crictl) for its version, its conditions, its runtime handlers and the pause image.
    Waits for what is not yet as required.
  - With O(smoke=true), also runs a sandbox and a container with each handler. This is refused while kubelet runs,
    because kubelet removes sandboxes that it does not know.
  - Fails when something is unmet, and names all of it. Fails also when a command gives no answer in time.
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
    details:
      - It changes nothing except for the smoke sandboxes. In check mode it runs none.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  endpoint:
    description: The runtime's socket, such as C(unix:///run/containerd/containerd.sock).
    type: str
    required: true
  crictl:
    description: The C(crictl) program.
    type: path
    default: /usr/bin/crictl
  runtime_name:
    description: The name that the runtime must give itself, such as V(containerd) or V(cri-o).
    type: str
  runtime_version:
    description: A regular expression that must match somewhere in the runtime's version.
    type: str
  handlers:
    description:
      - Runtime handlers that must exist, such as V(runc).
      - If a runtime does not report its handlers, only O(smoke=true) tries them.
    type: list
    elements: str
    default: []
  runtimes:
    description:
      - The OCI runtime of each handler, by the handler's name. V(runc), V(crun) or V(runsc).
      - With O(smoke=true) these are verified by a container. In a container of V(runsc), the kernel's messages must be
        gVisor's. For V(runc) and V(crun), the container's state must be of that runtime.
    type: dict
    default: {}
  pause_image:
    description: The pause image. It must be present, and be the one in the runtime's configuration.
    type: str
  network_ready:
    description: Whether C(NetworkReady) must be true as well.
    type: bool
    default: true
  wait:
    description: Seconds to wait for what is not yet as required.
    type: int
    default: 60
  smoke:
    description: Whether to run a sandbox and a container with each of O(handlers), which needs O(pause_image).
    type: bool
    default: false
  smoke_timeout:
    description: Seconds that each command of the smoke test may take.
    type: int
    default: 60
  kubelet_unit:
    description: The unit that must not run for O(smoke=true).
    type: str
    default: kubelet.service
notes:
  - Needs root on the node.
seealso:
  - module: cri.switchover.cutover
"""

EXAMPLES = r"""
- name: Wait until containerd can serve the node
  cri.switchover.cri_health:
    endpoint: unix:///run/containerd/containerd.sock
    runtime_name: containerd
    runtime_version: ^v?1\.[67]\.
    handlers: [runc]
    pause_image: registry.k8s.io/pause:3.6
    wait: 120
  become: true
"""

RETURN = r"""
health:
  description: What was found.
  returned: always
  type: dict
  contains:
    version:
      description: The runtime's C(name), its C(version), and the version of its C(api).
      type: dict
    conditions:
      description: Each condition with C(status), C(reason) and C(message).
      type: dict
    handlers:
      description: The names of the runtime handlers, null when the runtime does not report them.
      type: list
      elements: str
    pause_image:
      description: The pause image of the runtime's configuration, null when the runtime does not report it.
      type: str
    images:
      description: How many images there are.
      type: int
    smoke:
      description: The handlers that ran a container in this execution.
      type: list
      elements: str
    seconds:
      description: How long it took.
      type: float
    verified:
      description: The evidence for each handler that ran a container in this execution.
      type: dict
      sample: {"runc": "runs", "gvisor": "Linux 4.4.0; [    0.000000] Starting gVisor..."}
    unmet:
      description: What is not as required, each with C(reason), C(message) and C(details).
      type: list
      elements: dict
info:
  description: The output of C(crictl info), for gates.
  returned: when the runtime answered
  type: dict
version_fields:
  description: The fields of C(crictl version), as it prints them, for gates.
  returned: when the runtime answered
  type: dict
  sample: {"Version": "0.1.0", "RuntimeName": "containerd", "RuntimeVersion": "1.6.20", "RuntimeApiVersion": "v1"}
reason:
  description: Stable token of the first thing unmet.
  returned: failure
  type: str
details:
  description: The failure as data.
  returned: failure
  type: dict
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._common.text import fields
from ansible_collections.cri.switchover.plugins.module_utils._engine.cri import (
    Cri,
    conditions_of,
    handlers_of,
    has_image,
    judge_info,
    judge_version,
    sandbox_image_of,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure, unmet_entry
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._engine.smoke import Smoke, pod_cgroup
from ansible_collections.cri.switchover.plugins.module_utils._engine.systemd import is_running, show_units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    Health = Dict[str, Any]


class AskedRuntime(Cri):
    """A CRI endpoint that keeps what crictl printed last, by the command."""

    def __init__(self, node: Node, crictl: str, endpoint: str) -> None:
        super(AskedRuntime, self).__init__(node, crictl, endpoint)
        self.printed: "Dict[str, str]" = {}

    def run(self, *args: str, timeout: float = 30) -> str:
        """As Cri.run()."""
        self.printed[args[0]] = super(AskedRuntime, self).run(*args, timeout=timeout)
        return self.printed[args[0]]


ARGUMENT_SPEC = {
    "endpoint": {"type": "str", "required": True},
    "crictl": {"type": "path", "default": "/usr/bin/crictl"},
    "runtime_name": {"type": "str"},
    "runtime_version": {"type": "str"},
    "handlers": {"type": "list", "elements": "str", "default": []},
    "runtimes": {"type": "dict", "default": {}},
    "pause_image": {"type": "str"},
    "network_ready": {"type": "bool", "default": True},
    "wait": {"type": "int", "default": 60},
    "smoke": {"type": "bool", "default": False},
    "smoke_timeout": {"type": "int", "default": 60},
    "kubelet_unit": {"type": "str", "default": "kubelet.service"},
}


def examine(module: AnsibleModule, node: Node, cri: Cri, health: "Health") -> "Dict[str, Any]":
    """Fill health as far as it goes; returns crictl's info, empty where the runtime is silent.

    Raises Failure where crictl or a smoke test fails.
    """
    params = module.params
    pause = params["pause_image"]
    wanted = sorted(set(params["handlers"]) | set(params["runtimes"]))
    info, unmet = cri.info_until(params["wait"], lambda seen: judge_info(seen, wanted, params["network_ready"], pause))
    health["conditions"] = conditions_of(info)
    health["handlers"] = handlers_of(info)
    health["pause_image"] = sandbox_image_of(info)
    health["unmet"] += unmet
    if not info:
        return info
    health["version"] = cri.version()
    health["unmet"] += judge_version(health["version"], params["runtime_name"], params["runtime_version"])
    images = cri.json("images", "--output", "json")
    health["images"] = len(images.get("images") or [])
    if pause and not has_image(images, pause):
        health["unmet"].append(unmet_entry("CRI-PAUSE-MISSING", "the runtime has no image %s" % pause, wanted=pause))
    if params["smoke"] and not module.check_mode and not health["unmet"]:
        handlers = [{"name": name, "runtime": params["runtimes"].get(name)} for name in wanted]
        smoke = Smoke(node, cri, pause, pod_cgroup(node), params["smoke_timeout"])
        health["smoke"], health["verified"] = wanted, smoke.verify(handlers)[0]
    return info


def check_kubelet(node: Node, unit: str) -> None:
    """Raise Failure while kubelet runs: it removes every sandbox that it does not know."""
    if is_running(show_units(node, [unit]).get(unit, {})):
        raise Failure("CRI-SMOKE-KUBELET", "%s runs: it would remove the sandboxes of a smoke test" % unit, unit=unit)


def new_health() -> "Health":
    """The result before anything was asked."""
    return {
        "version": None,
        "conditions": {},
        "handlers": None,
        "pause_image": None,
        "images": None,
        "smoke": [],
        "verified": {},
        "unmet": [],
    }


def check(module: AnsibleModule, health: "Health") -> "Dict[str, Any]":
    """Ask the runtime; what it lacks stands in health["unmet"]. Returns what crictl said: {info, version_fields}."""
    params, node = module.params, Node()
    cri = AskedRuntime(node, params["crictl"], params["endpoint"])
    info: "Dict[str, Any]" = {}
    try:
        if params["smoke"]:
            check_kubelet(node, params["kubelet_unit"])
        info = examine(module, node, cri, health)
    except Failure as exc:
        health["unmet"].append(unmet_entry(exc.reason, str(exc), **exc.details))
    return {"info": info, "version_fields": fields(cri.printed.get("version", ""))}


def main() -> None:
    """Arguments, the questions to the runtime, exit."""
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC, required_if=[("smoke", True, ("pause_image",))], supports_check_mode=True
    )
    params = module.params
    unknown = sorted(set(map(str, params["runtimes"].values())) - {"runc", "crun", "runsc"})
    if unknown:
        text = "CRI-HEALTH-INPUT: runtimes: %s cannot be verified by a smoke test" % ", ".join(unknown)
        details = {"unknown": unknown}
        module.fail_json(msg=text, reason="CRI-HEALTH-INPUT", details=details, health={}, info={}, version_fields={})
    started, health = time.monotonic(), new_health()
    said = check(module, health)
    health["seconds"] = round(time.monotonic() - started, 1)
    if health["unmet"]:
        first, texts = health["unmet"][0], "; ".join(item["message"] for item in health["unmet"])
        text = "%s: %s is unfit after %.0f s: %s" % (first["reason"], params["endpoint"], health["seconds"], texts)
        module.fail_json(msg=text, reason=first["reason"], details={"unmet": health["unmet"]}, health=health, **said)
    module.exit_json(changed=False, health=health, **said)


if __name__ == "__main__":
    main()
