#!/usr/bin/python

# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: runtime_class
short_description: Create or update the RuntimeClasses of runtime handlers
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Creates objects that are missing. Updates C(overhead) and C(scheduling) of objects that exist, if they are given.
  - Nothing is ever deleted. A RuntimeClass of the same name with another handler is refused, because the API does not
    allow a change of the handler.
  - Everything is planned before the first object is written.
extends_documentation_fragment: cri.switchover.kubeconfig
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed, or possibly needs changing in C(check_mode), when in diff
      mode.
    support: full
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates
      no change.
    support: full
  platform:
    description: Platforms that are supported.
    support: full
    platforms: posix
options:
  classes:
    description: The objects, as P(cri.switchover.runtime_classes#filter) makes them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Let pods use the handlers of all hosts
  cri.switchover.runtime_class:
    classes: "{{ [switchover_handlers] | cri.switchover.runtime_classes }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
classes:
  description: Each with its C(name), C(handler) and C(action), which is V(create), V(update) or V(none).
  type: list
  elements: dict
  returned: success
  sample: [{"name": "gvisor", "handler": "gvisor", "action": "create"}]
reason:
  description: Token of the failure.
  type: str
  returned: failure
  sample: CRI-RUNTIMECLASS-HANDLER
details:
  description: The failure as data.
  type: dict
  returned: failure
"""

import json

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import runtime_classes
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import client_of
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.credentials import AUTH_SPEC
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict


def text(tree: "Dict[str, Any]") -> str:
    """One side of a diff."""
    return json.dumps(tree, indent=2, sort_keys=True) + "\n" if tree else ""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=dict({"classes": {"type": "list", "elements": "dict", "required": True}}, **AUTH_SPEC),
        supports_check_mode=True,
    )
    params = module.params
    try:
        results = runtime_classes.apply(client_of(params), params["classes"], module.check_mode)
    except KubeError as exc:
        module.fail_json(msg=str(exc), reason=exc.reason, details=exc.details)
        return
    changed = [item for item in results if item["action"] != "none"]
    answer = {"classes": [{key: item[key] for key in ("name", "handler", "action")} for item in results]}
    if module._diff:
        answer["diff"] = [
            {
                "before_header": "RuntimeClass %s%s" % (item["name"], "" if item["before"] else " (absent)"),
                "after_header": "RuntimeClass %s" % item["name"],
                "before": text(item["before"]),
                "after": text(item["after"]),
            }
            for item in changed
        ]
    module.exit_json(changed=bool(changed), **answer)


if __name__ == "__main__":
    main()
