"""Is a node what it must be? Pure: what examine.py saw, now and before the first fault -> what is wrong with it."""

from __future__ import annotations

import re

from scenarios.node_state import TREES

SHOWN = 6
# The policy that dockerd sets, and with it the rules and chains that it makes.
POLICY = re.compile(r"^:FORWARD ")
DOCKERS = re.compile(r"^:FORWARD |\bDOCKER(-[A-Z0-9-]+)?\b|\bdocker0\b|172\.17\.0\.0/16")


def difference(what: str, before: dict, now: dict) -> list[str]:
    keys = sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
    return [f"{what} {key}: {before.get(key)} -> {now.get(key)}" for key in keys[:SHOWN]] + (
        [f"{what}: {len(keys) - SHOWN} more"] if len(keys) > SHOWN else []
    )


def counted(what: str, before: list[str], now: list[str]) -> list[str]:
    rest, new = list(before), []
    for line in now:
        if line in rest:
            rest.remove(line)
        else:
            new.append(line)
    return [f"{what} gone: {line}" for line in rest[:SHOWN]] + [f"{what} new: {line}" for line in new[:SHOWN]]


def files_on_target(before: dict, plan: dict) -> dict:
    """The files as the plan makes them of those before."""
    wanted = dict(before)
    for item in plan["files"]:
        if item["change"] == "remove":
            wanted.pop(item["path"], None)
        else:
            wanted[item["path"]] = item["sha256"]
    return wanted


def _content(entry: object) -> object:
    return entry[-1] if isinstance(entry, list) else entry


def unit_states(seen: dict) -> dict[str, str]:
    return {name: f"{unit['ActiveState']}, {unit['UnitFileState']}" for name, unit in seen["units"].items()}


def common(seen: dict, phase: str, before: dict, allowed: frozenset[str]) -> list[str]:
    found = []
    if (seen["journal"] or {}).get("phase") != phase:
        found.append(f"journal: {(seen['journal'] or {}).get('phase')}, wanted {phase}")
    if seen["own_units"]:
        found.append(f"units of ours are left: {', '.join(seen['own_units'])}")
    if seen["healthz"] != 200:
        found.append(f"kubelet's healthz: {seen['healthz']}")
    if not seen["lock_free"]:
        found.append("somebody holds the lock")
    if seen["torn"] and phase != "staged":
        found.append(f"half-written files: {', '.join(seen['torn'])}")
    if "failed-units" not in allowed:
        found += [f"unit failed: {name}" for name in seen["failed"] if name not in before["failed"]]
    return found


def on_docker(seen: dict, before: dict, phase: str = "reverted", allowed: frozenset[str] = frozenset()) -> list[str]:
    """What keeps a node from being Docker's exactly as it was."""
    found = common(seen, phase, before, allowed)
    found += difference("file", before["files"], seen["files"])
    found += difference("unit", unit_states(before), unit_states(seen))
    found += difference("sysctl", before["sysctls"], seen["sysctls"])
    if seen["kubelet"] != before["kubelet"]:
        found.append(f"kubelet's arguments: {seen['kubelet'] or 'it does not run'}")
    if seen["docker"] is None:
        return [*found, "Docker does not answer"]
    running = seen["docker"]["running"]
    found += [
        f"pod's container not running on Docker: {name}" for name in before["docker"]["running"] if name not in running
    ]
    found += [f"unknown container on Docker: {name}" for name in running if name not in before["docker"]["running"]]
    found += counted("container of others on Docker", before["docker"]["others"], seen["docker"]["others"])
    found += [f"task of the target: {task[:12]}" for task in seen["tasks"]]
    if "cri-records" not in allowed and seen["cri"] and seen["cri"]["all"]:
        found.append(f"the target still knows {len(seen['cri']['all'])} sandboxes")
    if "cri-records" not in allowed:
        found += [f"mount of the target: {path}" for path in seen["mounts"] if path not in before["mounts"]]
    found += counted("network namespace", before["netns"], seen["netns"])
    found += unmanaged_processes(seen["processes"], set(running.values()))
    found += network(seen, before, set(seen["docker"]["all"]))
    found += [f"log link put aside: {path}" for path in seen["asides"]]
    return found


