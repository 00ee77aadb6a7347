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
#!%s -IS
import sys

sys.path.insert(0, "%s")
import engine

sys.exit(engine.main())
""" % (sys.executable, STATE)
COMMAND = "/usr/local/sbin/cri-switchover"
FACT = "/etc/ansible/facts.d/cri_switchover.fact"
# Gone after a reboot: while it stands, engine and watchdog of this boot are in charge, not the recovery unit.
BOOT_MARK = "/run/cri-switchover.boot"
# Who works on this node from outside, and until when. Gone after a reboot, as its connection is.
HOLDER = "/run/cri-switchover.holder"
HOLD = 60
# Space kept back, so that a full disk cannot stop the way back from being taken and told.
RESERVE = STATE + "/reserve"
RESERVE_BYTES = 1 << 20

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
Before=cri-docker.socket cri-docker.service cri-dockerd.socket cri-dockerd.service {kubelet}
RequiresMountsFor={state} /etc {root} /var/lib/docker /var/lib/containerd /var/lib/cni {store}
ConditionPathExists=!{mark}

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=900
# Killed, it begins again: kubelet waits for it. Restart= would be refused for it before systemd 244.
ExecStart=/bin/sh -c 'until "$$@"; do [ $$? -gt 128 ] || exit 1; sleep 1; done' recover {command}

[Install]
WantedBy=multi-user.target
RequiredBy={kubelet}
"""

DOCKER_SOCKET = "/var/run/docker.sock"
POLL = 0.2
PAUSE_GRACE = 10
KUBELET_STEADY = 20
STOP_GRACE = 30
# systemd itself waits for 90 s by default before it kills.
STOP_KUBELET = 150
DOCKERSHIM_ROOT = "/var/lib/dockershim"
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
    "reverting": ("reverting", "reverted", "stayed", "broken"),
    # Docker could run nothing, the target can: still there, not accepted.
    "stayed": ("confirmed", "reverting"),
    "broken": ("reverting",),
    "reverted": (),
}
# It has been on its target for a while: others may have changed what the switch has made.
ACCEPTED = ("confirmed", "settled", "stayed")
# A new plan may be staged over these.
AT_REST = ("staged", "confirmed", "settled", "reverted")


def new_journal(plan, now):
    return {
        "schema": SCHEMA,
        "tool_version": plan["tool_version"],
        "run_id": plan["run_id"],
        "holder": plan["holder"],
        "node_name": plan["node_name"],
        "from": plan["from"],
        "to": plan["to"],
        "config_digest": plan["config_digest"],
        "phase": "staged",
        "came_from": None,
        "staged": now,
        "boot_id": None,
        "recovered_boot": None,
        "deadline": None,
        "steps": [],
        "times": {},
        "engine_seconds": None,
        "reason": None,
        "details": None,
        "error": None,
        "handlers": None,
    }


def move(journal, phase):
    if phase not in PHASES[journal["phase"]]:
        raise Failure(
            "CRI-CUTOVER-PHASE",
            "a node that is %s cannot become %s" % (journal["phase"], phase),
            seen=journal["phase"],
            wanted=phase,
        )
    # Another try of a way back is still one from where it first came.
    if phase == "reverting" and journal["phase"] not in ("reverting", "broken"):
        journal["came_from"] = journal["phase"]
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


def ended_well(journal, name):
    return any(step["name"] == name and step["outcome"] == "ok" for step in journal["steps"])


def over(journal, step):
    """Is this step of the way back needless in another try of it? What it would end and release is by then Docker's."""
    return step in (revert_remove_pods, revert_release_network) and ended_well(journal, "revert_files")


def pods_ended_by_cgroup(journal):
    """Then the target has records of them still."""
    return any(step["name"] == "revert_remove_pods" and step.get("note") == BY_CGROUP for step in journal["steps"])


def last_step(journal):
    return journal["steps"][-1] if journal["steps"] else {}


def going_down(journal):
    """Has the reboot that is part of its way been asked for, and not been seen to end?"""
    last = last_step(journal)
    return last.get("name") == "reboot" and last["outcome"] is None


def awaits_boot(journal, boot_id):
    """Is this the boot that a switch asked for, and nobody has seen yet?"""
    return journal["phase"] == "cutting" and going_down(journal) and journal["boot_id"] != boot_id


def has_booted(journal):
    last = last_step(journal)
    return last.get("name") == "reboot" and last["outcome"] == "ok"


def may_stay(journal):
    """Has the target been proven, and is nothing of it undone yet? Then Docker must show that it works first."""
    done = begun(journal)
    proven = journal.get("came_from") in ("switched", "confirmed", "settled", "stayed")
    return (proven or ended_well(journal, "prove_target")) and "revert_stop_kubelet" not in done


def target_ran(done):
    """May the target have run in these steps? finish_offline leaves its start to the boot."""
    return "start_target" in done or FINISHED in done


def revert_names(journal, boot=False, boot_id=None):
    """The steps back that what has begun asks for, in their order. Nothing begun that disturbs a pod: none.

    boot: nothing runs yet, so only what lies on the disk; boot_id: of a boot whose recovery has done that already.
    """
    done = begun(journal)
    if "stop_kubelet" not in done:
        return []
    written = "write_target" in done or FINISHED in done
    loader = ["revert_loader"] if "set_next_boot" in done else []
    if boot:
        return ["revert_release_network", "revert_files"] + loader + ["revert_unit_files"] if written else []
    start = ["revert_runtimes", "revert_clear_checkpoints", "revert_start_kubelet"]
    if boot_id and journal.get("recovered_boot") == boot_id:
        return start
    names = ["revert_check_source"] if may_stay(journal) else []
    names += ["revert_enable_recovery", "revert_stop_kubelet"]
    if target_ran(done):
        names += ["revert_remove_pods"]
    if written:
        names += ["revert_release_network", "revert_files"] + loader + ["revert_unit_files"]
    sandboxes = ["revert_stop_sandboxes"] if "stop_pods" in done or FINISHED in done else []
    return names + start[:1] + sandboxes + start[1:]


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
    if journal["phase"] in ("reverted", "broken", "stayed"):
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
    if journal["phase"] == "stayed":
        return None
    if journal["phase"] != "switched":
        return "CRI-CONFIRM-PHASE", "the node is %s, not switched" % journal["phase"]
    if journal["boot_id"] != boot_id or now >= journal["deadline"]:
        return "CRI-CONFIRM-LATE", "the watchdog's time is over"
    return None


def refuse_revert(journal, run_id, drift=()):
    """Why an operator may not take this node back: [{reason, text, details}]. Its own watchdog is never refused."""
    if journal is None or (run_id and journal["run_id"] != run_id):
        return [
            unmet_entry(
                "CRI-REVERT-RUN",
                "the journal is %s" % ("missing" if journal is None else "of run %s" % journal["run_id"]),
                wanted=run_id,
            )
        ]
    if journal.get("schema", 0) > SCHEMA:
        text = "the journal comes from a newer tool (%s)" % journal.get("tool_version")
        return [unmet_entry("CRI-JOURNAL-NEWER", text)]
    found = []
    if journal["phase"] in ACCEPTED and drift:
        found.append(
            unmet_entry(
                "CRI-REVERT-DRIFT",
                "changed since the switch wrote it: %s" % ", ".join(item["path"] for item in drift),
                files=list(drift),
            )
        )
    return found


def refuse_hold(hold, token, now):
    """Why the bearer of this token may not work here: (reason, text, details), or None. now: the monotonic clock."""
    if not hold or hold.get("token") == token or now >= hold["until"]:
        return None
    left = int(hold["until"] - now) + 1
    return (
        "CRI-CUTOVER-BUSY",
        "%s works on this node (rollout %s); without a sign of life it ends in %d s"
        % (hold["who"], hold["token"], left),
        {"held_by": hold["who"], "token": hold["token"], "seconds_left": left},
    )


def view(journal):
    """What status shows, to people's tools and to the action."""
    if journal is None:
        return {"phase": None, "step": None, "steps": [], "run_id": None, "outcome": None}
    running = [step["name"] for step in journal["steps"] if step["outcome"] is None]
    keys = (
        "schema",
        "phase",
        "steps",
        "run_id",
        "holder",
        "node_name",
        "from",
        "to",
        "config_digest",
        "reason",
        "details",
        "error",
        "times",
        "engine_seconds",
        "handlers",
    )
    shown = dict((key, journal.get(key)) for key in keys)
    shown["step"] = running[-1] if running else None
    shown["outcome"] = {
        "switched": "ok",
        "confirmed": "ok",
        "settled": "ok",
        "stayed": "failed",
        "reverted": "failed",
        "broken": "failed",
    }.get(journal["phase"])
    return shown


def for_people(journal):
    if journal is None:
        return "No journal: nothing was begun on this node."
    lines = ["%(node_name)s: %(phase)s (run %(run_id)s of %(holder)s, cri.switchover %(tool_version)s)" % journal]
    for step in journal["steps"]:
        mark = {"ok": "ok", "failed": "FAILED", None: "..."}[step["outcome"]]
        lines.append(
            "  %-24s %-6s %6s s  %s"
            % (step["name"], mark, step.get("seconds", ""), step["error"] or step.get("note", ""))
        )
    if journal["error"]:
        lines.append("Reason: %s" % journal["error"])
    hint = {
        "staged": "Prepared; nothing has changed yet.",
        "cutting": "The switch is running, or was cut off: then the watchdog or the next boot reverts it.",
        "switched": "On the new runtime, not confirmed: the watchdog reverts it when no confirmation comes.",
        "confirmed": "On the new runtime, accepted. Docker still runs.",
        "settled": "On the new runtime, accepted.",
        "reverting": "On its way back to Docker.",
        "reverted": "Back on Docker, as before. Where no playbook was there to see, it is still cordoned: "
        "the next run gives it back.",
        "stayed": "Docker can NOT run containers any more: still on the new runtime, which works. Cordoned, if it was. "
        "Mend Docker and call 'cri-switchover revert', or run the playbook again: it proves and accepts it.",
        "broken": "The way back FAILED, whatever was tried: there may be NO working runtime. Look at the failed step; "
        "'cri-switchover revert' tries again, and so does each boot, without which kubelet does not start. "
        "What the node had is in %s/before/%s." % (STATE, journal["run_id"]),
    }
    return "\n".join(lines + [hint[journal["phase"]]])


