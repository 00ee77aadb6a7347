"""The connection to a simulated node: answers at once, for modules and for the engine's commands."""

from __future__ import annotations

DOCUMENTATION = """
name: simulated
short_description: Simulated nodes
description: Of tests/performance/bench/controller.py.
extends_documentation_fragment: [connection_pipelining]
options: {}
"""

import json
import os
import re
from pathlib import Path

from ansible.plugins.connection import ConnectionBase

from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import new_journal
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import LAUNCHER
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

FOLDER = Path(os.environ["SIMULATED_FOLDER"])
MODULE = re.compile(rb"switchover[./]plugins[./]modules[./](\w+)")
ENGINE = re.compile(r"%s (\w+)(?: --run-id (\S+))?" % re.escape(LAUNCHER))
AFTER = {"start": "switched", "confirm": "confirmed", "finalize": "finalized"}


class Connection(ConnectionBase):
    transport = "simulated"
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def close(self):
        self._connected = False

    def put_file(self, in_path, out_path):
        raise AssertionError("nothing is copied where modules go by the pipeline")

    def fetch_file(self, in_path, out_path):
        raise AssertionError("nothing is fetched")

    def exec_command(self, cmd, in_data=None, sudoable=True):
        # Modules by the pipeline; what the action cutover asks of the engine by the command line.
        answer = self._module(in_data) if in_data else self._engine(cmd)
        return 0, json.dumps(answer).encode() if answer is not None else b"", b""

    def _module(self, payload):
        found = MODULE.search(payload)
        if not found:
            raise AssertionError("not a module of this collection: there is nobody to run it")
        name = found.group(1).decode()
        answer = json.loads((FOLDER / (name + ".json")).read_text(encoding="utf-8"))
        if name == "node_runtime_info":
            host = self._play_context.remote_addr
            answer["runtime_info"].update(node_name=host, hostname=host, fqdn=host)
        return answer

    def _engine(self, command):
        path = FOLDER / "phase" / self._play_context.remote_addr
        phase, run_id = path.read_text(encoding="utf-8").split() if path.exists() else ("staged", "none")
        if "journal.json" in command:
            plan = {
                "tool_version": VERSION,
                "run_id": run_id,
                "owner": "bench",
                "node_name": path.name,
                "from": {},
                "to": {"socket": "unix:///run/containerd/containerd.sock"},
                "config_digest": "d",
                "settings": {},
            }
            times = {"kubelet_stopped": 1, "kubelet_started": 2, "kubelet_down_s": 1.0}
            return dict(new_journal(plan, 0), phase=phase, times=times)
        asked = ENGINE.search(command)
        if not asked:
            return None
        verb, given = asked.groups()
        if verb in AFTER:
            path.write_text("%s %s" % (AFTER[verb], given or run_id), encoding="utf-8")
        return {"changed": True, "started": True, "phase": AFTER.get(verb, phase)}
