"""The other releases of ansible-core: the oldest supported one, and the newest that this machine's Pythons allow.

For each a virtual environment, the unit tests, and the playbook's dry run on the lab's untouched cluster.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from lab.paths import cache_dir

TOP = Path(__file__).resolve().parent.parent
NEEDS = ["pytest==8.4.2", "hypothesis", "jmespath", "kubernetes", "pyyaml"]
# ansible-core, and the Pythons its controller runs on, the preferred one first
RELEASES = {"2.16": ["3.11", "3.12", "3.10"], "2.21": ["3.13", "3.12", "3.14"]}


def interpreter(versions: list[str]) -> str | None:
    for version in versions:
        here = shutil.which(f"python{version}")
        pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        if pyenv or here:
            return str(pyenv[-1]) if pyenv else here
    return None


def call(*command: str) -> bool:
    print(f"   $ {' '.join(command)}", flush=True)
    return subprocess.run(command, cwd=TOP, stdin=subprocess.DEVNULL).returncode == 0


def main() -> int:
    bad = []
    for release, pythons in RELEASES.items():
        python = interpreter(pythons)
        if not python:
            print(f"ansible-core {release}: none of Python {', '.join(pythons)} is on this machine")
            bad.append(release)
            continue
        venv = cache_dir() / "versions" / release
        print(f"== ansible-core {release} on {python}", flush=True)
        good = (venv / "bin" / "pytest").exists() or (
            call(python, "-m", "venv", str(venv))
            and call(f"{venv}/bin/pip", "install", "-q", f"ansible-core~={release}.0", *NEEDS)
        )
        good = good and call(f"{venv}/bin/python", "-m", "pytest", "tests/unit")
        good = good and call(str(TOP / "lab"), "restore")
        inventory = str(cache_dir() / "run" / "inventory.yml")
        good = good and call(
            str(TOP / "lab"),
            "exec",
            f"{venv}/bin/ansible-playbook",
            "-i",
            inventory,
            "switch-runtime.yml",
            "--check",
            "--diff",
        )
        if not good:
            bad.append(release)
    print(f"{len(RELEASES) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