def pods_in_waves(containers):
    """Docker's Kubernetes containers as waves of pods to end one after another: ordinary, agents, static.

    Containers are entries of Docker's list. A pod: {name, containers: [(id, grace in seconds)], sandboxes: [entry]};
    dead sandboxes are among them, for they may still hold an address. Agents are all those on the host's network: what
    serves the network of others cannot live in it.
    """
    pods = {}
    for entry in containers:
        labels = entry["Labels"]
        namespace, name = labels.get("io.kubernetes.pod.namespace", ""), labels.get("io.kubernetes.pod.name", "")
        pod = pods.setdefault(
            labels.get("io.kubernetes.pod.uid"),
            {"name": "%s/%s" % (namespace, name), "containers": [], "sandboxes": [], "wave": 0},
        )
        wave = 0
        if is_sandbox(entry):
            pod["sandboxes"].append(entry)
            static = labels.get("annotation.kubernetes.io/config.source", "api") != "api"
            wave = 2 if static else 1 if on_host_network(entry) else 0
        elif is_alive(entry):
            try:
                grace = int(labels["annotation.io.kubernetes.pod.terminationGracePeriod"])
            except (KeyError, ValueError):
                grace = STOP_GRACE
            pod["containers"].append((entry["Id"], grace))
        pod["wave"] = max(pod["wave"], wave)
    waves = [[pod for pod in pods.values() if pod["wave"] == number] for number in range(3)]
    return [sorted(wave, key=lambda pod: pod["name"]) for wave in waves if wave]


def on_host_network(entry):
    return (entry.get("HostConfig") or {}).get("NetworkMode") == "host"


def is_alive(entry):
    return entry.get("State") in ("running", "paused", "restarting")


def is_sandbox(entry):
    return entry["Labels"].get("io.kubernetes.docker.type") == "podsandbox"


def plugins_of(network):
    return network.get("plugins") or [network]


def cni_calls(cached):
    """libcni's cached result -> [(plugin type, environment, configuration)] of its DEL, last plugin first.

    The environment lacks CNI_PATH and CNI_NETNS. As libcni does it: name and version into each plugin's configuration,
    runtimeConfig of the capabilities it asks for, the cached result as prevResult.
    """
    network = json.loads(base64.b64decode(cached["config"]).decode("utf-8"))
    version = network.get("cniVersion") or "0.1.0"
    env = {
        "CNI_COMMAND": "DEL",
        "CNI_CONTAINERID": cached["containerId"],
        "CNI_IFNAME": cached["ifName"],
        "CNI_ARGS": ";".join("%s=%s" % tuple(pair) for pair in cached.get("cniArgs") or []),
    }
    calls = []
    for plugin in reversed(plugins_of(network)):
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


def cached_by_name(name, networks):
    """File name of a cached result -> what libcni had written in it, without the result; None: no such network.

    libcni does not sync the file: a power cut soon after a pod's start leaves it empty (containernetworking/cni#1055).
    `networks` is {network: its configuration as text}.
    """
    found = re.match(r"(.+)-([0-9a-f]{64})-([^-]+)$", name)
    if not found or found.group(1) not in networks:
        return None
    config = base64.b64encode(networks[found.group(1)].encode("utf-8")).decode("ascii")
    return {"containerId": found.group(2), "ifName": found.group(3), "config": config}


def netns_of(cached):
    """Path of the sandbox's network namespace, from the result that the plugins gave; None where none is told.

    An interface in the sandbox names it since version 0.3.0 of the CNI specification, "Success".
    """
    told = (entry.get("sandbox") for entry in (cached.get("result") or {}).get("interfaces") or [])
    return next((path for path in told if path), None)


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


def unit_file_commands(before, now):
    """The systemctl calls, as argument lists, that make units enabled, disabled or masked as they were `before`.

    One call for each verb: every one makes systemd read all its files again.
    """
    units = {"unmask": [], "enable": [], "disable": [], "mask": []}  # type: dict
    for unit in sorted(before):
        old, new = before[unit].get("UnitFileState", ""), now.get(unit, {}).get("UnitFileState", "")
        if before[unit].get("LoadState") == "not-found" or old == new:
            continue
        if new in ("masked", "masked-runtime"):
            units["unmask"].append(unit)
        verb = {"enabled": "enable", "enabled-runtime": "enable", "disabled": "disable", "masked": "mask"}.get(old)
        if verb:
            units[verb].append(unit)
    return [[verb] + units[verb] for verb in ("unmask", "enable", "disable", "mask") if units[verb]]


def unit_commands(before, now, restart=()):
    """The systemctl calls that make units run, or not, as `before`. restart: those whose files changed under them."""
    calls = []
    for unit in sorted(before):
        then, is_now = before[unit], now.get(unit, {})
        if then.get("LoadState") == "not-found":
            continue
        if is_running(then):
            if unit in restart and is_running(is_now):
                calls.append(["restart", unit])
            elif not is_up(is_now):
                # Where it is about to start, as in a boot, this waits for it.
                calls += [["reset-failed", unit], ["start", unit]]
        elif is_running(is_now):
            calls.append(["stop", unit])
    # A socket that starts after its service is refused; a runtime is wanted before the one that uses it.
    order = {"start": 1, "restart": 1, "stop": 2}
    ranks = {"containerd": 0, "cri-docker": 2, "cri-dockerd": 2}
    return sorted(calls, key=lambda call: (order.get(call[0], 0), ranks.get(call[1].rpartition(".")[0], 1)))


def is_running(unit):
    return unit.get("ActiveState") in ("active", "activating", "reloading")


def is_up(unit):
    return unit.get("ActiveState") in ("active", "reloading")


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


def drifted(files, seen):
    """The plan's files that are no longer as the switch wrote them: [{path, seen, wanted}]"""
    found = []
    for item in files:
        if item.get("group") == "boot":
            continue  # gone with the confirmation
        image = seen[item["path"]]
        if item["change"] != "write":
            wanted, now = "absent", image.get("sha256") or image["kind"]
        elif image["kind"] == "file" and image["sha256"] == item["sha256"]:
            wanted, now = "mode %04o" % int(item["mode"], 8), "mode " + image["mode"]
        else:
            wanted, now = item["sha256"], image.get("sha256") if image["kind"] == "file" else image["kind"]
        if now != wanted:
            found.append({"path": item["path"], "seen": now, "wanted": wanted})
    return found


def forward_policy(text):
    """What becomes of packets that no rule takes, out of `iptables -S FORWARD`; None where it does not tell."""
    match = re.match(r"-P FORWARD (\w+)", text)
    return match.group(1) if match else None


def broken_checkpoints(texts, sandboxes):
    """Names of the shim's checkpoints that would jam it: unreadable, or of a sandbox that Docker no longer has.

    texts: {name: content}; sandboxes: ids that Docker knows, None where it can not be asked. Source: kubernetes
    #43021, #55620.
    """
    found = []
    for name in sorted(texts):
        try:
            whole = isinstance(json.loads(texts[name]), dict)
        except ValueError:
            whole = False
        if not whole or (sandboxes is not None and name not in sandboxes):
            found.append(name)
    return found


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
        unmet.append(
            unmet_entry(
                "CRI-HANDLER-MISSING", "no runtime handler %s" % ", ".join(missing), seen=known, wanted=list(handlers)
            )
        )
    configured = sandbox_image_of(info)
    if pause_image and configured and configured != pause_image:
        unmet.append(
            unmet_entry(
                "CRI-PAUSE-CONFIG",
                "the runtime's sandbox image is %s, wanted %s" % (configured, pause_image),
                seen=configured,
                wanted=pause_image,
            )
        )
    return unmet


def judge_version(version, name, pattern):
    """[unmet]"""
    unmet = []
    if name and version["name"] != name:
        unmet.append(
            unmet_entry(
                "CRI-RUNTIME-NAME",
                "the runtime is %s, wanted %s" % (version["name"], name),
                seen=version["name"],
                wanted=name,
            )
        )
    if pattern and not re.search(pattern, version["version"] or ""):
        unmet.append(
            unmet_entry(
                "CRI-RUNTIME-VERSION",
                "the runtime's version %s does not match %s" % (version["version"], pattern),
                seen=version["version"],
                wanted=pattern,
            )
        )
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


def smoke_configs(handler, image, parent, stamp, folders=()):
    """(sandbox, container) for crictl: on the host's network, in kubelet's own cgroup, with the pause image.

    gVisor's gets a command that tells which kernel it is on. The pause image has no program that could: the host's own
    are mounted into it, read-only, from ``folders``.
    """
    handler, runtime = handler["name"], handler.get("runtime")
    host_network = {"namespace_options": {"network": 2}}
    name = "cri-switchover-%s-%s" % (handler, stamp)
    labels = {SMOKE_LABEL: str(stamp)}
    sandbox = {
        "metadata": {"name": name, "namespace": "default", "uid": name, "attempt": 0},
        "labels": labels,
        "log_directory": "/run/cri-switchover",
        "linux": {"cgroup_parent": parent, "security_context": host_network},
    }
    container = {
        "metadata": {"name": handler, "attempt": 0},
        "image": {"image": image},
        "labels": labels,
        "log_path": name + ".log",
        "linux": {"security_context": host_network},
    }  # type: dict
    if runtime == "runsc":
        mounts = [{"host_path": path, "container_path": path, "readonly": True} for path in folders]
        container.update(command=KERNEL_WORDS[:1], args=KERNEL_WORDS[1:], mounts=mounts)
    return sandbox, container


WORDS_END = "cri-switchover-end"
# Each may be lacking or forbidden; together they are enough.
KERNEL_WORDS = [
    "/bin/sh",
    "-c",
    "uname -sr; cat /proc/version; dmesg; echo %s; trap exit TERM; sleep 3600 & wait" % WORDS_END,
]
# What they need of the host, with merged /usr and without.
HOST_FOLDERS = ("/bin", "/lib", "/lib64", "/sbin", "/usr")
# Where runc and crun keep a container's state: containerd's shim has one place for all, CRI-O one for each.
STATE_FOLDERS = ("/run/containerd/runc/k8s.io/%s", "/run/runc/%s", "/run/crun/%s")


def runtime_of(names):
    """Which runtime left these files in the state directory of a container; None where it is neither."""
    if "state.json" in names:
        return "runc"  # libcontainer's
    return "crun" if "status" in names else None


def words_of(log):
    """What a container said, out of its log in CRI's form: "TIME stdout F text"."""
    texts = []
    for line in log.splitlines():
        parts = line.split(" ", 3)
        texts.append(parts[3] if len(parts) == 4 and parts[1] in ("stdout", "stderr") else line)
    return texts


