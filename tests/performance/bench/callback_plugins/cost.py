"""What each task cost the controller: seconds by the clock, processor time of Ansible itself and of its children."""

from __future__ import annotations

DOCUMENTATION = """
name: cost
type: aggregate
short_description: What each task cost the controller
description: Of tests/performance/bench/controller.py.
options: {}
"""

import json
import os
import resource
import time

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "cost"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._play = ""
        self._marks = [self._mark("start")]

    def _mark(self, name):
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return [self._play, name, time.monotonic(), own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime]

    def v2_playbook_on_play_start(self, play):
        self._play = play.get_name()

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._marks.append(self._mark(task.get_name()))

    def v2_playbook_on_stats(self, stats):
        self._marks.append(self._mark("end"))
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with open(os.environ["SIMULATED_FOLDER"] + "/cost.json", "w") as stream:
            json.dump({"marks": self._marks, "largest_kib": largest}, stream)
