#!/usr/bin/python
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
---
module: docker_removal
short_description: Removes Docker from a node that was switched away from it
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Checks everything first, and changes nothing if one check fails. The node must be finalized by its journal. Its
    kubelet and runtime must work, and not use Docker. Docker must have no containers except Kubernetes' own.
  - No unit may need C(docker.service), and no package may be on hold. The package manager must be able to remove
    Docker's packages, and nothing else.
  - Then it works in this order. containerd and packages that came with it are marked as wanted. Docker's units are
    stopped and disabled. Docker's packages are removed. Its rules and bridges are removed from the network. Links to
    its logs, and what it has in C(/run), are deleted.
  - With O(data=true) its data is deleted as well. Last of all, the journal, the before-images and the engine are
    removed. B(After that the node cannot revert.)
  - Packages that came with Docker as dependencies stay. containerd and the kubelet must be the same processes
    afterwards, and work.
  - Each step can be done again. If a removal was interrupted, the next one completes it, because the journal is removed
    last.
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: The difference lists what is there before and is removed afterwards.
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  state:
    description:
      - V(planned) only checks. It returns RV(steps) and RV(blockers), and does not fail because of them.
      - V(absent) removes Docker. It fails on any blocker before anything is changed.
    type: str
    choices: [planned, absent]
    default: planned
  data:
    description:
      - Whether Docker's data is removed, too. That is its directory (the C(data-root)), and C(/var/lib/docker) if that
        is another directory.
      - It is also C(/var/lib/dockershim), C(/var/lib/cri-dockerd), C(/etc/docker), and with apt what packages leave in
        C(/etc).
      - A directory is refused if it is a link or a mount point, or if it contains anything that is not known as
        Docker's.
    type: bool
    default: false
  by_run:
    description: The id of this run. Other runs are refused on the node while it works.
    type: str
    default: docker_removal
  owner:
    description: Who runs it, for other runs that are refused meanwhile.
    type: str
    default: docker_removal
  timeout:
    description: Seconds that the package manager may take.
    type: int
    default: 600
  wait:
    description: Seconds to wait until the runtime answers as ready, before and after.
    type: int
    default: 30
notes:
  - Needs root on the node.
  - C(DOCKER-USER) stays if it has rules of yours. The policy of C(FORWARD) becomes C(ACCEPT) again only if nobody but
    Docker can have set it to C(DROP). RV(left) reports both.
seealso:
  - module: cri.switchover.cutover
"""

EXAMPLES = r"""
- name: Show what the removal of Docker would remove, and what blocks it
  cri.switchover.docker_removal:
    state: planned
  become: true
  register: removal

- name: Remove Docker, but keep its data
  cri.switchover.docker_removal:
    state: absent
  become: true
"""

RETURN = r"""
steps:
  description: What must be done, or was done, in this order. Empty when nothing of Docker is there.
  returned: always
  type: list
  elements: dict
  contains:
    step:
      description: V(mark), V(stop), V(packages), V(network), V(logs), V(run), V(data), V(purge) or V(forget).
      type: str
    objects:
      description: What it removes or changes.
      type: list
      elements: str
  sample: [{"step": "packages", "objects": ["docker.io"]}]
blockers:
  description: What blocks the removal, each with C(reason), C(message) and C(details).
  returned: always
  type: list
  elements: dict
left:
  description: What stays, and why.
  returned: always
  type: list
  elements: str
report:
  description: RV(steps), RV(blockers) and RV(left) as human-readable lines.
  returned: always
  type: list
  elements: str
done:
  description: The steps that were done.
  returned: always
  type: list
  elements: str
reason:
  description: The token of the first thing that went wrong.
  returned: failure
  type: str
  sample: CRI-REMOVE-NEEDED
details:
  description: What belongs to RV(reason), as data.
  returned: failure
  type: dict
"""

import platform
import shutil

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.blockers import blockers
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.facts import RemovalFacts
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.lock import locked
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.plan import plan, report, stays
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.removal import Removal
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._facts import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict


def work(module: AnsibleModule, node: "Node", result: "Dict[str, Any]") -> None:
    """Reads, judges, and where that is asked for removes; fills in the result. Raises Failure on a blocker."""
    params = module.params
    reading = RemovalFacts(node, params)
    found = reading.read()
    steps = result["steps"] = plan(found, params["data"])
    result["left"] = stays(found, params["data"])
    result["report"] = report(steps, [], result["left"])
    if not steps:
        return
    found["unhealthy"] = reading.kubelet.unhealthy()
    result["blockers"] = blockers(found, params["data"])
    result["report"] = report(steps, result["blockers"], result["left"])
    if module._diff:
        before = "".join("%s: %s\n" % (step["step"], item) for step in steps for item in step["objects"])
        result["diff"] = {"before_header": "Docker on this node", "after_header": "", "before": before, "after": ""}
    if params["state"] == "planned":
        return
    if result["blockers"]:
        first = result["blockers"][0]
        texts = [first["message"]] + ["%(reason)s: %(message)s" % item for item in result["blockers"][1:]]
        raise Failure(first["reason"], "; ".join(texts) + ". Nothing was changed", **first["details"])
    result["changed"] = True
    if module.check_mode:
        return
    removal = Removal(reading, found, params)
    result["done"] = removal.done
    with locked(node, params):
        removal.run(steps)


def main() -> None:
    """Runs the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["planned", "absent"], "default": "planned"},
            "data": {"type": "bool", "default": False},
            "by_run": {"type": "str", "default": "docker_removal"},
            "owner": {"type": "str", "default": "docker_removal"},
            "timeout": {"type": "int", "default": 600},
            "wait": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    node = Node()
    result: "Dict[str, Any]" = {"changed": False, "steps": [], "blockers": [], "left": [], "report": [], "done": []}
    try:
        work(module, node, result)
    except (Failure, io.NodeError, OSError, shutil.Error) as error:
        reason = getattr(error, "reason", "CRI-REMOVE-FAILED")
        text = str(error)
        text = text[len(reason) + 2 :] if text.startswith(reason + ": ") else text
        done = " Done before: %s." % ", ".join(result["done"]) if result["done"] else ""
        result["changed"] = bool(result["done"])
        module.fail_json(
            msg="%s: %s: %s.%s" % (reason, platform.node(), text.rstrip("."), done),
            reason=reason,
            details=getattr(error, "details", {}),
            **result,
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
