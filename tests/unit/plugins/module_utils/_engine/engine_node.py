# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node for the engine's tests: real files below a directory, units and containers in memory; and how they use it."""

import base64
import hashlib
import json
import os
import syslog
import threading

from ansible_collections.cri.switchover.plugins.module_utils._engine import (
    commands,
    docker,
    kubelet,
    switch_steps,
    waiting,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.boot import BOOT_ID
from ansible_collections.cri.switchover.plugins.module_utils._engine.cli import parse
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import new_journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import (
    BOOT_MARK,
    REVERT_UNIT,
    SMOKE_LABEL,
    STATE,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._engine.recovery import RECOVERY_PATH
from ansible_collections.cri.switchover.plugins.module_utils._engine.store import Store

POD, PAUSE = "a" * 64, "b" * 64


class PowerCut(BaseException):
    """Not an Exception: nothing in the engine may catch it."""


class LabNode(Node):
    def __init__(self, root):
        super().__init__(str(root))
        self.states = {
            "kubelet.service": ["active", "enabled"],
            "docker.service": ["active", "enabled"],
            "docker.socket": ["active", "enabled"],
            "containerd.service": ["active", "disabled"],
        }
        pod = {"io.kubernetes.pod.uid": "u", "io.kubernetes.pod.name": "p"}
        self.containers = [
            {"Id": POD, "State": "running", "Labels": dict(pod, **{"io.kubernetes.docker.type": "container"})},
            {
                "Id": PAUSE,
                "State": "running",
                "ImageID": "sha256:pause",
                "Labels": dict(pod, **{"io.kubernetes.docker.type": "podsandbox"}),
            },
        ]
        self.calls = []
        self.policies = {"iptables": "DROP"}
        self.boot = "boot-1"
        self.broken = {}
        self.docker_runs = True
        # Is there a container that only verifies Docker?
        self.smoke = False
        self.cut_at = None
        self.writes = 0

    # faults

    def count(self):
        """A power cut can come before each effect on the disk, and before each command."""
        if threading.current_thread() is not threading.main_thread():
            return
        self.writes += 1
        # Nothing is done any more until it has power again.
        if self.cut_at is not None and self.writes >= self.cut_at:
            raise PowerCut

    def read(self, path):
        return self.boot.encode() if path == BOOT_ID else super().read(path)

    def write(self, path, data, **kwargs):
        self.count()
        kwargs.update(uid=os.getuid(), gid=os.getgid())
        super().write(path, data, **kwargs)

    def remove(self, path):
        self.count()
        super().remove(path)

    def link(self, path, to):
        self.count()
        super().link(path, to)

    # the rest of the machine

    def run(self, argv, timeout=30, check=True, data=None, env=None):
        self.calls.append(argv)
        self.count()
        words = " ".join(argv)
        for part, answer in self.broken.items():
            if part in words:
                raise Failure("CRI-COMMAND-FAILED", "%s: %s" % (words, answer))
        if argv[0] == "systemctl":
            return self.systemd(argv[1:])
        if argv[0] in self.policies:
            if "-P" in argv:
                self.policies[argv[0]] = argv[-1]
            return 0, "-P FORWARD %s\n-A FORWARD -j DOCKER-USER\n" % self.policies[argv[0]], ""
        if argv[0].endswith("crictl"):
            return 0, json.dumps(self.cri(argv[7:])), ""
        return 0, "", ""

    def systemd(self, words):
        verb, units = words[0], words[1:]
        if verb == "--no-block":
            verb, units = words[1], words[2:]
        if verb == "show":
            blocks = []
            for unit in words[3:]:
                active, enabled = self.states.get(unit, ["inactive", ""])
                blocks.append(
                    "Id=%s\nLoadState=%s\nActiveState=%s\nSubState=%s\nUnitFileState=%s\nMainPID=1\nNRestarts=0"
                    % (
                        unit,
                        "loaded" if unit in self.states else "not-found",
                        active,
                        "running" if active == "active" else "dead",
                        enabled,
                    )
                )
            return 0, "\n\n".join(blocks), ""
        for unit in units:
            state = self.states.get(unit)
            if state is None:
                continue
            if verb in ("start", "restart", "stop"):
                state[0] = "inactive" if verb == "stop" else "active"
            if verb in ("enable", "disable"):
                state[1] = verb + "d"
        return 0, "", ""

    def cri(self, words):
        if words[0] == "info":
            return {
                "status": {
                    "conditions": [{"type": "RuntimeReady", "status": True}, {"type": "NetworkReady", "status": True}]
                },
                "config": {"containerd": {"runtimes": {"runc": {}}}, "sandboxImage": "pause:3.6"},
            }
        if words[0] == "images":
            return {"images": [{"id": "sha256:1", "repoTags": ["docker.io/library/pause:3.6"]}]}
        if words[0] == "ps":
            return {
                "containers": [
                    {"id": "c1", "metadata": {"name": "runc"}, "state": "CONTAINER_RUNNING", "podSandboxId": "s1"}
                ]
            }
        return ""

    def docker(self, method, path, data=None):
        """Docker's API."""
        what = path.split("?")[0]
        if method == "GET" and what == "/containers/json":
            verifying = [{"Id": "smoke", "State": "running", "Labels": {SMOKE_LABEL: "revert"}}]
            return 200, (verifying if self.smoke else []) if "smoke" in path else self.containers
        if method == "GET":
            return 200, {"State": {"Pid": 4711}}
        self.count()
        if method == "DELETE":
            assert what == "/containers/smoke"
            self.smoke = False
        elif what == "/containers/create":
            self.smoke = True
            return 201, {"Id": "smoke"}
        elif what == "/containers/smoke/start":
            works = self.docker_runs and self.states["docker.service"][0] == "active"
            return (204, None) if works else (500, {"message": "no"})
        elif what.endswith("/stop"):
            for container in self.containers:
                if container["Id"] == what.split("/")[2]:
                    container["State"] = "exited"
        return 204, None

    def reboot(self):
        self.boot = "boot-2"
        self.cut_at = None
        for state in self.states.values():
            state[0] = "inactive"
        # dockerd leaves it alone where forwarding is on before it starts, as the target's files have it.
        target = os.path.exists(self.path("/etc/sysctl.d/99-cri.conf"))
        self.policies = {"iptables": "ACCEPT" if target else "DROP"}
        self.forget(self.path(BOOT_MARK))


# Docker's API as it is: by its socket.
REQUEST = docker.Docker.request


def quick(monkeypatch):
    """Engines that wait for nothing, and ask LabNode what they would ask by a socket."""
    monkeypatch.setattr(syslog, "syslog", lambda text: None)
    monkeypatch.setattr(waiting, "POLL", 0.001)
    monkeypatch.setattr(kubelet, "healthz", lambda port: 200)
    asked = lambda self, method, path, timeout=30, data=None: self.node.docker(method, path, data)  # noqa: E731
    monkeypatch.setattr(docker.Docker, "request", asked)
    # What reaches the disk is not what these tests interrupt: they stop the program, not the kernel.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


FILES = {
    "/etc/containerd/config.toml": b'disabled_plugins = ["cri"]\n',
    "/var/lib/kubelet/kubeadm-flags.env": b'KUBELET_KUBEADM_ARGS="--network-plugin=cni"\n',
    "/etc/crictl.yaml": None,
    "/etc/modules-load.d/cri.conf": None,
    "/etc/sysctl.d/99-cri.conf": None,
    "/etc/systemd/system/kubelet.service.d/20-extra.conf": b"[Unit]\nRequires=docker.service\n",
}
AFTER = {
    "/etc/containerd/config.toml": ("target", b"version = 2\n"),
    "/etc/crictl.yaml": ("target", b"runtime-endpoint: x\n"),
    "/etc/modules-load.d/cri.conf": ("target", b"overlay\n"),
    "/etc/sysctl.d/99-cri.conf": ("target", b"net.ipv4.ip_forward = 1\n"),
    "/var/lib/kubelet/kubeadm-flags.env": ("kubelet", b'KUBELET_KUBEADM_ARGS="--container-runtime=remote"\n'),
    "/etc/systemd/system/kubelet.service.d/20-extra.conf": ("kubelet", None),
}


def digest(data):
    return None if data is None else hashlib.sha256(data).hexdigest()


def put(node, path, data):
    real = node.path(path)
    os.makedirs(os.path.dirname(real), exist_ok=True)
    with open(real, "wb") as stream:
        stream.write(data)


def build(root):
    """(node, store, plan) of a drained and staged node."""
    node = LabNode(root)
    put(node, "/proc/sys/net/ipv4/ip_forward", b"0\n")
    for directory in ("/sys/module/overlay", "/run", "/sys/fs/cgroup/kubepods.slice", "/opt/cni/bin", "/etc/systemd"):
        os.makedirs(node.path(directory), exist_ok=True)
    put(node, "/opt/cni/bin/bridge", b"")
    network = {"name": "pods", "cniVersion": "0.4.0", "plugins": [{"type": "bridge"}]}
    cached = {
        "kind": "cniCacheV1",
        "containerId": PAUSE,
        "ifName": "eth0",
        "cniArgs": [],
        "config": base64.b64encode(json.dumps(network).encode()).decode(),
    }
    put(node, "/var/lib/cni/cache/results/pods-%s-eth0" % PAUSE, json.dumps(cached).encode())
    for path, data in FILES.items():
        if data is not None:
            put(node, path, data)
            os.chmod(node.path(path), 0o640)
    me = str(os.getuid())
    files = []
    for path, (group, data) in AFTER.items():
        staged = STATE + "/staged" + path
        if data is not None:
            put(node, staged, data)
        files.append(
            {
                "path": path,
                "group": group,
                "change": "remove" if data is None else "write",
                "staged": staged,
                "sha256": digest(data),
                "mode": "0644",
                "owner": me,
                "group_name": me,
                "before": {"exists": FILES[path] is not None, "sha256": digest(FILES[path])},
            }
        )
    plan = {
        "schema": 1,
        "tool_version": "0.1.0",
        "run_id": "r1",
        "owner": "test",
        "node_name": "node1",
        "created": 0,
        "from": {"runtime": "docker", "shim": "dockershim"},
        "to": {
            "runtime": "containerd",
            "service": "containerd.service",
            "socket": "unix:///c.sock",
            "serves_docker": True,
            "shims": [{"program": "containerd-shim", "argument": "k8s.io"}],
        },
        "config_digest": "d",
        "settings": {"switchover_pause_image": "p:1"},
        "kubelet": {"unit": "kubelet.service", "root_dir": "/var/lib/kubelet"},
        "files": files,
        "modules": ["overlay"],
        "sysctl_files": ["/etc/sysctl.d/99-cri.conf"],
        "handlers": [{"name": "runc"}],
        "pause_image": "pause:3.6",
        "crictl": "/usr/bin/crictl",
        "cni": {"conf_dir": "/etc/cni/net.d", "bin_dirs": ["/opt/cni/bin"], "cache_dir": "/var/lib/cni/cache"},
        "watch": {"watchdog_s": 600, "on_reboot": "revert"},
        "docker": {"keep": False},
    }
    store = Store(node)
    store.save("plan.json", plan)
    store.save("journal.json", new_journal(plan, 0))
    node.writes = 0
    return node, store, plan


def tree(node):
    """What the switch may touch: {path: (kind or mode, content)}"""
    found = {}
    for top in ("/etc", "/var/lib/kubelet", "/proc"):
        for directory, folders, names in os.walk(node.path(top)):
            for name in names + folders:
                real = os.path.join(directory, name)
                path = real[len(node.root) :]
                if path.startswith(("/etc/ansible", "/etc/systemd/system/multi-user")):
                    continue
                if os.path.islink(real):
                    found[path] = ("link", os.readlink(real))
                elif os.path.isdir(real):
                    found[path] = ("directory", None)
                else:
                    with open(real, "rb") as stream:
                        found[path] = (oct(os.stat(real).st_mode & 0o7777), stream.read().strip())
    return found


# How the tests use it.

ARGS = parse(["run", "--run-id", "r1", "--json"])
SWITCH = [step.__name__ for step, _seconds in switch_steps.switch_steps_of({})]
BEFORE_UNITS = {
    "kubelet.service": ["active", "enabled"],
    "docker.service": ["active", "enabled"],
    "docker.socket": ["active", "enabled"],
    "containerd.service": ["active", "disabled"],
}


def run(node, store):
    return commands.do_run(node, store, ARGS)


def reverted(node, store, before, units=True):
    journal = store.journal()
    assert journal["phase"] == "reverted", journal["error"]
    assert tree(node) == before
    if units:
        assert node.states == BEFORE_UNITS
    assert not node.smoke
    if journal.ended_well("revert_runtimes"):
        assert node.policies == {"iptables": "DROP"}
    assert not os.path.exists(node.path(RECOVERY_PATH))
    return journal


def after_boot(node, store):
    """Units start as the disk says; then the unit that recovery has begun does its work."""
    handed_over = any("--unit=" + REVERT_UNIT in call for call in node.calls)
    assert handed_over or store.load("journal.json")["phase"] == "reverted"
    for state in node.states.values():
        state[0] = "active"
    code, answer = commands.do_revert(node, store, dict(ARGS, force=True))
    assert code == 0, answer


def turn_back(node, store):
    """Switched, and then as where the revert has just been written down; its journal."""
    run(node, store)
    journal = store.journal()
    journal.move("reverting")
    store.save("journal.json", journal)
    return journal
