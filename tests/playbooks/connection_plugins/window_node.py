"""The connection to a node in its window: the engine's answers are simulated, modules really run, on this machine.

STUB_FOLDER/node.json says what goes wrong. Its "commands" end up in STUB_FOLDER/commands, one a line.
"""

from __future__ import annotations

DOCUMENTATION = """
name: window_node
short_description: A node in its window
description: Of tests/playbooks/test_window.py.
extends_documentation_fragment: [connection_pipelining]
options: {}
"""

import json
import os
import re
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as Local

from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import new_journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import LAUNCHER
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

FOLDER = Path(os.environ["STUB_FOLDER"])
AFTER = {"start": "switched", "confirm": "confirmed", "revert": "reverted"}
REFUSED = {"refused": True, "reason": "CRI-CUTOVER-BUSY", "error": "CRI-CUTOVER-BUSY: bob works on this node"}
# In place of the module's time limit.
LIMIT = "timeout -k 5 %d "


class Connection(Local):
    transport = "window_node"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        with open(FOLDER / "commands", "a", encoding="utf-8") as stream:
            stream.write(json.dumps([cmd, bool(in_data)]) + "\n")
        node = json.loads((FOLDER / "node.json").read_text(encoding="utf-8"))
        if "AnsiballZ" in cmd and "timeout" in cmd or in_data:
            return self._module(node, cmd, in_data)
        answer = self._answer(node, cmd)
        if answer is None:
            return super().exec_command(cmd, in_data, sudoable)
        return 0, json.dumps(answer).encode() if answer else b"", b""

    def _module(self, node, cmd, in_data):
        if node.get("losses"):
            self._write(node, losses=node["losses"] - 1)
            raise AnsibleConnectionFailure("the network is gone")
        return super().exec_command(re.sub(r"timeout -k 5 \d+ ", LIMIT % node.get("limit", 40), cmd), in_data, False)

    def _answer(self, node, cmd):
        if "journal.json" in cmd:
            return self._journal(node)
        if "plan.json" in cmd:
            return {"crictl": str(FOLDER / "crictl")}
        if "grep -qsF" in cmd:
            return {}
        verb = cmd.split(LAUNCHER)[1].split()[0].strip("'") if LAUNCHER in cmd else None
        if verb == "lock":
            return (
                REFUSED
                if node.get("locked_by_another")
                else {"locked": True, "watchdog_left": node.get("watchdog_s", 500)}
            )
        if verb in AFTER:
            self._write(node, phase=AFTER[verb])
            return {"changed": True, "started": True}
        return None

    @staticmethod
    def _write(node, **changes):
        (FOLDER / "node.json").write_text(json.dumps(dict(node, **changes)), encoding="utf-8")

    @staticmethod
    def _journal(node):
        plan = {
            "tool_version": VERSION,
            "run_id": "r1",
            "owner": "ci",
            "node_name": "node000",
            "from": {"cri_socket": "/var/run/dockershim.sock"},
            "to": {"socket": "unix:///run/containerd/containerd.sock", "version_prefix": "containerd://"},
            "config_digest": "d",
            "settings": {},
        }
        times = {"kubelet_stopped": 1, "kubelet_started": 2, "kubelet_down_s": 1.0}
        more = {"phase": node.get("phase", "staged"), "times": times, "handlers": node.get("handlers", {})}
        return dict(new_journal(plan, 0), **more)
