# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name, and shows what it says while it waits: a module's own output comes only at its end.

The lines come through a file on the controller. Where the module runs elsewhere there are none; all else is the same.
"""

import os
import tempfile
import threading

from ansible.plugins.action import ActionBase

LOOK_EVERY = 1.0


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        args = dict(self._task.args)
        if self._connection.transport != "local" or self._task.async_val or "progress_file" in args:
            return self._call(args, task_vars)
        with tempfile.TemporaryDirectory(prefix="cri-switchover-") as directory:
            args["progress_file"] = os.path.join(directory, "progress")
            over = threading.Event()
            teller = threading.Thread(target=self._tell, args=(args["progress_file"], over), daemon=True)
            teller.start()
            try:
                return self._call(args, task_vars)
            finally:
                over.set()
                teller.join()

    def _call(self, args, task_vars):
        return self._execute_module(
            module_name="cri.switchover.node_drain",
            module_args=args,
            task_vars=task_vars,
            wrap_async=self._task.async_val and not self._connection.has_native_async,
        )

    def _tell(self, path, over):
        read = 0
        while True:
            last = over.wait(LOOK_EVERY)
            if os.path.exists(path):
                with open(path, encoding="utf-8") as lines:
                    lines.seek(read)
                    for line in iter(lines.readline, ""):
                        self._display.display("  %s" % line.rstrip())
                    read = lines.tell()
            if last:
                return