def judge_words(words, host_release):
    """None when a kernel of gVisor's spoke, else why that is not so. ``host_release``: uname -r of the host."""
    if any("gVisor" in word for word in words):
        return None
    first = next((word for word in words if word.startswith("Linux ")), "nothing")
    if host_release and any(host_release in word for word in words):
        return "the kernel inside is the host's (%s)" % first
    return "the kernel inside does not say that it is gVisor's (it says %s)" % first


def is_monitor(argv):
    """Whether a command line is that of a shim or a monitor of the target's.

    Never one of Docker's shims (namespace moby), nor of Podman's monitors, which are the same programs.
    """
    if "containerd-shim" in argv[0]:
        return "k8s.io" in argv
    # CRI-O tells each conmon where it listens for its end.
    return os.path.basename(argv[0]).startswith("conmon") and any(
        word.startswith(("/run/crio", "/var/run/crio")) for word in argv
    )


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
            seconds,
            unit.get("ActiveState"),
            unit.get("SubState"),
            healthz,
        )
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
            if not directory.startswith(STATE):
                # Whatever our umask is: others look for files of theirs there, too.
                os.chmod(self.path(directory), 0o755)
            sync_directory(os.path.dirname(self.path(directory)))

    # commands

    def run(self, argv, timeout=30, check=True, data=None, env=None):
        """(rc, stdout, stderr) of a command. Out of time is a failure, always."""
        environment = {"LC_ALL": "C", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        environment.update(env or {})
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE if data is not None else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as exc:
            raise Failure("CRI-COMMAND-MISSING", "%s: %s" % (argv[0], exc.strerror), command=argv) from exc
        try:
            out, err = process.communicate(data, timeout=timeout)
        except subprocess.TimeoutExpired as exc:
            # With all that it has begun: a child of it would hold our end of the pipes.
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=5)
            raise Failure(
                "CRI-TIMEOUT", "%s gave no answer in %d s" % (" ".join(argv[:6]), timeout), command=argv
            ) from exc
        if check and process.returncode != 0:
            raise Failure(
                "CRI-COMMAND-FAILED",
                "%s ended with %d: %s" % (" ".join(argv[:6]), process.returncode, shorten(err or out)),
                command=argv,
                rc=process.returncode,
            )
        return process.returncode, out, err

    def systemctl(self, *args, **kwargs):
        return self.run(["systemctl"] + list(args), timeout=kwargs.get("timeout", 90), check=kwargs.get("check", True))

    def units(self, names):
        wanted = "Id,LoadState,ActiveState,SubState,UnitFileState,MainPID,NRestarts,Result"
        rc, out, err = self.run(["systemctl", "show", "-p", wanted] + list(names))
        return parse_show(out)

    def forward_policies(self):
        """{iptables or ip6tables: policy of FORWARD}, of those that are there."""
        found = {}
        for command in ("iptables", "ip6tables"):
            with contextlib.suppress(Failure):
                policy = forward_policy(self.run([command, "-w", "-S", "FORWARD"], check=False)[1])
                if policy:
                    found[command] = policy
        return found

    # Docker, by its socket: a client command would cost a process each time

    def docker(self, method, path, timeout=30, data=None):
        """(status, decoded answer)"""
        body = b"" if data is None else json.dumps(data).encode("utf-8")
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection:
            connection.settimeout(timeout)
            try:
                connection.connect(self.path(DOCKER_SOCKET))
                head = "%s %s HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                connection.sendall((head % (method, path, len(body))).encode("ascii") + body)
                answer = read_all(connection)
            except (OSError, socket.timeout) as exc:
                raise Failure(
                    "CRI-DOCKER-API", "Docker does not answer %s %s: %s" % (method, path.split("?")[0], exc)
                ) from exc
        said = answer.partition(b"\r\n\r\n")[2]
        try:
            return int(answer.split(None, 2)[1]), json.loads(said.decode("utf-8")) if said.strip() else None
        except (ValueError, IndexError) as exc:
            # It died in the middle.
            raise Failure(
                "CRI-DOCKER-API", "Docker's answer to %s %s is no whole one" % (method, path.split("?")[0])
            ) from exc

    def docker_kubernetes(self):
        """Docker's list of the containers and sandboxes that kubelet made, whatever their state."""
        return self.docker_labelled("io.kubernetes.pod.uid")

    def docker_labelled(self, label):
        query = "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22" + label.replace("/", "%2F") + "%22%5D%7D"
        status, listed = self.docker("GET", query)
        if status != 200 or listed is None:
            raise Failure("CRI-DOCKER-API", "Docker answers %s to a list of containers" % status)
        return listed

    def docker_stop(self, identifier, grace):
        status, answer = self.docker("POST", "/containers/%s/stop?t=%d" % (identifier, grace), timeout=grace + 30)
        if status not in (204, 304, 404):
            raise Failure(
                "CRI-DOCKER-STOP",
                "Docker answers %s to stopping %s: %s" % (status, identifier[:12], (answer or {}).get("message")),
            )

    def docker_pid(self, identifier):
        status, answer = self.docker("GET", "/containers/%s/json" % identifier)
        return answer["State"]["Pid"] if status == 200 and answer else 0

    def docker_remove_smoke(self):
        """What a proof that was cut off has left."""
        for entry in self.docker_labelled(SMOKE_LABEL):
            self.docker("DELETE", "/containers/%s?force=1" % entry["Id"], timeout=60)

    def docker_smoke(self, image):
        """Docker, and the containerd below it, can start a container of this image."""
        self.docker_remove_smoke()
        status, made = self.docker(
            "POST",
            "/containers/create",
            data={"Image": image, "HostConfig": {"NetworkMode": "none"}, "Labels": {SMOKE_LABEL: "revert"}},
        )
        if status != 201 or not made:
            raise Failure(
                "CRI-DOCKER-SMOKE",
                "Docker answers %s to creating a container of %s: %s" % (status, image, (made or {}).get("message")),
                image=image,
            )
        try:
            status, answer = self.docker("POST", "/containers/%s/start" % made["Id"], timeout=60)
            running = status == 204 and self.docker_pid(made["Id"]) > 0
        finally:
            self.docker("DELETE", "/containers/%s?force=1" % made["Id"], timeout=60)
        if not running:
            raise Failure(
                "CRI-DOCKER-SMOKE",
                "Docker cannot run %s: %s" % (image, (answer or {}).get("message") or "it does not stay"),
                image=image,
            )

    def is_netns(self, path):
        """Is one mounted there, and not ours? A plain file is what an unmounted one leaves.

        One of a process (dockershim tells it so) is not asked for: the number may be another process's by now.
        """
        try:
            seen = os.stat(self.path(path))
            own = os.stat(self.path("/proc/self/ns/net"))
            mounted = seen.st_dev != os.stat(os.path.dirname(self.path(path))).st_dev
        except OSError:
            return False
        return mounted and not path.startswith("/proc/") and seen.st_ino != own.st_ino

    def drop_netns(self, path):
        """As a runtime does it with a sandbox: detached, so that nobody's open file stands in the way."""
        self.run(["umount", "--lazy", path], check=False)
        self.remove(path)

    def containerd_forget(self):
        """The records of containers that were Kubernetes', by containerd's own client."""
        ctr = ["ctr", "--namespace", "k8s.io", "containers"]
        try:
            found = self.run(ctr + ["ls", "-q"])[1].split()
            if found:
                self.run(ctr + ["rm"] + found)
        except Failure as exc:
            say("containerd still has records of the target's containers: %s" % exc)

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

    def kubelet_version(self, unit):
        """(1, 23) of the one that runs; None where none does, or where it is started by another name."""
        with contextlib.suppress(Failure, OSError):
            binary = os.readlink(self.path("/proc/%s/exe" % self.units([unit])[unit]["MainPID"]))
            if os.path.basename(binary).split(" ")[0] == "kubelet":
                said = re.match(r"Kubernetes v(\d+)\.(\d+)", self.run([binary.split(" ")[0], "--version"])[1])
                return (int(said.group(1)), int(said.group(2))) if said else None
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
                    found[int(pid)] = directory[len(top) :]
        return found

    def monitors(self):
        """Pids of what watches over the target's containers: containerd's shims, and CRI-O's conmon."""
        found = []
        for name in os.listdir(self.path("/proc")):
            if name.isdigit():
                try:
                    argv = self.read("/proc/%s/cmdline" % name).decode("utf-8", "replace").split("\0")
                except OSError:
                    continue
                if is_monitor(argv):
                    found.append(int(name))
        return found

    def restart_machine(self, *how):
        """Ends this process; returns only where the machine runs on for five minutes."""
        self.systemctl("reboot", *how, check=False)
        if not how:
            time.sleep(300)

    def cgroup_version(self):
        return 2 if os.path.exists(self.path("/sys/fs/cgroup/cgroup.controllers")) else 1

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
            "name": found.get("RuntimeName"),
            "version": found.get("RuntimeVersion"),
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

    def remove_pods(self, seconds, *which):
        """Stop and remove sandboxes with all in them, as far as crictl can; True when it could."""
        try:
            pods = self.pods(seconds, *which)
            if pods:
                self.run("rmp", "--force", *pods, timeout=seconds)
            return True
        except Failure as exc:
            say("the runtime's sandboxes are not all removed: %s" % exc)
            return False

    def pods(self, seconds, *which):
        return self.run("pods", "--quiet", *which, timeout=seconds).split()

    def has_pods(self, seconds):
        """False, too, where nobody can be asked."""
        try:
            return bool(self.pods(seconds))
        except Failure:
            return False


