"""Releases of ansible-core beside the pinned one, each in an environment of its own in the cache."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from lab.paths import cache_dir

TOP = Path(__file__).resolve().parent.parent
NEEDS = ["pytest==8.4.2", "hypothesis", "jmespath", "kubernetes", "pyyaml"]
OLDEST, NEWEST = "2.16", "2.21"
# The Pythons that a controller of each release runs on, the preferred one first.
PYTHONS = {OLDEST: ["3.11", "3.12", "3.10"], NEWEST: ["3.13", "3.12", "3.14"]}


def interpreter(versions: list[str]) -> str | None:
    """The first of these Pythons that is on this machine."""
    for version in versions:
        here = shutil.which(f"python{version}")
        pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        if pyenv or here:
            return str(pyenv[-1]) if pyenv else here
    return None


def call(*command: str, cwd: Path = TOP) -> bool:
    print(f"   $ {' '.join(command)}", flush=True)
    return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL).returncode == 0


def environment(release: str) -> Path | None:
    """The virtual environment of a release, made once; None, with a message, where that cannot be."""
    python = interpreter(PYTHONS[release])
    if not python:
        print(f"ansible-core {release}: none of Python {', '.join(PYTHONS[release])} is on this machine")
        return None
    venv = cache_dir() / "versions" / release
    if (venv / "complete").exists():
        return venv
    shutil.rmtree(venv, ignore_errors=True)
    if not (
        call(python, "-m", "venv", str(venv))
        and call(f"{venv}/bin/pip", "install", "-q", f"ansible-core~={release}.0", *NEEDS)
    ):
        return None
    (venv / "complete").touch()
    return venv
