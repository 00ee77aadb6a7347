"""What a node is like, in one pass: files byte for byte, units, kubelet's command line, traces of the tool.

Runs on the node as `python3 -` (standard library only) and prints JSON; `read_state(number)` is the controller's side.
"""

import hashlib
import json
import os
import subprocess

# Trees and files that a switch may write to, and that a failed one must leave as they were.
TREES = (
    "/etc/containerd",
    "/etc/containers",
    "/etc/crictl.yaml",
    "/etc/crio",
    "/etc/default/grub.d",
    "/etc/default/kubelet",
    "/etc/docker",
    "/etc/modules-load.d",
    "/etc/sysctl.d",
    "/etc/systemd/system",
    "/etc/kubernetes/manifests",
    "/usr/lib/systemd/system/kubelet.service",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/instance-config.yaml",
    "/var/lib/kubelet/kubeadm-flags.env",
)
UNITS = ("kubelet.service", "docker.service", "docker.socket", "containerd.service", "crio.service")
STATE = "/var/lib/cri-switchover"


def describe(path):
    """[mode, uid, gid, sha256 or what a link points to]"""
    info = os.lstat(path)
    if os.path.islink(path):
        return ["link", info.st_uid, info.st_gid, os.readlink(path)]
    with open(path, "rb") as handle:
        return [oct(info.st_mode), info.st_uid, info.st_gid, hashlib.sha256(handle.read()).hexdigest()]


def files():
    found = {}
    for top in TREES:
        if os.path.isdir(top):
            for directory, _, names in os.walk(top):
                for name in names:
                    path = os.path.join(directory, name)
                    found[path] = describe(path)
        elif os.path.lexists(top):
            found[top] = describe(top)
    return found


def units():
    text = subprocess.check_output(
        ["systemctl", "show", *UNITS, "-p", "Id,ActiveState,UnitFileState,MainPID,NRestarts"], universal_newlines=True
    )
    found = {}
    for block in text.strip().split("\n\n"):
        values = dict(line.split("=", 1) for line in block.splitlines())
        found[values.pop("Id")] = values
    return found


def seen():
    state = units()
    pid = state["kubelet.service"]["MainPID"]
    cmdline = ""
    if pid != "0":
        with open("/proc/%s/cmdline" % pid) as handle:
            cmdline = handle.read().replace("\0", " ").strip()
    left = subprocess.check_output(
        ["systemctl", "list-units", "--all", "--plain", "--no-legend", "cri-switchover*"], universal_newlines=True
    )
    with open("/proc/sys/kernel/random/boot_id") as handle:
        boot_id = handle.read().strip()
    journal = None
    if os.path.exists(STATE + "/journal.json"):
        with open(STATE + "/journal.json") as handle:
            journal = json.load(handle)
    return {
        "files": files(),
        "units": state,
        "kubelet": cmdline,
        "boot_id": boot_id,
        "journal": journal,
        "state": os.path.exists(STATE),
        "own_units": [line.split()[0] for line in left.splitlines() if line.strip()],
    }


def read_state(number):
    from lab import ssh

    with open(__file__, "rb") as source:
        return json.loads(ssh.run(number, "python3 -", stdin=source.read()))


def examine(number):
    """All that a full check wants to know: tests/faults/node/examine.py, which reads by this file."""
    from lab import ssh

    here = os.path.dirname(os.path.abspath(__file__))
    files = {}
    for path in (__file__, os.path.join(here, "..", "faults", "node", "examine.py")):
        with open(path) as source:
            files["/run/cri-node-state/" + os.path.basename(path)] = source.read()
    return json.loads(ssh.put(number, files, "python3 /run/cri-node-state/examine.py"))


if __name__ == "__main__":
    print(json.dumps(seen()))
