# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine on the node, as the controller uses it: its commands, the node lock, and the journal that it writes.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import shlex
import time
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import SCHEMA, Journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import (
    ENGINE_UNIT,
    LAUNCHER,
    NODE_LOCK,
    RECOVERY_UNIT,
    REVERT_UNIT,
    STATE,
    WATCHDOG,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.connection import NodeConnection, as_json
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.deadline import Deadline
from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.failures import Refused
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Log

# Seconds between two polls.
POLL_EVERY = 1.5
# The node lock of this run expires a minute after the last command, unless lock_for() took it for longer.
RENEW_EVERY = 20
# How often a journal that cannot be read is read again, on a node that was not asked to reboot.
TRIES = 5
# The words of cat, in the locale C.
NO_JOURNAL = "journal.json: No such file"

# What a command of the engine prints with --json.
Answer = dict[str, Any]


class NodeEngine:
    """The engine on one node.

    ``python``: the node's interpreter; ``lock``: the options by which each command takes and renews the node lock for
    this run, empty for commands that only read.
    """

    def __init__(self, connection: NodeConnection, python: str, lock: list[str], deadline: Deadline, log: Log) -> None:
        self.connection, self.lock = connection, lock
        self._python, self._deadline, self._log = python, deadline, log
        self._renewed = time.monotonic()
        # The journal as it was read last, and the plan once it was read.
        self.journal: Any = None
        self._plan: dict[str, Any] | None = None

    def command(self, command: str, *words: str, refusals: bool = False) -> Answer:
        """The engine's answer. Raises Refused for a refusal, unless ``refusals`` are answers, too."""
        line = [self._python, "-I", "-S", LAUNCHER, command] + list(words) + self.lock + ["--json"]
        result = self.connection.run(" ".join(shlex.quote(word) for word in line))
        answer = as_json(result)
        if answer is None and LAUNCHER in result["stderr"] + result["stdout"]:
            raise Refused("CRI-CUTOVER-UNSTAGED", "no engine on the node: run cutover with state=staged first")
        if answer is None:
            raise Refused(
                "CRI-CUTOVER-ENGINE",
                "the engine on the node does not answer: %s"
                % ((result["stderr"] or result["stdout"]).strip()[-400:] or "rc %s" % result["rc"]),
                rc=result["rc"],
            )
        if not refusals:
            self.raise_if_refused(answer)
        return answer

    def raise_if_refused(self, answer: Answer) -> None:
        """Raise Refused for an answer that is a refusal or a failure, after reading the journal."""
        if answer.get("refused") or answer.get("failed"):
            self.refresh()
            _reason, _colon, text = answer["error"].partition(": ")
            raise Refused(answer["reason"], text, **answer.get("details") or {})

    # the node lock

    def renew_lock(self) -> None:
        """Keep other rollouts off the node while nothing else is asked of the engine."""
        if time.monotonic() - self._renewed > RENEW_EVERY:
            self._renewed = time.monotonic()
            self.command("lock", refusals=True)

    def lock_for(self, seconds: int) -> int | None:
        """Have the node lock for so long; returns the seconds that the watchdog leaves, None where it is not armed.

        Raises Refused while another rollout has the lock.
        """
        answer = self.command("lock", "--seconds", str(seconds))
        self._renewed = time.monotonic()
        left: int | None = answer.get("watchdog_left")
        return left

    def release_lock(self) -> None:
        """Others need not wait until our node lock expires, if it is still ours."""
        if not self.lock:
            return
        self.connection.run(
            "! grep -qsF %s %s || rm -f %s" % (shlex.quote('"%s"' % self.lock[1]), NODE_LOCK, NODE_LOCK)
        )

    # what it writes, and whether it runs

    def refresh(self) -> Any:
        """Read the journal, and keep it as ``journal``."""
        self.journal = self.read_journal()
        return self.journal

    def read_journal(self) -> Journal | None:
        """The journal, or None where the node itself says that there is none. Raises Refused when it cannot be read.

        A node that goes down for its reboot may say anything, or nothing.
        """
        tries = 0
        while True:
            result = self.connection.run("cat %s/journal.json" % STATE)
            read, text = as_json(result), result["stdout"] + result["stderr"]
            journal = None if read is None else Journal(read)
            if journal is not None or NO_JOURNAL in text:
                break
            tries += 1
            printed = "%r, rc %s" % (text.strip()[-300:], result["rc"])
            patient = self.journal is not None and self.journal.going_down()
            if self._deadline.is_over() or tries >= TRIES and not patient:
                raise Refused("CRI-CUTOVER-JOURNAL", "cannot read the journal: %s" % printed)
            self._log("no journal was read, trying again: %s" % printed)
            time.sleep(POLL_EVERY)
        if journal is not None and journal.get("schema", 0) > SCHEMA:
            raise Refused("CRI-JOURNAL-NEWER", "the journal comes from a newer tool (%s)" % journal.get("tool_version"))
        return journal

    def plan(self) -> dict[str, Any]:
        """The plan that was staged, read once; empty where it cannot be read."""
        if self._plan is None:
            self._plan = as_json(self.connection.run("cat %s/plan.json" % STATE)) or {}
        return self._plan

    def crictl(self) -> str:
        """The path of crictl on the node, as the plan has it."""
        return str(self.plan().get("crictl") or "/usr/bin/crictl")

    def is_alive(self) -> bool:
        """Whether any unit of the engine works on the node."""
        units = [ENGINE_UNIT, REVERT_UNIT, WATCHDOG + ".service", RECOVERY_UNIT]
        words = self.connection.run("systemctl is-active %s" % " ".join(units))["stdout"].split()
        # The recovery unit stays active once it has done its work.
        return any(word in ("active", "activating", "deactivating") for word in words[:3]) or "activating" in words[3:]
