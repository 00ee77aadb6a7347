# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes a run switches or takes back, in which order and in which batches. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import collections
import hashlib
import json

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.objects import CORDON_ANNOTATION

# Part of every configuration digest: raise it when a release renders a node differently for the same settings.
CONFIG_SCHEMA = 1

# What an operator may change that shapes a node's files (as opposed to how the run goes about it).
SHAPING = ("switchover_target", "switchover_pause_image")

# What nodes of a cluster older than the first of these carry is the second.
ZONE, OLD_ZONE = "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"

# Seconds that parts of a window may take, where the operator has not set another number.
PATIENCE = collections.OrderedDict(
    [
        ("switchover_drain_timeout", 900),
        ("switchover_watchdog", 600),
        ("switchover_verify_timeout", 300),
        ("switchover_recheck_delay", 30),
    ]
)
# What a way back may take once the watchdog has expired, as the action cutover waits for it; and time to spare.
WAY_BACK_S, SPARE_S = 600, 600

# What an earlier run left: to be finished, or given back, before anything new is begun.
RESUMED = ("awaiting_finalize", "switched", "interrupted", "reverted")
_BY_PHASE = {
    "switching": "interrupted",
    "reverting": "interrupted",
    "switched": "switched",
    "revert_blocked": "switched",
    "revert_failed": "revert_failed",
}


class RolloutError(ValueError):
    """The settings ask for something that cannot be planned."""


def config_digest(settings):
    """SHA-256 (hex) of the settings that shape a node: equal digests mean there is nothing to apply again."""
    shaping = dict((name, settings.get(name)) for name in SHAPING)
    return hashlib.sha256(json.dumps([CONFIG_SCHEMA, shaping], sort_keys=True).encode()).hexdigest()


def node_state(info, target, digest, cordoned=False, retry=False):
    """What a node needs, by its journal first.

    pending      it is on Docker, and nothing of an earlier run is in the way
    interrupted   a switch, or a way back, runs there or was cut off
    switched  on its target, and nobody has confirmed it yet
    awaiting_finalize      confirmed: still to be finalized, or to be uncordoned
    reverted  an earlier run went back to Docker; ``retry``: to be tried again, and so pending
    done      nothing; drift: nothing either, but it was switched with other settings
    broken    a human's eyes

    ``cordoned``: by a run of ours, which has not taken that back.
    """
    journal = info.get("journal") or {}
    phase = journal.get("phase")
    if journal.get("error") or journal.get("newer"):
        return "revert_failed"
    if phase in _BY_PHASE:
        return _BY_PHASE[phase]
    if info.get("runtime", {}).get("in_use") != target:
        return "reverted" if phase == "reverted" and not retry else "pending"
    if phase == "confirmed" or (phase == "finalized" and cordoned):
        return "awaiting_finalize"
    if phase == "finalized" and journal.get("config_digest") != digest:
        return "drift"
    return "done"


# Where a run that goes back takes a node from.
SWITCHED = ("switched", "confirmed", "finalized", "revert_blocked")


def revert_state(info, cordoned=False):
    """What a node needs when the fleet goes back to Docker, by its journal.

    revert    it is on its target by a switch of ours
    reverted  it went back, and a run of ours has not undone its cordon
    interrupted   a switch, or a way back, runs there or was cut off
    done      nothing: it is on Docker, or nothing of ours put it where it is
    broken    a human's eyes
    """
    journal = info.get("journal") or {}
    phase = journal.get("phase")
    if journal.get("error") or journal.get("newer"):
        return "revert_failed"
    if phase in ("confirmed", "finalized") and info.get("runtime", {}).get("in_use") == "docker":
        return "done"
    if phase in SWITCHED:
        return "revert"
    if phase == "reverted":
        return "reverted" if cordoned else "done"
    return _BY_PHASE.get(phase or "", "done")


def is_cordoned(cluster, name):
    """Whether the node carries the annotation of a cordon of ours."""
    return CORDON_ANNOTATION in (cluster.get("nodes", {}).get(name, {}).get("annotations") or {})