class Smoke(object):
    """A sandbox and a running container per handler, then gone: each proven by what runs, not by what is configured.

    - gVisor: the kernel's own words inside a container.
    - runc and crun: what they leave in their state directory differs. It is theirs, and needs no process more.

    Only while kubelet is down, which removes what it does not know.
    """

    DIRECTORY = "/run/cri-switchover"

    def __init__(self, node, cri, image, parent, seconds):
        self.node, self.cri, self.image, self.parent, self.seconds = node, cri, image, parent, seconds
        self.stamp = "%d-%d" % (os.getpid(), int(time.monotonic() * 1000))
        self.folders = [path for path in HOST_FOLDERS if os.path.isdir(node.path(path))]
        self.failed = {}  # type: dict

    def prove(self, handlers):
        """({name: evidence}, {name: why an optional one does not work}) of [{name, runtime, optional}].

        What runtime is behind a handler is looked at where it is said. Raises Failure for one that is not optional.
        """
        label = "%s=%s" % (SMOKE_LABEL, self.stamp)
        directory = self.node.path(self.DIRECTORY)
        if not os.path.isdir(directory):
            os.mkdir(directory, 0o700)
        try:
            in_parallel(self.start, handlers, workers=4)
            listed = self.cri.json("ps", "--label", label, "--output", "json", timeout=self.seconds)
            containers = listed.get("containers") or []
            proven = self.evidence_of(handlers, containers)
            if not self.failed:
                self.cri.run("rmp", "--force", *[c["podSandboxId"] for c in containers], timeout=self.seconds)
        except Failure as exc:
            self.cri.remove_pods(self.seconds, "--label", label)
            raise self.blame(exc, handlers) from exc
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        if self.failed:
            self.cri.remove_pods(self.seconds, "--label", label)
        for handler in handlers:
            if handler["name"] in self.failed and not handler.get("optional"):
                raise self.blame(self.failed[handler["name"]], handlers)
        return proven, dict((name, str(exc)) for name, exc in self.failed.items())

    def blame(self, exc, handlers):
        if exc.reason == "CRI-HANDLER-OTHER":
            return exc
        return Failure("CRI-SMOKE", str(exc), handlers=[handler["name"] for handler in handlers], image=self.image)

    def start(self, handler):
        name, paths = handler["name"], []
        made = smoke_configs(handler, self.image, self.parent, self.stamp, self.folders)
        for number, config in enumerate(made):
            paths.append("%s/%s-%s-%d.json" % (self.node.path(self.DIRECTORY), name, self.stamp, number))
            with open(paths[-1], "w") as stream:
                json.dump(config, stream)
        try:
            self.cri.run("run", "--no-pull", "--runtime", name, paths[1], paths[0], timeout=self.seconds)
        except Failure as exc:
            self.failed[name] = Failure(exc.reason, "handler %s: %s" % (name, exc))

    def evidence_of(self, handlers, containers):
        running = dict((c["metadata"]["name"], c["id"]) for c in containers if c.get("state") == "CONTAINER_RUNNING")
        proven = {}
        for handler in handlers:
            name = handler["name"]
            if name in self.failed:
                continue
            if name not in running:
                self.failed[name] = Failure("CRI-SMOKE", "the container does not run with handler %s" % name)
                continue
            try:
                proven[name] = self.evidence(name, handler.get("runtime"), running[name])
            except Failure as exc:
                self.failed[name] = exc
        return proven

    def evidence(self, name, runtime, container):
        if runtime is None:
            return "runs"
        if runtime == "runsc":
            words = self.wait_for_words(name)
            wrong = judge_words(words, os.uname().release)
            if wrong:
                raise Failure(
                    "CRI-HANDLER-OTHER", "handler %s: %s" % (name, wrong), handler=name, wanted=runtime, seen=words[:5]
                )
            return "; ".join([word for word in words if word.startswith("Linux ") or "gVisor" in word][:3])
        for folder in STATE_FOLDERS:
            path = self.node.path(folder % container)
            if os.path.isdir(path):
                seen = runtime_of(os.listdir(path))
                if seen == runtime:
                    return "%s's state in %s" % (seen, folder % container[:13])
                raise Failure(
                    "CRI-HANDLER-OTHER",
                    "handler %s: its container was made by %s, wanted %s"
                    % (name, seen or "neither runc nor crun", runtime),
                    handler=name,
                    wanted=runtime,
                    seen=seen,
                )
        raise Failure(
            "CRI-HANDLER-OTHER",
            "handler %s: no state of %s for its container %s" % (name, runtime, container[:13]),
            handler=name,
            wanted=runtime,
            seen=None,
        )

    def wait_for_words(self, name):
        """gVisor's first words come some seconds after its container counts as running, on a busy node."""
        log = self.node.path("%s/cri-switchover-%s-%s.log" % (self.DIRECTORY, name, self.stamp))
        end = time.monotonic() + self.seconds
        while True:
            try:
                with open(log, encoding="utf-8", errors="replace") as stream:
                    words = words_of(stream.read())
            except OSError:
                words = []
            if WORDS_END in words or time.monotonic() >= end:
                return words
            time.sleep(POLL)


def pod_cgroup(node, systemd=False):
    """The cgroup kubelet gives best-effort pods, in the form its driver uses: by what it has made unless told."""
    top = node.path("/sys/fs/cgroup")
    if systemd or glob.glob(top + "/kubepods.slice") or glob.glob(top + "/*/kubepods.slice"):
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
            "changed since it was assessed: %s" % ", ".join(item["path"] for item in changed),
            files=changed,
        )
    units = e.node.units(e.units)
    if not is_running(units.get(e.kubelet, {})):
        raise Failure("CRI-CUTOVER-KUBELET", "%s does not run: nothing proves this node works now" % e.kubelet)
    # It answers now, or this is not the node that was assessed, and there would be no way back either.
    listed = e.node.docker_kubernetes()
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
    e.save_before(
        {
            "files": seen,
            "units": units,
            "directories": sorted(directories, key=len, reverse=True),
            "sysctl": sysctls,
            "forward": e.node.forward_policies(),
            "cni": e.cni_results(),
            "cgroup": e.node.cgroup_version(),
            "pause": next((entry["ImageID"] for entry in listed if is_sandbox(entry)), None),
        }
    )
    # Those of earlier runs tell of a Docker that is no more: this one was set up anew since, or reverted.
    for name in os.listdir(e.node.path(STATE + "/before")):
        if name != e.plan["run_id"]:
            shutil.rmtree(e.node.path("%s/before/%s" % (STATE, name)), ignore_errors=True)
    return "%d files" % len(seen)


def enable_recovery(e):
    text = RECOVERY_TEXT.format(
        kubelet=e.kubelet,
        state=STATE,
        mark=BOOT_MARK,
        store=e.plan.get("store") or "/var/lib/containerd",
        root=e.plan["kubelet"].get("root_dir") or "/var/lib/kubelet",
        command=" ".join(program("recover")),
    )
    e.node.write(RECOVERY_PATH, text.encode("utf-8"), mode=0o644)
    for link in e.recovery_links():
        e.node.link(link, RECOVERY_PATH)
    e.mark_boot()


def arm_watchdog(e):
    e.arm(e.plan["watch"]["watchdog_s"])
    return "%d s" % e.plan["watch"]["watchdog_s"]


def stop_kubelet(e):
    e.node.systemctl("stop", e.kubelet, timeout=STOP_KUBELET)
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
                e.cni_release(path, cached, "", must=False)
    waves = pods_in_waves(listed)
    for wave in waves:
        in_parallel(lambda pod: end_pod(e, pod, results), wave)
    return "%d pods" % sum(any(map(is_alive, pod["sandboxes"])) for wave in waves for pod in wave)


def end_pod(e, pod, results):
    in_parallel(lambda item: e.node.docker_stop(*item), pod["containers"])
    for sandbox in pod["sandboxes"]:
        alive, mine = is_alive(sandbox), results.get(sandbox["Id"], [])
        netns = "/proc/%d/ns/net" % e.node.docker_pid(sandbox["Id"]) if alive and mine else ""
        for path, cached in mine:
            e.cni_release(path, cached, netns, must=alive)
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
    handlers, image = e.plan["handlers"], e.plan["pause_image"]
    needed = [handler["name"] for handler in handlers if not handler.get("optional")]

    def judge(info):
        return judge_info(info, needed, pause_image=image)

    if judge(e.info):
        e.need(e.cri.info_until(e.left(30), judge))

    def find_image():
        if not has_image(e.cri.json("images", "--output", "json"), image):
            raise Failure("CRI-PAUSE-MISSING", "the target has no image %s" % image, wanted=image)

    def run_each():
        # On its way into cgroup v2 the node's driver becomes systemd; kubelet's own cgroups are not of it yet.
        parent = pod_cgroup(e.node, systemd=bool(e.plan.get("boot")))
        smoke = Smoke(e.node, e.cri, image, parent, int(e.left(90)))
        proven, left_out = smoke.prove(handlers)
        e.journal["handlers"] = {"proven": proven, "left_out": left_out}

    in_parallel(lambda check: check(), [find_image, run_each])
    seen = e.journal["handlers"]
    lacking = ["%s DOES NOT WORK and is left out (%s)" % item for item in sorted(seen["left_out"].items())]
    return ", ".join([handler["name"] for handler in handlers if handler["name"] in seen["proven"]] + lacking)


def write_kubelet(e):
    # Before Kubernetes 1.22 a new runtime counts from 0.log again, which still leads into Docker's own log.
    for link in glob.glob(e.node.path("/var/log/pods/*/*/*.log")):
        if os.path.islink(link) and "/containers/" in os.readlink(link):
            os.rename(link, link + ASIDE)
    forget_memory_state(e)
    e.write_files("kubelet")


ASIDE = ".docker"


def forget_memory_state(e):
    """With policy Static kubelet refuses to start where its memory differs from that in this file, as after a boot.

    It makes a new one: what the file says is of pods that the boot has ended. Source: kubelet's
    cm/memorymanager/policy_static.go, "the expected machine state is different from the real one".
    """
    if e.plan.get("boot"):
        e.node.remove(e.plan["kubelet"]["root_dir"] + "/memory_manager_state")


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
                "CRI-CUTOVER-LEFTOVER", "processes do not leave the pods' cgroups: %s" % sorted(left), cgroups=left
            )
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            killed.add(pid)
        time.sleep(POLL)


def set_next_boot(e):
    """For the next boot only: any further one, whatever ends this, is of the entry that the node always had."""
    e.write_files("boot")
    for argv in e.plan["boot"]["once"]:
        e.node.run(argv, timeout=e.left(120))
    # Nobody but us starts it in a boot that is not proven.
    e.node.systemctl("disable", e.kubelet)


def reboot(e):
    """Its end is the boot that follows; recovery then has the rest done."""
    e.journal["times"]["rebooted"] = time.time()
    e.save()
    e.node.restart_machine()
    raise Failure("CRI-CUTOVER-REBOOT", "the node was told to reboot, and runs on")


def check_boot(e):
    seen, wanted = e.node.cgroup_version(), e.plan["boot"]["cgroup"]
    if seen != wanted:
        raise Failure("CRI-CUTOVER-CGROUP", "the node came up on cgroup v%d" % seen, seen=seen, wanted=wanted)
    # What was proven before was another kernel's; the target comes up by itself.
    e.info = e.need(e.cri.info_until(e.left(120), lambda info: []))
    return "cgroup v%d; proven there: %s" % (seen, prove_target(e))


