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
attributes:
  check_mode:
    description: Can run in check mode and return what it would return otherwise.
    support: full
    details:
      - Nothing is fetched.
  diff_mode:
    description: Returns a difference of what it changed.
    support: none
  idempotent:
    description: A second run changes nothing.
    support: full
  platform:
    description: The systems it runs on.
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

import hashlib
import os
import shutil
import tempfile

from ansible.module_utils import urls
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._facts import io, node

CHUNK = 1 << 20


class Refused(Exception):
    """A program cannot be placed."""

    def __init__(self, reason, message, **details):
        Exception.__init__(self, "%s: %s" % (reason, message))
        self.reason, self.details = reason, details


def copied(source, target):
    """Copy a stream; its SHA-512."""
    digest = hashlib.sha512()
    for chunk in iter(lambda: source.read(CHUNK), b""):
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return digest.hexdigest()


def sum_of(path):
    """SHA-512 of a file, None where there is none."""
    try:
        with open(path, "rb") as stream:
            return copied(stream, None)
    except FileNotFoundError:
        return None


def opened(entry, timeout):
    """The content of a wanted program, to be read."""
    try:
        if entry.get("src"):
            return open(entry["src"], "rb")
        return urls.open_url(entry["url"], timeout=timeout)
    except (OSError, ValueError, urls.ConnectionError) as error:  # URLError is an OSError
        origin = entry.get("src") or entry.get("url")
        raise Refused(
            "CRI-HANDLERS-FETCH", "%s cannot be had from %s: %s" % (entry["name"], origin, error), origin=origin
        ) from error


def place(entry, path, timeout):
    """Write it beside its place and rename it, once its sum is right."""
    folder = os.path.dirname(path)
    os.makedirs(folder, 0o755, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".%s-" % entry["name"])
    try:
        with os.fdopen(handle, "wb") as target, opened(entry, timeout) as source:
            try:
                seen = copied(source, target)
            except OSError as error:
                raise Refused(
                    "CRI-HANDLERS-FETCH", "%s broke off: %s" % (entry["name"], error), name=entry["name"]
                ) from error
            wanted = entry.get("sha512")
            if wanted and seen != wanted.lower():
                raise Refused(
                    "CRI-HANDLERS-CHECKSUM",
                    "%s from %s has the SHA-512 %s, wanted %s; it was not put in place"
                    % (entry["name"], entry.get("src") or entry.get("url"), seen, wanted),
                    name=entry["name"],
                    seen=seen,
                    wanted=wanted,
                )
            # All may run it: runsc starts itself again as nobody.
            os.fchmod(target.fileno(), 0o755)
            target.flush()
            os.fsync(target.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    return seen


def from_package(params, folder):
    """The wanted programs of a package, unpacked into a folder: [{name, src}]."""
    package = params["package"]

    def run(*argv):
        code, output, errors = io.run(list(argv), params["timeout"])
        if code:
            raise Refused(
                "CRI-HANDLERS-PACKAGE",
                "%s ended with %d: %s" % (" ".join(argv[:4]), code, (errors or output).strip()[-300:]),
                package=package,
            )

    os.chdir(folder)
    run("apt-get", "-o", "APT::Sandbox::User=root", "--quiet", "download", package)
    archives = [name for name in os.listdir(folder) if name.endswith(".deb")]
    if len(archives) != 1:
        raise Refused("CRI-HANDLERS-PACKAGE", "apt-get gave no package %s" % package, package=package)
    run("dpkg-deb", "--extract", archives[0], os.path.join(folder, "tree"))
    found = {}
    for home, _folders, names in os.walk(os.path.join(folder, "tree")):
        found.update((name, os.path.join(home, name)) for name in names if name in params["programs"])
    missing = [name for name in params["programs"] if name not in found]
    if missing:
        raise Refused(
            "CRI-HANDLERS-PACKAGE",
            "package %s (%s) has no %s. Debian's own has only runsc; the gVisor project's has both"
            % (package, archives[0], " and no ".join(missing)),
            package=package,
            missing=missing,
        )
    return [{"name": name, "src": found[name]} for name in params["programs"]]


def bring(module):
    """(programs, changed)"""
    params = module.params
    paths = {name: os.path.join(params["directory"], name) for name in params["programs"]}
    paths.update((entry["name"], os.path.join(params["directory"], entry["name"])) for entry in params["files"])
    wanted, results = list(params["files"]), {}
    names = [entry["name"] for entry in wanted] or (params["programs"] if params["package"] else [])
    for name in names:
        results[name] = {"path": paths[name], "sha512": sum_of(paths[name]), "placed": False}
    for entry in wanted:
        seen = results[entry["name"]]["sha512"]
        if seen and seen != entry["sha512"].lower():
            raise Refused(
                "CRI-HANDLERS-DIFFERS",
                "%s is there with the SHA-512 %s, wanted %s. It is left alone, for sandboxes may run on it: move it "
                "away, or declare its own sum" % (paths[entry["name"]], seen, entry["sha512"]),
                path=paths[entry["name"]],
                seen=seen,
                wanted=entry["sha512"],
            )
    missing = [name for name in names if results[name]["sha512"] is None]
    if module.check_mode or not missing:
        return results, bool(missing)
    folder = tempfile.mkdtemp(prefix="cri-switchover-")
    try:
        if params["package"]:
            wanted = from_package(params, folder)
        for entry in wanted:
            if entry["name"] in missing:
                digest = place(entry, paths[entry["name"]], params["timeout"])
                results[entry["name"]].update(sha512=digest, placed=True)
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    for entry in wanted:
        if entry.get("consume") and os.path.exists(entry["src"]):
            os.unlink(entry["src"])
    return results, True


def version_of(module, programs):
    path = (programs.get(module.params["version_of"]) or {}).get("path")
    if not path or not os.path.exists(path):
        return None
    code, output, errors = io.run([path, "--version"], module.params["timeout"])
    if code:
        raise Refused(
            "CRI-HANDLERS-BROKEN", "%s --version ended with %d: %s" % (path, code, errors.strip()[-300:]), path=path
        )
    return node.program_facts(output)["version"]


def main():
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
                    "url": {"type": "str"},
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
    try:
        programs, changed = bring(module)
        version = version_of(module, programs)
        facts = {
            name: {"path": item["path"], "version": version if name == module.params["version_of"] else None}
            for name, item in programs.items()
        }
        module.exit_json(changed=changed, programs=programs, facts=facts)
    except Refused as error:
        module.fail_json(msg=str(error), reason=error.reason, details=error.details)
    except (OSError, io.NodeError) as error:
        module.fail_json(msg="CRI-HANDLERS-IO: %s" % error, reason="CRI-HANDLERS-IO", details={"error": str(error)})


if __name__ == "__main__":
    main()
