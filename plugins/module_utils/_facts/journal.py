# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal of an earlier switch says, and who works on the node now. Pure.

The engine writes the journal, its plan and the node lock; here they are only read.
"""

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

JOURNAL_SCHEMA = 1


def journal_facts(
    text: "Optional[str]", plan_text: "Optional[str]" = None, lock_text: "Optional[str]" = None, monotonic: float = 0
) -> "Dict[str, Any]":
    """The journal of an earlier run in short; a schema that is newer than this program is only named.

    plan_text: the plan of that run, from which comes what a verification of its target needs.
    lock_text: the node lock, which names who works on the node at this moment.
    monotonic: the node's clock that cannot be set, in seconds; it decides when a lock ends.
    """
    try:
        journal = json.loads(text)  # type: ignore[arg-type]  # None is not readable either
        schema = int(journal.get("schema", 0))
    except (ValueError, TypeError, AttributeError) as error:
        return {"error": "journal.json is not readable: %s" % error}
    facts = {key: journal.get(key) for key in ("tool_version", "run_id", "owner", "phase", "config_digest", "reason")}
    # None: not known. Journals of 0.1.0 have none, and a role that was called without them recorded nothing.
    recorded = journal.get("settings")
    facts["settings"] = recorded if isinstance(recorded, dict) and recorded else None
    for key in ("from", "to"):
        value = journal.get(key)
        facts[key] = value.get("runtime") if isinstance(value, dict) else value
    facts["source"] = journal["from"] if isinstance(journal.get("from"), dict) else {}
    to = journal["to"] if isinstance(journal.get("to"), dict) else {}
    facts.update(socket=to.get("socket"), version_prefix=to.get("version_prefix"))
    plan = _object(plan_text)
    facts.update(handlers=plan.get("handlers") or [], pause_image=plan.get("pause_image"), store=plan.get("store"))
    tried = journal["handlers"] if isinstance(journal.get("handlers"), dict) else {}
    facts["left_out"] = tried.get("left_out") or {}
    facts["why"] = " ".join(str(journal.get("error") or "").split())[:300] or None
    facts["lock"] = lock_facts(lock_text, monotonic)
    facts.update(schema=schema, newer=schema > JOURNAL_SCHEMA)
    steps = journal.get("steps")
    facts["steps"] = [
        {"name": step.get("name"), "outcome": step.get("outcome")}
        for step in (steps if isinstance(steps, list) else [])
        if isinstance(step, dict)
    ]
    return facts


def plan_files(plan_text: "Optional[str]") -> "List[Dict[str, Any]]":
    """The files of a plan, as the engine's functions take them; none without a plan.

    Raises ValueError for what is no plan.
    """
    if plan_text is None:
        return []
    files = _object(plan_text).get("files")
    if not isinstance(files, list):
        raise ValueError("it has no list of files")
    return files


def lock_facts(text: "Optional[str]", monotonic: float) -> "Optional[Dict[str, Any]]":
    """Who works on the node now, and for how many seconds that counts; None when nobody does."""
    lock = _object(text)
    left = (lock.get("until") or 0) - monotonic
    return {"owner": lock.get("owner") or "unknown", "seconds_left": int(left) + 1} if left > 0 else None


def _object(text: "Optional[str]") -> "Dict[str, Any]":
    try:
        value = json.loads(text or "")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
