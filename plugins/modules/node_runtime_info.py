#!/usr/bin/python
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
---
module: node_runtime_info
short_description: Reports which container runtime a Kubernetes node uses, and what matters for changing it
version_added: 0.1.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - One read-only pass over a node gathers everything that a switch of its container runtime needs to know.
  - This is kubelet's effective arguments, with the file that each comes from, and the runtime that the running kubelet
    really uses. It is also Docker and its use, containerd, CRI-O, packages, disks, CNI, and the journal of an earlier
    switch.
  - Nothing is changed, and nothing is started. A Docker that is stopped is not asked, because its socket would start
    it.
  - A part that is missing, or does not work, never fails the module. It has RV(ignore:error) instead.
  - The answer takes at most 32 KiB. A list that had to be shortened has a key with the suffix C(_truncated) beside it.
    Passwords in URLs, tokens and login data are masked. No file contents are returned.
attributes:
  check_mode:
    description: Can run in check mode and return what it would return otherwise.
    support: full
  diff_mode:
    description: Returns a difference of what it changed.
    support: N/A
    details: It changes nothing.
  idempotent:
    description: A second run changes nothing.
    support: full
  platform:
    description: The systems it runs on.
    platforms: linux
    support: full
options:
  target:
    description:
      - The runtime that the node will be switched to. It decides where CNI plugins are searched.
    type: str
    choices: [containerd, crio]
    default: containerd
  packages:
    description:
      - Packages whose installation is simulated, without downloading anything. Packages that are installed already are
        skipped, unless a version is given as in V(containerd=1.6.20~ds1-1+b1).
    type: list
    elements: str
    default: []
  images:
    description:
      - Whether Docker's images are listed.
    type: bool
    default: true
  programs:
    description:
      - Programs of runtime handlers to find, by name, each with its path. P(cri.switchover.handler_programs#filter)
        makes this dictionary.
      - A program without a path is searched in the PATH of the target runtime. With O(target=crio), the builds that
        CRI-O's own packages bring come before that.
    type: dict
    default: {}
  boot:
    description:
      - Whether the boot loader's files are read, so that another boot can be planned.
    type: bool
    default: false
    version_added: 0.2.0
  timeout:
    description:
      - Seconds that each command and each request to Docker may take.
    type: int
    default: 30
notes:
  - Needs root on the node. Otherwise Docker and the arguments of processes stay hidden.
seealso:
  - module: cri.switchover.kubelet_runtime
"""

EXAMPLES = r"""
- name: See what the nodes run on
  cri.switchover.node_runtime_info:
  become: true
  register: seen

- name: Name the runtime and why
  ansible.builtin.debug:
    msg: "{{ seen.runtime_info.runtime.in_use }}: {{ seen.runtime_info.runtime.evidence }}"

- name: See also what installing crictl would do
  cri.switchover.node_runtime_info:
    packages:
      - cri-tools
    images: false
  become: true
"""

RETURN = r"""
runtime_info:
  description:
    - What was found. A part that could not be read has an C(error).
  returned: always
  type: dict
  contains:
    schema:
      description: The form of this answer.
      type: int
      sample: 1
    hostname:
      description: The kernel's host name.
      type: str
    fqdn:
      description: The full name that it has in C(/etc/hosts). No resolver is asked.
      type: str
    node_name:
      description: The kubelet's name for its Node, from C(--hostname-override), its certificate, or the host name.
      type: str
    os:
      description:
        - C(/etc/os-release), kernel, architecture, Python, systemd, and the family of packages (V(debian), V(redhat),
          V(suse) or V(other)).
      type: dict
    time:
      description: The node's clock, in seconds since 1970.
      type: int
    boot_id:
      description: The kernel's id of this boot.
      type: str
    uptime_s:
      description: Seconds since the boot.
      type: int
    cgroup:
      description:
        - The cgroup C(version), whether both are mounted (C(hybrid)), and kernel arguments about cgroups.
        - C(controllers) are those of the unified hierarchy, null on version 1. C(psi) says whether the kernel reports
          pressure.
      type: dict
    boot:
      description:
        - With O(boot=true), the running kernel's command line, the boot loader's tools that are there, and its files.
          Each file has the device and the type of its file system.
      type: dict
    kubelet:
      description:
        - Version, unit, drop-ins and dependencies of the kubelet.
        - C(flags) are its flags with the file that each comes from. C(args) are the same without the files. C(config)
          is what the configuration files have. C(effective) is the same, overridden by flags. The rest follows from
          these.
      type: dict
    runtime:
      description: The runtime that the running kubelet uses.
      type: dict
      contains:
        in_use:
          description: V(docker), V(containerd), V(crio) or V(unknown).
          type: str
        shim:
          description: V(dockershim) or V(cri-dockerd), if the runtime is Docker.
          type: str
        endpoint:
          description: The CRI socket.
          type: str
        evidence:
          description: Why, in one sentence.
          type: str
        kubelet_running:
          description: Whether a kubelet runs. If not, the other values are what its unit would start.
          type: bool
    docker:
      description:
        - Docker's daemon, settings, containers and images. C(environment) has names of variables only. C(needed_by)
          does not list kubelet, nor the units of Docker's own socket and shim. Images that pods use come first.
      type: dict
    cri_dockerd:
      description:
        - Whether cri-dockerd is installed and runs. C(unit) is its unit, C(units) includes its socket. In C(root_dir)
          it keeps its records of sandboxes. C(docker_endpoint) is Docker's socket for it. C(needed_by) are units of
          others that would fail with it.
      type: dict
    containerd:
      description: Version, process, and what its configuration file disables.
      type: dict
    crio:
      description:
        - Whether CRI-O is installed and runs, its version and unit. The other values are there if it is installed, or
          with O(target=crio).
        - C(programs) are conmon, OCI runtimes and the like, with their paths. C(config) is of all its files together,
          without those of a switch. C(policies) are those of images' signatures. In C(unqualified_registries) short
          names are searched. C(storage) is its storage.
      type: dict
    crictl:
      description: Whether crictl is installed, and its version.
      type: dict
    handlers:
      description:
        - Empty without O(programs).
        - C(programs) has each program with its C(path) and C(version), or nothing if there is none. crun also has its
          C(features).
        - C(path) is the PATH in which the target runtime searches them, and C(path_source) is where that comes from.
          C(kvm) says whether C(/dev/kvm) exists and is C(usable).
      type: dict
    sockets:
      description: CRI sockets that exist.
      type: list
      elements: str
    packages:
      description: Package manager, installed packages that matter, candidates, packages on hold, and the simulation.
      type: dict
    disk:
      description:
        - Size, free bytes and free inodes of the disks with the data of kubelet, Docker and containerd. With
          O(target=crio) also of CRI-O. Paths with the same C(device) share them.
      type: dict
    cni:
      description:
        - CNI configuration files in order, the one that is used, and plugins that it needs but are missing. C(check)
          says whether a runtime may use CNI's CHECK with it.
        - C(veth_mac_policy), with O(target=crio), is what udev does to the addresses of pods' interfaces.
      type: dict
    kernel:
      description: Modules and settings that pods' networks need. Whether they are set now, and at boot (C(persisted)).
      type: dict
    config_management:
      description:
        - Services and timers of configuration management that run, or are enabled. Known are Puppet, Chef, Cinc, Salt,
          CFEngine, Rudder and C(ansible-pull). Each has C(unit), C(active) and C(enabled). What cron starts is not
          found.
      type: list
      elements: dict
    static_pods:
      description: Pods of kubelet's manifest folder.
      type: list
      elements: dict
    journal:
      description:
        - The journal of an earlier switch in short, or nothing. C(why) says why the node reverted, C(reason) is its
          token.
        - C(lock) names who works on the node at this moment. C(source) is what it was switched from. C(drift) are
          files that were changed since.
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._facts import io, masking
from ansible_collections.cri.switchover.plugins.module_utils._facts.config_management import config_management
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import (
    boot,
    cni,
    commands,
    containerd,
    cri_dockerd,
    crictl,
    crio,
    disk,
    docker,
    handlers,
    journal,
    kernel,
    kubelet,
    machine,
    packages,
    runtime,
    sockets,
    static_pods,
)
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Inspection
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_line import effective_flags
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import boot_entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Mapping, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Reader

# Bytes that the answer takes at most, without the boot loader's files.
LIMIT = 32 * 1024


def read_kubelet(node: Inspection, part: "Facts") -> None:
    """What the kubelet's files say is `_kubelet`'s knowledge, which the readers may not import."""
    kubelet.read(node, part, effective_flags)


def read_boot(node: Inspection, part: "Facts") -> None:
    """What counts of the boot loader's files is `_runtimes`' knowledge, which the readers may not import."""
    boot.read(node, part, boot_entry.menu_facts, boot_entry.concerned)


# In this order: a part may need those before it.
PARTS: "Tuple[Tuple[str, Reader], ...]" = (
    ("packages", packages.read),
    ("kubelet", read_kubelet),
    ("docker", docker.read),
    ("runtime", runtime.read),
    ("containerd", containerd.read),
    ("crio", crio.read),
    ("crictl", crictl.read),
    ("handlers", handlers.read),
    ("cri_dockerd", cri_dockerd.read),
    ("cgroup", kernel.read_cgroup),
    ("boot", read_boot),
    ("disk", disk.read),
    ("cni", cni.read),
    ("kernel", kernel.read),
)


def gather(params: "Mapping[str, Any]") -> "Dict[str, Any]":
    """All facts of this node in one read-only pass; a part that cannot be read carries an error."""
    node = Inspection(params)
    info = node.info
    for reader in (machine.read, commands.begin, commands.collect_units, commands.begin_versions):
        node.read(reader, info)
    for name, read in PARTS:
        node.read(read, info.setdefault(name, {}))
    node.end()
    info["config_management"] = config_management(node.units, io.enabled_units())
    info["sockets"] = sockets.existing(info["runtime"].get("endpoint"))
    info["static_pods"] = static_pods.pods_in(info["kubelet"].get("static_pod_path"))
    info["journal"] = journal.facts()
    return info


def _kvm():
    """A device file may be there, and nothing behind it."""
    facts = {"exists": os.path.exists("/dev/kvm"), "usable": False, "error": None}  # type: dict
    if facts["exists"]:
        try:
            os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
            facts["usable"] = True
        except OSError as error:
            facts["error"] = error.strerror
    return facts


class Gatherer:
    """One read-only pass over this node. Each part fills its own dict, and has an error in it if it cannot go on."""

    def __init__(self, params):
        self.params = params
        self.timeout = params["timeout"]
        self.info = {"schema": 1}  # type: dict
        self.commands = {}
        self.units = {}
        self.pids = {name: [] for name in PROCESSES}
        self.kubelet_unit = "kubelet.service"
        self.programs = {}
        self.search_path, self.search_path_source = "", None
        self.args = {}
        self.mounts = node.parse_mounts(io.read_text("/proc/self/mounts") or "")

    def gather(self):
        self._try(self._machine, self.info)
        for step in (self._start, self._collect_units, self._start_versions):
            self._try(step, self.info)
        for part in (
            "packages",
            "kubelet",
            "docker",
            "runtime",
            "containerd",
            "crio",
            "crictl",
            "handlers",
            "cri_dockerd",
            "cgroup",
            "boot",
            "disk",
            "cni",
            "kernel",
        ):
            self._try(getattr(self, "_" + part), self.info.setdefault(part, {}))
        for command in self.commands.values():
            io.kill(command.process)
        self.info["config_management"] = node.config_management(self.units, io.enabled_units())
        self.info["sockets"] = self._sockets()
        self.info["static_pods"] = self._static_pods()
        self.info["journal"] = self._journal()
        return self.info

    @staticmethod
    def _journal():
        text = io.read_text(os.path.join(STATE, "journal.json"))
        if text is None:
            return None
        plan, hold = io.read_text(os.path.join(STATE, "plan.json")), io.read_text(HOLDER)
        facts = node.journal_facts(text, plan, hold, time.monotonic())
        facts["drift"] = node.drifted(plan, _digest) if facts.get("phase") in ON_TARGET else []
        return facts

    @staticmethod
    def _try(gather, home):
        try:
            gather(home)
        except Exception as error:  # whatever is wrong with this node must not hide the rest of it
            text = str(error) if isinstance(error, io.NodeError) else "%s: %s" % (type(error).__name__, error)
            home["error"] = "; ".join(part for part in (home.get("error"), text) if part)

    def _result(self, name):
        """Output of a command that was started; None when there is no such program or it failed."""
        command = self.commands.pop(name, None)
        if command is None:
            return None
        code, output, errors = command.result(self.timeout)
        if code:
            raise io.NodeError("%s: exit code %d: %s" % (" ".join(command.argv), code, errors.strip()[-200:]))
        return output

    # --- the machine

    def _machine(self, info):
        info["hostname"] = platform.node()
        info["fqdn"] = node.fqdn_from_hosts(io.read_text("/etc/hosts") or "", info["hostname"])
        info["node_name"] = info["hostname"].lower()
        text = io.read_text("/etc/os-release") or io.read_text("/usr/lib/os-release") or ""
        info["os"] = node.parse_os_release(text)
        info["os"].update(
            kernel=platform.release(), arch=platform.machine(), python=platform.python_version(), systemd=None
        )
        info["time"] = int(time.time())
        info["boot_id"] = (io.read_text("/proc/sys/kernel/random/boot_id") or "").strip()
        info["uptime_s"] = int(float((io.read_text("/proc/uptime") or "0").split()[0]))

    def _start(self, _info):
        """Start what can run side by side."""
        self.pids = io.processes(PROCESSES)
        kubelets = self.pids["kubelet"] + self.pids["hyperkube"]
        units = [unit for unit in (io.unit_of(pid) for pid in kubelets) if unit]
        self.kubelet_unit = "kubelet.service" if "kubelet.service" in units or not units else units[0]
        names = [self.kubelet_unit] + list(UNITS + node.CONFIG_MANAGEMENT)
        self._begin("units", ["systemctl", "show", "--no-pager", "-p", PROPERTIES] + names)
        if io.which("dpkg-query"):
            self._begin("packages", ["dpkg-query", "-W", "-f", package_facts.DPKG_FORMAT])
        elif io.which("rpm"):
            self._begin("packages", ["rpm", "-qa", "--qf", package_facts.RPM_FORMAT])

    def _begin(self, name, argv):
        if os.path.isabs(argv[0]) or io.which(argv[0]):
            self.commands[name] = io.Command(argv)

    def _collect_units(self, _info):
        text = self._result("units") or ""  # without systemd
        self.units = node.parse_show(text, [self.kubelet_unit] + list(UNITS))

    def _unit(self, name):
        return self.units.get(name, {})

    def _main_pid(self, unit, process):
        """The process of a unit, or one of that name that somebody else started."""
        pid = node.unit_facts(self._unit(unit))["pid"]
        if pid in self.pids[process]:
            return pid
        return self.pids[process][0] if self.pids[process] else pid

    def _start_versions(self, _info):
        """Go programs are slow to start: let them do so together."""
        pid = self._kubelet_pid()
        installed = node.exec_binary(self._unit(self.kubelet_unit)) or io.which("kubelet")
        # the file behind a running process is the true one, even when a package has replaced it since
        binary = "/proc/%d/exe" % pid if pid else installed
        if binary and os.path.exists(binary):
            hyperkube = pid in self.pids["hyperkube"]
            self._begin("kubelet", [binary] + (["kubelet"] if hyperkube else []) + ["--version"])
        for name in ("containerd", "crictl", "crio"):
            self._begin(name, [name, "--version"])
        self._start_handlers()

    def _start_handlers(self):
        """Of the declared runtime handlers only: each program is a process more."""
        if not self.params["programs"]:
            return
        unit = "crio.service" if self.params["target"] == "crio" else "containerd.service"
        pid = self._main_pid(unit, unit.partition(".")[0])
        environ = io.read_text("/proc/%d/environ" % pid) if pid else None
        self.search_path, self.search_path_source = node.search_path(environ or "", self._unit(unit))
        for name, path in self.params["programs"].items():
            own = self._own_build(name) if self.params["target"] == "crio" and not path else None
            self.programs[name] = found = own or shutil.which(path or name, path=self.search_path)
            # A shim speaks to its runtime only; it is of the same build as runsc.
            if found and not name.startswith("containerd-shim-"):
                self._begin("handler " + name, [found, "--version"])

    def _handlers(self, handlers):
        if not self.params["programs"]:
            return
        handlers.update(path=self.search_path, path_source=self.search_path_source, programs={}, kvm=_kvm())
        for name, path in self.programs.items():
            handlers["programs"][name] = {"path": path, "version": None} if path else None
        for name in self.programs:
            if "handler " + name in self.commands:
                handlers["programs"][name].update(node.program_facts(self._result("handler " + name)))

    # --- kubelet

    def _kubelet_pid(self):
        pid = self._main_pid(self.kubelet_unit, "kubelet")
        return pid or (self.pids["hyperkube"] + [None])[0]

    def _kubelet(self, kubelet):
        properties = self._unit(self.kubelet_unit)
        kubelet.update(node.unit_facts(properties), unit=self.kubelet_unit, version=None)
        pid = self._kubelet_pid()
        cmdline = io.command_line(pid)
        running = bool(cmdline)
        kubelet.update(running=running, pid=pid if running else None, dependencies=node.dependencies(properties))
        oddities = kubelet["oddities"] = []
        texts = self._texts([kubelet["fragment"]] + kubelet["dropins"])
        environment = dict(self._texts(node.environment_file_paths(properties)))
        found = {"binary": None, "flags": [], "oddities": []}  # type: dict
        if texts or cmdline:
            found = kubelet_args.effective_flags(texts, environment, cmdline or None)
        kubelet["binary"] = found["binary"] or node.exec_binary(properties)
        if running and os.readlink("/proc/%d/exe" % pid).endswith(" (deleted)"):
            oddities.append("the program of the running kubelet was replaced since its start")
        kubelet["installed"] = bool(
            running or kubelet["installed"] or (kubelet["binary"] and os.path.exists(kubelet["binary"]))
        )
        oddities += found["oddities"]
        kubelet["flags"] = [dict(flag, value=masking.mask(flag["value"], flag["name"])) for flag in found["flags"]]
        args = self.args = node.arguments(found["flags"])
        kubelet["args"] = args
        self._kubelet_from_args(kubelet, args)
        self._kubelet_config(kubelet, args, pid if running else None)
        self._kubelet_name(kubelet, args)
        kubelet["version"] = node.version_text(self._result("kubelet"))
        kubelet["pause_image"] = node.last(args, "pod-infra-container-image") or node.default_pause_image(
            kubelet["version"]
        )

    @staticmethod
    def _kubelet_from_args(kubelet, args):
        def last(name, default=""):
            return node.last(args, name, default)

        kubelet["root_dir"] = last("root-dir") or "/var/lib/kubelet"
        kubelet["kubeconfig"] = last("kubeconfig") or None
        kubelet["config_file"] = last("config") or None
        kubelet["config_dir"] = last("config-dir") or None
        kubelet["network_plugin"] = last("network-plugin")
        kubelet["cni_bin_dir"] = last("cni-bin-dir") or "/opt/cni/bin"
        kubelet["cni_conf_dir"] = last("cni-conf-dir") or "/etc/cni/net.d"
        kubelet["cni_cache_dir"] = last("cni-cache-dir") or "/var/lib/cni/cache"

    def _kubelet_config(self, kubelet, args, pid):
        paths = [kubelet["config_file"]] if kubelet["config_file"] else []
        if kubelet["config_dir"]:
            names = io.read_folder(kubelet["config_dir"], (".conf",))
            paths += [os.path.join(kubelet["config_dir"], name) for name in sorted(names)]
        kubelet["config"], kubelet["config_read"] = {}, False
        texts = self._texts(paths)
        try:
            kubelet["config"] = node.kubelet_config([text for _path, text in texts])
            kubelet["config_read"] = len(texts) == len(paths)
        except yaml_subset.YamlError as error:
            kubelet["error"] = "%s: %s" % (", ".join(paths), error)
        kubelet["effective"] = node.effective_config(args, kubelet["config"])
        kubelet["cgroup_driver"] = kubelet["effective"].get("cgroupDriver") or "cgroupfs"
        kubelet["static_pod_path"] = kubelet["effective"].get("staticPodPath")
        if pid:
            started = io.start_time(pid)
            for path in paths:
                if os.path.exists(path) and os.stat(path).st_mtime > started + 1:
                    kubelet["oddities"].append("%s was changed after kubelet's start" % path)
        groups = [
            name
            for name in ("kubepods.slice", "kubepods")
            if any(os.path.isdir(root + name) for root in ("/sys/fs/cgroup/", "/sys/fs/cgroup/cpu/"))
        ]
        kubelet["oddities"] += node.cgroup_driver_oddities(kubelet["cgroup_driver"], groups)
        instance = io.read_text(os.path.join(kubelet["root_dir"], "instance-config.yaml"))
        kubelet["instance_config"] = {"exists": instance is not None, "endpoint": None}
        if instance is not None:
            try:
                found = node.kubelet_config([instance])
                kubelet["instance_config"]["endpoint"] = found.get("containerRuntimeEndpoint")
            except yaml_subset.YamlError as error:
                kubelet["oddities"].append("instance-config.yaml: %s" % error)

    def _kubelet_name(self, kubelet, args):
        name = None
        text = io.read_text(kubelet["kubeconfig"]) if kubelet["kubeconfig"] else None
        if text:
            try:
                path, data = node.client_certificate(text)
                pem = io.read_text(path) if path else None
                name = node.node_name_in_certificate(pem or node.from_base64(data or ""))
            except (yaml_subset.YamlError, AttributeError, ValueError) as error:
                kubelet["oddities"].append("%s is not readable: %s" % (kubelet["kubeconfig"], error))
        self.info["node_name"], oddities = node.node_names(self.info["hostname"], args, name)
        kubelet["oddities"] += oddities

    @staticmethod
    def _texts(paths):
        texts = [(path, io.read_text(path)) for path in paths if path]
        return [(path, text) for path, text in texts if text is not None]

    def _runtime(self, runtime):
        kubelet = self.info["kubelet"]
        runtime["kubelet_running"] = bool(kubelet.get("running"))
        runtime.update(in_use="unknown", shim=None, endpoint=None, evidence="no kubelet is installed")
        if not kubelet.get("installed"):
            return
        # fields of a file that could not be read may say anything
        config = kubelet.get("config") if kubelet.get("config_read") else None
        runtime.update(node.runtime_in_use(kubelet.get("version"), self.args, config, os.path.realpath, io.listener))
        if runtime["shim"] == "cri-dockerd":
            self._cri_dockerd_for_kubelet(kubelet)

    def _cri_dockerd_for_kubelet(self, kubelet):
        """The network and the sandbox image are cri-dockerd's business then."""
        argv = io.command_line(self._main_pid(self._shim_service(), "cri-dockerd"))
        flags = docker_facts.command_line_flags(argv) if argv else []
        for key, name in (
            ("cni_bin_dir", "cni-bin-dir"),
            ("cni_conf_dir", "cni-conf-dir"),
            ("cni_cache_dir", "cni-cache-dir"),
        ):
            kubelet[key] = docker_facts.flag_value(flags, (name,)) or kubelet[key]
        # Set to nothing it puts pods on Docker's own bridge; not set it is CNI.
        plugin = docker_facts.flag_value(flags, ("network-plugin",))
        kubelet["network_plugin"] = "cni" if plugin is None else plugin
        seen = self.info["docker"].get("containers", {}).get("sandbox_images") or []
        kubelet["pause_image"] = docker_facts.flag_value(flags, ("pod-infra-container-image",)) or (
            seen[0] if seen else kubelet.get("pause_image")
        )

    # --- runtimes

    def _docker(self, docker):
        properties = self._unit("docker.service")
        unit = node.unit_facts(properties)
        pid = self._main_pid("docker.service", "dockerd")
        argv = io.command_line(pid)
        binary = node.exec_binary(properties)
        installed = self.info.get("packages", {}).get("installed", {})
        family = docker_facts.package_family(installed)
        docker.update(
            installed=bool(argv or unit["installed"] or io.which("dockerd")),
            running=bool(argv),
            pid=pid if argv else None,
            enabled=unit["enabled"],
            binary=binary if binary and os.path.exists(binary) else io.which("dockerd"),
            socket_enabled=node.unit_facts(self._unit("docker.socket"))["enabled"],
            family=family,
            version=node.version_text(re.sub(r"^\d+:", "", installed.get(family) or "")),
            api_ok=False,
            fragment=unit["fragment"],
            dropins=unit["dropins"],
            dependencies=node.dependencies(properties),
            needed_by=docker_facts.needed_by(properties),
        )
        if not docker["installed"]:
            return
        flags = docker_facts.command_line_flags(argv)
        docker["exec_start_flags"] = masking.mask_words(flags)
        path = docker_facts.flag_value(flags, ("config-file",)) or "/etc/docker/daemon.json"
        text = io.read_text(path)
        daemon = docker_facts.parse_daemon_json(text or "")
        docker["daemon_json"] = dict(daemon, exists=text is not None, path=path)
        files = [text for _path, text in self._texts(node.environment_file_paths(properties))]
        docker["environment"] = node.variable_names(properties, files)
        docker["logins"] = docker_facts.login_hosts(io.read_text("/root/.docker/config.json") or "")
        kubelet_root = self.info["kubelet"].get("root_dir", "/var/lib/kubelet")
        docker["kubelet_logins"] = docker_facts.login_hosts(io.read_text(kubelet_root + "/config.json") or "")
        docker["default_ulimits"] = daemon["keys"].get("default-ulimits") or {}
        docker.update(docker_facts.file_facts(daemon["keys"], flags))
        docker["proxies"] = docker["proxies"] or docker_facts.has_proxy(docker["environment"])
        if docker["running"]:
            self._docker_api(docker)

    def _docker_api(self, docker):
        def get(path):
            status, answer = io.docker_get(path, self.timeout)
            if status != 200:
                raise io.NodeError(
                    "Docker's API answered GET %s with %d: %s" % (path, status, (answer or {}).get("message"))
                )
            return answer

        facts = docker_facts.info_facts(get("/info"))
        facts["proxies"] = facts["proxies"] or docker["proxies"]
        docker.update(facts)
        containers = get("/containers/json?all=1")
        docker["containers"] = docker_facts.container_facts(containers)
        docker["api_ok"] = True
        if self.params["images"]:
            images = docker_facts.image_facts(get("/images/json"), containers)
            docker["images_bytes"] = {
                "all": sum(image["size"] for image in images),
                "in_use": sum(image["size"] for image in images if image["in_use"]),
            }
            docker["images"] = images

    def _containerd(self, containerd):
        unit = node.unit_facts(self._unit("containerd.service"))
        pid = self._main_pid("containerd.service", "containerd")
        argv = io.command_line(pid)
        binary = io.which("containerd")
        started = int(self._unit("containerd.service").get("ExecMainStartTimestampMonotonic") or 0) // 1000000
        containerd.update(
            installed=bool(argv or binary),
            running=bool(argv),
            pid=pid if argv else None,
            binary=binary,
            version=None,
            enabled=unit["enabled"],
            start_time=started or None,
            # without a unit of its own it is Docker's child, with another socket
            managed_by_docker=any("docker/containerd" in word for word in argv),
        )
        flags = docker_facts.command_line_flags(argv) if argv else []
        path = docker_facts.flag_value(flags, ("config", "c")) or "/etc/containerd/config.toml"
        content = io.read_bytes(path)
        texts = [] if content is None else [content.decode("utf-8", "replace")]
        if texts:
            texts += self._imports(path, containerd_facts.config_facts(texts)["imports"])
        facts = containerd_facts.config_facts(texts)
        containerd["root"], address = facts.pop("root"), facts.pop("address")
        containerd["config"] = dict(
            facts,
            path=path,
            exists=content is not None,
            sha256=None if content is None else hashlib.sha256(content).hexdigest(),
        )
        containerd["socket"] = address if os.path.exists(address) else None
        containerd["version"] = node.version_text(self._result("containerd"))

    @staticmethod
    def _imports(path, patterns):
        texts = []
        for pattern in patterns:
            folder, name = os.path.split(os.path.join(os.path.dirname(path), pattern))
            found = io.read_folder(folder, (name.replace("*", ""),) if name.startswith("*") else (name,))
            texts += [found[key] for key in sorted(found)]
        return texts

    def _crio(self, crio):
        unit = node.unit_facts(self._unit("crio.service"))
        running, binary = bool(self.pids["crio"]), io.which("crio")
        crio.update(
            installed=bool(binary or running or unit["installed"]),
            running=running,
            enabled=unit["enabled"],
            dropins=unit["dropins"],
            binary=binary,
            version=None,
        )
        if crio["installed"] or self.params["target"] == "crio":
            self._crio_files(crio)
        crio["version"] = node.version_text(self._result("crio"))

    def _crio_files(self, crio):
        crio["programs"] = {name: self._program(name) for name in crio_facts.PROGRAMS}
        texts = io.read_folder(crio_facts.FOLDER, ("",))
        main = io.read_text(crio_facts.MAIN)
        first = [] if main is None else [main]
        everything = crio_facts.config_facts(first + [texts[name] for name in sorted(texts)])
        found = sorted(name for name in texts if name != crio_facts.OWN)
        config = crio_facts.config_facts(first + [texts[name] for name in found])
        config["files"] = ([] if main is None else [crio_facts.MAIN]) + found
        config["runtimes"] = {
            name: {"path": path, "exists": os.access(path, os.X_OK) if path else self._program(name) is not None}
            for name, path in config["runtimes"].items()
        }
        crio["config"] = config
        policies = self._texts([everything.get("signature_policy")] + list(crio_facts.POLICIES))
        crio["policies"] = [
            {"path": path, "accepts_all": crio_facts.accepts_all(text)}
            for path, text in policies
            if not crio_facts.is_own(text)
        ]
        path, text = (self._texts(crio_facts.STORAGE) or [(None, None)])[0]
        crio["storage"] = crio_facts.storage_facts(path, text, everything)
        more = io.read_folder(crio_facts.REGISTRY_FOLDER, (".conf",))
        texts = [text for _path, text in self._texts([crio_facts.REGISTRIES])]
        texts += [more[name] for name in sorted(more) if name != crio_facts.OWN]
        crio["unqualified_registries"] = crio_facts.unqualified_registries(texts)

    @staticmethod
    def _own_build(name):
        """CRI-O's own build of a program."""
        places = (place % name for place in crio_facts.PLACES)
        return next((path for path in places if os.access(path, os.X_OK)), None)

    def _program(self, name):
        return self._own_build(name) or io.which(name)

    def _crictl(self, crictl):
        path = io.which("crictl")
        crictl.update(installed=path is not None, path=path, version=None)
        crictl["version"] = node.version_text(self._result("crictl"))

    def _cri_dockerd(self, shim):
        service = self._shim_service()
        properties = self._unit(service)
        unit = node.unit_facts(properties)
        pids = self.pids["cri-dockerd"]
        shim.update(
            installed=bool(pids or unit["installed"] or io.which("cri-dockerd")),
            running=bool(pids),
            pid=pids[0] if pids else None,
            enabled=unit["enabled"],
            needed_by=docker_facts.needed_by(properties),
        )
        argv = io.command_line(pids[0]) if pids else []
        socket = self._unit(docker_facts.socket_of(service)) if service else {}
        shim.update(docker_facts.shim_facts(service, socket, argv))

    def _shim_service(self):
        """The unit in which cri-dockerd runs, or else would; None: it runs outside of all that systemd could stop."""
        if self.pids["cri-dockerd"]:
            return io.unit_of(self.pids["cri-dockerd"][0])
        known = [name for name in docker_facts.SHIM_SERVICES if node.unit_facts(self._unit(name))["installed"]]
        return known[0] if known else None

    def _sockets(self):
        paths = list(SOCKETS)
        endpoint = re.sub(r"^unix:(//)?", "", self.info["runtime"].get("endpoint") or "")
        if endpoint and os.path.realpath(endpoint) not in [os.path.realpath(path) for path in paths]:
            paths.append(endpoint)
        return [path for path in paths if os.path.exists(path)]

    # --- packages

    def _packages(self, packages):
        packages.update(
            manager=None,
            installed={},
            candidates={},
            held=[],
            simulation={"ok": False, "error": "no known package manager", "install": [], "upgrade": [], "remove": []},
        )
        packages["manager"] = next(
            (
                name
                for name, program in (("apt", "apt-get"), ("dnf", "dnf"), ("yum", "yum"), ("zypper", "zypper"))
                if io.which(program)
            ),
            None,
        )
        text = self._result("packages") or ""
        if packages["manager"] == "apt":
            packages["installed"], packages["held"] = package_facts.parse_dpkg(text)
        else:
            packages["installed"] = package_facts.parse_rpm(text)
            packages["held"] = self._rpm_locks(packages["manager"])
        systemd = re.match(r"(?:\d+:)?(\d+)", packages["installed"].pop("systemd", ""))
        self.info["os"]["systemd"] = int(systemd.group(1)) if systemd else None
        # Ansible's package modules leave alone what is installed, unless a version is asked for
        wanted = [name for name in self.params["packages"] if name not in packages["installed"]]
        if packages["manager"] == "apt":
            self._apt(packages, wanted)
        elif packages["manager"] in ("dnf", "yum") and wanted:
            code, output, errors = io.run([packages["manager"], "-C", "--assumeno", "install"] + wanted, self.timeout)
            packages["simulation"] = package_facts.dnf_plan(code, output + errors, packages["installed"])
            packages["candidates"] = {
                item["name"]: item["to"] for item in packages["simulation"]["install"] if item["name"] in wanted
            }
        elif packages["manager"] and not wanted:
            packages["simulation"].update(ok=True, error="")
        elif packages["manager"]:
            packages["simulation"]["error"] = "installations are not simulated for %s" % packages["manager"]

    def _apt(self, packages, wanted):
        names = sorted({name.split("=")[0] for name in self.params["packages"]})
        policy = io.Command(["apt-cache", "policy"] + names) if names else None
        if wanted:
            packages["simulation"] = self._simulated(wanted)
        else:
            packages["simulation"].update(ok=True, error="")
        if policy:
            found = package_facts.parse_policy(policy.result(self.timeout)[1])
            packages["candidates"] = {name: found.get(name) for name in names}
        offered = [name for name in wanted if packages["candidates"].get(name.split("=")[0])]
        if offered != wanted and offered:
            # One that no source has fails them all, and is told by its missing candidate.
            packages["simulation"] = self._simulated(offered)

    def _simulated(self, names):
        # a lock held by somebody else must not stop a simulation
        argv = ["apt-get", "--simulate", "-o", "Debug::NoLocking=1", "--quiet", "install"] + names
        return package_facts.apt_plan(*io.run(argv, self.timeout))

    @staticmethod
    def _rpm_locks(manager):
        def read(paths):
            return "\n".join(io.read_text(path) or "" for path in paths)

        if manager == "zypper":
            return package_facts.zypper_locks(read(["/etc/zypp/locks"]))
        return package_facts.rpm_locks(
            read(["/etc/dnf/plugins/versionlock.list", "/etc/yum/pluginconf.d/versionlock.list"]),
            read(["/etc/dnf/dnf.conf", "/etc/yum.conf"]),
        )

    # --- disks, network, kernel

    def _cgroup(self, cgroup):
        cgroup.update(
            node.cgroup_facts(
                self.mounts,
                io.read_text("/proc/cmdline") or "",
                io.read_text("/sys/fs/cgroup/cgroup.controllers"),
                os.path.exists("/proc/pressure/cpu"),
            )
        )

    def _boot(self, boot):
        """What _boot_entry.plan() asks for: texts that are written again, so nothing may be masked or shortened."""
        if not self.params["boot"]:
            return
        menu = next((path for path in GRUB_MENUS if os.path.exists(path)), None)
        text = io.read_text(menu) if menu else None
        folder = os.path.dirname(menu or GRUB_MENUS[0])
        mount = node.mount_of(os.path.realpath(folder), self.mounts) or {}
        defaults = {"/etc/default/grub": io.read_text("/etc/default/grub")}
        more = io.read_folder("/etc/default/grub.d", (".cfg",))
        defaults.update(("/etc/default/grub.d/" + name, more[name]) for name in more)
        command_line = io.read_text("/proc/cmdline") or ""
        boot.update(
            cmdline=command_line,
            tools=[name for name in BOOT_TOOLS if io.which(name)],
            grub_cfg=boot_entry.menu_facts(menu, text, command_line) if text else None,
            custom_cfg=io.read_text(os.path.join(folder, "custom.cfg")),
            defaults=boot_entry.concerned({path: text for path, text in defaults.items() if text is not None}),
            bls=io.read_folder(BLS_FOLDER, (".conf",)),
            bls_folder=BLS_FOLDER,
            device=mount.get("device"),
            fstype=mount.get("fstype"),
        )
        if masking.mask(boot) != boot:
            boot.clear()
            boot["secret"] = True

    def _disk(self, disk):
        docker = self.info["docker"]
        paths = {
            "kubelet": self.info["kubelet"].get("root_dir") or "/var/lib/kubelet",
            "containerd": self.info["containerd"].get("root") or "/var/lib/containerd",
        }
        if self.params["target"] == "crio":
            paths["crio"] = self.info["crio"].get("storage", {}).get("root") or crio_facts.ROOT
        if docker.get("installed"):
            paths["docker"] = docker.get("data_root") or "/var/lib/docker"
        checked = {}
        for name, path in paths.items():
            existing = os.path.realpath(path)
            while not os.path.exists(existing):
                existing = os.path.dirname(existing)
            mount = node.mount_of(existing, self.mounts) or {"mount": "/", "fstype": None}
            stat = os.statvfs(existing)
            disk[name] = {
                "path": path,
                "mount": mount["mount"],
                "fstype": mount["fstype"],
                "size": stat.f_blocks * stat.f_frsize,
                "avail": stat.f_bavail * stat.f_frsize,
                "inodes_free": stat.f_favail,
                # two paths with the same number share their free bytes
                "device": os.stat(existing).st_dev,
            }
            if mount["fstype"] == "xfs":
                if mount["mount"] not in checked:
                    checked[mount["mount"]] = self._ftype(mount["mount"])
                disk[name]["ftype_ok"] = checked[mount["mount"]]

    def _ftype(self, mount):
        """Whether overlayfs can work on this XFS."""
        if not io.which("xfs_info"):
            return None
        match = re.search(r"\bftype=(\d)", io.run(["xfs_info", mount], self.timeout)[1])
        return match.group(1) == "1" if match else None

    def _cni(self, cni):
        kubelet = self.info["kubelet"]
        conf_dir = kubelet.get("cni_conf_dir") or "/etc/cni/net.d"
        texts = io.read_folder(conf_dir, cni_facts.SUFFIXES)
        folders = [kubelet.get("cni_bin_dir") or "/opt/cni/bin", "/opt/cni/bin"]
        folders += ["/usr/libexec/cni"] if self.params["target"] == "crio" else []
        programs = [
            (path, sorted(os.listdir(path))) for path in sorted(set(folders), key=folders.index) if os.path.isdir(path)
        ]
        cni.update(cni_facts.cni_facts(conf_dir, texts, programs))
        if self.params["target"] == "crio":
            links = {}
            for folder in LINK_FOLDERS:
                links.update(io.read_folder(folder, (".link",)))
            cni["veth_mac_policy"] = cni_facts.veth_mac_policy(links)

    def _kernel(self, kernel):
        names = ("overlay", "br_netfilter")
        kernel["modules"] = {name: os.path.isdir("/sys/module/" + name) for name in names}
        values = {name: io.read_text("/proc/sys/" + name.replace(".", "/")) for name in SYSCTLS}
        kernel["sysctl"] = {name: value.strip() if value is not None else None for name, value in values.items()}
        lists = [io.read_folder(folder, (".conf",)) for folder in MODULE_FOLDERS]
        lines = (
            "\n".join(text for texts in lists for text in texts.values()) + "\n" + (io.read_text("/etc/modules") or "")
        )
        loaded = {line.strip() for line in lines.splitlines()}
        # files of all folders are read in the order of their names; a name that comes again replaces the earlier file
        files = {}
        for folder in SYSCTL_FOLDERS:
            files.update(io.read_folder(folder, (".conf",)))
        texts = [files[name] for name in sorted(files)] + [io.read_text("/etc/sysctl.conf") or ""]
        settings = node.sysctl_settings(texts)
        kernel["persisted"] = {
            "modules": {name: name in loaded for name in names},
            "sysctl": {name: settings.get(name) for name in SYSCTLS},
        }

    def _static_pods(self):
        path = self.info["kubelet"].get("static_pod_path")
        pods = []
        for name, text in (io.read_folder(path, ("",)) if path else {}).items():
            try:
                pods += node.static_pods(name, text)
            except (yaml_subset.YamlError, AttributeError, TypeError) as error:
                pods.append({"file": name, "error": str(error)})
        return pods


def main():
    module = AnsibleModule(
        argument_spec={
            "target": {"type": "str", "choices": ["containerd", "crio"], "default": "containerd"},
            "packages": {"type": "list", "elements": "str", "default": []},
            "images": {"type": "bool", "default": True},
            "programs": {"type": "dict", "default": {}},
            "boot": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    info = gather(module.params)
    # The boot loader's files are written again later: they are given whole, or not at all.
    boot_files = info.pop("boot")
    reported = masking.bound(masking.mask(info), LIMIT)
    module.exit_json(changed=False, runtime_info=dict(reported, boot=boot_files))


if __name__ == "__main__":
    main()
