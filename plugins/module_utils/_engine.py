# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's own program: it moves one node from Docker to another runtime, or back, without anybody's help.

The `cutover` module copies this file to /var/lib/cri-switchover/engine.py. There it runs as a transient systemd unit
that outlives SSH, Ansible and the controller. Standard library only, Python 3.6+, nothing from Ansible.

  1. pure core     the journal, what follows what, judges of what was seen: functions without I/O
  2. effects       the node: files, units, Docker, crictl, CNI, processes
  3. the steps     CUT and REVERT: two plain lists
  4. the engine    one lock, journal before and after each step, revert on failure
  5. command line

Private to this collection: there is no promise that it stays as it is.
"""

import base64
import contextlib
import errno
import fcntl
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import syslog
import threading
import time

SCHEMA = 1

STATE = "/var/lib/cri-switchover"
LAUNCHER = STATE + "/cri-switchover"
LAUNCHER_TEXT = """\
import sys

sys.path.insert(0, "%s")
import engine

sys.exit(engine.main())
""" % STATE
FACT = "/etc/ansible/facts.d/cri_switchover.fact"
# Gone after a reboot: while it stands, engine and watchdog of this boot are in charge, not the recovery unit.
BOOT_MARK = "/run/cri-switchover.boot"

ENGINE_UNIT = "cri-switchover.service"
REVERT_UNIT = "cri-switchover-revert.service"
WATCHDOG = "cri-switchover-watchdog"
RECOVERY_UNIT = "cri-switchover-recover.service"
RECOVERY_PATH = "/etc/systemd/system/" + RECOVERY_UNIT
RECOVERY_LINKS = (
    "/etc/systemd/system/multi-user.target.wants/" + RECOVERY_UNIT,
    "/etc/systemd/system/kubelet.service.requires/" + RECOVERY_UNIT,
)
RECOVERY_TEXT = """\
# Written by cri.switchover while this node changes its container runtime; it leaves with the confirmation.
[Unit]
Description=Bring this node back from an unfinished change of its container runtime
DefaultDependencies=no
Conflicts=shutdown.target
After=local-fs.target systemd-remount-fs.service systemd-sysctl.service systemd-modules-load.service
Before=shutdown.target kubelet.service containerd.service crio.service docker.socket docker.service
Before=cri-docker.socket cri-docker.service {kubelet}
RequiresMountsFor={state} /etc /var/lib/kubelet /var/lib/docker /var/lib/containerd /var/lib/cni
ConditionPathExists=!{mark}

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=300
ExecStart={command}

[Install]
WantedBy=multi-user.target
RequiredBy={kubelet}
"""

DOCKER_SOCKET = "/var/run/docker.sock"
POLL = 0.2
PAUSE_GRACE = 10
KUBELET_STEADY = 20
SMOKE_LABEL = "cri.switchover/smoke"


# --- 1. pure core -----------------------------------------------------------------------------------------------


class Failure(Exception):
    """What failed, with a stable token and details for machines."""

    def __init__(self, reason, text, **details):
        super().__init__("%s: %s" % (reason, text))
        self.reason = reason
        self.details = details


PHASES = {
    "staged": ("cutting",),
    "cutting": ("switched", "reverting"),
    "switched": ("confirmed", "reverting"),
    "confirmed": ("settled", "reverting"),
    "settled": ("reverting",),
    "reverting": ("reverting", "reverted", "broken"),
    "broken": ("reverting",),
    "reverted": (),
}
# A new plan may be staged over these.
AT_REST = ("staged", "confirmed", "settled", "reverted")


def new_journal(plan, now):
    return {
        "schema": SCHEMA, "tool_version": plan["tool_version"], "run_id": plan["run_id"], "holder": plan["holder"],
        "node_name": plan["node_name"], "from": plan["from"], "to": plan["to"], "config_digest": plan["config_digest"],
        "phase": "staged", "staged": now, "boot_id": None, "deadline": None, "steps": [], "times": {},
        "engine_seconds": None, "reason": None, "details": None, "error": None,
    }


def move(journal, phase):
    if phase not in PHASES[journal["phase"]]:
        raise Failure(
            "CRI-CUTOVER-PHASE", "a node that is %s cannot become %s" % (journal["phase"], phase),
            seen=journal["phase"], wanted=phase,
        )
    journal["phase"] = phase


def begin(journal, name, now):
    journal["steps"].append({"name": name, "started": round(now, 3), "ended": None, "outcome": None, "error": None})


def finish(journal, seconds, error=None, note=None):
    step = journal["steps"][-1]
    step["ended"] = round(step["started"] + seconds, 3)
    step["seconds"] = round(seconds, 3)
    step["outcome"] = "failed" if error else "ok"
    step["error"] = error
    if note:
        step["note"] = note


def begun(journal):
    return [step["name"] for step in journal["steps"]]


def revert_names(journal):
    """The steps back that what has begun asks for, in their order. Nothing begun that disturbs a pod: none."""
    done = begun(journal)
    if "stop_kubelet" not in done:
        return []
    names = ["revert_stop_kubelet"]
    if "start_target" in done:
        names += ["revert_remove_pods", "revert_release_network"]
    if "write_target" in done:
        names += ["revert_files", "revert_runtimes"]
    if "stop_pods" in done:
        names += ["revert_stop_sandboxes"]
    return names + ["revert_start_kubelet"]


def refuse_start(journal, plan, run_id):
    """Why this run may not begin here: (reason, text), or None."""
    if plan is None or journal is None:
        return "CRI-CUTOVER-UNSTAGED", "nothing is staged on this node: run cutover with state=staged first"
    if journal.get("schema", 0) > SCHEMA or plan.get("schema", 0) > SCHEMA:
        return "CRI-JOURNAL-NEWER", "journal or plan come from a newer tool (%s)" % journal.get("tool_version")
    if journal["run_id"] != run_id:
        return (
            "CRI-CUTOVER-BUSY",
            "the node belongs to run %s of %s, which is %s" % (journal["run_id"], journal["holder"], journal["phase"]),
        )
    if plan["run_id"] != run_id:
        return "CRI-CUTOVER-UNSTAGED", "the staged plan is of run %s" % plan["run_id"]
    if journal["phase"] in ("reverted", "broken"):
        return "CRI-CUTOVER-" + journal["phase"].upper(), "this run is over: %s" % journal["error"]
    return None


def refuse_staging(journal, plan):
    """Why a plan may not be staged over this journal: (reason, text), or None."""
    if journal is None:
        return None
    if journal.get("schema", 0) > SCHEMA:
        return "CRI-JOURNAL-NEWER", "the journal comes from a newer tool (%s)" % journal.get("tool_version")
    if journal["phase"] not in AT_REST:
        return (
            "CRI-CUTOVER-UNFINISHED",
            "run %s of %s is %s here: let it end, or revert it"
            % (journal["run_id"], journal["holder"], journal["phase"]),
        )
    return None


def refuse_confirm(journal, run_id, boot_id, now):
    """now: the monotonic clock, which no one can set."""
    if journal is None or journal["run_id"] != run_id:
        return "CRI-CONFIRM-RUN", "the journal is not of run %s" % run_id
    if journal["phase"] in ("reverting", "reverted", "broken"):
        return "CRI-CONFIRM-LATE", "the node is already %s: %s" % (journal["phase"], journal["error"])
    if journal["phase"] != "switched":
        return "CRI-CONFIRM-PHASE", "the node is %s, not switched" % journal["phase"]
    if journal["boot_id"] != boot_id or now >= journal["deadline"]:
        return "CRI-CONFIRM-LATE", "the watchdog's time is over"
    return None


def view(journal):
    """What status shows, to people's tools and to the action."""
    if journal is None:
        return {"phase": None, "step": None, "steps": [], "run_id": None, "outcome": None}
    running = [step["name"] for step in journal["steps"] if step["outcome"] is None]
    keys = (
        "schema", "phase", "steps", "run_id", "holder", "node_name", "from", "to", "config_digest", "reason", "details",
        "error", "times", "engine_seconds",
    )
    shown = dict((key, journal.get(key)) for key in keys)
    shown["step"] = running[-1] if running else None
    shown["outcome"] = {
        "switched": "ok", "confirmed": "ok", "settled": "ok", "reverted": "failed", "broken": "failed",
    }.get(journal["phase"])
    return shown


