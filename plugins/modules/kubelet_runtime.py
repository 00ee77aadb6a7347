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
  release_units:
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
- name: See what a switch to containerd would change in the kubelet's files
  cri.switchover.kubelet_runtime:
    endpoint: unix:///run/containerd/containerd.sock
    release_units:
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

import grp
import hashlib
import os
import pwd
import stat
import tempfile

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import command_line, flags, unit_files
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.plan import (
    PACKAGE_FOLDERS,
    Layout,
    PlanError,
    config_paths,
    effective_endpoint,
    plan,
    uses_docker,
)
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import staging

INSTANCE_CONFIG = "/var/lib/kubelet/instance-config.yaml"
UNIT_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")


class Kubelet:
    """The kubelet of this node: what its unit says, and the files it names."""

    def __init__(self, params):
        self.params = params
        self.unit = params["unit"]
        self.pid = 0
        self.command = command_line.Command()

    def answers(self, binary):
        """(version, help); both at once, for a Go program is slow to start on a small machine."""
        commands = [io.Command([binary, option]) for option in ("--version", "--help")]
        version = self.output(commands[0])
        # A kubelet that prints no help is no reason to stop: there are tables.
        _code, help_text, _errors = commands[1].result(self.params["timeout"])
        return version.strip().rsplit(" ", 1)[-1].lstrip("v"), help_text

    def run(self, argv):
        return self.output(io.Command(argv))

    def output(self, command):
        code, output, errors = command.result(self.params["timeout"])
        if code:
            raise io.NodeError(
                "{0} ended with {1}: {2}".format(" ".join(command.argv), code, (errors or output).strip()[-500:])
            )
        return output

    def layout(self):
        names = ("LoadState", "FragmentPath", "DropInPaths", "MainPID")
        shown = self.run(["systemctl", "show", "--no-pager", "-p", ",".join(names), self.unit])
        state = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        if state.get("LoadState") != "loaded" or not state.get("FragmentPath"):
            raise PlanError(
                "CRI-KUBELET-ABSENT",
                "systemd has no unit {0} with a file (its state: {1}). Name the kubelet's unit in `unit`.".format(
                    self.unit, state.get("LoadState")
                ),
                unit=self.unit,
                load_state=state.get("LoadState"),
            )
        self.pid = int(state.get("MainPID") or 0)
        units = [(path, self.read(path)) for path in [state["FragmentPath"]] + state["DropInPaths"].split()]
        files = {}
        for path, _optional in unit_files.environment_files(units):
            if os.path.isfile(path):
                files[path] = self.read(path)
        self.command = command_line.expand(units, files)
        main, folder = config_paths(self.command.flags())
        configs = [(path, self.read(path)) for path in ([main] if main else []) + drop_ins(folder)]
        instance = self.read(INSTANCE_CONFIG) if os.path.exists(INSTANCE_CONFIG) else None
        return Layout(self.unit, units, files, configs, (INSTANCE_CONFIG, instance), self.links())

    def read(self, path):
        try:
            with open(path, "rb") as stream:
                # Bytes that are no UTF-8 survive the way there and back.
                return stream.read().decode("utf-8", "surrogateescape")
        except OSError as error:
            raise PlanError(
                "CRI-KUBELET-FILE", "{0} cannot be read: {1}".format(path, error.strerror), path=path
            ) from None

    def links(self):
        found = []
        for folder in UNIT_FOLDERS:
            for kind in ("wants", "requires", "upholds"):
                place = "{0}/{1}.{2}".format(folder, self.unit, kind)
                if os.path.isdir(place):
                    found += [os.path.join(place, name) for name in sorted(os.listdir(place))]
        return found

    def binary(self):
        path = self.params["binary"] or self.command.binary
        path = path and (path if "/" in path else io.which(path))
        if not path or not os.access(path, os.X_OK):
            raise PlanError(
                "CRI-KUBELET-ABSENT",
                "no kubelet program: {0}. Name it in the option `binary`.".format(
                    path or "; ".join(self.command.oddities) or "the unit starts none"
                ),
                binary=path,
                oddities=self.command.oddities,
            )
        return path

    def refuse_on_docker(self, layout, release):
        """The kubelet that runs decides, not its files: they may have changed since its start."""
        cmdline = io.command_line(self.pid)
        if not cmdline:
            return
        _binary, words = command_line.split_cmdline(cmdline)
        endpoint = effective_endpoint(command_line.parse_flags(words), layout.configs, release)
        if uses_docker(endpoint):
            raise PlanError(
                "CRI-KUBELET-DOCKER-IN-USE",
                "the running kubelet uses Docker ({0}): its files are written by a cutover only. Use "
                "cri.switchover.cutover, or stop the kubelet first if the node is empty.".format(
                    endpoint or "dockershim"
                ),
                endpoint=endpoint,
                pid=self.pid,
            )


