import os
import time

from ansible_collections.cri.switchover.plugins.module_utils._facts import io as node_io
from ansible_collections.cri.switchover.plugins.module_utils._facts import processes


def test_processes_of_this_machine():
    name = node_io.read_text("/proc/self/comm").strip()
    assert os.getpid() in processes.pids_of((name, "no-such-process"))[name]
    assert processes.command_line(os.getpid())
    assert processes.command_line(None) == []


def test_the_start_of_a_process():
    command = node_io.Command(["sleep", "5"])
    assert abs(processes.start_time(command.process.pid) - time.time()) < 3
    node_io.kill(command.process)
    assert processes.start_time(command.process.pid) == float("inf")
