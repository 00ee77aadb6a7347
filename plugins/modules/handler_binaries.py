#!/usr/bin/python
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
---
module: handler_binaries
short_description: Puts the programs of a runtime handler where a container runtime finds them
version_added: 0.2.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Installs programs from files, URLs or a package. Each is installed whole and with the right checksum, or not at all.
  - A program that is there already is never replaced, because sandboxes may run on it. Another checksum is an error.
  - Of a package only the programs are taken, and none of its scripts runs. The script of the gVisor project's package
    would edit Docker's configuration.
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
    details:
      - Nothing is fetched.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  directory:
    description: The directory of the programs. It must be in the PATH of the runtime.
    type: str
    default: /usr/local/bin
  files:
    description: The programs, each with its checksum.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name of the program.
        type: str
        required: true
      sha512:
        description: Its SHA-512, in hexadecimal digits.
        type: str
        required: true
      src:
        description: A file on the node to take it from.
        type: str
      consume:
        description: Whether O(files[].src) is deleted once the program is in place.
        type: bool
        default: false
      url:
        description: Where to fetch it from.
        type: str
  package:
    description:
      - A package of apt's sources to take O(programs) from. apt checks its signature. A version may be given, as in
        V(runsc=20260224.0).
    type: str
  programs:
    description: What to take from O(package).
    type: list
    elements: str
    default: [runsc, containerd-shim-runsc-v1]
  version_of:
    description: The program that is asked for its version at the end.
    type: str
    default: runsc
  timeout:
    description: Seconds that each command may take, and each wait for an answer.
    type: int
    default: 120
notes:
  - Needs root on the node.
"""

EXAMPLES = r"""
- name: Put gVisor in containerd's PATH
  cri.switchover.handler_binaries:
    files:
      - name: runsc
        url: https://storage.googleapis.com/gvisor/releases/release/20260224/x86_64/runsc
        sha512: "{{ sums.runsc }}"
      - name: containerd-shim-runsc-v1
        url: https://storage.googleapis.com/gvisor/releases/release/20260224/x86_64/containerd-shim-runsc-v1
        sha512: "{{ sums.shim }}"
  become: true
"""

RETURN = r"""
programs:
  description: Each program with its C(path), its C(sha512), and whether this run C(placed) it.
  returned: success
  type: dict
facts:
  description:
    - The programs in the form of M(cri.switchover.node_runtime_info), each with its C(path). The program O(version_of)
      also has its C(version). In check mode, as they would be.
  returned: success
  type: dict
reason:
  description: The token of a failure.
  returned: failure
  type: str
  sample: CRI-HANDLERS-CHECKSUM
details:
  description: What was found, and what was wanted.
  returned: failure
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handler_binaries import (
    HandlerProgramError,
    place_all,
    version_of,
)


def main() -> None:
    """Runs the module."""
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "str", "default": "/usr/local/bin"},
            "files": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"type": "str", "required": True},
                    "sha512": {"type": "str", "required": True},
                    "src": {"type": "str"},
                    "consume": {"type": "bool", "default": False},
                    "url": {"type": "str", "no_log": True},
                },
                "mutually_exclusive": [("src", "url")],
                "required_one_of": [("src", "url")],
            },
            "package": {"type": "str"},
            "programs": {"type": "list", "elements": "str", "default": ["runsc", "containerd-shim-runsc-v1"]},
            "version_of": {"type": "str", "default": "runsc"},
            "timeout": {"type": "int", "default": 120},
        },
        mutually_exclusive=[("files", "package")],
        supports_check_mode=True,
    )
    asked = module.params["version_of"]
    try:
        programs, changed = place_all(module.params, module.check_mode)
        version = version_of(asked, programs, module.params["timeout"])
        facts = {
            name: {"path": item["path"], "version": version if name == asked else None}
            for name, item in programs.items()
        }
        module.exit_json(changed=changed, programs=programs, facts=facts)
    except HandlerProgramError as error:
        module.fail_json(msg=str(error), reason=error.reason, details=error.details)
    except (OSError, io.NodeError) as error:
        module.fail_json(msg="CRI-HANDLERS-IO: %s" % error, reason="CRI-HANDLERS-IO", details={"error": str(error)})


if __name__ == "__main__":
    main()
