# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task result as a JSON line to $TRACE_FILE: tests read data, not the human-readable output."""

import json
import os
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: trace
type: notification
short_description: Task results as JSON lines
description:
  - Appends one JSON object per task result to the file named by the environment variable E(TRACE_FILE).
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "trace"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, status, result, ignored=False):
        data = result._result
        entry = {
            "at": time.time(),
            "host": result._host.get_name(),
            # Without the name of its role, which a task need not keep.
            "task": result._task.name or result._task.get_name(),
            "action": result._task.action,
            "status": status,
            "ignored": ignored,
            "changed": bool(data.get("changed")),
            "msg": str(data.get("msg", "")),
            "reason": data.get("reason"),
            "details": data.get("details"),
            "phase": data.get("phase"),
        }
        with open(os.environ["TRACE_FILE"], "a", encoding="utf-8") as handle:
            handle.write(json.dumps(entry, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._write("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write("failed", result, ignore_errors)

    def v2_runner_on_unreachable(self, result):
        self._write("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self._write("skipped", result)