def nodes(hosts, facts, control_plane, cluster, target, digest, only=(), goal="switch", topology_key=ZONE):
    """The hosts of a run, in their order, each with what it needs.

    ``facts``: {host: its variables}, of which ``preflight_info``, ``preflight_node_target`` (``target`` where a host
    has none), ``switchover_retry`` and those of longest() count; ``control_plane``: hosts of that group;
    ``cluster``: cluster_info's result; ``digest``: of the settings, or {target: digest}; ``only``: hosts to work on,
    all when empty; ``goal``: switch, or revert; ``topology_key``: the label whose value is the zone.
    Hosts without facts (skipped ones) are left out. Returns dicts ``name``, ``node_name``, ``control_plane``, ``zone``,
    ``state``, ``runtime`` (the one in use), ``longest_s``.
    """
    missing = [name for name in only if name not in hosts]
    if missing:
        raise RolloutError("switchover_only names hosts that are not part of this run: %s" % ", ".join(missing))
    found = []
    for name in hosts:
        info = facts[name].get("preflight_info")
        if not info:
            continue
        labels = cluster["nodes"].get(info["node_name"], {}).get("labels", {})
        # -e name=value delivers text
        retry = str(facts[name].get("switchover_retry", False)).lower() == "true"
        cordoned = is_cordoned(cluster, info["node_name"])
        if goal == "revert":
            state = revert_state(info, cordoned)
        else:
            own = facts[name].get("preflight_node_target") or target
            state = node_state(info, own, digest.get(own) if isinstance(digest, dict) else digest, cordoned, retry)
        found.append(
            {
                "name": name,
                "node_name": info["node_name"],
                "runtime": info.get("runtime", {}).get("in_use"),
                "longest_s": longest(facts[name]),
                "control_plane": name in control_plane,
                "zone": labels.get(topology_key) or (labels.get(OLD_ZONE) if topology_key == ZONE else "") or "",
                "state": state if not only or name in only else "left",
            }
        )
    return found


def longest(facts):
    """The seconds that a host may take from its drain to the end of its batch, with time to spare.

    A drain, a window with its way back, two proofs and a finalized look; the watchdog counts anew from a boot. ``facts``:
    the host's variables, as the operator set them.
    """
    drain, watchdog, proof, settle = (int(facts.get(name, default)) for name, default in PATIENCE.items())
    windows = 2 if facts.get("switchover_cgroup_v2") == "enable" else 1
    return drain + windows * (watchdog + WAY_BACK_S) + 2 * proof + settle + SPARE_S


