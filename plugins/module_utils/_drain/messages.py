# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drain tells: while it waits, and when it fails. Pure."""

from ansible_collections.cri.switchover.plugins.module_utils._drain.plan import REMEDIES


class DrainError(Exception):
    def __init__(self, reason, message, details):
        super(DrainError, self).__init__("%s: %s" % (reason, message))
        self.reason = reason
        self.message = message
        self.details = details


# --- failures ---------------------------------------------------------------------------------------------------


def with_remedies(entries):
    return [dict(entry, remedy="; ".join(REMEDIES[reason] for reason in entry["reasons"])) for entry in entries]


def refused(name, entries):
    """entries: with their remedies."""
    told = "; ".join("%s: %s" % (describe([entry]), entry["remedy"]) for entry in entries[:10])
    return DrainError(
        "CRI-DRAIN-REFUSED",
        "%s has %d pods that a drain must not remove unasked. %s" % (name, len(entries), told),
        {"node": name, "pods": entries},
    )


def held_up(waiting):
    """The entries of a deadline that has passed, from Evictions.waiting()."""
    return [
        dict(
            entry,
            reason={"budget": "pdb", None: "terminating"}.get(verdict, "api"),
            attempts=attempts,
            message=message or "evicted, but not gone: it is still terminating",
        )
        for entry, verdict, message, attempts in waiting
    ]


def late(name, timeout, blocked, pdbs):
    """blocked: from held_up(). pdbs: entries of the budgets that still refuse."""
    by = {reason: [entry for entry in blocked if entry["reason"] == reason] for reason in ("pdb", "api", "terminating")}
    told, advice = [], []
    if by["pdb"]:
        # Of a budget that no list had, the API's words have the name and the numbers.
        unnamed = ["%s: %s" % (describe([entry]), entry["message"]) for entry in by["pdb"] if not entry["pdbs"]]
        known = "; ".join([budget(pdb) for pdb in pdbs] + unnamed[:3])
        told.append("PodDisruptionBudgets still refuse %s%s" % (describe(by["pdb"]), " (%s)" % known if known else ""))
        advice.append("see why the other pods of these budgets are not healthy")
    if by["api"]:
        told.append("the API did not evict %s (%s)" % (describe(by["api"]), by["api"][0]["message"]))
        advice.append("see whether the API server and its admission webhooks are well")
    if by["terminating"]:
        told.append("still terminating are %s" % describe(by["terminating"]))
        advice.append("shorten grace periods by grace (switchover_drain_grace), or look at finalizers and at kubelet")
    advice.append("raise timeout (switchover_drain_timeout)")
    if by["pdb"]:
        advice.append("as a last resort, ignore budgets: disable_eviction (switchover_drain_disable_eviction)")
    return DrainError(
        "CRI-DRAIN-PDB" if by["pdb"] else "CRI-DRAIN-TIMEOUT",
        "%s was not drained in %d s: %s. To do: %s" % (name, timeout, "; ".join(told), "; ".join(advice)),
        {"node": name, "pods": blocked, "pdbs": pdbs, "timeout": timeout},
    )


def volumes_late(name, timeout, left):
    return DrainError(
        "CRI-DRAIN-VOLUMES",
        "%s has no pods left to evict, but after %d s volumes are still attached: %s. Look at the CSI driver and at "
        "the attach-detach controller, raise timeout (switchover_drain_timeout), or go on without waiting: "
        "wait_volumes=false (switchover_drain_wait_volumes)" % (name, timeout, ", ".join(left)),
        {"node": name, "volume_attachments": left, "timeout": timeout},
    )


def add(exc, sentence):
    """Some messages end with a full stop already."""
    exc.message = "%s. %s" % (exc.message.rstrip("."), sentence)


# --- parts of sentences -----------------------------------------------------------------------------------------


def budget(pdb):
    return "PDB %s/%s: %d disruptions allowed, %d of %d pods healthy, %d needed" % (
        pdb["namespace"],
        pdb["name"],
        pdb["allowed"],
        pdb["healthy"],
        pdb["expected"],
        pdb["desired"],
    )


def describe(entries):
    """ "shop/web-1 (PDB shop/web), shop/db-0": for messages, cut at ten."""
    texts = [
        "%s/%s%s" % (e["namespace"], e["name"], " (PDB %s)" % ", ".join(e["pdbs"]) if e.get("pdbs") else "")
        for e in entries
    ]
    return ", ".join(texts[:10]) + (" and %d more" % (len(texts) - 10) if len(texts) > 10 else "")


def waiting(held, left):
    """One line for people while a drain waits. held: (entry, message or None) of each pod that is still there."""
    texts = ["%s/%s (%s)" % (entry["namespace"], entry["name"], message or "ending") for entry, message in held[:3]]
    more = " and %d more" % (len(held) - 3) if len(held) > 3 else ""
    return "waits for %d pods, %d s left: %s%s" % (len(held), max(0, left), ", ".join(texts), more)