def start_kubelet(e):
    if e.plan.get("boot") is not None:
        e.node.systemctl("enable", e.kubelet)
    e.journal["times"]["kubelet_started"] = time.time()
    if e.kubelet_stopped:
        e.journal["times"]["kubelet_down_s"] = round(time.monotonic() - e.kubelet_stopped, 1)
    elif "kubelet_stopped" in e.journal["times"]:
        # Of an earlier boot: there is only the clock on the wall.
        e.journal["times"]["kubelet_down_s"] = round(time.time() - e.journal["times"]["kubelet_stopped"], 1)
    seconds = e.left(120)
    in_parallel(
        lambda check: check(),
        [e.start_kubelet, lambda: e.need(e.cri.info_until(seconds, lambda info: judge_info(info, network=True)))],
    )


def revert_check_source(e):
    """Before anything is stopped: can Docker still run a container? The target can, and would be given up for it."""
    # Docker first: cri-dockerd does not start without it.
    units = ["docker.socket", "docker.service"] + shim_units(e.plan)[::-1]
    down = [
        unit
        for unit in units
        if unit in e.before["units"]
        and not is_up(e.node.units([unit]).get(unit, {}))
        and is_running(e.before["units"][unit])
    ]
    try:
        for unit in down:
            e.node.systemctl("reset-failed", unit, check=False)
            e.node.systemctl("start", unit, timeout=min(e.left(90), 90))
        listed = e.node.docker_kubernetes()
        image = e.before.get("pause") or next((entry["ImageID"] for entry in listed if is_sandbox(entry)), None)
        if image is None:
            return "Docker answers"
        e.node.docker_smoke(image)
    except Failure as exc:
        for unit in down:
            e.node.systemctl("stop", unit, check=False)
        raise Failure("CRI-REVERT-SOURCE", "Docker cannot take the node back: %s" % exc, seen=exc.reason) from exc
    return "Docker runs %s" % image[:19]


def revert_enable_recovery(e):
    """It left with the confirmation; a power cut in the middle of the way back needs it, too."""
    enable_recovery(e)


def revert_stop_kubelet(e):
    e.node.systemctl("stop", e.kubelet, timeout=STOP_KUBELET)


def revert_remove_pods(e):
    """The target's pods: asked of the runtime, and what it cannot do, by cgroup. Docker's are never touched."""
    began = time.monotonic()
    asked = e.cri.remove_pods(60)
    hangs = not asked and time.monotonic() - began >= 60
    if not hangs and ("start_kubelet" in begun(e.journal) or FINISHED in begun(e.journal)):
        # A sandbox that was being made when kubelet stopped is listed only by a runtime that starts anew; it may be
        # why the others could not all be removed, too.
        try:
            e.node.systemctl("restart", e.plan["to"]["service"], check=False, timeout=e.left(60))
            e.cri.info_until(e.left(30), lambda info: [])
            asked = e.cri.remove_pods(60)
        except Failure as exc:
            # It hangs in its start: then by cgroup.
            say("the target does not start anew: %s" % exc)
            asked, hangs = False, True
    dockers = set(c["Id"] for c in e.docker_if_it_answers())
    end = time.monotonic() + 15
    while True:
        left = [pid for pid, cgroup in e.node.pod_processes().items() if not is_dockers(cgroup, dockers)]
        if not asked:
            left += e.node.monitors()
        if not left:
            break
        if time.monotonic() >= end:
            raise Failure("CRI-REVERT-LEFTOVER", "processes of the target do not end: %s" % sorted(left))
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(POLL)
    if not asked and not hangs:
        # What stood in its way is dead; its records would be left.
        e.cri.remove_pods(30)
    return None if asked else BY_CGROUP


def revert_release_network(e):
    """Addresses and ports of sandboxes that came after the before-image.

    A sandbox that the runtime could not remove has its network namespace still, and a plugin finds only there what it
    has to undo outside. The results are forgotten last: who is killed here has it all done again.
    """
    known = set(e.before["cni"])
    released, spaces = [], set()
    for path in e.cni_results():
        cached = e.cached(path)
        if path not in known and cached is not None:
            netns = netns_of(cached)
            netns = netns if netns and e.node.is_netns(netns) else ""
            if e.cni_del(cached, netns, must=False):
                released.append(path)
                spaces.add(netns)
    for netns in sorted(spaces - {""}):
        e.node.drop_netns(netns)
    for path in released:
        e.node.remove(path)


def revert_files(e):
    changed = keep_changed(e)
    for path, image in sorted(e.before["files"].items()):
        restore(e, path, image)
    for directory in e.before["directories"]:
        with contextlib.suppress(OSError):
            os.rmdir(e.node.path(directory))
    for link in glob.glob(e.node.path("/var/log/pods/*/*/*.log" + ASIDE)):
        with contextlib.suppress(OSError):
            os.rename(link, link[: -len(ASIDE)])
    for key, value in e.before["sysctl"].items():
        e.set_sysctl(key, value, optional=True)
    if "write_kubelet" in begun(e.journal):
        forget_memory_state(e)
    if needs_reload(e.before["files"]):
        e.node.systemctl("daemon-reload")
    return "kept what others had changed: %s" % ", ".join(changed) if changed else None


def revert_loader(e):
    """The boot entry that was to be used once, or already for good."""
    boot = e.plan["boot"]
    for argv in boot["undo"] + (boot["undo_permanent"] if e.journal.get("permanent") else []):
        e.node.run(argv, timeout=e.left(120))


def keep_changed(e):
    """A file that somebody changed since the switch is put aside before it is replaced: nothing is ever lost."""
    kept = []
    for number, item in enumerate(e.plan["files"]):
        image, before = e.node.image_of(item["path"]), e.before["files"][item["path"]]
        copy = "%s/changed/%d" % (e.before_dir, number)
        if image["kind"] == "link" and image["to"] != before.get("to"):
            e.node.link(copy, image["to"])
        elif image["kind"] == "file" and image["sha256"] not in (item["sha256"], before.get("sha256")):
            e.node.write(copy, e.node.read(item["path"]))
        else:
            continue
        kept.append("%s (now %s)" % (item["path"], copy))
    return kept


def restore(e, path, image):
    e.node.forget(e.node.temporary(path))
    if image["kind"] == "absent":
        e.node.remove(path)
    elif image["kind"] == "link":
        e.node.link(path, image["to"])
    elif e.node.image_of(path) != dict((key, value) for key, value in image.items() if key != "copy"):
        e.node.write(
            path,
            e.node.read(image["copy"]),
            mode=int(image["mode"], 8),
            uid=image["uid"],
            gid=image["gid"],
            label=image.get("label"),
        )


def revert_unit_files(e):
    """Enabled, disabled, masked as they were: what a boot reads."""
    for call in unit_file_commands(e.before["units"], e.node.units(e.units)):
        e.node.systemctl(*call, timeout=60)


def revert_runtimes(e):
    service = e.plan["to"]["service"]
    now = e.node.units(e.units)
    done = begun(e.journal)
    fresh = e.journal.get("recovered_boot") == e.node.boot_id()
    restart = [service] if target_ran(done) and not fresh else []
    # kubelet's start is a step of its own.
    before = dict((unit, state) for unit, state in e.before["units"].items() if unit != e.kubelet)
    for call in unit_commands(before, now, restart):
        # In a boot Docker may wait for the network for two minutes before it starts.
        e.node.systemctl(*call, timeout=e.left(240))
    # dockerd sets DROP only where it switches forwarding on itself; at a boot the target's files may have done that.
    for command, policy in sorted(e.node.forward_policies().items()):
        wanted = e.before.get("forward", {}).get(command, policy)
        if policy != wanted:
            e.node.run([command, "-w", "-P", "FORWARD", wanted])
    if target_ran(done) and (fresh or pods_ended_by_cgroup(e.journal)):
        forget_pods(e)
    if "revert_check_source" in done and not ended_well(e.journal, "revert_check_source"):
        e.node.docker_remove_smoke()


def forget_pods(e):
    """Records of what a boot or we have ended: Docker's containerd lists them, or, where it has no CRI, still has them.

    CRI-O's are nobody else's, and its service is down: asking it would wait for nothing.
    """
    if e.plan["to"]["runtime"] != "containerd" or e.cri.remove_pods(30):
        return
    e.node.containerd_forget()
    if e.cri.has_pods(30):
        # With Docker's configuration it may not find the CNI plugins, and without them removes no pod; it keeps those
        # in mind until it starts anew.
        e.node.systemctl("restart", e.plan["to"]["service"], timeout=e.left(240))


def revert_stop_sandboxes(e):
    """One that has lost its address, and not its life, is of no use to dockershim."""
    results = e.results_by_sandbox()
    useless = [
        entry
        for entry in e.node.docker_kubernetes()
        if is_sandbox(entry) and is_alive(entry) and not on_host_network(entry) and entry["Id"] not in results
    ]
    in_parallel(lambda entry: e.node.docker_stop(entry["Id"], PAUSE_GRACE), useless)


def revert_clear_checkpoints(e):
    """A checkpoint that the shim cannot read, or of a sandbox that is gone, keeps it from cleaning up for ever."""
    checkpoints = e.plan["from"].get("root_dir", DOCKERSHIM_ROOT) + "/sandbox"
    directory = e.node.path(checkpoints)
    texts = {}
    for name in os.listdir(directory) if os.path.isdir(directory) else []:
        with open(os.path.join(directory, name), errors="replace") as stream:
            texts[name] = stream.read()
    known = set(entry["Id"] for entry in e.node.docker_kubernetes()) if texts else None
    useless = broken_checkpoints(texts, known)
    for name in useless:
        e.node.write("%s/checkpoints/%s" % (e.before_dir, name), texts[name].encode("utf-8", "replace"))
        e.node.remove(checkpoints + "/" + name)
    return "%d put aside" % len(useless) if useless else None


def revert_start_kubelet(e):
    e.start_kubelet()


def finish_offline(e):
    """At boot, when the operator chose to go on: nothing runs yet, so the files are all there is to do."""
    for path in e.cni_results():
        cached = e.cached(path)
        if cached is not None:
            e.cni_release(path, cached, "", must=False)
    write_target(e)
    service = e.plan["to"]["service"]
    if e.node.units([service]).get(service, {}).get("UnitFileState") == "disabled":
        e.node.systemctl("enable", service)
    # This boot may have been planned without it. It is ordered behind us.
    e.node.systemctl("start", "--no-block", service)
    write_kubelet(e)


FINISHED = finish_offline.__name__