def _size(batch, total, forks):
    """A batch size as Ansible's ``serial`` has it: a number, or a percentage of all hosts, at least one.

    A percentage is never more than ``forks``: it is meant to grow with the fleet, which forks do not.
    """
    text = str(batch).strip()
    if text.endswith("%"):
        percent = text[:-1].strip()
        if percent.isdigit() and 0 < int(percent) <= 100:
            return max(1, min(total * int(percent) // 100, forks))
    elif text.isdigit() and int(text) > 0:
        return int(text)
    raise RolloutError("switchover_batches: %r is neither a number above 0 nor a percentage up to 100%%" % (batch,))


def plan(nodes, batches, forks):
    """Order nodes and cut them into batches.

    ``nodes``: list of dicts ``name``, ``control_plane`` (bool), ``zone`` (str, may be empty), in the inventory's order.
    ``batches``: sizes for the workers, the last one repeats; ``forks``: how many nodes Ansible works on at once.
    Nodes that an earlier run left unfinished are apart: they are mended before any other is touched. The others are in
    state pending or revert. In each part workers come first, zone by zone, no batch spanning two zones; then the control
    plane, one node at a time.
    Returns ``{"resume": part, "order": [names], "serial": [sizes]}``, with the same two keys in the part.
    """
    if not batches:
        raise RolloutError("switchover_batches is empty: give at least one batch size, for example [1]")
    parts = [
        _plan_part([n for n in nodes if n.get("state", "pending") in states], batches, forks)
        for states in (RESUMED, ("pending", "revert"))
    ]
    largest = max([0] + parts[0]["serial"] + parts[1]["serial"])
    if largest > forks:
        raise RolloutError(
            "switchover_batches gives a batch of %d nodes, but Ansible works on %d at once (forks): drained nodes "
            "would wait for their turn; raise forks (-f) or lower the batch" % (largest, forks)
        )
    return dict(parts[1], resume=parts[0])


def _plan_part(nodes, batches, forks):
    workers = [n for n in nodes if not n["control_plane"]]
    zones = []
    for node in workers:
        if node.get("zone", "") not in zones:
            zones.append(node.get("zone", ""))
    sizes = [_size(b, len(workers) or 1, forks) for b in batches]
    order, serial = [], []
    for zone in zones:
        rest = [n["name"] for n in workers if n.get("zone", "") == zone]
        while rest:
            size = sizes[min(len(serial), len(sizes) - 1)]
            order += rest[:size]
            serial.append(len(rest[:size]))
            rest = rest[size:]
    for node in nodes:
        if node["control_plane"]:
            order.append(node["name"])
            serial.append(1)
    return {"order": order, "serial": serial}


def progress(plan, facts, play_hosts_all, play_hosts):
    """How far a rollout is, as lists of hosts: ``failed``, ``lost``, ``waiting`` (never started), ``done``.

    And ``moved``: {node name: the runtime it is on now} of those that are done; ``last_seen``: {host: words} of those
    that are lost, could not be reached any more, or could not be given back: what their journal showed when it was read
    last.

    ``plan``: of plan(), and its ``node_names``, {host: name of its node}; ``facts``: {host: its variables}, of which
    ``switch_node_outcome`` counts. This is called for each batch and looks at all hosts: it asks each for no more.
    ``play_hosts_all``: the hosts of the play that runs now, ``play_hosts``: those that it still has. A host that
    Ansible has dropped is lost, whatever it said before: an unreachable one enters no rescue, and of one that failed
    elsewhere nothing is known.
    """
    resumed = plan["resume"]["order"]
    dropped = set(play_hosts_all) - set(play_hosts)
    past = set() if set(resumed) & set(play_hosts_all) else set(resumed)
    found = {"failed": [], "lost": [], "waiting": [], "done": [], "moved": {}, "last_seen": {}}  # type: dict
    for name in resumed + plan["order"]:
        host = facts[name]
        outcome = host.get("switch_node_outcome")
        if name in dropped or (name in past and not outcome):
            kind = "lost"
        elif outcome:
            kind = "failed" if outcome == "failed" else "done"
        else:
            kind = "waiting"
        found[kind].append(name)
        if kind == "lost" or (kind == "failed" and adrift(host)):
            found["last_seen"][name] = last_seen(host)
        if kind == "done":
            runtime = runtime_of(host, name in resumed) if outcome == "switched" else "docker"
            found["moved"][plan["node_names"][name]] = runtime
    return found


def adrift(facts):
    """Whether a host that failed is to be looked at: nobody knows where it is, or giving it back failed, too."""
    failure = facts.get("switch_node_failure") or {}
    return failure.get("phase") == "unknown" or "not_returned" in failure


def runtime_of(facts, resumed):
    """The runtime that a switched host is on: what is taken up has its journal's, others may each have their own."""
    journal = ((facts.get("preflight_info") or {}).get("journal") or {}) if resumed else {}
    return journal.get("to") or facts.get("switchover_target") or "containerd"


def last_seen(facts):
    """What a host's journal showed when this run read it last, in words. ``facts``: the host's variables."""
    cutover, failure = facts.get("__switch_node_cutover") or {}, facts.get("switch_node_failure") or {}
    told = [failure.get("last_phase"), failure.get("phase"), cutover.get("last_phase"), cutover.get("phase")]
    phase = next((phase for phase in told if phase not in (None, "", "unknown")), None)
    if not phase:
        phase = ((facts.get("preflight_info") or {}).get("journal") or {}).get("phase")
        # Registered where a node is staged; a run whose staging is incomplete begins no window.
        if "__switch_node_kubelet" in facts:
            phase = "staged"
    return "its journal last showed %s" % phase if phase else "it had no journal"
