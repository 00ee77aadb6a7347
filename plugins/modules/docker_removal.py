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
attributes:
  check_mode:
    description: Can run in check mode and return what it would return otherwise.
    support: full
  diff_mode:
    description: Returns a difference of what it changed.
    support: full
    details: The difference lists what is there before and is removed afterwards.
  idempotent:
    description: A second run changes nothing.
    support: full
  platform:
    description: The systems it runs on.
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
  token:
    description: The id of this run. Other runs are refused on the node while it works.
    type: str
    default: docker_removal
  holder:
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
- name: See what the removal of Docker would remove, and what blocks it
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
    items:
      description: What it removes or changes.
      type: list
      elements: str
  sample: [{"step": "packages", "items": ["docker.io"]}]
blockers:
  description: What blocks the removal, each with C(reason), C(text) and C(details).
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

import contextlib
import glob
import json
import os
import platform
import re
import shutil
import stat
import threading
import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import firewall, plan
from ansible_collections.cri.switchover.plugins.module_utils._engine import guards, kubelet
from ansible_collections.cri.switchover.plugins.module_utils._engine.cri import Cri, judge_info
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure, shorten
from ansible_collections.cri.switchover.plugins.module_utils._engine.forget import do_forget
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import COMMAND, FACT, HOLDER, STATE
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._engine.node_lock import (
    HOLD,
    holding,
    refuse_hold,
    take_hold,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.store import Store
from ansible_collections.cri.switchover.plugins.module_utils._engine.systemd import systemctl
from ansible_collections.cri.switchover.plugins.module_utils._facts import docker, io, yaml_subset
from ansible_collections.cri.switchover.plugins.module_utils._facts import node as node_facts
from ansible_collections.cri.switchover.plugins.module_utils._facts import packages as package_facts
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import command_line
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import containerd

# What an unfinished removal must still know once packages and files are gone.
NOTES = STATE + "/removal.json"
FIREWALLS = (
    "firewalld.service", "ufw.service", "nftables.service", "iptables.service", "ip6tables.service",
    "shorewall.service",
)  # fmt: skip
SAVED_RULES = {
    "iptables": ("/etc/iptables/rules.v4", "/etc/sysconfig/iptables"),
    "ip6tables": ("/etc/iptables/rules.v6", "/etc/sysconfig/ip6tables"),
}
SYSCTL_FOLDERS = ("/usr/lib/sysctl.d", "/lib/sysctl.d", "/run/sysctl.d", "/etc/sysctl.d")
FORWARDING = {
    "iptables": ("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding"),
    "ip6tables": ("net.ipv6.conf.all.forwarding",),
}
NETWORKD_FORWARDS = re.compile(r"(?mi)^\s*IP(v[46])?Forward(ing)?\s*=\s*(yes|true|on|1|ipv[46]|both)\s*$")
USUAL_ROOT = "/var/lib/docker"
SOCKETS = ("/run/docker.sock", "/run/dockershim.sock", "/run/cri-dockerd.sock")
RUN = "/run/docker"
LISTENERS = (None, "systemd", "dockerd", "cri-dockerd")
# A dockerd without a containerd.service has one of its own in there.
LISTENERS_INSIDE = LISTENERS + ("containerd",)
POLICY = "/usr/sbin/policy-rc.d"
POLICY_TEXT = (
    b"#!/bin/sh\n# cri.switchover: no package starts or restarts a service while Docker is removed\nexit 101\n"
)
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1", "APT_LISTCHANGES_FRONTEND": "none"}
APT = ["apt-get", "--quiet", "-o", "APT::Get::AutomaticRemove=false", "-o", "DPkg::Lock::Timeout=60"]
# dnf would else remove what came as a dependency, which containerd often did
KEEP_REQUIREMENTS = "--setopt=clean_requirements_on_remove=False"
PROPERTIES = "Id,LoadState,ActiveState,UnitFileState,MainPID,ExecStart," + ",".join(plan.NEEDS)


class Look:
    """One look at the node: the facts that the core judges and plans by."""

    def __init__(self, node, params):
        self.node, self.params = node, params
        self.store = Store(node)
        self.journal, self.plan = self.store.journal(), self.store.plan() or {}
        self.notes = self.store.load("removal.json") or {}
        self.kubelet_unit = (self.plan.get("kubelet") or {}).get("unit") or "kubelet.service"
        self.units = self.show(
            list(plan.UNITS) + list(FIREWALLS) + [self.kubelet_unit, "containerd.service", "crio.service"]
        )
        self.mounts = self.mounted()
        self.roots = self.data_roots()
        self.cri, self.healthz_port = (None, None), 10248

    def facts(self):
        packages = self.packages()
        containers = self.containers()
        runtime, args = self.runtime()
        shims = self.moby_shims()
        found = {
            "journal": self.journal,
            "hold": self.hold(),
            "state": [path for path in (STATE, COMMAND, FACT) if os.path.lexists(self.node.path(path))],
            "packages": packages,
            "units": self.units,
            "needed_by": plan.needed_by(self.units),
            "unpackaged": [] if packages["dockers"] else [path for path in [io.which("dockerd")] if path],
            "containers": containers,
            "shims": shims,
            "pod_processes": self.docker_processes([entry["Id"] for entry in containers] + shims),
            "runtime": runtime,
            "network": self.network(),
            "log_links": self.log_links(),
            "run": self.run_files(),
            "data": self.data(args),
            "unhealthy": [],
        }
        self.cri = (runtime.get("endpoint"), self.plan.get("crictl") or io.which("crictl"))
        return found

    # the machine

    def text(self, path):
        return io.read_text(self.node.path(path), 1 << 22) or ""

    def show(self, names):
        _rc, out, _err = self.node.run(["systemctl", "show", "--no-pager", "-p", PROPERTIES] + names)
        return node_facts.parse_show(out, names)

    def pid(self, unit):
        return int(self.units.get(unit, {}).get("MainPID") or 0)

    def hold(self):
        return refuse_hold(holding(self.node), self.params["token"], time.monotonic())

    # packages

    def packages(self):
        known = (("apt", "apt-get"), ("dnf", "dnf"), ("yum", "yum"), ("zypper", "zypper"))
        manager = next((name for name, program in known if io.which(program)), None)
        found = {"manager": manager, "installed": {}, "leftover": [], "held": [], "auto": []}  # type: dict
        found["simulation"] = None
        if manager == "apt":
            text = self.node.run(["dpkg-query", "-W", "-f", package_facts.DPKG_FORMAT], timeout=120)[1]
            found["installed"], found["leftover"] = plan.parse_dpkg(text)
            found["held"] = package_facts.parse_dpkg(text)[1]
            found["auto"] = self.node.run(["apt-mark", "showauto"], timeout=120)[1].split()
        elif manager:
            text = self.node.run(["rpm", "-qa", "--qf", package_facts.RPM_FORMAT], timeout=120)[1]
            found["installed"] = package_facts.parse_rpm(text)
            locks = self.text("/etc/dnf/plugins/versionlock.list") + self.text("/etc/yum/pluginconf.d/versionlock.list")
            patterns = package_facts.rpm_locks(locks, self.text("/etc/dnf/dnf.conf") + self.text("/etc/yum.conf"))
            found["held"] = node_facts.matching(found["installed"], patterns)
            found["auto"] = sorted(found["installed"])
        found["dockers"] = plan.dockers(found["installed"], manager)
        if found["dockers"]:
            found["simulation"] = self.simulate(manager, found)
        return found

    def simulate(self, manager, packages):
        nothing = {"install": [], "upgrade": [], "remove": []}
        if manager == "apt":
            # a lock held by somebody else must not stop a simulation
            argv = APT + ["--simulate", "-o", "Debug::NoLocking=1", "remove"] + packages["dockers"]
            code, out, err = self.node.run(argv, timeout=120, check=False)
            return dict(package_facts.apt_plan(code, out, err), pending=plan.pending_of_apt(out))
        if manager in ("dnf", "yum"):
            argv = [manager, "--assumeno", KEEP_REQUIREMENTS, "remove"] + packages["dockers"]
            code, out, err = self.node.run(argv, timeout=120, check=False)
            return package_facts.dnf_plan(code, plan.unwrap(out + err), packages["installed"])
        return dict(nothing, ok=False, error="a removal with %s is not part of this release" % manager)

    # Docker

    def data_roots(self):
        """The directory that Docker is set up with, and the usual one, where it may have begun."""
        root = self.notes.get("data_root") or self.data_root()
        apart = not (_within(root, USUAL_ROOT) or _within(USUAL_ROOT, root))
        return [root] + ([USUAL_ROOT] if apart and os.path.lexists(self.node.path(USUAL_ROOT)) else [])

    def data_root(self):
        started = re.search(r"argv\[\]=([^;]*)", self.units.get("docker.service", {}).get("ExecStart", ""))
        words = started.group(1).split() if started else []
        words = io.command_line(self.pid("docker.service")) or words
        flags = docker.command_line_flags(words) if words else []
        # where the unit only names a variable, as Debian's does
        for path in ("/etc/default/docker", "/etc/sysconfig/docker"):
            match = re.search(r"(?m)^[^#\n]*[\s\"'=](?:--data-root|--graph|-g)[= ]+[\"']?([^\s\"']+)", self.text(path))
            flags = ["--data-root=" + match.group(1)] + flags if match else flags
        daemon = docker.flag_value(flags, ("config-file",)) or "/etc/docker/daemon.json"
        keys = docker.parse_daemon_json(self.text(daemon))["keys"]
        return docker.file_facts(keys, flags)["data_root"].rstrip("/") or "/"

    def containers(self):
        """Out of its files: a Docker that is stopped must not be started to be asked."""
        found = []
        for root in self.roots:
            for path in sorted(glob.glob(self.node.path(root) + "/containers/*/config.v2.json")):
                text = io.read_text(path, 1 << 22)
                if text is not None:
                    found.append(plan.container(text, path.split("/")[-2]))
        return found

    def moby_shims(self):
        """Ids of Docker's containers that run, whether dockerd does or not."""
        found = []
        for path in glob.glob(self.node.path("/proc") + "/[0-9]*/cmdline"):
            argv = (io.read_text(path) or "").split("\0")
            if "containerd-shim" in argv[0] and "moby" in argv:
                match = re.search(r"\b([0-9a-f]{64})\b", " ".join(argv))
                found.append(match.group(1) if match else path.split("/")[-2])
        return sorted(found)

    def docker_processes(self, identifiers):
        groups = guards.pod_processes(self.node)
        return {pid: group for pid, group in groups.items() if guards.is_dockers(group, identifiers)}

    def data(self, args):
        others = [path for path in plan.OTHER_DATA if os.path.lexists(self.node.path(path))]
        return {"roots": [self.directory(root, args) for root in self.roots], "others": others}

    def directory(self, root, args):
        real = os.path.realpath(self.node.path(root))
        exists = os.path.lexists(self.node.path(root))
        mounts, is_mount = plan.mounts_at(root, self.mounts)
        users = [
            "the mount %s" % mount["mount"]
            for mount in self.mounts
            if not _within(mount["mount"], root) and re.search("[=:]%s/" % re.escape(root), mount["options"])
        ]
        config = self.text(containerd.CONFIG)
        places = re.findall(r"(?m)^\s*root\s*=\s*[\"']([^\"']+)", config) + [node_facts.last(args, "root-dir")]
        users += ["%s, which another program keeps its data in" % place for place in places if _within(place, root)]
        info = os.stat(real) if os.path.isdir(real) else None
        return {
            "root": root,
            "real": root if real == os.path.normpath(os.path.realpath(self.node.root) + "/" + root) else real,
            "exists": exists,
            "entries": sorted(os.listdir(real)) if info else [],
            "is_mount": is_mount,
            "device": "%d:%d" % (os.major(info.st_dev), os.minor(info.st_dev)) if info else None,
            "mounts": mounts,
            "users": users,
            "begun": self.notes.get("deleting") == root,
        }

    # kubelet

    def runtime(self):
        """(the runtime in use, the running kubelet's arguments)"""
        pid = self.pid(self.kubelet_unit)
        words = io.command_line(pid)
        if not words:
            return {"in_use": "unknown", "evidence": "no kubelet runs", "endpoint": None}, {}
        args = node_facts.arguments(command_line.effective_flags([], {}, words)["flags"])
        path = node_facts.last(args, "config")
        text = self.text(path) if path else ""
        port = node_facts.last(args, "healthz-port") or "".join(re.findall(r"(?m)^healthzPort:\s*(\d+)", text)[:1])
        self.healthz_port = int(port or 10248)
        try:
            config = node_facts.kubelet_config([text])
        except yaml_subset.YamlError:
            config = None
        program = ["/proc/%d/exe" % pid] + (["kubelet"] if words[0].endswith("hyperkube") else [])
        version = node_facts.version_text(self.node.run(program + ["--version"], timeout=60)[1])
        return node_facts.runtime_in_use(version, args, config, os.path.realpath, io.listener), args

    def unhealthy(self):
        """What does not work of kubelet and runtime, as sentences."""
        unit = self.show([self.kubelet_unit]).get(self.kubelet_unit, {})
        found = []
        if unit.get("ActiveState") != "active":
            found.append("%s is %s" % (self.kubelet_unit, unit.get("ActiveState")))
        status = kubelet.healthz(self.healthz_port)
        # the port may be switched off
        if status not in (200, None):
            found.append("kubelet's healthz answers %s" % status)
        endpoint, crictl = self.cri
        if not endpoint or not crictl:
            return found + ["no crictl, or no endpoint to ask"]
        _info, unmet = Cri(self.node, crictl, endpoint).info_until(
            self.params["wait"], lambda info: judge_info(info, network=True)
        )
        return found + [item["text"] for item in unmet]

    def snapshot(self, runtime):
        """What the removal must not touch."""
        unit = (self.plan.get("to") or {}).get("service") or runtime + ".service"
        units = self.show([unit, self.kubelet_unit])
        return {
            "runtime_unit": unit, "kubelet_unit": self.kubelet_unit, "runtime": units.get(unit, {}).get("MainPID"),
            "kubelet": units.get(self.kubelet_unit, {}).get("MainPID"), "shims": guards.monitors(self.node),
        }  # fmt: skip

    # network

    def network(self):
        kept = self.notes.get("bridges") or []
        stores = [self.node.path(root) + "/network/files/local-kv.db" for root in self.roots]
        store = b"".join(io.read_bytes(path, 1 << 24) or b"" for path in stores)
        bridges = set(firewall.bridges_in(store.decode("latin-1"))) | set(kept) | {"docker0", "docker_gwbridge"}
        used = {name: why for name, why in ((name, self.used(name)) for name in sorted(bridges)) if why}
        own = [
            name
            for name in firewall.own_bridges(bridges)
            if os.path.isdir(self.node.path("/sys/class/net/%s/bridge" % name))
        ]
        plans = {}
        for name in self.programs():
            rc, out, _err = self.node.run([name + "-save"], check=False)
            if rc == 0:
                plans[name] = firewall.plan(out, sorted(bridges), self.evidence(name), used)
        return {
            "bridges": sorted(bridges),
            "plans": plans,
            "links": [name for name in own if name not in used],
            "left": ["link %s: %s" % (name, used[name]) for name in own if name in used],
        }

    def used(self, bridge):
        """Who uses a bridge of Docker's, now that its containers are gone."""
        ports = self.node.path("/sys/class/net/%s/brif" % bridge)
        if os.path.isdir(ports) and os.listdir(ports):
            return "%s are connected to it" % ", ".join(sorted(os.listdir(ports)))
        for name, text in io.read_folder(self.node.path("/etc/cni/net.d"), (".conf", ".conflist", ".json")).items():
            if '"%s"' % bridge in text:
                return "/etc/cni/net.d/%s names it" % name
        return None

    @staticmethod
    def programs():
        """iptables and ip6tables as they are set up, and the other of legacy and nft: Docker may have used that one."""
        found = []
        for family in ("iptables", "ip6tables"):
            known = set()
            for name in (family, family + "-legacy", family + "-nft"):
                path = io.which(name + "-save")
                real = os.path.realpath(path) if path else None
                if real and real not in known and io.which(name + "-restore"):
                    known.add(real)
                    found.append(name)
        return found

    def evidence(self, program):
        """Who else may have set the policy of FORWARD."""
        family = program.split("-")[0]
        managers = {unit: self.units.get(unit, {}) for unit in FIREWALLS}
        return {
            "managers": plan.active_managers(managers, self.text("/etc/ufw/ufw.conf")),
            "forwarding": self.switches_forwarding(FORWARDING[family]),
            "saved": next(
                (path for path in SAVED_RULES[family] if re.search(r"(?m)^:FORWARD DROP\b", self.text(path))), None
            ),
        }

    def switches_forwarding(self, keys):
        """A file by which something else than Docker, or the switch away from it, turns forwarding on."""
        paths = ["/etc/sysctl.conf"]
        for folder in SYSCTL_FOLDERS:
            paths += ["%s/%s" % (folder, name) for name in io.read_folder(self.node.path(folder), (".conf",))]
        for path in paths:
            settings = node_facts.sysctl_settings([self.text(path)])
            if path != containerd.SYSCTL_FILE and any(settings.get(key) == "1" for key in keys):
                return path
        for folder in ("/etc/systemd/network", "/etc/systemd"):
            texts = io.read_folder(self.node.path(folder), (".network", "networkd.conf"))
            for name, text in sorted(texts.items()):
                if NETWORKD_FORWARDS.search(text):
                    return "%s/%s" % (folder, name)
        return None

    # files

    def log_links(self):
        """Those in /var/log/containers first: they lead to Docker through the others."""
        found = []
        roots = [os.path.realpath(self.node.path(root)) for root in self.roots]
        for pattern in ("/var/log/containers/*", "/var/log/pods/*/*/*"):
            for path in sorted(glob.glob(self.node.path(pattern))):
                real = os.path.realpath(path) if os.path.islink(path) else ""
                if any(plan.is_below(real, root) for root in roots):
                    found.append("/" + os.path.relpath(path, self.node.root))
        return found

    def run_files(self):
        """Sockets, and Docker's directory, where nobody else listens."""
        found = []
        for path in SOCKETS:
            real = self.node.path(path)
            if is_socket(real) and io.listener(real) in LISTENERS:
                found.append(path)
        real = self.node.path(RUN)
        inside = [os.path.join(folder, name) for folder, _folders, names in os.walk(real) for name in names]
        ours = all(io.listener(path) in LISTENERS_INSIDE for path in inside if is_socket(path))
        return found + ([RUN] if os.path.isdir(real) and ours else [])

    def mounted(self):
        return plan.parse_mountinfo(self.text("/proc/self/mountinfo"))


def is_socket(path):
    try:
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    except OSError:
        return False


def _within(path, root):
    return bool(path) and (path == root or plan.is_below(path, root))


class Removal:
    """Does the steps. Each can be done again."""

    def __init__(self, look, facts, params):
        self.look, self.node, self.params = look, look.node, params
        self.facts, self.packages = facts, facts["packages"]
        self.done = []

    def run(self, steps):
        before = self.look.snapshot(self.facts["runtime"]["in_use"])
        self.end_policy()
        if [step["step"] for step in steps] != ["forget"]:
            self.note()
        for step in steps:
            if step["step"] == "forget":
                self.check(before)
            getattr(self, "_" + step["step"])(step["items"])
            self.done.append(step["step"])
            if step["step"] == "packages":
                self.check(before)
        if "forget" not in self.done:
            # what an earlier removal had left: only the notes of this one are there
            shutil.rmtree(self.node.path(STATE))

    def note(self, **more):
        state = self.node.path(STATE)
        if not os.path.isdir(state):
            os.makedirs(state, 0o700)
        own = self.facts["network"]["bridges"]
        self.look.notes.update(data_root=self.look.roots[0], bridges=own, **more)
        self.node.write(NOTES, json.dumps(self.look.notes).encode("utf-8"))

    def check(self, before):
        """kubelet and its runtime are the same processes as before, and work."""
        texts = plan.disturbed(before, self.look.snapshot(self.facts["runtime"]["in_use"]))
        if texts:
            raise Failure(
                "CRI-REMOVE-DISTURBED",
                "%s. See to this node before others lose their Docker; a run that finds it working finishes the removal"
                % "; ".join(texts),
                seen=texts,
            )
        texts = self.look.unhealthy()
        if texts:
            raise Failure(
                "CRI-REMOVE-UNHEALTHY",
                "after the removal: %s. The journal is kept; a run that finds the node working finishes the removal"
                % "; ".join(texts),
                unmet=texts,
            )

    def _mark(self, names):
        manager = self.packages["manager"]
        if manager == "apt":
            self.node.run(["apt-mark", "manual"] + names, timeout=120)
        elif manager == "dnf":
            # dnf 5 has another word for it
            if self.node.run(["dnf", "-y", "mark", "install"] + names, timeout=120, check=False)[0] != 0:
                self.node.run(["dnf", "-y", "mark", "user"] + names, timeout=120)
        elif io.which("yumdb"):
            self.node.run(["yumdb", "set", "reason", "user"] + names, timeout=120)

    def _stop(self, units):
        systemctl(self.node, "disable", "--now", *units, timeout=180)

    def _packages(self, names):
        manager = self.packages["manager"]
        if manager != "apt":
            self.node.run([manager, "-y", KEEP_REQUIREMENTS, "remove"] + names, timeout=self.params["timeout"])
            return
        argv = APT + ["--yes", "remove"] + names
        with self.nothing_starts():
            rc, out, err = self.node.run(argv, timeout=self.params["timeout"], env=QUIET, check=False)
            if rc and "dpkg --configure -a" in err and self.look.notes.get("removing"):
                # our own last try was cut off in the middle
                self.node.run(["dpkg", "--configure", "-a"], timeout=self.params["timeout"], env=QUIET)
                rc, out, err = self.node.run(argv, timeout=self.params["timeout"], env=QUIET, check=False)
        if rc:
            text = "apt-get remove ended with %d: %s" % (rc, shorten(err or out))
            raise Failure("CRI-REMOVE-PACKAGES", text, rc=rc)

    @contextlib.contextmanager
    def nothing_starts(self):
        """No maintainer script may start or restart a service. A site's own policy is left as it is."""
        self.note(removing=True)
        if not os.path.lexists(self.node.path(POLICY)):
            self.node.write(POLICY, POLICY_TEXT, mode=0o755)
        try:
            yield
        finally:
            self.end_policy()

    def end_policy(self):
        """Also what a run that was cut off has left."""
        if io.read_bytes(self.node.path(POLICY)) == POLICY_TEXT:
            self.node.remove(POLICY)

    def _network(self, _items):
        """By a new look: Docker's stop, and kubelet's agents, change rules at any time."""
        last = None
        for _try in range(3):
            network = self.look.network()
            failed = [name for name in sorted(network["plans"]) if not self.restore(name, network["plans"][name])]
            last = failed and "%s-restore refuses to take Docker's rules out" % failed[0]
            if not failed:
                break
            time.sleep(1)
        if last:
            raise Failure("CRI-REMOVE-RULES", last)
        for link in network["links"]:
            self.node.run(["ip", "link", "delete", "dev", link], timeout=60)

    def restore(self, name, planned):
        if not planned["tables"]:
            return True
        text = firewall.restore_text(planned["tables"])
        return self.node.run([name + "-restore", "--noflush", "-w", "10"], data=text, check=False)[0] == 0

    def _remove(self, paths):
        for path in paths:
            self.node.remove(path)

    _logs = _remove

    def _run(self, paths):
        for path in paths:
            for mount in plan.namespaces_below(path, self.look.mounted()):
                self.node.run(["umount", mount], timeout=60)
            self.delete(path)

    def _data(self, _items):
        look = Look(self.node, self.params)
        data = look.data(look.runtime()[1])
        for directory in data["roots"]:
            problems = plan.data_problems(directory)
            if problems:
                raise Failure("CRI-REMOVE-DATA", "; ".join(problems), problems=problems)
            for mount in reversed(directory["mounts"]):
                self.node.run(["umount", mount["mount"]], timeout=120)
            if directory["exists"]:
                self.note(deleting=directory["root"])
                for name in plan.deletion_order(directory["entries"]):
                    self.delete("%s/%s" % (directory["root"], name))
                os.rmdir(self.node.path(directory["root"]))
        for path in data["others"]:
            self.delete(path)

    def delete(self, path):
        """Never into anything that is mounted."""
        inside = [mount["mount"] for mount in self.look.mounted() if _within(mount["mount"], path)]
        if inside:
            raise Failure("CRI-REMOVE-DATA", "%s is mounted, and not deleted" % inside[0], mounts=inside)
        real = self.node.path(path)
        if os.path.isdir(real) and not os.path.islink(real):
            shutil.rmtree(real)
        else:
            self.node.remove(path)

    def _purge(self, _names):
        # Debian's script would empty /var/lib/docker, wherever Docker's data really was
        self.node.remove("/var/lib/docker/nuke-graph-directory.sh")
        text = self.node.run(["dpkg-query", "-W", "-f", package_facts.DPKG_FORMAT], timeout=120)[1]
        names = plan.dockers(plan.parse_dpkg(text)[1], "apt")
        if names:
            with self.nothing_starts():
                self.node.run(["dpkg", "--purge"] + names, timeout=self.params["timeout"], env=QUIET)

    def _forget(self, _items):
        if os.path.isdir(self.node.path(STATE)):
            args = {"force": False, "token": self.params["token"], "who": self.params["holder"]}
            code, answer = do_forget(self.node, self.look.store, args)
            if code:
                reason, _colon, text = answer["error"].partition(": ")
                raise Failure(reason, text, **answer["details"])
            return
        for path in (FACT, COMMAND):
            self.node.remove(path)


@contextlib.contextmanager
def held(node, params):
    """Other runs are refused meanwhile; if this one dies, only for a minute more."""
    args = {"force": False, "token": params["token"], "who": params["holder"]}

    def take():
        refusal = take_hold(node, args)
        if refusal:
            raise Failure(refusal[0], refusal[1], **refusal[2])

    take()
    over = threading.Event()

    def renew():
        while not over.wait(HOLD / 3.0):
            with contextlib.suppress(Failure, OSError):
                take()

    thread = threading.Thread(target=renew)
    thread.daemon = True
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        if (holding(node) or {}).get("token") == params["token"]:
            node.remove(HOLDER)


def work(module, node, result):
    params = module.params
    look = Look(node, params)
    facts = look.facts()
    steps = result["steps"] = plan.plan(facts, params["data"])
    result["left"] = plan.stays(facts, params["data"])
    result["report"] = plan.report(steps, [], result["left"])
    if not steps:
        return
    facts["unhealthy"] = look.unhealthy()
    result["blockers"] = plan.blockers(facts, params["data"])
    result["report"] = plan.report(steps, result["blockers"], result["left"])
    if module._diff:
        before = "".join("%s: %s\n" % (step["step"], item) for step in steps for item in step["items"])
        result["diff"] = {"before_header": "Docker on this node", "after_header": "", "before": before, "after": ""}
    if params["state"] == "planned":
        return
    if result["blockers"]:
        first = result["blockers"][0]
        texts = [first["text"]] + ["%(reason)s: %(text)s" % item for item in result["blockers"][1:]]
        raise Failure(first["reason"], "; ".join(texts) + ". Nothing was changed", **first["details"])
    result["changed"] = True
    if module.check_mode:
        return
    removal = Removal(look, facts, params)
    result["done"] = removal.done
    with held(node, params):
        removal.run(steps)


def main():
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["planned", "absent"], "default": "planned"},
            "data": {"type": "bool", "default": False},
            "token": {"type": "str", "default": "docker_removal", "no_log": False},
            "holder": {"type": "str", "default": "docker_removal"},
            "timeout": {"type": "int", "default": 600},
            "wait": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    node = Node()
    result = {"changed": False, "steps": [], "blockers": [], "left": [], "report": [], "done": []}  # type: dict
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
