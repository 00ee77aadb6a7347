"""An action plugin in place of each module: records its arguments, and answers as a test says.

An answer with "unreachable" is a lost connection, as a connection plugin reports it. With "seconds" it takes that long.
"""

import json
import os
import time

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        began = time.time()
        host, name = task_vars["inventory_hostname"], self._task.action.split(".")[-1]
        args = json.loads(json.dumps(dict(self._task.args), default=str))
        self._write("asked", [host, name, args])
        with open(os.environ["STUB_FOLDER"] + "/answers.json") as stream:
            answers = json.load(stream)
        what = ("%s %s" % (name, args.get("state", ""))).strip()
        answer = answers.get("%s %s" % (host, what), answers.get(what, {"changed": True}))
        time.sleep(answer.pop("seconds", 0))
        self._write("times", [host, what, began, time.time(), self._task.check_mode])
        if answer.get("unreachable"):
            raise AnsibleConnectionFailure(answer["msg"])
        return answer

    @staticmethod
    def _write(name, entry):
        # Unbuffered, because forks write at the same time: each entry is one write.
        with open(os.environ["STUB_FOLDER"] + "/" + name, "ab", buffering=0) as stream:
            stream.write(json.dumps(entry).encode() + b"\n")