def for_people(journal):
    if journal is None:
        return "No journal: nothing was begun on this node."
    lines = ["%(node_name)s: %(phase)s (run %(run_id)s of %(holder)s)" % journal]
    for step in journal["steps"]:
        mark = {"ok": "ok", "failed": "FAILED", None: "..."}[step["outcome"]]
        lines.append("  %-24s %-6s %6s s  %s" % (
            step["name"], mark, step.get("seconds", ""), step["error"] or step.get("note", "")))
    if journal["error"]:
        lines.append("Reason: %s" % journal["error"])
    hint = {
        "staged": "Prepared; nothing has changed yet.",
        "cutting": "The switch is running, or was cut off: then the watchdog or the next boot reverts it.",
        "switched": "On the new runtime, not confirmed: the watchdog reverts it when no confirmation comes.",
        "confirmed": "On the new runtime, accepted. Docker still runs.",
        "settled": "On the new runtime, accepted.",
        "reverting": "On its way back to Docker.",
        "reverted": "Back on Docker, as before. It stays cordoned until the next run.",
        "broken": "NEITHER runtime could be brought up. Look at the failed step; 'revert' tries again.",
    }
    return "\n".join(lines + [hint[journal["phase"]]])


def pods_in_waves(containers, order_last, grace_default):
    """Docker's Kubernetes containers as waves of pods to end one after another: ordinary, agents, static.

    Containers are entries of Docker's list. A pod: {name, containers: [(id, grace in seconds)], sandboxes: [entry]};
    dead sandboxes are among them, for they may still hold an address. Agents are the pods that the plan names, and all
    on the host's network: what serves the network of others cannot live in it.
    """
    pods = {}
    for entry in containers:
        labels = entry["Labels"]
        namespace, name = labels.get("io.kubernetes.pod.namespace", ""), labels.get("io.kubernetes.pod.name", "")
        pod = pods.setdefault(labels.get("io.kubernetes.pod.uid"), {
            "name": "%s/%s" % (namespace, name), "containers": [], "sandboxes": [], "wave": 0})
        wave = 0
        if is_sandbox(entry):
            pod["sandboxes"].append(entry)
            static = labels.get("annotation.kubernetes.io/config.source", "api") != "api"
            wave = 2 if static else 1 if on_host_network(entry) else 0
        elif is_alive(entry):
            try:
                grace = int(labels["annotation.io.kubernetes.pod.terminationGracePeriod"])
            except (KeyError, ValueError):
                grace = grace_default
            pod["containers"].append((entry["Id"], grace))
        if any(last in (namespace, name, pod["name"]) or name.startswith(last + "-") for last in order_last):
            wave = max(wave, 1)
        pod["wave"] = max(pod["wave"], wave)
    waves = [[pod for pod in pods.values() if pod["wave"] == number] for number in range(3)]
    return [sorted(wave, key=lambda pod: pod["name"]) for wave in waves if wave]


def on_host_network(entry):
    return (entry.get("HostConfig") or {}).get("NetworkMode") == "host"


def is_alive(entry):
    return entry.get("State") in ("running", "paused", "restarting")


def is_sandbox(entry):
    return entry["Labels"].get("io.kubernetes.docker.type") == "podsandbox"


def cni_calls(cached):
    """libcni's cached result -> [(plugin type, environment, configuration)] of its DEL, last plugin first.

    The environment lacks CNI_PATH and CNI_NETNS. As libcni does it: name and version into each plugin's configuration,
    runtimeConfig of the capabilities it asks for, the cached result as prevResult.
    """
    network = json.loads(base64.b64decode(cached["config"]).decode("utf-8"))
    version = network.get("cniVersion") or "0.1.0"
    env = {
        "CNI_COMMAND": "DEL", "CNI_CONTAINERID": cached["containerId"], "CNI_IFNAME": cached["ifName"],
        "CNI_ARGS": ";".join("%s=%s" % tuple(pair) for pair in cached.get("cniArgs") or []),
    }
    calls = []
    for plugin in reversed(network.get("plugins") or [network]):
        conf = dict(plugin, name=network["name"], cniVersion=version)
        given = cached.get("capabilityArgs") or {}
        asked = plugin.get("capabilities") or {}
        wanted = dict((key, given[key]) for key in asked if asked[key] and key in given)
        if wanted:
            conf["runtimeConfig"] = wanted
        if cached.get("result") and version_tuple(version) >= (0, 4, 0):
            conf["prevResult"] = cached["result"]
        calls.append((plugin["type"], env, conf))
    return calls


def version_tuple(text):
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def parse_show(text):
    """Output of `systemctl show -p Id,... a b` -> {unit: {property: value}}"""
    units = {}
    for block in text.strip().split("\n\n"):
        props = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in props:
            units[props["Id"]] = props
    return units


def unit_commands(before, now, restart=(), leave=()):
    """The systemctl calls, as argument lists, that bring units from `now` back to `before`.

    restart: units whose files changed under them; leave: units whose being active is somebody else's step.
    """
    calls = []
    for unit in sorted(before):
        then, is_now = before[unit], now.get(unit, {})
        if then.get("LoadState") == "not-found":
            continue
        old, new = then.get("UnitFileState", ""), is_now.get("UnitFileState", "")
        if old != new:
            if new in ("masked", "masked-runtime"):
                calls.append(["unmask", unit])
            if old in ("enabled", "enabled-runtime"):
                calls.append(["enable", unit])
            elif old == "disabled":
                calls.append(["disable", unit])
            elif old == "masked":
                calls.append(["mask", unit])
        if unit in leave:
            continue
        if is_running(then):
            if not is_running(is_now):
                calls += [["reset-failed", unit], ["start", unit]]
            elif unit in restart:
                calls.append(["restart", unit])
        elif is_running(is_now):
            calls.append(["stop", unit])
    # A socket that starts after its service is refused; a runtime is wanted before the one that uses it.
    order = {"start": 1, "restart": 1, "stop": 2}
    return sorted(calls, key=lambda call: (order.get(call[0], 0), not call[1].startswith("containerd")))


def is_running(unit):
    return unit.get("ActiveState") in ("active", "activating", "reloading")


def needs_reload(paths):
    """Do these files belong to systemd, so that it must read its configuration again?"""
    roots = ("/etc/systemd/", "/run/systemd/", "/lib/systemd/", "/usr/lib/systemd/", "/usr/local/lib/systemd/")
    return any(path.startswith(roots) for path in paths)


def parse_sysctl(text):
    """sysctl.d text -> [(path below /proc/sys, value, may fail)]"""
    settings = []
    for line in text.splitlines():
        line = line.strip()
        if not line or line[0] in "#;" or "=" not in line:
            continue
        key, value = [part.strip() for part in line.split("=", 1)]
        optional = key.startswith("-")
        key = key.lstrip("-").strip()
        # Either separator may be the first one; the other then is part of a name, as an interface's dot is.
        first = re.search(r"[./]", key)
        if first and first.group() == ".":
            key = key.translate({ord("."): "/", ord("/"): "."})
        settings.append((key, value, optional))
    return settings


def differing(wanted, seen):
    """The plan's files that are not as they were assessed: [{path, seen, wanted}]"""
    found = []
    for item in wanted:
        before, image = item["before"], seen[item["path"]]
        digest = image.get("sha256")
        if before["exists"] != (image["kind"] != "absent") or (before["exists"] and before["sha256"] != digest):
            found.append({"path": item["path"], "seen": digest or "absent", "wanted": before.get("sha256") or "absent"})
    return found


def container_of(cgroup):
    """The container id at the end of a cgroup path of kubelet's pods, or None."""
    match = re.search(r"([0-9a-f]{64})(?:\.scope)?$", cgroup.rstrip("/"))
    return match.group(1) if match else None


def is_dockers(cgroup, docker_ids):
    leaf = cgroup.rstrip("/").rsplit("/", 1)[-1]
    return leaf.startswith("docker-") or container_of(cgroup) in docker_ids


def conditions_of(info):
    return dict((c["type"], c) for c in (info.get("status") or {}).get("conditions") or [])


