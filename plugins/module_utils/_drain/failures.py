# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a drain fails, with all that the operator needs to know. Pure: no I/O."""

from ansible_collections.cri.switchover.plugins.module_utils._drain.messages import budget, describe
from ansible_collections.cri.switchover.plugins.module_utils._drain.pod_rules import REMEDIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Sequence, Union

    from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError

    Entry = Dict[str, Any]  # of plan.py


class DrainError(Exception):
    """A drain that failed. ``reason`` is a stable token, ``message`` the sentences, ``details`` the data."""

    def __init__(self, reason: str, message: str, details: "Dict[str, Any]") -> None:
        super(DrainError, self).__init__("%s: %s" % (reason, message))
        self.reason = reason
        self.message = message
        self.details = details


def no_node(name: str) -> DrainError:
    """The cluster has no node of that name."""
    return DrainError(
        "CRI-DRAIN-NODE",
        "the cluster has no node %s. Set switchover_node_name to the name its kubelet registered" % name,
        {"node": name},
    )


def with_remedies(entries: "Iterable[Entry]") -> "List[Entry]":
    """The entries of pods that are refused, each with the remedies for all its reasons."""
    return [dict(entry, remedy="; ".join(REMEDIES[reason] for reason in entry["reasons"])) for entry in entries]


def refused(name: str, entries: "Sequence[Entry]") -> DrainError:
    """A drain of a node with pods that it must not remove. ``entries`` come from with_remedies()."""
    texts = "; ".join("%s: %s" % (describe([entry]), entry["remedy"]) for entry in entries[:10])
    return DrainError(
        "CRI-DRAIN-REFUSED",
        "%s has %d pods that a drain must not remove unless you allow it. %s" % (name, len(entries), texts),
        {"node": name, "pods": entries},
    )


def held_up(waiting: "Iterable[Any]") -> "List[Entry]":
    """The entries of pods that have not left by the deadline, from EvictionQueue.waiting()."""
    return [
        dict(
            entry,
            reason={"budget": "pdb", None: "terminating"}.get(verdict, "api"),
            attempts=attempts,
            message=message or "evicted, but not gone: it is still terminating",
        )
        for entry, verdict, message, attempts in waiting
    ]


def late(name: str, timeout: int, blocked: "List[Entry]", pdbs: "List[Entry]") -> DrainError:
    """A deadline that passed. ``blocked`` comes from held_up(), ``pdbs`` are entries of budgets that still refuse."""
    by = {reason: [entry for entry in blocked if entry["reason"] == reason] for reason in ("pdb", "api", "terminating")}
    causes, advice = [], []
    if by["pdb"]:
        # Of a budget that no list had, the API's own message has the name and the numbers.
        unnamed = ["%s: %s" % (describe([entry]), entry["message"]) for entry in by["pdb"] if not entry["pdbs"]]
        known = "; ".join([budget(pdb) for pdb in pdbs] + unnamed[:3])
        causes.append(
            "PodDisruptionBudgets still refuse %s%s" % (describe(by["pdb"]), " (%s)" % known if known else "")
        )
        advice.append("check why the other pods of these budgets are not healthy")
    if by["api"]:
        causes.append("the API did not evict %s (%s)" % (describe(by["api"]), by["api"][0]["message"]))
        advice.append("check the API server and its admission webhooks")
    if by["terminating"]:
        causes.append("still terminating are %s" % describe(by["terminating"]))
        advice.append("shorten grace periods by grace (switchover_drain_grace), or check finalizers and kubelet")
    advice.append("raise timeout (switchover_drain_timeout)")
    if by["pdb"]:
        advice.append("as a last resort, ignore budgets: disable_eviction (switchover_drain_disable_eviction)")
    return DrainError(
        "CRI-DRAIN-PDB" if by["pdb"] else "CRI-DRAIN-TIMEOUT",
        "%s was not drained in %d s: %s. To do: %s" % (name, timeout, "; ".join(causes), "; ".join(advice)),
        {"node": name, "pods": blocked, "pdbs": pdbs, "timeout": timeout},
    )


def volumes_late(name: str, timeout: int, left: "List[str]") -> DrainError:
    """A deadline that passed while volumes were attached. ``left`` are names of VolumeAttachments."""
    return DrainError(
        "CRI-DRAIN-VOLUMES",
        "%s has no pods left to evict, but after %d s volumes are still attached: %s. Check the CSI driver and the "
        "attach-detach controller, or raise timeout (switchover_drain_timeout). To continue without waiting, set "
        "wait_volumes=false (switchover_drain_wait_volumes)" % (name, timeout, ", ".join(left)),
        {"node": name, "volume_attachments": left, "timeout": timeout},
    )


def add_sentence(exc: "Union[DrainError, KubeError]", sentence: str) -> None:
    """Add a sentence to the message of an error. Some messages end with a full stop already."""
    exc.message = "%s. %s" % (exc.message.rstrip("."), sentence)
