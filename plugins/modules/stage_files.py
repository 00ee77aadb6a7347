#!/usr/bin/python
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
---
module: stage_files
short_description: Keeps validated files ready beside the live ones, until a switch puts them in place
version_added: 0.1.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Writes copies of files into a folder of their own, all of them in one execution. The live files are not touched.
    Nothing that runs or boots on the node reads the copies.
  - The copies are validated by the programs that will read them, before any of them replaces an earlier copy.
  - Each copy is written whole or not at all, and only when it differs. While a switch of the node is under way, none is
    written, and the module fails.
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
    details:
      - No copy is written. A validation runs on files that are removed again. It is skipped on a node that does not
        have its program yet.
  diff_mode:
    support: full
    details:
      - The difference is between the B(live) file and the wanted content. So it shows what a switch would change.
      - Contents of files that only their owner may read are not shown.
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  files:
    description:
      - The files, with all of their content.
      - The module's own log entry on the node does not include them.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: The absolute path of the live file.
        type: str
        required: true
      content:
        description: The content.
        type: str
        required: true
      mode:
        description: The permissions, as a quoted octal number.
        type: str
        default: "0644"
      owner:
        description: The name of the owner.
        type: str
        default: root
      group:
        description: The name of the group.
        type: str
        default: root
  root:
    description:
      - The folder of the copies. The copy of C(/etc/x) is C(root/etc/x). Only root may read it.
    type: str
    default: /var/lib/cri-switchover/staged
  validate:
    description:
      - Commands that must succeed, each as a list of arguments. C({staged}) stands for a folder with the copies. So
        C({staged}/etc/x) is the new content of C(/etc/x). Copies that were staged earlier are there as well.
      - No shell is involved.
    type: list
    elements: list
    default: []
  timeout:
    description:
      - Seconds that each validation may take.
    type: int
    default: 60
notes:
  - Needs root on the node.
seealso:
  - module: cri.switchover.cutover
"""

EXAMPLES = r"""
- name: Keep containerd's configuration ready
  cri.switchover.stage_files:
    files:
      - path: /etc/containerd/config.toml
        content: "{{ lookup('ansible.builtin.template', 'config.toml.j2') }}"
      - path: /etc/modules-load.d/99-cri-switchover.conf
        content: |
          overlay
          br_netfilter
    validate:
      - [containerd, --config, "{staged}/etc/containerd/config.toml", config, dump]
  become: true
"""

RETURN = r"""
files:
  description: The copies, in the order they were given.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The live path.
      type: str
    staged:
      description: The path of the copy.
      type: str
    sha256:
      description: SHA-256 of the content, in hexadecimal digits.
      type: str
    mode:
      description: The permissions.
      type: str
    owner:
      description: The owner.
      type: str
    group:
      description: The group.
      type: str
    live:
      description: Whether the live file exists, and its SHA-256.
      type: dict
      sample: {"exists": false, "sha256": null}
validations:
  description: What was validated. C(stdout) has at most 32768 characters.
  returned: always
  type: list
  elements: dict
  contains:
    cmd:
      description: The command.
      type: list
      elements: str
    rc:
      description: Its exit code. None if it did not run.
      type: int
    stdout:
      description: Its output.
      type: str
    stderr:
      description: Its errors.
      type: str
    skipped:
      description: Why it did not run, in check mode only.
      type: str
reason:
  description: The token of a failure.
  returned: failure
  type: str
  sample: CRI-STAGE-INVALID
details:
  description: What was found, and what was wanted.
  returned: failure
  type: dict
"""

import grp
import os
import pwd
import shutil
import tempfile

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._cutover.copies_lock import copies_lock
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._facts import io, masking
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import staged_copies, staging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    # (entry of the option `files`, content, mode, (uid, gid))
    Copy = Tuple[Dict[str, Any], bytes, int, Tuple[int, int]]


class Refused(Exception):
    """The files cannot be staged. reason: a stable token; details: what was seen and wanted, as data."""

    def __init__(self, reason: str, message: str, **details: "Any") -> None:
        Exception.__init__(self, "%s: %s" % (reason, message))
        self.reason, self.details = reason, details


def ids(entry: "Dict[str, Any]") -> "Tuple[int, int]":
    """(uid, gid) of a file's owner and group. Raises Refused where this node does not have them."""
    try:
        return pwd.getpwnam(entry["owner"]).pw_uid, grp.getgrnam(entry["group"]).gr_gid
    except KeyError as error:
        raise Refused(
            "CRI-STAGE-OWNER",
            "%s: this node has no such user or group: %s" % (entry["path"], error.args[0]),
            path=entry["path"],
            owner=entry["owner"],
            group=entry["group"],
        ) from None


def validate(module: AnsibleModule, wanted: "List[Copy]", root: str) -> "List[Dict[str, Any]]":
    """Run the validations on a folder of all copies as they are going to be. Raises Refused for one that fails."""
    commands = module.params["validate"]
    if not commands:
        return []
    private = tempfile.mkdtemp(prefix="cri-switchover-")
    folder = os.path.join(private, "staged")
    results: "List[Dict[str, Any]]" = []
    try:
        if os.path.isdir(root):
            shutil.copytree(root, folder, symlinks=True)
        for entry, content, mode, owner in wanted:
            staged_copies.write(staging.staged_path(folder, entry["path"]), content, mode, owner)
        for command in commands:
            results.append(run(module, folder, command, results))
    finally:
        shutil.rmtree(private)
    return results


