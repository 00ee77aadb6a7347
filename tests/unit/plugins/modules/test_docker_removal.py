# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docker_removal on real files below a directory; commands are answered as a Debian 12 node with docker.io does."""

import json
import os
import re
import shutil
import socket

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import removal
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.facts import RemovalFacts
from ansible_collections.cri.switchover.plugins.module_utils._engine import guards, kubelet
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._facts import io, processes
from ansible_collections.cri.switchover.plugins.modules import docker_removal

ID = "d" * 64
RULES = """\
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:DOCKER - [0:0]
-A FORWARD -o docker0 -j DOCKER
COMMIT
"""
NODE = {"schema": 1, "tool_version": "0.1.0", "run_id": "r1", "owner": "me", "node_name": "n1", "config_digest": "d"}


class PowerCut(BaseException):
    """Nothing in the module may catch it."""


class Ended(Exception):
    pass


class Module:
    check_mode, _diff = False, True

    def __init__(self, **params):
        self.params = dict(
            {"state": "absent", "data": False, "by_run": "t1", "owner": "me", "timeout": 60, "wait": 0}, **params
        )
        self.result = {}

    def exit_json(self, **result):
        self.result = result
        raise Ended

    def fail_json(self, **result):
        self.result = dict(result, failed=True)
        raise Ended


class DebianNode(Node):
    def __init__(self, root):
        super().__init__(str(root))
        self.docker, self.leftover = "installed", False
        self.units = {"docker.service": "active", "docker.socket": "active"}
        self.pids = {"kubelet.service": "70", "containerd.service": "60"}
        self.rules, self.links = RULES, ["docker0"]
        self.auto = {"containerd", "runc", "tini"}
        self.calls, self.effects, self.cut_at = [], 0, None
        self.takes, self.disturbs, self.ready = [], False, True

    def effect(self):
        """A power cut can come before each of them."""
        self.effects += 1
        if self.effects == self.cut_at:
            raise PowerCut

    def write(self, path, data, **kwargs):
        self.effect()
        kwargs.update(uid=os.getuid(), gid=os.getgid())
        super().write(path, data, **kwargs)

    def remove(self, path):
        if os.path.lexists(self.path(path)):
            self.effect()
        super().remove(path)

    def run(self, argv, timeout=30, check=True, data=None, env=None):
        rc, out = self.answer(argv, data, env)
        if check and rc:
            raise Failure("CRI-COMMAND-FAILED", "%s ended with %d" % (argv[0], rc))
        return rc, out, ""

    def answer(self, argv, data, env):
        self.calls.append(" ".join(argv[:2]))
        words = " ".join(argv)
        if argv[:2] == ["systemctl", "show"]:
            return 0, "\n\n".join(self.shown(name) for name in argv if "." in name)
        if argv[0] == "systemctl":
            self.effect()
            if argv[1] == "disable":
                self.units = dict.fromkeys(self.units, "inactive")
            return 0, ""
        if argv[0] == "dpkg-query":
            line = "docker.io\t20.10\tinstall\tinstalled\n" if self.docker else ""
            line = "docker.io\t20.10\tdeinstall\tconfig-files\n" if self.leftover else line
            return 0, line + "containerd\t1.6\tinstall\tinstalled\nrunc\t1.1\tinstall\tinstalled\n"
        if argv[:2] == ["apt-mark", "showauto"]:
            return 0, "\n".join(sorted(self.auto))
        if argv[0] == "apt-get" and "--simulate" in argv:
            return 0, "".join("Remv %s [1.0]\n" % name for name in ["docker.io"] + self.takes)
        if argv[0] == "crictl":
            status = {"conditions": [{"type": kind, "status": self.ready} for kind in ("RuntimeReady", "NetworkReady")]}
            return 0, json.dumps({"status": status})
        if argv[0] == "iptables-save":
            return 0, self.rules
        if argv[0].endswith("/exe"):
            return 0, "Kubernetes v1.23.17"
        self.effect()
        if argv[:2] == ["apt-mark", "manual"]:
            self.auto -= set(argv[2:])
        elif argv[0] == "apt-get":
            assert argv[-2:] == ["remove", "docker.io"] and "APT::Get::AutomaticRemove=false" in argv
            assert env["NEEDRESTART_SUSPEND"] == "1" and os.path.exists(self.path(removal.POLICY))
            assert self.units["docker.service"] == "inactive", "stopped before its package goes"
            assert not self.auto & {"containerd", "runc"}, "wanted before an autoremove can come"
            self.docker, self.leftover = None, True
            if self.disturbs:
                self.pids["containerd.service"] = "61"
        elif argv[0] == "iptables-restore":
            assert argv[1:] == ["--noflush", "-w", "10"] and "-X DOCKER" in data
            self.rules = "*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n"
        elif words == "ip link delete dev docker0":
            shutil.rmtree(self.path("/sys/class/net/docker0"))
        elif words == "umount /run/docker/netns/default":
            put(self, "/proc/self/mountinfo", ROOT_MOUNT)
        elif words == "dpkg --purge docker.io":
            self.leftover = False
        else:
            raise AssertionError("not expected: " + words)
        return 0, ""

    def shown(self, name):
        known = name in self.pids or (name in self.units and self.docker)
        state = self.units.get(name, "active" if name in self.pids else "inactive")
        return "Id=%s\nLoadState=%s\nActiveState=%s\nUnitFileState=%s\nMainPID=%s\nExecStart=%s" % (
            name,
            "loaded" if known else "not-found",
            state if known else "inactive",
            "enabled" if known and state == "active" else "disabled",
            self.pids.get(name, 0),
            "",
        )


