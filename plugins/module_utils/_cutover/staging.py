# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan comes onto the node: its copies, journal and engine, before anything live is touched.

Private to this collection: there is no promise that it stays as it is.
"""

import hashlib
import os
import time

from ansible_collections.cri.switchover.plugins.module_utils._engine import archive, cli
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import new_journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import STATE
from ansible_collections.cri.switchover.plugins.module_utils._engine.refusals import refuse_staging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
    from ansible_collections.cri.switchover.plugins.module_utils._engine.store import Store

    Plan = Dict[str, Any]
    # (path of the staged copy, its content)
    Contents = List[Tuple[str, bytes]]

# The engine's whole program: what is imported here is what a node gets.
PROGRAM = cli.main
# What differs from one run to the next without making another plan of it.
OF_THE_RUN = ("run_id", "owner", "created")


def with_staged_copies(plan: "Plan") -> "Tuple[Plan, Contents]":
    """The plan as the engine reads it, and the copies to write: contents leave the plan."""
    files, contents = [], []
    for given in plan["files"]:
        item = dict(given)
        content = item.pop("content", None)
        item.setdefault("sha256", None)
        item.setdefault("staged", None)
        if item["change"] == "write" and content is not None:
            data = content.encode("utf-8")
            item["staged"] = STATE + "/staged" + item["path"]
            item["sha256"] = hashlib.sha256(data).hexdigest()
            contents.append((item["staged"], data))
        files.append(item)
    return dict(plan, files=files), contents


def substance(plan: "Optional[Plan]") -> "Plan":
    """The plan without what belongs to one run: two runs with the same substance change the node alike."""
    return dict((key, value) for key, value in (plan or {}).items() if key not in OF_THE_RUN)


def differences(node: "Node", plan: "Plan", contents: "Contents") -> "List[Dict[str, str]]":
    """Live files against what the switch makes of them, as Ansible shows a diff; without contents of private files."""
    fresh, found = dict(contents), []
    for item in plan["files"]:
        image = node.image_of(item["path"])
        wanted = item["sha256"] if item["change"] == "write" else None
        if image.get("sha256") == wanted:
            continue
        after = b""
        if item["change"] == "write":
            after = fresh.get(item["staged"]) or node.read(item["staged"])
        before = node.read(item["path"]) if image.get("sha256") else b""
        secret = item.get("mode", "0644")[-2:] == "00" or image.get("mode", "0644")[-2:] == "00"
        found.append(
            {
                "before_header": item["path"] if image.get("sha256") else "%s (absent)" % item["path"],
                "after_header": item["path"] if item["change"] == "write" else "%s (removed)" % item["path"],
                "before": "(not shown)\n" if secret else before.decode("utf-8", "replace"),
                "after": "(not shown, differs)\n" if secret else after.decode("utf-8", "replace"),
            }
        )
    return found


def check_staged(node: "Node", plan: "Plan", contents: "Contents", check_mode: bool) -> None:
    """Raise Failure where a copy that an earlier task has staged is missing or is another one.

    In check mode the tasks before have staged nothing: then there is nothing to compare with.
    """
    fresh = set(path for path, _data in contents)
    for item in plan["files"]:
        if item["change"] != "write" or item["staged"] in fresh:
            continue
        image = node.image_of(item["staged"])
        if image.get("sha256") == item["sha256"]:
            continue
        if check_mode:
            contents.append((item["staged"], b"(staged by an earlier task)\n"))
            continue
        seen = {"path": item["staged"], "seen": image.get("sha256"), "wanted": item["sha256"]}
        raise Failure("CRI-CUTOVER-STAGED", "%s is not what was staged" % item["staged"], **seen)


def write_all(node: "Node", store: "Store", plan: "Plan", contents: "Contents") -> None:
    """Write copies, engine, journal and plan, for root only. Raises Failure, or OSError where the disk is full."""
    os.umask(0o077)
    state = node.path(STATE)
    if not os.path.isdir(state):
        os.makedirs(state, 0o700)
    os.chmod(state, 0o700)
    with store.lock(wait=10):
        # Another run may have begun since this one read the journal.
        refusal = refuse_staging(store.journal(), plan)
        if refusal:
            raise Failure(*refusal)
        _write_locked(node, store, plan, contents)


def _write_locked(node: "Node", store: "Store", plan: "Plan", contents: "Contents") -> None:
    # Of what the window needs on the disk, it must be known before any pod is evicted.
    store.reserve()
    for path, data in contents:
        node.write(path, data)
    # Compiled now rather than in the window.
    archive.install(node)
    # The journal first: one that is staged asks for nothing, whatever plan lies beside it.
    store.save("journal.json", new_journal(plan, time.time()))
    store.save("plan.json", plan)
