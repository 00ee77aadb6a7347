# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of `cri-switchover`: each returns (exit code, answer), the answer as data, or as human-readable text.

args are those of cli.parse(). A refusal is exit code 2 and changes nothing.
"""

import contextlib
import sys
import time

from . import revert_steps
from .boot import boot_id
from .errors import Failure, unmet_entry
from .files import images_of
from .forget import do_forget
from .journal import ACCEPTED, UNDER_WATCH
from .kubelet import version_of
from .launch import engine_unit, program, revert_unit
from .live_files import drifted
from .machine import Engine
from .names import ENGINE_UNIT, REVERT_UNIT
from .next_boot import make_permanent
from .node_lock import read_node_lock, take_node_lock
from .recovery import Recovery
from .refusals import refuse_confirm, refuse_revert, refuse_start, refused
from .store import both
from .switch_steps import switch_steps_of
from .systemd import is_running, show_units, systemctl
from .views import human_readable, view
from .work import Work, shim_units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

    from .journal import Journal
    from .node import Node
    from .store import Store

    Args = Dict[str, Any]
    Answer = Tuple[int, Any]
    Command = Callable[[Node, Store, Args], Answer]

# Seconds: a confirmation that comes too soon, or a plan being staged, is over by then.
BEGIN_PATIENCE = 30
# The reason of a revert that somebody asked for without giving one.
ASKED = "CRI-CUTOVER-ASKED"


def refused_by_lock(node: "Node", args: "Args", *seconds: int) -> "Optional[Answer]":
    """Take or renew the node lock; the refusal, where another rollout has it."""
    refusal = take_node_lock(node, args, *seconds)
    return refused(refusal[0], refusal[1], **refusal[2]) if refusal else None


def recorded(journal: "Optional[Journal]", key: str) -> "Any":
    """What the journal has there; None without a journal."""
    return None if journal is None else journal[key]


def runs(node: "Node", unit: str) -> bool:
    """Does this unit run, or is it about to?"""
    return is_running(show_units(node, [unit]).get(unit, {}))


def watchdog_left(node: "Node", journal: "Optional[Journal]", phases: "Sequence[str]") -> "Optional[int]":
    """Seconds; None in other phases, and where it is not armed."""
    if journal is None or journal["phase"] not in phases or not journal["deadline"]:
        return None
    return int(journal["deadline"] - time.monotonic()) if journal["boot_id"] == boot_id(node) else None


def do_status(node: "Node", store: "Store", args: "Args") -> "Answer":
    """What happened on this node, and where it stands."""
    journal, lock = store.journal(), read_node_lock(node)
    left = int(lock["until"] - time.monotonic()) if lock else 0
    shown = {"owner": lock["owner"], "run_id": lock["run_id"], "seconds_left": left} if lock and left > 0 else None
    if args["json"]:
        return 0, dict(view(journal), lock=shown)
    lines, armed = [human_readable(journal)], watchdog_left(node, journal, ("switching", "switched"))
    if armed is not None:
        lines.append("The watchdog expires in %d s." % max(0, armed))
    if shown:
        lines.append("%(owner)s works on this node now (run %(run_id)s)." % shown)
    return 0, "\n".join(lines)


def do_steps(node: "Node", store: "Store", args: "Args") -> "Answer":
    """The engine's steps, as the staged plan has them."""
    plan = store.plan() or {}
    loader = revert_steps.revert_loader
    back = [step.__name__ for step, _seconds in revert_steps.REVERT if plan.get("boot") or step is not loader]
    return 0, {"switch": [step.__name__ for step, _seconds in switch_steps_of(plan)], "revert": back}


def do_lock(node: "Node", store: "Store", args: "Args") -> "Answer":
    """Who works on this node from outside says so, and says it again."""
    refusal = refused_by_lock(node, args, args["seconds"])
    if refusal:
        return refusal
    return 0, {"locked": True, "watchdog_left": watchdog_left(node, store.journal(), ("switched",))}


def do_start(node: "Node", store: "Store", args: "Args") -> "Answer":
    """Begin the staged switch as a unit of its own, or find that it has begun."""
    journal, plan = store.journal(), store.plan()
    refusal = refuse_start(journal, plan, args["run_id"])
    if refusal:
        return refused(*refusal, owner=recorded(journal, "owner"), phase=recorded(journal, "phase"))
    held = refused_by_lock(node, args)
    if held:
        return held
    journal, plan = both(journal, plan)
    running = runs(node, ENGINE_UNIT)
    if journal["phase"] == "switching" and not running:
        return refused(
            "CRI-CUTOVER-INTERRUPTED", "this run was interrupted in step %s: revert it" % view(journal)["step"]
        )
    if running or journal["phase"] != "staged":
        return 0, {"attached": True, "phase": journal["phase"]}
    store.reserve()
    node.run(engine_unit() + program("run", "--run-id", args["run_id"]))
    return 0, {"started": True}