# (step, the seconds it may take)
CUT = (
    (take_before_images, 60),
    (enable_recovery, 60),
    (arm_watchdog, 60),
    (stop_kubelet, 180),
    (stop_pods, 600),
    (write_target, 60),
    (start_target, 150),
    (prove_target, 240),
    (write_kubelet, 60),
    (check_leftovers, 60),
    (set_next_boot, 180),
    (reboot, 300),
    (check_boot, 300),
    (start_kubelet, 240),
)
# Only for a plan with another boot in it.
BOOT_STEPS = (set_next_boot, reboot, check_boot)
REVERT = (
    (revert_check_source, 180),
    (revert_enable_recovery, 60),
    (revert_stop_kubelet, 180),
    (revert_remove_pods, 180),
    (revert_release_network, 180),
    (revert_files, 60),
    (revert_loader, 180),
    (revert_unit_files, 60),
    (revert_runtimes, 300),
    (revert_stop_sandboxes, 300),
    (revert_clear_checkpoints, 60),
    (revert_start_kubelet, 240),
)
TARGET_RESULTS = "/var/lib/cni/results/"
LOOPBACK = '{"cniVersion": "0.3.1", "name": "cni-loopback", "plugins": [{"type": "loopback"}]}'
# What the journal says of pods that the target could not be asked to remove.
BY_CGROUP = "by cgroup"
# The pauses, in seconds, before a way back that failed is tried again; none begins after so many seconds in all.
TRY_AGAIN = (5, 20, None)
TRY_AGAIN_UNTIL = 300


def cut_steps(plan):
    return [(step, seconds) for step, seconds in CUT if plan.get("boot") or step not in BOOT_STEPS]


# --- 4. the engine ----------------------------------------------------------------------------------------------


class Store(object):
    """Plan and journal on the disk."""

    def __init__(self, node):
        self.node = node

    def load(self, name):
        try:
            return json.loads(self.node.read("%s/%s" % (STATE, name)).decode("utf-8"))
        except ValueError as exc:
            raise Failure("CRI-JOURNAL-UNREADABLE", "%s/%s is not readable: %s" % (STATE, name, exc)) from exc
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
                            "CRI-CUTOVER-LOCKED", "another part of the switch is at work on this node"
                        ) from exc
                    time.sleep(POLL)
            yield

    def reserve(self):
        """Space that is there now must be there for the way back."""
        try:
            self.node.write(RESERVE, b"\0" * RESERVE_BYTES)
        except (IOError, OSError) as exc:
            self.node.remove(RESERVE)
            raise Failure(
                "CRI-CUTOVER-DISK-FULL",
                "no room for before-images and journal in %s: %s" % (STATE, exc.strerror),
                path=STATE,
            ) from exc

    def publish(self, journal):
        """The local fact: a summary that everybody may read."""
        keys = ("schema", "tool_version", "run_id", "node_name", "phase", "from", "to", "config_digest", "reason")
        summary = json.dumps(dict((key, journal[key]) for key in keys), indent=1, sort_keys=True)
        self.node.write(FACT, summary.encode("utf-8"), mode=0o644)


class Engine(object):
    """One run on one node. Made while the lock is held."""

    def __init__(self, node, store, plan, journal):
        self.node, self.store, self.plan, self.journal = node, store, plan, journal
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
        return self.advance(cut_steps(self.plan), started)

    def go_on(self):
        """Behind a reboot that is part of the way. True: switched."""
        self.say("goes on after its reboot")
        names = [step.__name__ for step, _seconds in CUT]
        return self.advance(CUT[names.index(reboot.__name__) + 1 :], time.monotonic())

    def advance(self, steps, started):
        try:
            for step, seconds in steps:
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
        self.blame(getattr(exc, "reason", "CRI-CUTOVER-ERROR"), str(exc), getattr(exc, "details", {}))
        self.revert()

    def blame(self, reason, error, details=None):
        self.journal.update(reason=reason, error=error, details=details or {})

    def cut_off(self, reason, how):
        """What a switch that ended in the middle is told to have died of, unless it knows itself."""
        if self.journal["phase"] == "cutting" or not self.journal["error"]:
            self.blame(reason, "%s: %s in step %s" % (reason, how, (begun(self.journal) or ["none"])[-1]))

    def revert(self):
        """True: the node is as it was. A full disk must not stop it: here the journal is written if it can be."""
        move(self.journal, "reverting")
        self.say("goes back: %s" % self.journal["error"])
        names = revert_names(self.journal, boot_id=self.node.boot_id())
        elsewhere = self.is_elsewhere()
        if elsewhere:
            names = names[: names.index("revert_runtimes")]
        try:
            if not self.leave_for_source(names):
                return False
            self.go_back(names)
            if elsewhere:
                # Docker is to start where it always ran: recovery sees to it in the boot that follows.
                self.boot_back()
                raise Failure("CRI-REVERT-REBOOT", "the node was told to reboot, and runs on")
            move(self.journal, "reverted")
        except Exception as exc:
            self.broken(exc)
            return False
        self.save(strict=False)
        self.disarm()
        # It may have ended badly before somebody else brought the node back.
        self.node.systemctl("reset-failed", RECOVERY_UNIT, check=False)
        self.publish()
        self.say("is reverted")
        return True

    def leave_for_source(self, names):
        """Can Docker have the node back? False: it cannot, the target works, and the node stays there."""
        step = revert_check_source
        if step.__name__ not in names:
            return True
        try:
            self.perform(step, dict(REVERT)[step], strict=False)
        except Exception as exc:
            return not self.stay(exc)
        return True

    def go_back(self, names):
        """Where a step fails, all of them are tried again: each can be. Not for ever, for somebody waits."""
        began = time.monotonic()
        for pause in TRY_AGAIN:
            try:
                for step, seconds in REVERT:
                    if step.__name__ in names and step is not revert_check_source and not over(self.journal, step):
                        self.perform(step, seconds, strict=False)
                return
            except Exception as exc:
                if pause is None or time.monotonic() - began > TRY_AGAIN_UNTIL:
                    raise
                self.say("tries its way back again in %d s: %s" % (pause, exc))
            time.sleep(pause)

    def is_elsewhere(self):
        """Is this another boot than Docker's, one of our own making? A second reboot for it is not tried."""
        if not self.plan.get("boot") or "set_next_boot" not in begun(self.journal):
            return False
        return self.node.cgroup_version() != self.before["cgroup"] and not self.journal.get("booted_back")

    def boot_back(self, *how):
        self.journal["booted_back"] = True
        self.save(strict=False)
        self.say("reboots, back into the boot that Docker ran in")
        self.node.restart_machine(*how)

    def make_permanent(self):
        """The boot that was tried once becomes the node's own. Can be done again."""
        boot = self.plan.get("boot")
        if boot:
            # Before it is: what was begun of it is undone, too.
            self.journal["permanent"] = True
            self.save()
            for item in self.plan["files"]:
                if item["group"] == "boot":
                    restore(self, item["path"], self.before["files"][item["path"]])
            self.write_files("permanent")
            for argv in boot["permanent"]:
                self.node.run(argv, timeout=180)

    def broken(self, exc):
        move(self.journal, "broken")
        self.journal["error"] = "%s; and the way back failed: %s" % (self.journal["error"], exc)
        self.save(strict=False)
        self.publish()
        self.say("is BROKEN: %s" % exc)

    def stay(self, why):
        """Docker runs nothing any more. True: the target does, and the node stays there, cordoned and unconfirmed."""
        self.say("Docker cannot have it back (%s): looking whether the target can" % why)
        try:
            if self.journal["came_from"] == "cutting":
                for step, seconds in CUT:
                    if not ended_well(self.journal, step.__name__) and step not in BOOT_STEPS:
                        self.perform(step, seconds, strict=False)
            self.await_kubelet(60)
            self.need(self.cri.info_until(30, lambda info: judge_info(info, network=True)))
        except Exception as exc:
            self.say("nor can the target: %s" % exc)
            return False
        move(self.journal, "stayed")
        self.blame("CRI-REVERT-SOURCE", "%s (wanted: %s)" % (why, self.journal["error"]))
        self.save(strict=False)
        self.disarm()
        self.publish()
        self.say("STAYS on %(runtime)s, for Docker runs nothing" % self.plan["to"])
        return True

    def revert_at_boot(self):
        """What lies on the disk goes back before anything starts; a unit of its own sees to the rest afterwards."""
        move(self.journal, "reverting")
        self.say("goes back at boot: %s" % self.journal["error"])
        try:
            self.go_back(revert_names(self.journal, boot=True))
        except Exception as exc:
            self.broken(exc)
            return False
        if self.is_elsewhere():
            self.boot_back("--no-block")
            return False
        if self.journal.get("booted_back") and self.node.cgroup_version() != self.before["cgroup"]:
            self.say("is STILL on cgroup v%d: Docker is started there" % self.node.cgroup_version())
        self.journal["recovered_boot"] = self.node.boot_id()
        self.save(strict=False)
        self.publish()
        self.mark_boot()
        try:
            # Ordered behind us, as all that it will start: to wait for it would be to wait for ourselves.
            self.node.run(revert_unit("--no-block") + program("revert", "--run-id", self.plan["run_id"], "--force"))
        except Failure as exc:
            # kubelet may start: its files are those of Docker.
            self.say("nobody looks after the way back any more: %s" % exc)
        return True

    def recover(self):
        """At boot, nothing runs: on to the target where the operator chose so, a new watchdog, or back."""
        wanted = self.plan["watch"].get("on_reboot") == "finish" and "stop_kubelet" in begun(self.journal)
        try:
            if awaits_boot(self.journal, self.node.boot_id()):
                finish(self.journal, time.time() - self.journal["steps"][-1]["started"])
                self.rearm()
                # Ordered behind us, as the revert is.
                self.node.run(engine_unit("--no-block") + program("run", "--run-id", self.plan["run_id"]))
                return True
            if self.journal["phase"] == "cutting" and wanted and not self.plan.get("boot"):
                self.perform(finish_offline, 240)
                move(self.journal, "switched")
            if self.journal["phase"] == "switched":
                boot = self.plan.get("boot")
                if boot and self.node.cgroup_version() != boot["cgroup"]:
                    # Back on the old entry, with a target that was proven in another boot.
                    raise Failure("CRI-CUTOVER-REBOOT", "the node restarted before its confirmation")
                self.rearm()
                return True
            self.cut_off("CRI-CUTOVER-REBOOT", "the node restarted")
        except Exception as exc:
            self.blame(getattr(exc, "reason", "CRI-CUTOVER-ERROR"), str(exc), getattr(exc, "details", {}))
        return self.revert_at_boot()

    def rearm(self):
        """After a boot: the timer went with the last one."""
        self.journal["boot_id"] = self.node.boot_id()
        self.arm(self.plan["watch"]["watchdog_s"], "--no-block")
        self.save()
        self.publish()
        self.mark_boot()

    def perform(self, step, seconds, strict=True):
        name = step.__name__
        begin(self.journal, name, time.time())
        # One write says both that this one begins and that the one before has ended.
        self.save(strict)
        started = time.monotonic()
        self._end = started + seconds
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
            return
        except (IOError, OSError) as exc:
            self.say("cannot write its journal: %s" % exc)
            error = exc
        # What was kept back is for the way home.
        with contextlib.suppress(IOError, OSError):
            self.node.remove(RESERVE)
            self.store.save("journal.json", self.journal)
        if strict:
            raise Failure("CRI-CUTOVER-JOURNAL", "cannot write the journal: %s" % error.strerror) from error

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
            data = self.node.read(path)
            if not data:
                return cached_by_name(os.path.basename(path), self.networks())
            cached = json.loads(data.decode("utf-8"))
        except (IOError, OSError, ValueError):
            return None
        return cached if cached.get("kind") == "cniCacheV1" else None

    def networks(self):
        """{name: text} of the networks that are configured now, and of the one that each runtime brings along."""
        found = {"cni-loopback": LOOPBACK}
        for path in sorted(glob.glob(self.node.path(self.plan["cni"]["conf_dir"]) + "/*")):
            if not path.endswith((".conf", ".conflist", ".json")):
                continue
            with contextlib.suppress(IOError, OSError, ValueError, TypeError, KeyError, AttributeError):
                with open(path, encoding="utf-8") as stream:
                    text = stream.read()
                network = json.loads(text)
                if all(plugin["type"] for plugin in plugins_of(network)):
                    found.setdefault(network["name"], text)
        return found

    def cni_release(self, path, cached, netns, must):
        """DEL, then forget the result."""
        if self.cni_del(cached, netns, must):
            self.node.remove(path)

    def cni_del(self, cached, netns, must):
        """DEL by each plugin of the chain. must: a failure is one of the step; else False tells of it."""
        if not must and time.monotonic() >= self._end:
            self.say("no time is left for CNI DEL of a dead sandbox")
            return False
        bins = self.plan["cni"]["bin_dirs"]
        for kind, env, conf in cni_calls(cached):
            if kind == "loopback":
                continue
            program = [
                os.path.join(directory, kind)
                for directory in bins
                if os.path.exists(self.node.path(os.path.join(directory, kind)))
            ]
            try:
                if not program:
                    raise Failure("CRI-CNI-DEL", "no CNI plugin %s in %s" % (kind, ", ".join(bins)))
                self.node.run(
                    program[:1],
                    timeout=60 if must else self.left(60),
                    data=json.dumps(conf),
                    env=dict(env, CNI_PATH=":".join(bins), CNI_NETNS=netns),
                )
            except Failure as exc:
                if must:
                    raise Failure(
                        "CRI-CNI-DEL", "%s of sandbox %s: %s" % (kind, cached["containerId"][:12], exc)
                    ) from exc
                self.say("CNI DEL of a dead sandbox failed: %s" % exc)
                return False
        return True

    # kubelet, Docker

    def start_kubelet(self):
        self.node.systemctl("reset-failed", self.kubelet, check=False)
        # One that somebody else has started meanwhile runs with the arguments of before; one that this boot has started
        # came after the files.
        booted = self.journal.get("recovered_boot") == self.node.boot_id()
        self.node.systemctl("start" if booted else "restart", self.kubelet, timeout=STOP_KUBELET)
        self.await_kubelet(self.left(120))

    def await_kubelet(self, limit):
        port = self.plan["kubelet"].get("healthz_port", 10248)
        started = changed = time.monotonic()
        pid, earlier = None, None
        while True:
            unit, now = self.node.units([self.kubelet])[self.kubelet], time.monotonic()
            if unit.get("MainPID") != pid:
                pid, changed = unit.get("MainPID"), now
            # A boot may have started it before Docker: what it went through then is not counted.
            restarts = int(unit.get("NRestarts") or 0)
            earlier = restarts if earlier is None else min(earlier, restarts)
            unit["NRestarts"] = restarts - earlier
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
                ["journalctl", "--no-pager", "-o", "cat", "-n", "400", "-u", self.kubelet], check=False
            )
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

    def arm(self, seconds, *how):
        """systemd's monotonic clock, which nobody sets; a second of accuracy instead of its minute.

        Counted from the boot: from now, each daemon-reload would begin it anew before systemd 254 (systemd #27752).
        From now as well, a minute later: before systemd 240 a time since the boot that comes while systemd reloads is
        lost (systemd #10778), and in a container systemd does not know when the machine was booted. Who comes second
        finds nothing to do.
        """
        deadline = time.monotonic() + seconds
        contained = os.path.exists(self.node.path("/run/systemd/container"))
        when = (
            ["--on-active=%d" % seconds]
            if contained
            else ["--on-boot=%d" % (deadline + 1), "--on-active=%d" % (seconds + 60)]
        )
        self.node.run(
            transient(
                WATCHDOG,
                "Reverts the runtime switch when no confirmation comes",
                "--timer-property=AccuracySec=1s",
                *(when + list(how)),
            )
            + program("revert", "--run-id", self.plan["run_id"], "--watchdog")
        )
        self.journal["deadline"] = deadline

    def tidy(self):
        """What an end that was itself cut off has left. A broken node keeps it: it is for its next boot."""
        if self.journal["phase"] != "broken" and self.node.image_of(RECOVERY_PATH)["kind"] != "absent":
            self.disarm()

    def mark_boot(self):
        with open(self.node.path(BOOT_MARK), "w"):
            pass

    def disarm(self, recovering=False):
        """Once the journal says that it is over: what is left here then does nothing when it wakes."""
        self.node.systemctl("stop", WATCHDOG + ".timer", check=False)
        for link in self.recovery_links():
            self.node.remove(link)
        with contextlib.suppress(OSError):
            os.rmdir(self.node.path(os.path.dirname(self.recovery_links()[1])))
        self.node.remove(RECOVERY_PATH)
        reloaded = self.node.systemctl("daemon-reload", check=False)[0] == 0
        if reloaded and not recovering:
            # Only now, when kubelet does not need it any more, and would not stop with it.
            self.node.systemctl("stop", RECOVERY_UNIT, check=False)
        self.node.forget(self.node.path(BOOT_MARK))
        self.node.remove(RESERVE)