ROOT_MOUNT = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
# Of the host's network; dockerd 20.10 leaves it behind when it ends.
HOST_NAMESPACE = "60 20 0:4 net:[4026531992] /run/docker/netns/default rw shared:7 - nsfs nsfs rw\n"


def put(node, path, text="", link=None):
    real = node.path(path)
    os.makedirs(os.path.dirname(real), exist_ok=True)
    if link:
        os.symlink(node.path(link), real)
        return
    with open(real, "w") as stream:
        stream.write(text)


@pytest.fixture
def node(tmp_path, monkeypatch):
    made = DebianNode(tmp_path)
    put(made, "/var/lib/cri-switchover/journal.json", json.dumps(dict(NODE, phase="finalized", steps=[])))
    plan = {
        "run_id": "r1",
        "crictl": "crictl",
        "kubelet": {"unit": "kubelet.service"},
        "docker": {"keep": False},
        "to": {"service": "containerd.service", "socket": "unix:///run/containerd/containerd.sock"},
        "from": {"shim": "dockershim"},
    }
    put(made, "/var/lib/cri-switchover/plan.json", json.dumps(plan))
    put(made, "/var/lib/cri-switchover/before/r1/index.json", "{}")
    for name in ("engine/overlay2/x/f", "engine/image/f", "engine/volumes/f"):
        put(made, name.replace("engine", "/var/lib/docker"))
    pod = {"Name": "/k8s", "Config": {"Image": "x", "Labels": {"io.kubernetes.pod.name": "p"}}}
    put(made, "/var/lib/docker/containers/%s/config.v2.json" % ID, json.dumps(pod))
    put(made, "/etc/docker/daemon.json", "{}")
    put(made, "/var/log/pods/a/b/0.log.docker", link="/var/lib/docker/containers/%s/x.log" % ID)
    put(made, "/var/log/containers/a.log", link="/var/log/pods/a/b/0.log.docker")
    put(made, "/var/log/pods/a/b/1.log")
    put(made, "/var/log/containers/b.log", link="/var/log/pods/a/b/1.log")
    put(made, "/proc/self/mountinfo", ROOT_MOUNT + HOST_NAMESPACE)
    put(made, "/run/docker/netns/default")
    put(made, "/sys/class/net/docker0/bridge/f")
    os.makedirs(made.path("/usr/sbin"))
    programs = ("apt-get", "iptables-save", "iptables-restore", "crictl")
    words = [
        "kubelet",
        "--container-runtime=remote",
        "--container-runtime-endpoint=unix:///run/containerd/containerd.sock",
    ]
    monkeypatch.setattr(io, "which", lambda name: name if name in programs else None)
    monkeypatch.setattr(processes, "command_line", lambda pid: words if pid == 70 else [])
    monkeypatch.setattr(docker_removal, "Node", lambda: made)
    monkeypatch.setattr(kubelet, "healthz", lambda port: 200)
    monkeypatch.setattr(guards, "container_shims", lambda node, shims: [90, 91])
    monkeypatch.setattr(guards, "pod_processes", lambda node: {})
    return made


def call(node, **params):
    module = Module(**params)
    module.check_mode = params.pop("check_mode", False)
    docker_removal.AnsibleModule = lambda **_spec: module
    with pytest.raises(Ended):
        docker_removal.main()
    return module.result


def there(node, path):
    return os.path.lexists(node.path(path))


def everything(node):
    found = []
    for folder, _folders, names in os.walk(node.root):
        found += [os.path.join(folder, name) for name in names]
    return sorted(found)