def on_target(
    seen: dict, before: dict, plan: dict, phase: str = "confirmed", allowed: frozenset[str] = frozenset()
) -> list[str]:
    """What keeps a node from being the target's, whole."""
    found = common(seen, phase, before, allowed)
    now = {path: _content(entry) for path, entry in seen["files"].items()}
    was = {path: _content(entry) for path, entry in before["files"].items()}
    service = plan["to"]["service"]
    # enabling it is part of the plan, and a link of systemd's; a finalized node's Docker is disabled
    names = [service, "docker.service", "docker.socket"] if "docker-off" in allowed else [service]
    links = {path for path in {*now, *was} if path.rpartition(".wants/")[2] in names}
    # Of what the plan writes elsewhere nothing was seen.
    wanted = {
        path: digest
        for path, digest in files_on_target(was, plan).items()
        if path not in links and (path in was or path.startswith(TREES))
    }
    found += difference("file", wanted, {path: digest for path, digest in now.items() if path not in links})
    units = unit_states(seen)
    for unit in ("kubelet.service", service):
        if units[unit] != "active, enabled":
            found.append(f"unit {unit}: {units[unit]}")
    if plan["to"]["socket"].split("://")[-1] not in seen["kubelet"]:
        found.append(f"kubelet's arguments: {seen['kubelet'] or 'it does not run'}")
    if seen["cri"] is None:
        return [*found, "the target does not answer"]
    running = seen["cri"]["running"]
    found += [
        f"pod's container not running on the target: {name}"
        for name in before["docker"]["running"]
        if name not in running
    ]
    found += [f"unknown container on the target: {name}" for name in running if name not in before["docker"]["running"]]
    found += [f"container on Docker: {name}" for name in (seen["docker"] or {"running": {}})["running"]]
    found += unmanaged_processes(seen["processes"], set(running.values()))
    # Docker's policy ends with its next boot, which it sees without Docker; and all its rules, where that has been.
    gone = DOCKERS if "docker-rules" in allowed else POLICY
    seen, before = ({**s, "rules": [r for r in s["rules"] if not gone.search(r)]} for s in (seen, before))
    found += network(seen, before, set(seen["cri"]["all"]))
    return found


def left_over(seen: dict, on_target: bool) -> list[str]:
    """What keeps a node from being of one runtime alone, whatever pods it has: for whole runs, in which they move."""
    now, other = (seen["cri"], seen["docker"]) if on_target else (seen["docker"], seen["cri"])
    if now is None:
        return ["its runtime does not answer"]
    found = [f"container of the other runtime: {name}" for name in (other or {"running": {}})["running"]]
    found += unmanaged_processes(seen["processes"], set(now["running"].values()))
    found += forgotten(seen, set(now["all"]))
    if not on_target:
        found += [f"task of the target: {task[:12]}" for task in seen["tasks"]]
        if other and other["all"]:
            found.append(f"the target still knows {len(other['all'])} sandboxes")
        found += [f"log link put aside: {path}" for path in seen["asides"]]
    found += ["somebody holds the lock"] if not seen["lock_free"] else []
    return found + [f"half-written files: {path}" for path in seen["torn"]]


def unmanaged_processes(processes: dict[str, str], known: set[str]) -> list[str]:
    """Processes in pods' cgroups that belong to no container of the runtime in use."""
    return [
        f"process {pid} in a pod's cgroup is nobody's: {where[-24:]}"
        for pid, where in processes.items()
        if where not in known
    ][:SHOWN]


def forgotten(seen: dict, sandboxes: set[str]) -> list[str]:
    return [
        f"CNI remembers a sandbox that is gone: {path}" for path, owner in seen["cni"].items() if owner not in sandboxes
    ][:SHOWN]


def network(seen: dict, before: dict, sandboxes: set[str]) -> list[str]:
    found = forgotten(seen, sandboxes)
    if len(seen["cni"]) != len(before["cni"]):
        found.append(f"CNI store: {len(before['cni'])} entries -> {len(seen['cni'])}: {sorted(seen['cni'])}")
    if seen["veths"] != before["veths"]:
        found.append(f"pods' network cards: {before['veths']} -> {seen['veths']}")
    found += counted("iptables rule", before["rules"], seen["rules"])
    return found


def cordon(before: dict, now: dict) -> list[str]:
    """The API's node: is it as cordoned as it was, and by the same?"""
    found = []
    if bool(before["spec"].get("unschedulable")) != bool(now["spec"].get("unschedulable")):
        found.append(f"cordon: unschedulable is {now['spec'].get('unschedulable')}")
    key = "cri.switchover/cordon"
    if before["metadata"].get("annotations", {}).get(key) != now["metadata"].get("annotations", {}).get(key):
        found.append("cordon: its annotation changed")
    return found
