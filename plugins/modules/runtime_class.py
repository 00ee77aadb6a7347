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
extends_documentation_fragment:
  - cri.switchover.attributes
  - cri.switchover.attributes.cluster
  - cri.switchover.kubeconfig
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
options:
  handlers:
    description:
      - The declarations of all hosts, each as C(switchover_handlers) has it. Equal ones count once.
      - Each handler gets a RuntimeClass, but a default handler only if it has C(runtime_class).
    type: list
    elements: list
    required: true
"""

EXAMPLES = r"""
- name: Let pods use the handlers of all hosts
  cri.switchover.runtime_class:
    handlers:
      - - name: runc
          runtime: runc
          default: true
        - name: gvisor
          runtime: runsc
          runtime_class:
            overhead:
              memory: 64Mi
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
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List


def text(tree: "Dict[str, Any]") -> str:
    """One side of a diff."""
    return json.dumps(tree, indent=2, sort_keys=True) + "\n" if tree else ""


def wanted(declarations: "List[Any]") -> "List[Dict[str, Any]]":
    """The objects for the declarations of all hosts. Raises HandlersError where there can be none."""
    objects, wrong = handlers.runtime_classes(declarations)
    if wrong:
        raise handlers.HandlersError(wrong)
    return objects


def main() -> None:
    """Run the module."""
    option = {"type": "list", "elements": "list", "required": True, "no_log": True}
    module = AnsibleModule(argument_spec=dict({"handlers": option}, **AUTH_SPEC), supports_check_mode=True)
    params = module.params
    handlers.hide_urls(module, params["handlers"])
    try:
        results = runtime_classes.apply(client_of(params), wanted(params["handlers"]), module.check_mode)
    except handlers.HandlersError as exc:
        message = "CRI-SETTINGS-VALUE: switchover_handlers: %s" % exc
        module.fail_json(msg=message, reason="CRI-SETTINGS-VALUE", details={"problems": exc.problems})
        return
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