@pytest.fixture(autouse=True)
def _kept(monkeypatch):
    monkeypatch.setattr(docker_removal, "AnsibleModule", docker_removal.AnsibleModule)
    yield


WITHOUT_DATA = ["mark", "stop", "packages", "network", "logs", "run", "forget"]


def test_it_goes(node):
    result = call(node)
    assert not result.get("failed") and result["changed"] and result["done"] == WITHOUT_DATA
    assert not there(node, "/var/lib/cri-switchover") and not there(node, removal.POLICY)
    assert not there(node, "/var/log/containers/a.log") and not there(node, "/var/log/pods/a/b/0.log.docker")
    assert there(node, "/var/log/containers/b.log") and there(node, "/var/lib/docker/image/f")
    assert there(node, "/run") and not there(node, "/run/docker")
    assert "packages: docker.io\n" in result["diff"]["before"]
    again = call(node)
    assert not again["changed"] and again["steps"] == [] and not again.get("failed")


def test_a_plugin_that_listens_below_dockers_directory(node, monkeypatch):
    """A volume plugin has its socket there, and may serve more than Docker."""
    os.makedirs(node.path("/run/docker/plugins"))
    with socket.socket(socket.AF_UNIX) as plugin:
        monkeypatch.chdir(node.path("/run/docker/plugins"))
        plugin.bind("nfs.sock")
        monkeypatch.setattr(processes, "listener", lambda path: "nfs-plugin")
        assert "run" not in call(node)["done"]
        monkeypatch.setattr(processes, "listener", lambda path: None)
        assert call(node)["done"] == ["run"] and not there(node, "/run/docker")


def test_its_data_later(node):
    call(node)
    result = call(node, data=True)
    assert result["done"] == ["data", "purge"], result
    assert not there(node, "/var/lib/docker") and not there(node, "/etc/docker")
    assert not there(node, "/var/lib/cri-switchover")
    assert not call(node, data=True)["changed"]


@pytest.mark.parametrize("params", [{"check_mode": True}, {"state": "planned"}])
def test_a_read_only_pass_changes_nothing(node, params):
    before = everything(node)
    result = call(node, data=True, **params)
    assert result["changed"] is (params.get("state") != "planned") and not result["done"] and node.effects == 0
    assert [step["step"] for step in result["steps"]] == WITHOUT_DATA[:-1] + ["data", "purge", "forget"]
    assert everything(node) == before


def test_blockers_fail_only_what_would_remove(node):
    node.takes = ["containerd", "kubelet"]
    put(
        node, "/var/lib/docker/containers/%s/config.v2.json" % ("e" * 64), '{"Name": "/mine", "Config": {"Image": "x"}}'
    )
    planned = call(node, state="planned")
    assert [item["reason"] for item in planned["blockers"]] == ["CRI-REMOVE-FOREIGN", "CRI-REMOVE-TAKES"]
    assert not planned.get("failed")
    result = call(node)
    assert result["failed"] and result["reason"] == "CRI-REMOVE-FOREIGN" and node.effects == 0
    assert "CRI-REMOVE-TAKES: apt would remove containerd, kubelet, too" in result["msg"]
    assert result["msg"].endswith("Nothing was changed.") and not result["changed"]


def test_another_rollout(node):
    hold = {"run_id": "other", "owner": "ann", "until": 1e12}
    put(node, "/run/cri-switchover.lock-owner", json.dumps(hold))
    result = call(node)
    assert result["reason"] == "CRI-CUTOVER-BUSY" and "ann works on this node" in result["msg"] and node.effects == 0


def test_containerd_was_disturbed(node):
    node.disturbs = True
    result = call(node)
    assert result["reason"] == "CRI-REMOVE-DISTURBED" and result["changed"]
    assert "the process of containerd.service was 60 and is 61" in result["msg"]
    assert there(node, "/var/lib/cri-switchover/journal.json") and not there(node, "/run/cri-switchover.lock-owner")
    # it works: the next run finishes
    assert call(node)["done"] == ["network", "logs", "run", "forget"]


def test_a_node_that_does_not_work_afterwards_keeps_its_journal(node, monkeypatch):
    monkeypatch.setattr(removal.Removal, "delete_log_links", lambda self, paths: setattr(node, "ready", False))
    result = call(node)
    assert result["reason"] == "CRI-REMOVE-UNHEALTHY" and "after the removal: RuntimeReady is not true" in result["msg"]
    assert there(node, "/var/lib/cri-switchover/before/r1/index.json")


def test_rules_that_cannot_be_taken_out(node, monkeypatch):
    monkeypatch.setattr(removal.Removal, "restore", lambda self, name, planned: False)
    monkeypatch.setattr(removal.time, "sleep", lambda seconds: None)
    result = call(node)
    assert result["reason"] == "CRI-REMOVE-RULES" and result["done"] == ["mark", "stop", "packages"]