def run(module: AnsibleModule, folder: str, command: "List[str]", results: "List[Dict[str, Any]]") -> "Dict[str, Any]":
    """One validation, with the copies in `folder`. results: those before it, which a refusal returns as well."""
    argv = staging.substitute(command, folder)
    if not (os.path.isabs(argv[0]) and os.access(argv[0], os.X_OK)) and not io.which(argv[0]):
        if module.check_mode:
            why = "this node has no %s yet" % argv[0]
            return {"cmd": command, "rc": None, "stdout": "", "stderr": "", "skipped": why}
        raise Refused(
            "CRI-STAGE-INVALID",
            "%s is not installed, so nothing can be validated by it" % argv[0],
            cmd=command,
            validations=results,
        )
    try:
        code, *texts = io.run(argv, module.params["timeout"])
    except io.NodeError as error:
        raise Refused("CRI-STAGE-INVALID", str(error), cmd=command, validations=results) from None
    output, errors = [masking.mask_text(text.replace(folder, "{staged}")) for text in texts]
    result = {"cmd": command, "rc": code, "stdout": output[:32768], "stderr": errors[-4000:]}
    if code:
        last = (errors[-4000:].strip() or output[:32768].strip()).splitlines()
        raise Refused(
            "CRI-STAGE-INVALID",
            "%s refuses the new files with exit code %d: %s; nothing was staged"
            % (" ".join(command), code, last[-1] if last else "it says nothing"),
            cmd=command,
            validations=results + [result],
        )
    return result


def stage(module: AnsibleModule) -> "Dict[str, Any]":
    """Validate the files, then write those copies that differ. Raises Refused, Failure and OSError."""
    root, files = module.params["root"], module.params["files"]
    found = staging.problems(files, root)
    if found:
        raise Refused("CRI-STAGE-INPUT", "; ".join(found), problems=found)
    wanted = [
        (entry, entry["content"].encode("utf-8"), staging.mode_number(entry["mode"]), ids(entry)) for entry in files
    ]
    validations = validate(module, wanted, root)
    if module.check_mode:
        changed = bool(outdated(wanted, root))
    else:
        staged_copies.make_root(root)
        with copies_lock(Node(), root):
            changed = write_all(outdated(wanted, root), root)
    results, diffs = [], []
    for entry, content, mode, _owner in wanted:
        live = staged_copies.read(entry["path"])
        difference = staging.diff(entry["path"], entry["mode"], live, content)
        if difference:
            diffs.append(difference)
        results.append(described(entry, content, mode, staging.staged_path(root, entry["path"]), live))
    result = {"changed": changed, "files": results, "validations": validations}
    return dict(result, diff=diffs) if module._diff else result


def outdated(wanted: "List[Copy]", root: str) -> "List[Copy]":
    """Those of the copies that are not there yet as they are wanted. Raises OSError."""
    return [
        copy for copy in wanted if not staged_copies.is_current(staging.staged_path(root, copy[0]["path"]), *copy[1:])
    ]


def write_all(copies: "List[Copy]", root: str) -> bool:
    """Write these copies; whether there are any. Raises OSError."""
    for entry, content, mode, owner in copies:
        staged_copies.write(staging.staged_path(root, entry["path"]), content, mode, owner)
    return bool(copies)


def described(
    entry: "Dict[str, Any]", content: bytes, mode: int, staged: str, live: "Optional[bytes]"
) -> "Dict[str, Any]":
    """One copy as the module returns it. staged: its path. live: the content of the live file, None without one."""
    return {
        "path": entry["path"],
        "staged": staged,
        "sha256": staging.sha256(content),
        "mode": staging.mode_text(mode),
        "owner": entry["owner"],
        "group": entry["group"],
        "live": {"exists": live is not None, "sha256": None if live is None else staging.sha256(live)},
    }


def main() -> None:
    """Read the options, stage, and return the copies or what went wrong."""
    module = AnsibleModule(
        argument_spec={
            "files": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "no_log": True,
                "options": {
                    "path": {"type": "str", "required": True},
                    "content": {"type": "str", "required": True},
                    "mode": {"type": "str", "default": "0644"},
                    "owner": {"type": "str", "default": "root"},
                    "group": {"type": "str", "default": "root"},
                },
            },
            "root": {"type": "str", "default": staging.ROOT},
            "validate": {"type": "list", "elements": "list", "default": []},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    # no_log keeps all of it out of the node's log. Of what is returned, only the contents of private files are masked.
    module.no_log_values.clear()
    for entry in module.params["files"]:
        if not staging.problems([entry], "/root") and staging.is_private(entry["mode"]) and entry["content"]:
            module.no_log_values.add(entry["content"])
    try:
        result = stage(module)
    except Refused as error:
        module.fail_json(
            msg=str(error), reason=error.reason, validations=error.details.pop("validations", []), details=error.details
        )
    except Failure as error:
        module.fail_json(msg=str(error), reason=error.reason, validations=[], details=error.details)
    except OSError as error:
        module.fail_json(
            msg="CRI-STAGE-IO: %s" % error, reason="CRI-STAGE-IO", details={"error": str(error)}, validations=[]
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