def handlers_of(info):
    """Runtime handlers that `crictl info` names, or None where the runtime does not tell."""
    listed = set(h.get("name") for h in info.get("runtimeHandlers") or [] if isinstance(h, dict))
    listed.discard("")
    listed.discard(None)
    config = info.get("config")
    if isinstance(config, dict):
        listed.update((config.get("containerd") or {}).get("runtimes") or {})
        listed.update(config.get("runtimes") or {})
    return sorted(listed) or None


def sandbox_image_of(info):
    """The pause image the runtime is configured with, or None where it does not tell."""
    config = info.get("config")
    return config.get("sandboxImage") if isinstance(config, dict) else None


def judge_info(info, handlers=(), network=False, pause_image=None):
    """[{reason, text, details}] of what `crictl info` lacks."""
    unmet = []
    conditions = conditions_of(info)
    for kind in ("RuntimeReady", "NetworkReady") if network else ("RuntimeReady",):
        condition = conditions.get(kind) or {}
        if condition.get("status") is not True:
            why = condition.get("message") or condition.get("reason") or "no such condition"
            token = "CRI-RUNTIME-NOTREADY" if kind == "RuntimeReady" else "CRI-NETWORK-NOTREADY"
            unmet.append(unmet_entry(token, "%s is not true: %s" % (kind, why), condition=kind, seen=why))
    known = handlers_of(info)
    missing = [name for name in handlers if known is not None and name not in known]
    if missing:
        unmet.append(unmet_entry(
            "CRI-HANDLER-MISSING", "no runtime handler %s" % ", ".join(missing), seen=known, wanted=list(handlers)))
    configured = sandbox_image_of(info)
    if pause_image and configured and configured != pause_image:
        unmet.append(unmet_entry(
            "CRI-PAUSE-CONFIG", "the runtime's sandbox image is %s, wanted %s" % (configured, pause_image),
            seen=configured, wanted=pause_image))
    return unmet


def judge_version(version, name, pattern):
    """[unmet]"""
    unmet = []
    if name and version["name"] != name:
        unmet.append(unmet_entry(
            "CRI-RUNTIME-NAME", "the runtime is %s, wanted %s" % (version["name"], name),
            seen=version["name"], wanted=name))
    if pattern and not re.search(pattern, version["version"] or ""):
        unmet.append(unmet_entry(
            "CRI-RUNTIME-VERSION", "the runtime's version %s does not match %s" % (version["version"], pattern),
            seen=version["version"], wanted=pattern))
    return unmet


def unmet_entry(reason, text, **details):
    return {"reason": reason, "text": text, "details": details}


def full_reference(image):
    """docker.io's short names as runtimes store them."""
    first = image.split("/", 1)[0]
    if "/" not in image:
        image = "docker.io/library/" + image
    elif "." not in first and ":" not in first and first != "localhost":
        image = "docker.io/" + image
    return image if "@" in image or ":" in image.rsplit("/", 1)[-1] else image + ":latest"


def has_image(images, wanted):
    """images: output of `crictl images -o json`."""
    for image in images.get("images") or []:
        names = (image.get("repoTags") or []) + (image.get("repoDigests") or [])
        if wanted == image.get("id") or full_reference(wanted) in [full_reference(name) for name in names]:
            return True
    return False


def smoke_configs(handler, image, parent, stamp):
    """(sandbox, container) for crictl: on the host's network, in kubelet's own cgroup, with the pause image."""
    host_network = {"namespace_options": {"network": 2}}
    name = "cri-switchover-%s-%s" % (handler, stamp)
    labels = {SMOKE_LABEL: str(stamp)}
    sandbox = {
        "metadata": {"name": name, "namespace": "default", "uid": name, "attempt": 0}, "labels": labels,
        "log_directory": "/run/cri-switchover",
        "linux": {"cgroup_parent": parent, "security_context": host_network},
    }
    container = {
        "metadata": {"name": handler, "attempt": 0}, "image": {"image": image}, "labels": labels,
        "log_path": name + ".log", "linux": {"security_context": host_network},
    }
    return sandbox, container


def judge_kubelet(unit, healthz, seconds, steady, limit):
    """Has kubelet come up? (True, None) yes, (None, None) not yet, (False, why) no.

    healthz: HTTP status, or None where nobody listens; seconds: since its start; steady: since its process changed.
    One restart is forgiven: kubelets are known to lose a race at their first start.
    """
    restarts = int(unit.get("NRestarts") or 0)
    if restarts >= 2:
        return False, "it restarted %d times within %d s" % (restarts, seconds)
    if unit.get("ActiveState") == "failed":
        return False, "its unit failed (%s)" % unit.get("Result")
    if unit.get("ActiveState") == "active" and unit.get("SubState") == "running":
        # The port of its health may be switched off: then that it stays has to do.
        if healthz == 200 or (healthz is None and steady >= KUBELET_STEADY):
            return True, None
    if seconds >= limit:
        return False, "not up after %d s: %s/%s, healthz %s" % (
            seconds, unit.get("ActiveState"), unit.get("SubState"), healthz)
    return None, None


def last_words(log):
    """Of kubelet's log the lines that tell why it ended; a wrong flag makes it print its whole usage after them."""
    lines = [line for line in log.splitlines() if re.match(r"[EF]\d{4} |Error: |panic: |Flag .* unknown", line)]
    return [line[:300] for line in lines[-5:]]


# --- 2. effects -------------------------------------------------------------------------------------------------