def transient(unit, description, *options):
    """A unit that lives until it ends. One that is killed begins again, and finds in the journal how far it was."""
    return [
        "systemd-run",
        "--quiet",
        "--collect",
        "--unit=" + unit,
        "--description=" + description,
        "--property=Restart=on-abnormal",
        "--property=RestartSec=1",
        "--property=TimeoutStopSec=5",
        "--property=OOMScoreAdjust=-999",
    ] + list(options)


def engine_unit(*options):
    return transient(ENGINE_UNIT, "Changes this node's container runtime", *options)


def revert_unit(*options):
    return transient(REVERT_UNIT, "Takes this node back to its old container runtime", *options)


def program(*args):
    """This program's command line for systemd. The launcher imports engine.py, so that Python keeps it compiled."""
    return [sys.executable, "-I", "-S", LAUNCHER] + list(args)


def shim_units(plan):
    return list(plan["from"].get("units") or [])


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


def holding(node):
    """Who works here from outside, expired or not: {token, who, until}, or None."""
    try:
        return json.loads(node.read(HOLDER).decode("utf-8"))
    except (IOError, OSError, ValueError):
        return None


def take_hold(node, args, seconds=HOLD):
    """Take or renew it for the token in args; without a token only look. A refusal as refuse_hold() has it, or None."""
    if args["force"]:
        return None
    with open(node.path(HOLDER), "a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        refusal = refuse_hold(holding(node), args["token"], time.monotonic())
        if refusal or not args["token"]:
            return refusal
        hold = {"token": args["token"], "who": args["who"] or "unknown", "until": time.monotonic() + seconds}
        stream.truncate(0)
        stream.write(json.dumps(hold))
    return None


def do_hold(node, store, args):
    refusal = take_hold(node, args, args["seconds"])
    if refusal:
        return refused(refusal[0], refusal[1], **refusal[2])
    return 0, {"held": True, "watchdog_left": watchdog_left(node, store.load("journal.json"), ("switched",))}


def watchdog_left(node, journal, phases):
    """Seconds; None in other phases, and where it is not armed."""
    if journal is None or journal["phase"] not in phases or not journal["deadline"]:
        return None
    return int(journal["deadline"] - time.monotonic()) if journal["boot_id"] == node.boot_id() else None


def do_start(node, store, args):
    journal, plan = store.load("journal.json"), store.load("plan.json")
    refusal = refuse_start(journal, plan, args["run_id"])
    if refusal:
        return refused(*refusal, holder=(journal or {}).get("holder"), phase=(journal or {}).get("phase"))
    held = take_hold(node, args)
    if held:
        return refused(held[0], held[1], **held[2])
    if journal["phase"] != "staged":
        unit = node.units([ENGINE_UNIT]).get(ENGINE_UNIT, {})
        if journal["phase"] == "cutting" and not is_running(unit):
            return refused("CRI-CUTOVER-HALFWAY", "this run was cut off in step %s: revert it" % view(journal)["step"])
        return 0, {"attached": True, "phase": journal["phase"]}
    if is_running(node.units([ENGINE_UNIT]).get(ENGINE_UNIT, {})):
        return 0, {"attached": True, "phase": "staged"}
    store.reserve()
    node.run(engine_unit() + program("run", "--run-id", args["run_id"]))
    return 0, {"started": True}


# Seconds: a confirmation that comes too soon, or a plan being staged, is over by then.
BEGIN_PATIENCE = 30


def do_run(node, store, args):
    with store.lock(wait=BEGIN_PATIENCE):
        journal, plan = store.load("journal.json"), store.load("plan.json")
        refusal = refuse_start(journal, plan, args["run_id"])
        if refusal:
            if journal and plan and journal["phase"] in ("reverted", "stayed"):
                Engine(node, store, plan, journal).tidy()
            return refused(*refusal)
        engine = Engine(node, store, plan, journal)
        if journal["phase"] == "staged":
            return 0 if engine.cut() else 1, view(journal)
        if journal["phase"] == "cutting" and has_booted(journal):
            return 0 if engine.go_on() else 1, view(journal)
        if journal["phase"] in ("cutting", "reverting"):
            # Killed, and started again by systemd.
            engine.cut_off("CRI-CUTOVER-KILLED", "the engine was killed")
            engine.revert()
            return 1, view(journal)
        return 0, view(journal)


def do_status(node, store, args):
    journal, hold = store.load("journal.json"), holding(node)
    left = int(hold["until"] - time.monotonic()) if hold else 0
    held = {"who": hold["who"], "token": hold["token"], "seconds_left": left} if hold and left > 0 else None
    if args["json"]:
        return 0, dict(view(journal), held=held)
    lines, armed = [for_people(journal)], watchdog_left(node, journal, ("cutting", "switched"))
    if armed is not None:
        lines.append("The watchdog strikes in %d s." % max(0, armed))
    if held:
        lines.append("%(who)s works on it now (rollout %(token)s)." % held)
    return 0, "\n".join(lines)


def do_confirm(node, store, args):
    held = take_hold(node, args)
    if held:
        return refused(held[0], held[1], **held[2])
    with store.lock(wait=10):
        journal = store.load("journal.json")
        if journal and journal["run_id"] == args["run_id"] and journal["phase"] in ("confirmed", "settled"):
            Engine(node, store, store.load("plan.json"), journal).tidy()
            return 0, dict(view(journal), changed=False)
        refusal = refuse_confirm(journal, args["run_id"], node.boot_id(), time.monotonic())
        if refusal:
            return refused(*refusal, phase=(journal or {}).get("phase"))
        engine = Engine(node, store, store.load("plan.json"), journal)
        engine.make_permanent()
        move(journal, "confirmed")
        journal["times"]["confirmed"] = time.time()
        engine.save()
        engine.disarm()
        engine.publish()
        engine.say("is confirmed")
        return 0, dict(view(journal), changed=True)


def revert_blockers(node, journal, plan, args):
    """What speaks against a way back that somebody asks for."""
    drift = []
    if plan is not None and not args["allow_drift"]:
        drift = drifted(plan["files"], dict((item["path"], node.image_of(item["path"])) for item in plan["files"]))
    found = refuse_revert(journal, args["run_id"], drift)
    if not found and plan is None:
        found.append(unmet_entry("CRI-REVERT-RUN", "there is no plan beside the journal: nothing was begun"))
    if not found and plan["from"].get("shim") == "dockershim" and journal["phase"] in ACCEPTED:
        version = node.kubelet_version(plan["kubelet"]["unit"])
        if version and version >= (1, 24):
            found.append(
                unmet_entry(
                    "CRI-REVERT-GONE",
                    "kubelet is %d.%d by now, which has no dockershim any more (since 1.24)" % version,
                )
            )
    return found


def do_can_revert(node, store, args):
    """Looks only."""
    journal, plan = store.load("journal.json"), store.load("plan.json")
    blockers = revert_blockers(node, journal, plan, args)
    wanted = ["docker.service"] + (shim_units(plan) if plan else [])
    known = node.units(wanted)
    for unit in wanted:
        seen = known.get(unit, {}).get("LoadState")
        if seen != "loaded":
            text = "%s is masked" % unit if seen == "masked" else "there is no %s" % unit
            blockers.append(unmet_entry("CRI-REVERT-GONE", text, seen=seen))
    held = take_hold(node, args)
    if held:
        blockers.append(unmet_entry(held[0], held[1], **held[2]))
    return 0, {"ok": not blockers, "blockers": blockers, "phase": (journal or {}).get("phase")}


def do_revert(node, store, args):
    journal, plan = store.load("journal.json"), store.load("plan.json")
    if not args["watchdog"]:
        held = take_hold(node, args)
        if held:
            return refused(held[0], held[1], **held[2])
        found = revert_blockers(node, journal, plan, args)
        if found:
            return refused(found[0]["reason"], found[0]["text"], **found[0]["details"])
        if journal["phase"] in ACCEPTED:
            # It went with the confirmation.
            store.reserve()
    elif journal is None or journal["run_id"] != args["run_id"] or journal["phase"] not in UNDER_WATCH:
        return 0, dict(view(journal), changed=False)
    if args["detach"] or (sys.stdin and sys.stdin.isatty()):
        # Out of the session that asked for it, which may end at any time, and what runs in it with it.
        if not is_running(node.units([REVERT_UNIT]).get(REVERT_UNIT, {})):
            words = ["--allow-drift"] if args["allow_drift"] else []
            node.run(
                revert_unit()
                + program(
                    "revert", "--run-id", journal["run_id"], "--reason", args["reason"] or ASKED, "--force", *words
                )
            )
        return 0, {"started": True, "phase": journal["phase"], "follow": "cri-switchover status"}
    if journal["phase"] == "cutting":
        # It may hang in a step: out of its hands first. A revert that is under way is left to end.
        with contextlib.suppress(Failure):
            node.systemctl("stop", ENGINE_UNIT, check=False)
    with store.lock(wait=600):
        journal, plan = store.load("journal.json"), store.load("plan.json")
        phase = journal["phase"]
        engine = Engine(node, store, plan, journal)
        if phase in ("reverted", "staged") or (args["watchdog"] and phase not in UNDER_WATCH):
            engine.tidy()
            return 0, dict(view(journal), changed=False)
        if phase == "cutting" and args["watchdog"]:
            engine.cut_off("CRI-CUTOVER-WATCHDOG", "the watchdog's time came")
        elif phase != "reverting" and (phase != "cutting" or not journal["error"]):
            reason = "CRI-CUTOVER-WATCHDOG" if args["watchdog"] else args["reason"] or ASKED
            text = "no confirmation came in time" if args["watchdog"] else "it was asked for"
            engine.blame(reason, "%s: %s" % (reason, text))
        done = engine.revert()
        return 0 if done else 1, dict(view(journal), changed=True)


ASKED = "CRI-CUTOVER-ASKED"
UNDER_WATCH = ("cutting", "switched", "reverting")


def do_settle(node, store, args):
    """Docker's own stop takes long: it is done when the node already works again."""
    held = take_hold(node, args)
    if held:
        return refused(held[0], held[1], **held[2])
    with store.lock(wait=10):
        journal, plan = store.load("journal.json"), store.load("plan.json")
        if journal is None or journal["phase"] not in ("confirmed", "settled"):
            return refused(
                "CRI-SETTLE-PHASE", "only a confirmed node is settled; this one is %s" % (journal and journal["phase"])
            )
        if journal["phase"] == "settled":
            return 0, dict(view(journal), changed=False)
        engine = Engine(node, store, plan, journal)
        engine.tidy()
        units = [] if plan["docker"].get("keep_shim") else shim_units(plan)
        units += [] if plan["docker"]["keep"] else ["docker.socket", "docker.service"]
        known = node.units(units) if units else {}
        units = [unit for unit in units if known.get(unit, {}).get("LoadState") == "loaded"]
        if units:
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
        engine = Engine(node, store, plan, journal)
        # A boot is another try for one that is broken; where that fails, too, kubelet must not start.
        if journal["phase"] in UNDER_WATCH + ("broken",):
            return 0 if engine.recover() else 1, view(journal)
        engine.disarm(recovering=True)
        return 0, view(journal)


def do_forget(node, store, args):
    """Nothing of the tool is left, but for what it has made of the node."""
    held = take_hold(node, args)
    if held:
        return refused(held[0], held[1], **held[2])
    with store.lock():
        journal, plan = store.load("journal.json"), store.load("plan.json")
        if journal is not None and journal["phase"] not in ("staged", "settled", "reverted"):
            return refused("CRI-FORGET-PHASE", "the node is %s: that must end first" % journal["phase"])
        if journal is not None and plan is not None:
            Engine(node, store, plan, journal).disarm()
        for path in (FACT, COMMAND, HOLDER):
            node.remove(path)
        shutil.rmtree(node.path(STATE))
        return 0, {"changed": True}


def do_steps(node, store, args):
    plan = store.load("plan.json") or {}
    back = [step.__name__ for step, _seconds in REVERT if plan.get("boot") or step is not revert_loader]
    return 0, {"cut": [step.__name__ for step, _seconds in cut_steps(plan)], "revert": back}


COMMANDS = {
    "status": do_status,
    "start": do_start,
    "run": do_run,
    "hold": do_hold,
    "confirm": do_confirm,
    "can-revert": do_can_revert,
    "revert": do_revert,
    "settle": do_settle,
    "recover": do_recover,
    "forget": do_forget,
    "steps": do_steps,
}
NEED_RUN = ("start", "run", "confirm")
USAGE = """usage: cri-switchover COMMAND [--run-id RUN] [--json]
  status      what happened on this node, and where it stands
  start       begin the staged switch as a unit of its own      (--run-id)
  confirm     accept the new runtime; the watchdog is disarmed  (--run-id)
  can-revert  what speaks against going back; changes nothing   ([--allow-drift])
  revert      go back to Docker; --detach: as a unit of its own, as always when called from a terminal
                                                                ([--run-id] [--reason TOKEN] [--detach] [--allow-drift])
  settle      stop and disable Docker on a confirmed node
  forget      remove journal, before-images and this program; no way back after that
  steps       the engine's steps, as the staged plan has them
  hold        say who works on this node                        (--token TOKEN [--who NAME] [--seconds N])
  run, recover, revert --watchdog: called by systemd units
While a playbook works on the node, the others are refused; --force goes over it."""


def parse(argv):
    """Few and simple arguments: argparse alone would cost more than the rest of `status`. None: not understood."""
    args = dict.fromkeys(FLAGS, False)  # type: dict
    args.update(dict.fromkeys(VALUES), seconds=HOLD)
    if not argv or argv[0] not in COMMANDS:
        return None
    rest = list(argv[1:])
    while rest:
        word = rest.pop(0)
        name = word[2:].replace("-", "_")
        if not word.startswith("--") or (name not in FLAGS and not (name in VALUES and rest)):
            return None
        args[name] = True if name in FLAGS else rest.pop(0)
    if argv[0] in NEED_RUN and not args["run_id"] or argv[0] == "hold" and not args["token"]:
        return None
    if not str(args["seconds"]).isdigit():
        return None
    args["seconds"] = int(args["seconds"])
    return args


FLAGS = ("json", "watchdog", "detach", "force", "allow_drift")
VALUES = ("run_id", "reason", "token", "who", "seconds")


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
    except (IOError, OSError) as exc:
        if exc.errno not in (errno.EACCES, errno.EPERM):
            raise
        text = "CRI-NOT-ROOT: only root may do this: %s" % exc
        code, answer = 1, {"failed": True, "reason": "CRI-NOT-ROOT", "error": text}
    sys.stdout.write((answer if isinstance(answer, str) else json.dumps(answer, sort_keys=True)) + "\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
