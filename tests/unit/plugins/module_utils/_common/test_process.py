# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import subprocess
import sys

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._common import process

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc")


def test_this_process_has_not_ended():
    assert not process.has_ended(process.identity(os.getpid()))


def test_a_process_that_has_ended():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        identity = process.identity(other.pid)
        assert identity and not process.has_ended(identity)
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert process.has_ended(identity), "a zombie is no process that runs anything"
        other.wait()
    assert process.has_ended(identity)
    assert process.identity(other.pid) == ""


def test_the_same_number_later_is_another_process():
    machine, pid, started = process.identity(os.getpid()).rsplit("/", 2)
    assert process.has_ended("%s/%s/%d" % (machine, pid, int(started) - 1))


@pytest.mark.parametrize("identity", ["", None, "x", "other-boot/pid:[1]/1/1", "//", "a/b/c/d"])
def test_what_is_not_known_has_not_ended(identity):
    assert not process.has_ended(identity)


def test_a_process_that_is_hidden_has_not_ended(monkeypatch):
    identity = process.identity(os.getpid())
    monkeypatch.setattr(process, "_started", lambda pid: None)
    assert not process.has_ended(identity)