def do_run(node: "Node", store: "Store", args: "Args") -> "Answer":
    """Called by the unit: the switch itself, its rest behind a reboot, or the revert of one that was killed."""
    with store.lock(wait=BEGIN_PATIENCE):
        journal, plan = store.journal(), store.plan()
        refusal = refuse_start(journal, plan, args["run_id"])
        if refusal:
            if journal and plan and journal["phase"] in ("reverted", "revert_blocked"):
                Recovery(node, plan, journal).tidy()
            return refused(*refusal)
        journal, plan = both(journal, plan)
        engine = Engine(node, store, plan, journal)
        if journal["phase"] == "staged":
            return 0 if engine.switch() else 1, view(journal)
        if journal["phase"] == "switching" and journal.has_booted():
            return 0 if engine.continue_after_reboot() else 1, view(journal)
        if journal["phase"] in ("switching", "reverting"):
            # Killed, and started again by systemd.
            journal.record_interruption("CRI-CUTOVER-KILLED", "the engine was killed")
            engine.revert()
            return 1, view(journal)
        return 0, view(journal)


def do_confirm(node: "Node", store: "Store", args: "Args") -> "Answer":
    """Accept the new runtime: the watchdog is disarmed, another boot made permanent."""
    held = refused_by_lock(node, args)
    if held:
        return held
    with store.lock(wait=10):
        journal, plan = store.journal(), store.plan()
        if journal and journal["run_id"] == args["run_id"] and journal["phase"] in ("confirmed", "finalized"):
            journal, plan = both(journal, plan)
            Recovery(node, plan, journal).tidy()
            return 0, dict(view(journal), changed=False)
        refusal = refuse_confirm(journal, args["run_id"], boot_id(node), time.monotonic())
        if refusal:
            return refused(*refusal, phase=recorded(journal, "phase"))
        journal, plan = both(journal, plan)
        work = Work(node, store, plan, journal)
        make_permanent(work)
        journal.move("confirmed")
        journal["times"]["confirmed"] = time.time()
        work.save()
        work.recovery.disarm()
        work.publish()
        work.say("the node is confirmed")
        return 0, dict(view(journal), changed=True)


def do_finalize(node: "Node", store: "Store", args: "Args") -> "Answer":
    """Docker's own stop takes long: it is done when the node already works again."""
    held = refused_by_lock(node, args)
    if held:
        return held
    with store.lock(wait=10):
        journal, plan = store.journal(), store.plan()
        if journal is None or journal["phase"] not in ("confirmed", "finalized"):
            return refused(
                "CRI-FINALIZE-PHASE",
                "only a confirmed node is finalized; this one is %s" % (journal and journal["phase"]),
            )
        if journal["phase"] == "finalized":
            return 0, dict(view(journal), changed=False)
        journal, plan = both(journal, plan)
        work = Work(node, store, plan, journal)
        work.recovery.tidy()
        units = [] if plan["docker"].get("keep_shim") else shim_units(plan)
        units += [] if plan["docker"]["keep"] else ["docker.socket", "docker.service"]
        known = show_units(node, units) if units else {}
        units = [unit for unit in units if known.get(unit, {}).get("LoadState") == "loaded"]
        if units:
            systemctl(node, "disable", "--now", *units, timeout=180)
        journal.move("finalized")
        work.save()
        work.publish()
        work.say("the node is finalized")
        return 0, dict(view(journal), changed=True)


def revert_blockers(
    node: "Node", journal: "Optional[Journal]", plan: "Optional[Dict[str, Any]]", args: "Args"
) -> "List[Dict[str, Any]]":
    """What prevents a revert that somebody asks for: [{reason, text, details}]."""
    drift = []
    if plan is not None and not args["allow_drift"]:
        drift = drifted(plan["files"], images_of(node, plan["files"]))
    found = refuse_revert(journal, args["run_id"], drift)
    if found:
        return found
    if plan is None or journal is None:
        return [unmet_entry("CRI-REVERT-RUN", "there is no plan beside the journal: nothing was begun")]
    if plan["from"].get("shim") == "dockershim" and journal["phase"] in ACCEPTED:
        version = version_of(node, plan["kubelet"]["unit"])
        if version and version >= (1, 24):
            text = "kubelet is %d.%d by now, which has no dockershim any more (since 1.24)" % version
            return [unmet_entry("CRI-REVERT-GONE", text)]
    return []