class Node(object):
    """The machine. `root` is another directory in tests of what happens to files."""

    def __init__(self, root="/"):
        self.root = root

    def path(self, path):
        return os.path.join(self.root, path.lstrip("/"))

    # files

    def read(self, path):
        with open(self.path(path), "rb") as stream:
            return stream.read()

    def image_of(self, path):
        """What stands at a path: {kind: absent|file|link, sha256, mode, uid, gid, label, to}"""
        real = self.path(path)
        try:
            stat = os.lstat(real)
        except OSError as exc:
            if exc.errno in (errno.ENOENT, errno.ENOTDIR):
                return {"kind": "absent"}
            raise
        image = {"kind": "file"}  # type: dict
        if os.path.islink(real):
            image = {"kind": "link", "to": os.readlink(real)}
            if not os.path.exists(real):
                return image
        elif not os.path.isfile(real):
            raise Failure("CRI-CUTOVER-FILE", "%s is not a file" % path, path=path)
        image["sha256"] = hashlib.sha256(self.read(path)).hexdigest()
        image.update(mode="%04o" % (stat.st_mode & 0o7777), uid=stat.st_uid, gid=stat.st_gid)
        label = read_label(real)
        if label:
            image["label"] = label
        return image

    def write(self, path, data, mode=0o600, uid=0, gid=0, label=None):
        """Replace a file in one go: whole in its old or its new form, whatever happens, once this returns."""
        real = self.path(path)
        self.make_parents(path)
        temporary = self.temporary(path)
        self.forget(temporary)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fchown(stream.fileno(), uid, gid)
                os.fchmod(stream.fileno(), mode)
                if label:
                    write_label(temporary, label)
                os.fsync(stream.fileno())
            os.rename(temporary, real)
        except BaseException:
            self.forget(temporary)
            raise
        sync_directory(os.path.dirname(real))

    def temporary(self, path):
        """Hidden, with a suffix that no *.conf pattern reads; always the same, so that it is found again."""
        directory, name = os.path.split(self.path(path))
        return os.path.join(directory, ".%s.cri-switchover" % name)

    def link(self, path, to):
        self.make_parents(path)
        temporary = self.temporary(path)
        self.forget(temporary)
        os.symlink(to, temporary)
        os.rename(temporary, self.path(path))
        sync_directory(os.path.dirname(self.path(path)))

    def remove(self, path):
        real = self.path(path)
        if self.forget(real):
            sync_directory(os.path.dirname(real))

    def forget(self, real):
        try:
            os.unlink(real)
        except OSError as exc:
            if exc.errno not in (errno.ENOENT, errno.ENOTDIR):
                raise
            return False
        return True

    def missing_parents(self, path):
        """Directories above a path that do not exist, the deepest first."""
        missing = []
        directory = os.path.dirname(path)
        while directory not in ("", "/") and not os.path.isdir(self.path(directory)):
            missing.append(directory)
            directory = os.path.dirname(directory)
        return missing

    def make_parents(self, path):
        for directory in reversed(self.missing_parents(path)):
            os.mkdir(self.path(directory), 0o755)
            sync_directory(os.path.dirname(self.path(directory)))

    # commands

    def run(self, argv, timeout=30, check=True, data=None, env=None):
        """(rc, stdout, stderr) of a command. Out of time is a failure, always."""
        environment = {"LC_ALL": "C", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        environment.update(env or {})
        try:
            process = subprocess.Popen(
                argv, stdin=subprocess.PIPE if data is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=environment, encoding="utf-8", errors="replace")
        except OSError as exc:
            raise Failure("CRI-COMMAND-MISSING", "%s: %s" % (argv[0], exc.strerror), command=argv) from exc
        try:
            out, err = process.communicate(data, timeout=timeout)
        except subprocess.TimeoutExpired as exc:
            process.kill()
            process.communicate()
            raise Failure(
                "CRI-TIMEOUT", "%s gave no answer in %d s" % (" ".join(argv[:6]), timeout), command=argv) from exc
        if check and process.returncode != 0:
            raise Failure(
                "CRI-COMMAND-FAILED",
                "%s ended with %d: %s" % (" ".join(argv[:6]), process.returncode, shorten(err or out)),
                command=argv, rc=process.returncode)
        return process.returncode, out, err

    def systemctl(self, *args, **kwargs):
        return self.run(["systemctl"] + list(args), timeout=kwargs.get("timeout", 90), check=kwargs.get("check", True))

    def units(self, names):
        wanted = "Id,LoadState,ActiveState,SubState,UnitFileState,MainPID,NRestarts,Result"
        rc, out, err = self.run(["systemctl", "show", "-p", wanted] + list(names))
        return parse_show(out)

    # Docker, by its socket: a client command would cost a process each time

    def docker(self, method, path, timeout=30):
        """(status, decoded answer)"""
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection:
            connection.settimeout(timeout)
            try:
                connection.connect(self.path(DOCKER_SOCKET))
                request = "%s %s HTTP/1.0\r\nHost: docker\r\nContent-Length: 0\r\n\r\n" % (method, path)
                connection.sendall(request.encode("ascii"))
                answer = read_all(connection)
            except (OSError, socket.timeout) as exc:
                raise Failure(
                    "CRI-DOCKER-API", "Docker does not answer %s %s: %s" % (method, path.split("?")[0], exc)) from exc
        head, _unused, body = answer.partition(b"\r\n\r\n")
        status = int(head.split(None, 2)[1])
        return status, json.loads(body.decode("utf-8")) if body.strip() else None

    def docker_kubernetes(self):
        """Docker's list of the containers and sandboxes that kubelet made, whatever their state."""
        status, listed = self.docker("GET", "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22"
                                     "io.kubernetes.pod.uid%22%5D%7D")
        if status != 200:
            raise Failure("CRI-DOCKER-API", "Docker answers %s to a list of containers" % status)
        return listed

    def docker_stop(self, identifier, grace):
        status, answer = self.docker("POST", "/containers/%s/stop?t=%d" % (identifier, grace), timeout=grace + 30)
        if status not in (204, 304, 404):
            raise Failure("CRI-DOCKER-STOP", "Docker answers %s to stopping %s: %s" % (
                status, identifier[:12], (answer or {}).get("message")))

    def docker_pid(self, identifier):
        status, answer = self.docker("GET", "/containers/%s/json" % identifier)
        return answer["State"]["Pid"] if status == 200 else 0

    # kubelet, processes

    def healthz(self, port):
        """HTTP status of kubelet's own health; None: nobody listens."""
        with contextlib.closing(socket.socket()) as connection:
            connection.settimeout(5)
            try:
                connection.connect(("127.0.0.1", port))
                connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                return int(read_all(connection).split(None, 2)[1])
            except (OSError, ValueError, IndexError):
                return None

    def pod_processes(self):
        """{pid: cgroup path} of all that runs in kubelet's pod cgroups, version 1 and 2."""
        found = {}
        top = self.path("/sys/fs/cgroup")
        for base in glob.glob(top + "/kubepods*") + glob.glob(top + "/*/kubepods*"):
            for directory, _unused, names in os.walk(base):
                if "cgroup.procs" not in names:
                    continue
                try:
                    with open(os.path.join(directory, "cgroup.procs")) as stream:
                        pids = stream.read().split()
                except OSError:
                    continue
                for pid in pids:
                    found[int(pid)] = directory[len(top):]
        return found

    def shims(self):
        """Pids of the shims of Kubernetes' own containerd namespace. Docker's (moby) are never among them."""
        found = []
        for name in os.listdir(self.path("/proc")):
            if name.isdigit():
                try:
                    argv = self.read("/proc/%s/cmdline" % name).decode("utf-8", "replace").split("\0")
                except OSError:
                    continue
                if "containerd-shim" in argv[0] and "k8s.io" in argv:
                    found.append(int(name))
        return found

    def boot_id(self):
        return self.read("/proc/sys/kernel/random/boot_id").decode("ascii").strip()


def read_all(connection):
    parts = []
    while True:
        part = connection.recv(65536)
        if not part:
            return b"".join(parts)
        parts.append(part)


def read_label(real):
    try:
        return os.getxattr(real, "security.selinux", follow_symlinks=False).decode("ascii").rstrip("\0")
    except OSError:
        return None


def write_label(real, label):
    try:
        os.setxattr(real, "security.selinux", label.encode("ascii"))
    except OSError as exc:
        if exc.errno not in (errno.ENOTSUP, errno.EPERM):
            raise


def sync_directory(real):
    descriptor = os.open(real, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def shorten(text):
    text = " ".join(text.split())
    return text if len(text) <= 400 else text[:150] + " ... " + text[-250:]


def in_parallel(function, items, workers=16):
    """function over items by several threads; the first exception is raised once all have ended."""
    pending, errors, lock = list(items), [], threading.Lock()

    def work():
        while True:
            with lock:
                if not pending:
                    return
                item = pending.pop(0)
            try:
                function(item)
            except Exception as exc:
                errors.append(exc)

    threads = [threading.Thread(target=work) for _unused in range(min(workers, len(pending)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


# The runtime through crictl: shared with the cri_health module.


class Cri(object):
    """One CRI endpoint, seen through crictl. Each call is a process with a time limit."""

    def __init__(self, node, crictl, endpoint):
        self.node = node
        self.command = [crictl, "--runtime-endpoint", endpoint, "--image-endpoint", endpoint]

    def run(self, *args, **kwargs):
        timeout = max(kwargs.get("timeout", 30), 1)
        argv = self.command + ["--timeout", "%ds" % timeout] + list(args)
        rc, out, err = self.node.run(argv, timeout=timeout + 5, check=False)
        if rc != 0:
            # The last line tells; those before it are warnings about configuration files.
            last = ((err or out).strip().splitlines() or [""])[-1]
            said = re.sub(r'^time=.* msg="(.*)"$', r"\1", last).replace('\\"', '"')
            raise Failure("CRI-CRICTL-FAILED", "crictl %s ended with %d: %s" % (args[0], rc, shorten(said)), rc=rc)
        return out

    def json(self, *args, **kwargs):
        out = self.run(*args, **kwargs)
        try:
            return json.loads(out)
        except ValueError as exc:
            raise Failure("CRI-CRICTL-OUTPUT", "crictl %s gave no JSON: %s" % (args[0], shorten(out))) from exc

    def version(self, timeout=10):
        """crictl prints it as text only."""
        out = self.run("version", timeout=timeout)
        found = dict(re.findall(r"^(\w+):\s+(\S+)", out, re.M))
        return {
            "name": found.get("RuntimeName"), "version": found.get("RuntimeVersion"),
            "api": found.get("RuntimeApiVersion"),
        }

    def info_until(self, seconds, good):
        """(info, unmet) as soon as good(info) is empty, or when time is up."""
        end = time.monotonic() + seconds
        info = {}
        while True:
            left = end - time.monotonic()
            try:
                info = self.json("info", timeout=int(min(max(left, 2), 10)))
                unmet = good(info)
            except Failure as exc:
                unmet = [unmet_entry("CRI-RUNTIME-SILENT", str(exc), command="crictl info")]
            if not unmet or time.monotonic() >= end:
                return info, unmet
            time.sleep(POLL)

    def smoke(self, handlers, image, parent, seconds):
        """A sandbox and a running container per handler, then gone. Only while kubelet is down: it kills strangers."""
        stamp = "%d-%d" % (os.getpid(), int(time.monotonic() * 1000))
        directory = self.node.path("/run/cri-switchover")
        if not os.path.isdir(directory):
            os.mkdir(directory, 0o700)

        def one(handler):
            paths = []
            for number, config in enumerate(smoke_configs(handler, image, parent, stamp)):
                paths.append(os.path.join(directory, "%s-%s-%d.json" % (handler, stamp, number)))
                with open(paths[-1], "w") as stream:
                    json.dump(config, stream)
            self.run("run", "--no-pull", "--runtime", handler, paths[1], paths[0], timeout=seconds)

        label = "%s=%s" % (SMOKE_LABEL, stamp)
        try:
            in_parallel(one, handlers, workers=4)
            listed = self.json("ps", "--label", label, "--output", "json", timeout=seconds).get("containers") or []
            running = [c["metadata"]["name"] for c in listed if c.get("state") == "CONTAINER_RUNNING"]
            missing = sorted(set(handlers) - set(running))
            if missing:
                raise Failure("CRI-SMOKE", "the container does not run with handler %s" % ", ".join(missing))
            self.run("rmp", "--force", *[c["podSandboxId"] for c in listed], timeout=seconds)
        except Failure as exc:
            self.remove_pods(seconds, "--label", label)
            raise Failure("CRI-SMOKE", str(exc), handlers=list(handlers), image=image) from exc
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def remove_pods(self, seconds, *which):
        """Stop and remove sandboxes with all in them, as far as crictl can; True when it could."""
        try:
            out = self.run("pods", "--quiet", *which, timeout=seconds)
            if out.split():
                self.run("rmp", "--force", *out.split(), timeout=seconds)
            return True
        except Failure:
            return False


def pod_cgroup(node):
    """The cgroup kubelet gives best-effort pods, in the form its driver uses."""
    top = node.path("/sys/fs/cgroup")
    if glob.glob(top + "/kubepods.slice") or glob.glob(top + "/*/kubepods.slice"):
        return "/kubepods.slice/kubepods-besteffort.slice"
    return "/kubepods/besteffort"


# --- 3. the steps -----------------------------------------------------------------------------------------------
# Each gets the engine, raises Failure, and may return a short note for the operator. Each can be done again.


def take_before_images(e):
    seen = dict((item["path"], e.node.image_of(item["path"])) for item in e.plan["files"])
    changed = differing(e.plan["files"], seen)
    if changed:
        raise Failure(
            "CRI-CUTOVER-DRIFT",
            "changed since it was assessed: %s" % ", ".join(item["path"] for item in changed), files=changed)
    units = e.node.units(e.units)
    if not is_running(units.get(e.kubelet, {})):
        raise Failure("CRI-CUTOVER-KUBELET", "%s does not run: nothing proves this node works now" % e.kubelet)
    # It answers now, or this is not the node that was assessed, and there would be no way back either.
    e.node.docker_kubernetes()
    directories = set()
    for number, item in enumerate(e.plan["files"]):
        image = seen[item["path"]]
        directories.update(e.node.missing_parents(item["path"]))
        if image["kind"] == "file":
            image["copy"] = "%s/%d" % (e.before_dir, number)
            e.node.write(image["copy"], e.node.read(item["path"]))
    sysctls = {}
    for key, _unused, _optional in e.sysctls():
        if os.path.exists(e.node.path("/proc/sys/" + key)):
            sysctls[key] = e.node.read("/proc/sys/" + key).decode("ascii").strip()
    e.save_before({
        "files": seen, "units": units, "directories": sorted(directories, key=len, reverse=True), "sysctl": sysctls,
        "cni": e.cni_results(),
    })
    return "%d files" % len(seen)


def enable_recovery(e):
    text = RECOVERY_TEXT.format(kubelet=e.kubelet, state=STATE, mark=BOOT_MARK, command=" ".join(program("recover")))
    e.node.write(RECOVERY_PATH, text.encode("utf-8"), mode=0o644)
    for link in e.recovery_links():
        e.node.link(link, RECOVERY_PATH)
    with open(e.node.path(BOOT_MARK), "w"):
        pass


def arm_watchdog(e):
    e.arm(e.plan["watch"]["watchdog_s"])
    return "%d s" % e.plan["watch"]["watchdog_s"]


def stop_kubelet(e):
    e.node.systemctl("stop", e.kubelet)
    e.journal["times"]["kubelet_stopped"] = time.time()
    e.kubelet_stopped = time.monotonic()


def stop_pods(e):
    """Pod by pod, as dockershim does it: containers, then the address, then the sandbox.

    The address while the sandbox lives, for a plugin finds in its network namespace what to undo outside; and before
    the agents end, which some plugins ask.
    """
    results = e.results_by_sandbox()
    listed = e.node.docker_kubernetes()
    # What no sandbox in dockershim's own directory belongs to is a leak of earlier days.
    for identifier in set(results) - set(entry["Id"] for entry in listed):
        for path, cached in results[identifier]:
            if not path.startswith(TARGET_RESULTS):
                e.cni_del(path, cached, "", must=False)
    docker = e.plan["docker"]
    waves = pods_in_waves(listed, docker["order_last"], docker["grace_default"])
    for wave in waves:
        in_parallel(lambda pod: end_pod(e, pod, results), wave)
    return "%d pods" % sum(any(map(is_alive, pod["sandboxes"])) for wave in waves for pod in wave)


def end_pod(e, pod, results):
    in_parallel(lambda item: e.node.docker_stop(*item), pod["containers"])
    for sandbox in pod["sandboxes"]:
        alive, mine = is_alive(sandbox), results.get(sandbox["Id"], [])
        netns = "/proc/%d/ns/net" % e.node.docker_pid(sandbox["Id"]) if alive and mine else ""
        for path, cached in mine:
            e.cni_del(path, cached, netns, must=alive)
        if alive:
            e.node.docker_stop(sandbox["Id"], PAUSE_GRACE)


def write_target(e):
    e.write_files("target")
    missing = [name for name in e.plan["modules"] if not os.path.isdir(e.node.path("/sys/module/" + name))]
    if missing:
        e.node.run(["modprobe", "-a"] + missing)
    for key, value, optional in e.sysctls():
        e.set_sysctl(key, value, optional)


def start_target(e):
    service = e.plan["to"]["service"]
    unit = e.node.units([service]).get(service, {})
    if unit.get("UnitFileState") == "disabled":
        e.node.systemctl("enable", service)
    if not is_running(unit):
        e.node.systemctl("reset-failed", service, check=False)
    e.node.systemctl("restart", service)
    e.info = e.need(e.cri.info_until(e.left(60), lambda info: []))


def prove_target(e):
    """With kubelet still down, which would remove sandboxes that it does not know."""
    handlers = [handler["name"] for handler in e.plan["handlers"]]
    image = e.plan["pause_image"]

    def judge(info):
        return judge_info(info, handlers, pause_image=image)

    if judge(e.info):
        e.need(e.cri.info_until(e.left(30), judge))

    def find_image():
        if not has_image(e.cri.json("images", "--output", "json"), image):
            raise Failure("CRI-PAUSE-MISSING", "the target has no image %s" % image, wanted=image)

    in_parallel(lambda check: check(), [
        find_image, lambda: e.cri.smoke(handlers, image, pod_cgroup(e.node), int(e.left(90)))])
    return ", ".join(handlers)


def write_kubelet(e):
    # Before Kubernetes 1.22 a new runtime counts from 0.log again, which still leads into Docker's own log.
    for link in glob.glob(e.node.path("/var/log/pods/*/*/*.log")):
        if os.path.islink(link) and "/containers/" in os.readlink(link):
            os.rename(link, link + ASIDE)
    e.write_files("kubelet")


ASIDE = ".docker"


def check_leftovers(e):
    """Nothing may be left in a pod's cgroup now: neither runtime has a pod."""
    killed = set()
    end = time.monotonic() + e.left(10)
    while True:
        left = e.node.pod_processes()
        if not left:
            return "%d processes killed" % len(killed) if killed else None
        if time.monotonic() >= end:
            raise Failure(
                "CRI-CUTOVER-LEFTOVER", "processes do not leave the pods' cgroups: %s" % sorted(left), cgroups=left)
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            killed.add(pid)
        time.sleep(POLL)


def start_kubelet(e):
    e.journal["times"]["kubelet_started"] = time.time()
    e.journal["times"]["kubelet_down_s"] = round(time.monotonic() - e.kubelet_stopped, 1)
    seconds = e.left(120)
    in_parallel(lambda check: check(), [
        e.start_kubelet, lambda: e.need(e.cri.info_until(seconds, lambda info: judge_info(info, network=True)))])


def revert_stop_kubelet(e):
    if not e.boot:
        e.node.systemctl("stop", e.kubelet)


def revert_remove_pods(e):
    """The target's pods: asked of the runtime, and what it cannot do, by cgroup. Docker's are never touched."""
    if e.boot:
        return None
    asked = e.cri.remove_pods(60)
    dockers = set(c["Id"] for c in e.docker_if_it_answers())
    end = time.monotonic() + 15
    while True:
        left = [pid for pid, cgroup in e.node.pod_processes().items() if not is_dockers(cgroup, dockers)]
        if not asked:
            left += e.node.shims()
        if not left:
            return None if asked else "by cgroup"
        if time.monotonic() >= end:
            raise Failure("CRI-REVERT-LEFTOVER", "processes of the target do not end: %s" % sorted(left))
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(POLL)


def revert_release_network(e):
    """Addresses and ports of sandboxes that came after the before-image."""
    known = set(e.before["cni"])
    for path in e.cni_results():
        cached = e.cached(path)
        if path not in known and cached is not None:
            e.cni_del(path, cached, "", must=False)


def revert_files(e):
    for path, image in sorted(e.before["files"].items()):
        e.node.forget(e.node.temporary(path))
        if image["kind"] == "absent":
            e.node.remove(path)
        elif image["kind"] == "link":
            e.node.link(path, image["to"])
        elif e.node.image_of(path) != dict((key, value) for key, value in image.items() if key != "copy"):
            e.node.write(
                path, e.node.read(image["copy"]), mode=int(image["mode"], 8), uid=image["uid"], gid=image["gid"],
                label=image.get("label"))
    for directory in e.before["directories"]:
        with contextlib.suppress(OSError):
            os.rmdir(e.node.path(directory))
    for link in glob.glob(e.node.path("/var/log/pods/*/*/*.log" + ASIDE)):
        with contextlib.suppress(OSError):
            os.rename(link, link[:-len(ASIDE)])
    for key, value in e.before["sysctl"].items():
        e.set_sysctl(key, value, optional=True)
    if needs_reload(e.before["files"]):
        e.node.systemctl("daemon-reload")


def revert_runtimes(e):
    service = e.plan["to"]["service"]
    restart = [service] if "start_target" in begun(e.journal) else []
    for call in unit_commands(e.before["units"], e.node.units(e.units), restart, leave=[e.kubelet]):
        if e.boot and call[0] in ("start", "restart"):
            # ordered behind us: to wait for it would be to wait for ourselves
            call = ["--no-block", "start", call[1]]
        e.node.systemctl(*call, timeout=120)


def revert_stop_sandboxes(e):
    """One that has lost its address, and not its life, is of no use to dockershim."""
    if not e.boot:
        results = e.results_by_sandbox()
        useless = [entry for entry in e.node.docker_kubernetes() if is_sandbox(entry) and is_alive(entry)
                   and not on_host_network(entry) and entry["Id"] not in results]
        in_parallel(lambda entry: e.node.docker_stop(entry["Id"], PAUSE_GRACE), useless)


def revert_start_kubelet(e):
    if e.boot:
        e.node.systemctl("--no-block", "start", e.kubelet)
        return
    e.start_kubelet()


# (step, the seconds it may take)
CUT = (
    (take_before_images, 60),
    (enable_recovery, 60),
    (arm_watchdog, 60),
    (stop_kubelet, 120),
    (stop_pods, 600),
    (write_target, 60),
    (start_target, 150),
    (prove_target, 240),
    (write_kubelet, 60),
    (check_leftovers, 60),
    (start_kubelet, 240),
)
REVERT = (
    (revert_stop_kubelet, 120),
    (revert_remove_pods, 180),
    (revert_release_network, 180),
    (revert_files, 60),
    (revert_runtimes, 300),
    (revert_stop_sandboxes, 300),
    (revert_start_kubelet, 240),
)
TARGET_RESULTS = "/var/lib/cni/results/"


# --- 4. the engine ----------------------------------------------------------------------------------------------


class Store(object):
    """Plan and journal on the disk."""

    def __init__(self, node):
        self.node = node

    def load(self, name):
        try:
            return json.loads(self.node.read("%s/%s" % (STATE, name)).decode("utf-8"))
        except (IOError, OSError) as exc:
            if exc.errno == errno.ENOENT:
                return None
            raise

    def save(self, name, value):
        self.node.write("%s/%s" % (STATE, name), json.dumps(value, indent=1, sort_keys=True).encode("utf-8"))

    @contextlib.contextmanager
    def lock(self, wait=0):
        """One at a time: engine, watchdog, confirm, recovery."""
        end = time.monotonic() + wait
        with open(self.node.path(STATE + "/lock"), "a") as stream:
            while True:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except (IOError, OSError) as exc:
                    if time.monotonic() >= end:
                        raise Failure(
                            "CRI-CUTOVER-LOCKED", "another part of the switch is at work on this node") from exc
                    time.sleep(POLL)
            yield

    def publish(self, journal):
        """The local fact: a summary that everybody may read."""
        keys = ("schema", "tool_version", "run_id", "node_name", "phase", "from", "to", "config_digest", "reason")
        summary = json.dumps(dict((key, journal[key]) for key in keys), indent=1, sort_keys=True)
        self.node.write(FACT, summary.encode("utf-8"), mode=0o644)


class Engine(object):
    """One run on one node. Made while the lock is held."""

    def __init__(self, node, store, plan, journal, boot=False):
        self.node, self.store, self.plan, self.journal, self.boot = node, store, plan, journal, boot
        self.kubelet = plan["kubelet"]["unit"]
        self.cri = Cri(node, plan["crictl"], plan["to"]["socket"])
        self.units = [self.kubelet, "docker.service", "docker.socket", plan["to"]["service"]] + shim_units(plan)
        self.before_dir = "%s/before/%s" % (STATE, plan["run_id"])
        self._before = None
        self._end = 0.0
        self.kubelet_stopped = None
        self.info = {}

    # doing

    def cut(self):
        """True: switched."""
        started = time.monotonic()
        self.journal["boot_id"] = self.node.boot_id()
        move(self.journal, "cutting")
        self.say("begins: %(runtime)s" % self.plan["to"])
        try:
            for step, seconds in CUT:
                self.perform(step, seconds)
            move(self.journal, "switched")
            self.journal["engine_seconds"] = round(time.monotonic() - started, 3)
            self.save()
        except Exception as exc:
            self.fail(exc)
            return False
        self.publish()
        self.say("switched in %.1f s, waits for its confirmation" % self.journal["engine_seconds"])
        return True

    def fail(self, exc):
        """Write down why, and go back."""
        self.journal["reason"] = getattr(exc, "reason", "CRI-CUTOVER-ERROR")
        self.journal["details"] = getattr(exc, "details", {})
        self.journal["error"] = str(exc)
        self.revert()

    def revert(self):
        """True: the node is as it was. A full disk must not stop it: here the journal is written if it can be."""
        move(self.journal, "reverting")
        self.say("goes back: %s" % self.journal["error"])
        names = revert_names(self.journal)
        try:
            for step, seconds in REVERT:
                if step.__name__ in names:
                    self.perform(step, seconds, strict=False)
            move(self.journal, "reverted")
        except Exception as exc:
            move(self.journal, "broken")
            self.journal["error"] = "%s; and the way back failed: %s" % (self.journal["error"], exc)
        self.save(strict=False)
        if self.journal["phase"] == "reverted":
            self.disarm()
        self.publish()
        self.say("is %s" % self.journal["phase"])
        return self.journal["phase"] == "reverted"

    def perform(self, step, seconds, strict=True):
        name = step.__name__
        begin(self.journal, name, time.time())
        # One write says both that this one begins and that the one before has ended.
        self.save(strict)
        started = time.monotonic()
        self._end = started + (self.plan["watch"].get("timeouts") or {}).get(name, seconds)
        try:
            note = step(self)
        except Exception as exc:
            finish(self.journal, time.monotonic() - started, error=str(exc))
            self.say("%s failed: %s" % (name, exc))
            raise
        finish(self.journal, time.monotonic() - started, note=note)
        self.say("%s done in %.1f s" % (name, time.monotonic() - started))

    def left(self, limit):
        """Seconds a wait may still take within its step."""
        return max(min(limit, self._end - time.monotonic()), 1)

    def need(self, seen):
        """The runtime's info of info_until(), or a failure of all that is unmet."""
        info, unmet = seen
        if unmet:
            raise Failure(unmet[0]["reason"], "; ".join(item["text"] for item in unmet), unmet=unmet)
        return info

    def save(self, strict=True):
        try:
            self.store.save("journal.json", self.journal)
        except (IOError, OSError) as exc:
            if strict:
                raise
            self.say("cannot write its journal: %s" % exc)

    def publish(self):
        with contextlib.suppress(IOError, OSError):
            self.store.publish(self.journal)

    def say(self, text):
        say("run %s on %s %s" % (self.journal["run_id"], self.journal["node_name"], text))

    # before-images

    @property
    def before(self):
        if self._before is None:
            self._before = json.loads(self.node.read(self.before_dir + "/index.json").decode("utf-8"))
        return self._before

    def save_before(self, index):
        self._before = index
        self.node.write(self.before_dir + "/index.json", json.dumps(index, indent=1, sort_keys=True).encode("utf-8"))

    # files, sysctls

    def write_files(self, group):
        paths = []
        for item in self.plan["files"]:
            if item["group"] != group:
                continue
            paths.append(item["path"])
            if item["change"] == "remove":
                self.node.remove(item["path"])
                continue
            data = self.node.read(item["staged"])
            if hashlib.sha256(data).hexdigest() != item["sha256"]:
                raise Failure("CRI-CUTOVER-STAGED", "%s is not what was staged" % item["staged"], path=item["path"])
            uid, gid = ids(item["owner"], item["group_name"])
            label = self.before["files"][item["path"]].get("label")
            self.node.write(item["path"], data, mode=int(item["mode"], 8), uid=uid, gid=gid, label=label)
        if needs_reload(paths):
            self.node.systemctl("daemon-reload")

    def sysctls(self):
        """What the plan's sysctl files will set: read where they are staged."""
        staged = dict((item["path"], item["staged"]) for item in self.plan["files"] if item["change"] == "write")
        settings = []
        for path in self.plan["sysctl_files"]:
            settings += parse_sysctl(self.node.read(staged.get(path, path)).decode("utf-8"))
        return settings

    def set_sysctl(self, key, value, optional):
        try:
            if self.node.read("/proc/sys/" + key).decode("ascii").split() != value.split():
                with open(self.node.path("/proc/sys/" + key), "w") as stream:
                    stream.write(value)
        except (IOError, OSError) as exc:
            if not optional:
                raise Failure("CRI-CUTOVER-SYSCTL", "%s = %s: %s" % (key, value, exc.strerror)) from exc

    # CNI

    def cni_results(self):
        """libcni's cached results: dockershim's directory, and the one of the runtimes."""
        found = []
        for directory in (self.plan["cni"]["cache_dir"].rstrip("/") + "/results/", TARGET_RESULTS):
            with contextlib.suppress(OSError):
                found += [directory + name for name in sorted(os.listdir(self.node.path(directory)))]
        return found

    def results_by_sandbox(self):
        """{container id: [(path, cached result)]}"""
        found = {}
        for path in self.cni_results():
            cached = self.cached(path)
            if cached is not None:
                found.setdefault(cached["containerId"], []).append((path, cached))
        return found

    def cached(self, path):
        try:
            cached = json.loads(self.node.read(path).decode("utf-8"))
        except (IOError, OSError, ValueError):
            return None
        return cached if cached.get("kind") == "cniCacheV1" else None

    def cni_del(self, path, cached, netns, must):
        """DEL by each plugin of the chain, then forget the result. must: a failure is one of the step."""
        bins = self.plan["cni"]["bin_dirs"]
        for kind, env, conf in cni_calls(cached):
            if kind == "loopback":
                continue
            program = [os.path.join(directory, kind) for directory in bins
                       if os.path.exists(self.node.path(os.path.join(directory, kind)))]
            try:
                if not program:
                    raise Failure("CRI-CNI-DEL", "no CNI plugin %s in %s" % (kind, ", ".join(bins)))
                self.node.run(
                    program[:1], timeout=60, data=json.dumps(conf),
                    env=dict(env, CNI_PATH=":".join(bins), CNI_NETNS=netns))
            except Failure as exc:
                if must:
                    raise Failure(
                        "CRI-CNI-DEL", "%s of sandbox %s: %s" % (kind, cached["containerId"][:12], exc)) from exc
                self.say("CNI DEL of a dead sandbox failed: %s" % exc)
                return False
        self.node.remove(path)
        return True

    # kubelet, Docker

    def start_kubelet(self):
        self.node.systemctl("reset-failed", self.kubelet, check=False)
        self.node.systemctl("start", self.kubelet)
        self.await_kubelet(self.left(120))

    def await_kubelet(self, limit):
        port = self.plan["kubelet"].get("healthz_port", 10248)
        started = changed = time.monotonic()
        pid = None
        while True:
            unit, now = self.node.units([self.kubelet])[self.kubelet], time.monotonic()
            if unit.get("MainPID") != pid:
                pid, changed = unit.get("MainPID"), now
            healthz = self.node.healthz(port) if port else None
            verdict, why = judge_kubelet(unit, healthz, now - started, now - changed, limit)
            if verdict:
                return
            if verdict is False:
                raise Failure("CRI-KUBELET-DOWN", "%s: %s" % (self.kubelet, why), last_words=self.last_words())
            time.sleep(POLL)

    def last_words(self):
        """kubelet's last log lines: why it does not stay."""
        with contextlib.suppress(Failure):
            rc, out, err = self.node.run(
                ["journalctl", "--no-pager", "-o", "cat", "-n", "400", "-u", self.kubelet], check=False)
            return last_words(out)
        return []

    def docker_if_it_answers(self):
        try:
            return self.node.docker_kubernetes()
        except Failure:
            return []

    # watchdog, recovery

    def recovery_links(self):
        return [link.replace("kubelet.service", self.kubelet) for link in RECOVERY_LINKS]

    def arm(self, seconds):
        """systemd's monotonic clock, which nobody sets; a second of accuracy instead of its minute."""
        self.node.run([
            "systemd-run", "--quiet", "--collect", "--unit=" + WATCHDOG,
            "--on-active=%d" % seconds, "--timer-property=AccuracySec=1s",
            "--description=Reverts the runtime switch when no confirmation comes",
        ] + program("revert", "--run-id", self.plan["run_id"], "--watchdog"))
        self.journal["deadline"] = time.monotonic() + seconds

    def disarm(self):
        """Once the journal says that it is over: what is left here then does nothing when it wakes."""
        self.node.systemctl("stop", WATCHDOG + ".timer", check=False)
        for link in self.recovery_links():
            self.node.remove(link)
        with contextlib.suppress(OSError):
            os.rmdir(self.node.path(os.path.dirname(self.recovery_links()[1])))
        self.node.remove(RECOVERY_PATH)
        self.node.systemctl("daemon-reload", check=False)
        self.node.forget(self.node.path(BOOT_MARK))


def program(*args):
    """This program's command line for systemd. The launcher imports engine.py, so that Python keeps it compiled."""
    return [sys.executable, "-I", "-S", LAUNCHER] + list(args)


def shim_units(plan):
    return ["cri-docker.service", "cri-docker.socket"] if plan["from"].get("shim") == "cri-dockerd" else []


def ids(owner, group):
    import grp
    import pwd

    uid = int(owner) if str(owner).isdigit() else pwd.getpwnam(owner).pw_uid
    gid = int(group) if str(group).isdigit() else grp.getgrnam(group).gr_gid
    return uid, gid


def say(text):
    syslog.syslog(text)


# --- 5. command line --------------------------------------------------------------------------------------------


def refused(reason, text, **details):
    return 2, {"refused": True, "reason": reason, "error": "%s: %s" % (reason, text), "details": details}


def do_start(node, store, args):
    journal, plan = store.load("journal.json"), store.load("plan.json")
    refusal = refuse_start(journal, plan, args["run_id"])
    if refusal:
        return refused(*refusal, holder=(journal or {}).get("holder"), phase=(journal or {}).get("phase"))
    if journal["phase"] != "staged":
        unit = node.units([ENGINE_UNIT]).get(ENGINE_UNIT, {})
        if journal["phase"] == "cutting" and not is_running(unit):
            return refused("CRI-CUTOVER-HALFWAY", "this run was cut off in step %s: revert it" % view(journal)["step"])
        return 0, {"attached": True, "phase": journal["phase"]}
    if is_running(node.units([ENGINE_UNIT]).get(ENGINE_UNIT, {})):
        return 0, {"attached": True, "phase": "staged"}
    node.run([
        "systemd-run", "--quiet", "--collect", "--unit=" + ENGINE_UNIT, "--property=TimeoutStopSec=5",
        "--property=OOMScoreAdjust=-999", "--description=Changes this node's container runtime",
    ] + program("run", "--run-id", args["run_id"]))
    return 0, {"started": True}


def do_run(node, store, args):
    with store.lock():
        journal, plan = store.load("journal.json"), store.load("plan.json")
        refusal = refuse_start(journal, plan, args["run_id"])
        if refusal:
            return refused(*refusal)
        switched = Engine(node, store, plan, journal).cut()
        return 0 if switched else 1, view(journal)


def do_status(node, store, args):
    journal = store.load("journal.json")
    return 0, view(journal) if args["json"] else for_people(journal)


def do_confirm(node, store, args):
    with store.lock(wait=10):
        journal = store.load("journal.json")
        if journal and journal["run_id"] == args["run_id"] and journal["phase"] in ("confirmed", "settled"):
            return 0, dict(view(journal), changed=False)
        refusal = refuse_confirm(journal, args["run_id"], node.boot_id(), time.monotonic())
        if refusal:
            return refused(*refusal, phase=(journal or {}).get("phase"))
        engine = Engine(node, store, store.load("plan.json"), journal)
        move(journal, "confirmed")
        journal["times"]["confirmed"] = time.time()
        engine.save()
        engine.disarm()
        engine.publish()
        engine.say("is confirmed")
        return 0, dict(view(journal), changed=True)


def do_revert(node, store, args):
    journal = store.load("journal.json")
    if journal is None or journal["run_id"] != args["run_id"]:
        return refused("CRI-REVERT-RUN", "the journal is not of run %s" % args["run_id"])
    if args["watchdog"] and journal["phase"] not in ("cutting", "switched", "reverting"):
        return 0, dict(view(journal), changed=False)
    if args["detach"]:
        # Out of the session that asked for it, which may end at any time.
        if not is_running(node.units([REVERT_UNIT]).get(REVERT_UNIT, {})):
            node.run([
                "systemd-run", "--quiet", "--collect", "--unit=" + REVERT_UNIT, "--property=OOMScoreAdjust=-999",
                "--description=Takes this node back to its old container runtime",
            ] + program("revert", "--run-id", args["run_id"], "--reason", args["reason"] or "CRI-CUTOVER-ASKED"))
        return 0, {"started": True, "phase": journal["phase"]}
    if journal["phase"] == "cutting":
        # It may hang in a step: out of its hands first. A revert that is under way is left to end.
        node.systemctl("stop", ENGINE_UNIT, check=False)
    with store.lock(wait=600):
        journal, plan = store.load("journal.json"), store.load("plan.json")
        phase = journal["phase"]
        if phase in ("reverted", "staged") or (args["watchdog"] and phase not in ("cutting", "switched", "reverting")):
            return 0 if phase != "broken" else 1, dict(view(journal), changed=False)
        if not journal["error"] or phase in ("switched", "confirmed", "settled"):
            journal["reason"] = "CRI-CUTOVER-WATCHDOG" if args["watchdog"] else args["reason"] or "CRI-CUTOVER-ASKED"
            text = "no confirmation came in time" if args["watchdog"] else "it was asked for"
            journal["error"] = "%s: %s" % (journal["reason"], text)
        done = Engine(node, store, plan, journal).revert()
        return 0 if done else 1, dict(view(journal), changed=True)


def do_settle(node, store, args):
    """Docker's own stop takes long: it is done when the node already works again."""
    with store.lock(wait=10):
        journal, plan = store.load("journal.json"), store.load("plan.json")
        if journal is None or journal["phase"] not in ("confirmed", "settled"):
            return refused("CRI-SETTLE-PHASE", "only a confirmed node is settled; this one is %s" % (
                journal and journal["phase"]))
        if journal["phase"] == "settled":
            return 0, dict(view(journal), changed=False)
        engine = Engine(node, store, plan, journal)
        if not plan["docker"]["keep"]:
            units = shim_units(plan) + ["docker.socket", "docker.service"]
            known = node.units(units)
            units = [unit for unit in units if known.get(unit, {}).get("LoadState") == "loaded"]
            node.systemctl("disable", "--now", *units, timeout=180)
        move(journal, "settled")
        engine.save()
        engine.publish()
        engine.say("is settled")
        return 0, dict(view(journal), changed=True)


def do_recover(node, store, args):
    """At boot, before any runtime starts."""
    with store.lock(wait=60):
        journal, plan = store.load("journal.json"), store.load("plan.json")
        if journal is None:
            return 0, view(journal)
        engine = Engine(node, store, plan, journal, boot=True)
        if journal["phase"] in ("cutting", "reverting"):
            journal["error"] = journal["error"] or "CRI-CUTOVER-REBOOT: the node restarted in the middle of its switch"
            journal["reason"] = journal["reason"] or "CRI-CUTOVER-REBOOT"
            return 0 if engine.revert() else 1, view(journal)
        if journal["phase"] == "switched":
            journal["boot_id"] = node.boot_id()
            engine.arm(plan["watch"]["watchdog_s"])
            engine.save()
            with open(node.path(BOOT_MARK), "w"):
                pass
        elif journal["phase"] != "broken":
            engine.disarm()
        return 0, view(journal)


def do_steps(node, store, args):
    return 0, {"cut": [step.__name__ for step, _s in CUT], "revert": [step.__name__ for step, _s in REVERT]}


COMMANDS = {
    "start": do_start, "run": do_run, "status": do_status, "confirm": do_confirm, "revert": do_revert,
    "settle": do_settle, "recover": do_recover, "steps": do_steps,
}
NEED_RUN = ("start", "run", "confirm", "revert")
USAGE = """usage: cri-switchover COMMAND [--run-id RUN] [--json]
  status    what happened on this node, and where it stands
  start     begin the staged switch as a unit of its own        (--run-id)
  confirm   accept the new runtime; the watchdog is disarmed    (--run-id)
  revert    go back to Docker                                   (--run-id [--reason TOKEN] [--detach])
  settle    stop and disable Docker on a confirmed node
  steps     the engine's steps
  run, recover, revert --watchdog: called by systemd units"""


def parse(argv):
    """Few and simple arguments: argparse alone would cost more than the rest of `status`. None: not understood."""
    args = {"run_id": None, "reason": None, "json": False, "watchdog": False, "detach": False}
    if not argv or argv[0] not in COMMANDS:
        return None
    rest = list(argv[1:])
    while rest:
        word = rest.pop(0)
        if word in ("--json", "--watchdog", "--detach"):
            args[word[2:]] = True
        elif word in ("--run-id", "--reason") and rest:
            args[word[2:].replace("-", "_")] = rest.pop(0)
        else:
            return None
    if argv[0] in NEED_RUN and not args["run_id"]:
        return None
    return args


def main(argv=None, node=None):
    argv = sys.argv[1:] if argv is None else argv
    args = parse(argv)
    if args is None:
        sys.stderr.write(USAGE + "\n")
        return 2
    syslog.openlog("cri-switchover", syslog.LOG_PID, syslog.LOG_DAEMON)
    node = node or Node()
    os.umask(0o077)
    try:
        code, answer = COMMANDS[argv[0]](node, Store(node), args)
    except Failure as exc:
        code, answer = 1, {"failed": True, "reason": exc.reason, "error": str(exc), "details": exc.details}
    sys.stdout.write((answer if isinstance(answer, str) else json.dumps(answer, sort_keys=True)) + "\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
