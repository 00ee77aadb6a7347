"""A run's processes are found in whatever session they are, and all of them end."""

from __future__ import annotations

import os
import subprocess
import time

import pytest
from scenarios.processes import carrying, kill_carrying


@pytest.fixture
def mark(tmp_path):
    """A variable that nobody else has."""
    return f"SCENARIO_TEST={tmp_path}"


def test_all_sessions_of_a_run_end_and_nothing_else(mark):
    name, _, value = mark.partition("=")
    script = "setsid sleep 60 & setsid sh -c 'sleep 60; :' & echo begun; wait"
    run = subprocess.Popen(
        ["sh", "-c", script], env={**os.environ, name: value}, stdout=subprocess.PIPE, start_new_session=True
    )
    other = subprocess.Popen(["sleep", "60"], env={**os.environ, name: value + "-other"})
    try:
        assert run.stdout and run.stdout.readline() == b"begun\n"
        # A busy machine is slow to begin them, and one that becomes another program has no environment meanwhile.
        until = time.monotonic() + 20
        while len(carrying(mark)) < 3:
            assert time.monotonic() < until
            time.sleep(0.1)
        kill_carrying(mark)
        assert carrying(mark) == []
        assert run.wait(10) == -9
        assert other.poll() is None, "a process of somebody else was ended"
    finally:
        kill_carrying(f"{mark}-other")
        other.wait(10)


def test_nobody_carries_it(mark):
    assert carrying(mark) == []
    kill_carrying(mark, patience=0)