def do_can_revert(node: "Node", store: "Store", args: "Args") -> "Answer":
    """What prevents a revert. A read-only pass."""
    journal, plan = store.journal(), store.plan()
    blockers = revert_blockers(node, journal, plan, args)
    wanted = ["docker.service"] + (shim_units(plan) if plan else [])
    known = show_units(node, wanted)
    for unit in wanted:
        seen = known.get(unit, {}).get("LoadState")
        if seen != "loaded":
            text = "%s is masked" % unit if seen == "masked" else "there is no %s" % unit
            blockers.append(unmet_entry("CRI-REVERT-GONE", text, seen=seen))
    held = take_node_lock(node, args)
    if held:
        blockers.append(unmet_entry(held[0], held[1], **held[2]))
    return 0, {"ok": not blockers, "blockers": blockers, "phase": recorded(journal, "phase")}


def do_revert(node: "Node", store: "Store", args: "Args") -> "Answer":
    """Back to Docker: at once, or as a unit of its own."""
    journal, plan = store.journal(), store.plan()
    if not args["watchdog"]:
        refusal = refused_revert(node, store, journal, plan, args)
        if refusal:
            return refusal
    elif journal is None or journal["run_id"] != args["run_id"] or journal["phase"] not in UNDER_WATCH:
        return 0, dict(view(journal), changed=False)
    journal, plan = both(journal, plan)
    if args["detach"] or (sys.stdin and sys.stdin.isatty()):
        return detached_revert(node, journal, args)
    if journal["phase"] == "switching":
        # It may hang in a step: out of its hands first. A revert that is under way is left to end.
        with contextlib.suppress(Failure):
            systemctl(node, "stop", ENGINE_UNIT, check=False)
    with store.lock(wait=600):
        journal, plan = store.begun()
        if journal["phase"] in ("reverted", "staged") or (args["watchdog"] and journal["phase"] not in UNDER_WATCH):
            Recovery(node, plan, journal).tidy()
            return 0, dict(view(journal), changed=False)
        record_why_reverted(journal, args)
        done = Engine(node, store, plan, journal).revert()
        return 0 if done else 1, dict(view(journal), changed=True)


def refused_revert(
    node: "Node", store: "Store", journal: "Optional[Journal]", plan: "Optional[Dict[str, Any]]", args: "Args"
) -> "Optional[Answer]":
    """What an operator's revert is refused for; None, with space kept back for it."""
    held = refused_by_lock(node, args)
    if held:
        return held
    found = revert_blockers(node, journal, plan, args)
    if found:
        return refused(found[0]["reason"], found[0]["message"], **found[0]["details"])
    if journal and journal["phase"] in ACCEPTED:
        # It went with the confirmation.
        store.reserve()
    return None


def detached_revert(node: "Node", journal: "Journal", args: "Args") -> "Answer":
    """Out of the session that asked for it, which may end at any time, and what runs in it with it."""
    if not runs(node, REVERT_UNIT):
        words = ["--allow-drift"] if args["allow_drift"] else []
        given = ["--run-id", journal["run_id"], "--reason", args["reason"] or ASKED, "--force"]
        node.run(revert_unit() + program("revert", *(given + words)))
    return 0, {"started": True, "phase": journal["phase"], "follow": "cri-switchover status"}


def record_why_reverted(journal: "Journal", args: "Args") -> None:
    """Write down what this revert is for, unless the switch knows itself."""
    phase = journal["phase"]
    if phase == "switching" and args["watchdog"]:
        journal.record_interruption("CRI-CUTOVER-WATCHDOG", "the watchdog expired")
    elif phase != "reverting" and (phase != "switching" or not journal["error"]):
        reason = "CRI-CUTOVER-WATCHDOG" if args["watchdog"] else args["reason"] or ASKED
        text = "no confirmation came in time" if args["watchdog"] else "it was asked for"
        journal.record_failure(reason, "%s: %s" % (reason, text))


def do_recover(node: "Node", store: "Store", args: "Args") -> "Answer":
    """At boot, before any runtime starts."""
    with store.lock(wait=60):
        journal, plan = store.journal(), store.plan()
        if journal is None:
            return 0, view(journal)
        journal, plan = both(journal, plan)
        # A boot retries a revert that failed. Where that fails too, kubelet must not start.
        if journal["phase"] in UNDER_WATCH + ("revert_failed",):
            return 0 if Engine(node, store, plan, journal).recover() else 1, view(journal)
        Recovery(node, plan, journal).disarm(recovering=True)
        return 0, view(journal)


COMMANDS: "Dict[str, Command]" = {
    "status": do_status,
    "start": do_start,
    "run": do_run,
    "lock": do_lock,
    "confirm": do_confirm,
    "can-revert": do_can_revert,
    "revert": do_revert,
    "finalize": do_finalize,
    "recover": do_recover,
    "forget": do_forget,
    "steps": do_steps,
}