def test_a_policy_of_the_site_stays(node):
    put(node, removal.POLICY, "#!/bin/sh\nexit 104\n")
    assert call(node)["changed"]
    with open(node.path(removal.POLICY)) as stream:
        assert "104" in stream.read()


@pytest.mark.parametrize("path", ["/etc/sysctl.d/k8s.conf", "/etc/sysctl.conf", "/etc/systemd/network/eth0.network"])
def test_forwarding_of_others(node, path):
    put(node, path, "[Network]\nIPForward=yes\n" if path.endswith("network") else "net.ipv4.ip_forward = 1\n")
    left = call(node, state="planned")["left"]
    assert [text for text in left if path in text and "FORWARD stays at DROP" in text]


def test_forwarding_of_the_switch_is_dockers_heritage(node):
    put(node, "/etc/sysctl.d/99-zz-cri-switchover.conf", "net.ipv4.ip_forward = 1\n")
    steps = dict((step["step"], step["objects"]) for step in call(node, state="planned")["steps"])
    assert "iptables: filter: FORWARD from DROP to ACCEPT" in steps["network"]


def test_a_bridge_in_use_stays(node):
    put(node, "/etc/cni/net.d/10-x.conflist", '{"bridge": "docker0"}')
    result = call(node)
    assert "link docker0: /etc/cni/net.d/10-x.conflist names it" in result["left"]
    assert there(node, "/sys/class/net/docker0")


@pytest.mark.parametrize(
    ("files", "root"),
    [
        ({"/etc/docker/daemon.json": '{"data-root": "/srv/docker/"}'}, "/srv/docker"),
        (
            {"/etc/default/docker": '# DOCKER_OPTS="--data-root /no"\nDOCKER_OPTS="--debug --data-root /data/d"\n'},
            "/data/d",
        ),
        ({"/var/lib/cri-switchover/removal.json": '{"data_root": "/noted"}'}, "/noted"),
        ({}, "/var/lib/docker"),
    ],
)
def test_where_its_data_is(node, files, root):
    for path, text in files.items():
        put(node, path, text)
    assert RemovalFacts(node, {"by_run": "t", "wait": 0}).docker.roots[0] == root


def test_data_where_it_is_and_where_it_was(node):
    put(node, "/etc/docker/daemon.json", '{"data-root": "/srv/docker"}')
    put(node, "/srv/docker/image/f")
    steps = dict((step["step"], step["objects"]) for step in call(node, data=True)["steps"])
    assert steps["data"] == ["/srv/docker", "/var/lib/docker", "/etc/docker"]
    assert there(node, "/srv") and not there(node, "/srv/docker") and not there(node, "/var/lib/docker")
    assert not call(node, data=True)["changed"]


def test_a_link_is_not_followed(node):
    shutil.move(node.path("/var/lib/docker"), node.path("/srv"))
    put(node, "/var/lib/docker", link="/srv")
    result = call(node, data=True)
    assert result["reason"] == "CRI-REMOVE-DATA" and there(node, "/srv/image/f")


def test_interrupted_anywhere_the_next_run_finishes(node, tmp_path):
    """A power cut before each effect: the journal stands until all else is done, and the next run does the rest."""
    number = 0
    pristine = tmp_path.parent / "pristine"
    shutil.copytree(str(tmp_path), str(pristine), symlinks=True)
    while True:
        number += 1
        shutil.rmtree(str(tmp_path))
        shutil.copytree(str(pristine), str(tmp_path), symlinks=True)
        node.__init__(str(tmp_path))
        node.cut_at = number
        module = Module(data=True)
        docker_removal.AnsibleModule = lambda module=module, **_spec: module
        try:
            docker_removal.main()
        except PowerCut:
            pass
        except Ended:
            break
        unfinished = (
            node.docker or node.leftover or there(node, "/var/lib/docker") or there(node, "/sys/class/net/docker0")
        )
        assert not unfinished or there(node, "/var/lib/cri-switchover/journal.json"), number
        node.cut_at = None
        result = call(node, data=True)
        assert not result.get("failed"), (number, result)
        for path in (
            "/var/lib/docker",
            "/etc/docker",
            "/var/lib/cri-switchover",
            removal.POLICY,
            "/sys/class/net/docker0",
        ):
            assert not there(node, path), (number, path)
        assert not node.docker and not node.leftover and not re.search("DOCKER", node.rules)
        assert not call(node, data=True)["changed"]
    assert number > 15
