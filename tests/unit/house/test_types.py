"""Types are checked across packages: a call with a wrong type is refused, and so is a function without annotations."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
PLUGINS = "ansible_collections.cri.switchover.plugins"
CALL = f"""
from {PLUGINS}.module_utils._common.text import human
from {PLUGINS}.plugin_utils.preflight.report import report

human(%s)
report([])
"""


def mypy(path: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "mypy", "--config-file", str(TOP / "pyproject.toml"), "--no-error-summary"]
    env = {**os.environ, "MYPYPATH": str(TOP / "collections")}
    done = subprocess.run([*command, str(path)], cwd=path.parent, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout


@pytest.mark.parametrize("size, wrong", [("1024", False), ('"1 KiB"', True)])
def test_a_call_with_a_wrong_type_is_seen_across_packages(tmp_path, size, wrong):
    (tmp_path / "call.py").write_text(CALL % size, encoding="utf-8")
    code, output = mypy(tmp_path / "call.py")
    assert (code, 'Argument 1 to "human"' in output) == ((1, True) if wrong else (0, False)), output


def test_a_function_of_the_plugins_must_be_annotated(tmp_path):
    folder = tmp_path.joinpath(*PLUGINS.split("."), "module_utils")
    folder.mkdir(parents=True)
    (folder / "bare.py").write_text("def bare(x):\n    return x\n", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(TOP / "pyproject.toml")]
    done = subprocess.run(
        [*command, "-p", PLUGINS], cwd=tmp_path, env={**os.environ, "MYPYPATH": "."}, capture_output=True, text=True
    )
    assert done.returncode == 1 and "missing a type annotation" in done.stdout
