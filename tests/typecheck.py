#!/usr/bin/env python3
"""mypy over the plugins and over the tests' own code.

The plugins are checked as the package that Ansible imports: called with paths, mypy takes every import from the
collection for `Any`, and sees nothing that crosses a file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CONFIG = str(TOP / "pyproject.toml")
PLUGINS = "ansible_collections.cri.switchover.plugins"
TESTS = ("lab", "performance", "faults", "scenarios", "playbooks", "run", "parts.py", "generators", "generate.py")


def mypy(*arguments: str, cwd: Path, path: str) -> int:
    command = [sys.executable, "-m", "mypy", "--config-file", CONFIG, "--no-error-summary", *arguments]
    return subprocess.run(command, cwd=cwd, env={**os.environ, "MYPYPATH": path}).returncode


def main() -> int:
    results = [
        mypy("-p", PLUGINS, cwd=TOP / "collections", path="."),
        mypy(*(f"tests/{name}" for name in TESTS), cwd=TOP, path="collections"),
    ]
    return 1 if any(results) else 0


if __name__ == "__main__":
    sys.exit(main())