def drop_ins(folder):
    """The configuration drop-ins in the order in which the kubelet merges them."""
    found = []
    for place, folders, names in os.walk(folder) if folder else ():
        folders.sort()
        found += [os.path.join(place, name) for name in names if name.endswith(".conf")]
    return sorted(found)


def file_state(path):
    """(before, content) of a file as the result has it; content is bytes or None."""
    if not os.path.lexists(path):
        return {"exists": False, "sha256": None, "mode": None, "owner": None, "group": None}, None
    with open(path, "rb") as stream:
        content = stream.read()
    info = os.stat(path)
    return {
        "exists": True,
        "sha256": hashlib.sha256(content).hexdigest(),
        "mode": "%04o" % stat.S_IMODE(info.st_mode),
        "owner": _name_of(pwd.getpwuid, info.st_uid),
        "group": _name_of(grp.getgrgid, info.st_gid),
    }, content


def _name_of(lookup, number):
    try:
        return lookup(number)[0]
    except KeyError:
        return str(number)


def describe(entry):
    """One changing file: (its entry of the result, its content now)."""
    path = os.path.realpath(entry["path"])
    if path.startswith(PACKAGE_FOLDERS):
        raise PlanError(
            "CRI-KUBELET-SYMLINK",
            "{0} is a link to a package's file, {1}. Replace the link by a file of its own.".format(
                entry["path"], path
            ),
            path=entry["path"],
            target=path,
        )
    try:
        entry["content"].encode("utf-8")
    except UnicodeEncodeError:
        raise PlanError(
            "CRI-KUBELET-ENCODING",
            "{0} holds bytes that are not UTF-8. Rewrite them, in a comment perhaps, and run again.".format(path),
            path=path,
        ) from None
    before, content = file_state(path)
    like = file_state(entry["copy_of"])[0] if entry["copy_of"] and not before["exists"] else before
    return {
        "path": path,
        "change": "write",
        "content": entry["content"],
        "mode": like["mode"] or "0644",
        "owner": like["owner"] or "root",
        "group": like["group"] or "root",
        "before": before,
        "why": entry["why"],
    }, content


def write(module, files):
    """All new contents are on the disk before the first file is replaced."""
    ready = []
    try:
        for entry in files:
            folder = os.path.dirname(entry["path"])
            if not os.path.isdir(folder):
                os.makedirs(folder, 0o755)
            handle, name = tempfile.mkstemp(prefix=".cri-switchover-", dir=folder)
            ready.append((name, entry))
            with os.fdopen(handle, "wb") as stream:
                stream.write(entry["content"].encode("utf-8"))
                stream.flush()
                os.fsync(stream.fileno())
        for name, entry in ready:
            module.set_mode_if_different(name, entry["mode"], False)
            module.set_owner_if_different(name, entry["owner"], False)
            module.set_group_if_different(name, entry["group"], False)
            # module.atomic_move would give a new file the default mode first.
            os.rename(name, entry["path"])
            module.set_default_selinux_context(entry["path"], False)
    finally:
        for name, _entry in ready:
            if os.path.exists(name):
                os.unlink(name)


def work(module):
    kubelet = Kubelet(module.params)
    layout = kubelet.layout()
    version, help_text = kubelet.answers(kubelet.binary())
    applying = module.params["state"] == "applied"
    if applying:
        kubelet.refuse_on_docker(layout, flags.parse_version(version))
    planned = plan(
        layout,
        version,
        help_text,
        module.params["endpoint"],
        module.params["pause_image"],
        module.params["release_units"],
        module.params["cgroup_driver"],
    )
    described = [describe(entry) for entry in planned.files]
    files = [entry for entry, _content in described]
    if applying and files and not module.check_mode:
        write(module, files)
        if planned.daemon_reload:
            kubelet.run(["systemctl", "daemon-reload"])
    result = {
        # A plan changes nothing on the node, whatever a cutover will make of it.
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


def main():
    module = AnsibleModule(
        argument_spec={
            "endpoint": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["planned", "applied"], "default": "planned"},
            "unit": {"type": "str", "default": "kubelet.service"},
            "binary": {"type": "path"},
            "release_units": {"type": "list", "elements": "str", "default": []},
            "pause_image": {"type": "str", "default": ""},
            "cgroup_driver": {"type": "str", "choices": ["", "systemd"], "default": ""},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    try:
        result = work(module)
    except PlanError as error:
        module.fail_json(msg=str(error), reason=error.token, details=error.details)
    except io.NodeError as error:
        module.fail_json(msg="CRI-KUBELET-COMMAND: {0}".format(error), reason="CRI-KUBELET-COMMAND", details={})
    module.exit_json(**result)


if __name__ == "__main__":
    main()
