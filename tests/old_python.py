"""What runs on nodes, with this machine's Python 3.6 (or with the interpreter named): compiles it, runs its unit tests.

Tests of what runs on controllers only are left out, by name; any other test file is expected to pass here. A drain may
be delegated to a host of the control plane.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from lab.paths import cache_dir

TOP = Path(__file__).resolve().parent.parent
NEEDS = ["pytest<7.1"]  # the last that knows Python 3.6
TESTS = TOP / "tests" / "unit" / "plugins" / "module_utils"
CONTROLLER = (
    "containerd_config",
    "crio_config",
    "findings",
    "findings_crio",
    "gates",
    "node_proof",
    "rollout",
    "runtime_classes",
    "settings",
)
WITHOUT_TOOL = ("kubelet_properties",)  # hypothesis


def works(old: str) -> bool:
    """pyenv leaves programs on PATH that only say that they are not there."""
    if not shutil.which(old):
        return False
    return subprocess.run([old, "-c", ""], check=False, capture_output=True).returncode == 0


def compiles(old: str) -> bool:
    files = [str(p) for folder in ("modules", "module_utils") for p in sorted((TOP / "plugins" / folder).rglob("*.py"))]
    program = "import sys\nfor f in sys.argv[1:]: compile(open(f, encoding='utf-8').read(), f, 'exec')"
    good = subprocess.run([old, "-c", program, *files], check=False).returncode == 0
    print(f"{len(files)} modules and module_utils compiled by {old}: {'fine' if good else 'FAILED'}", flush=True)
    return good


def environment(old: str) -> Path | None:
    """A virtual environment with pytest, made once for each interpreter."""
    version = subprocess.run(
        [old, "-c", "import platform; print(platform.python_version())"], check=True, capture_output=True, text=True
    ).stdout.strip()
    venv = cache_dir() / "old-python" / version
    python = venv / "bin" / "python"
    if (venv / "bin" / "pytest").exists():
        return python
    made = subprocess.run([old, "-m", "venv", "--clear", str(venv)], check=False).returncode == 0
    if made and subprocess.run([str(python), "-m", "pip", "install", "-q", *NEEDS], check=False).returncode == 0:
        return python
    print(f"no virtual environment with {', '.join(NEEDS)} for {old}: unit tests did not run", flush=True)
    return None


def passes(python: Path) -> bool:
    left_out = [TESTS / f"test_{name}.py" for name in (*CONTROLLER, *WITHOUT_TOOL)]
    gone = [p.name for p in left_out if not p.exists()]
    if gone:
        print(f"left out by name, but not there: {', '.join(gone)}")
        return False
    files = [str(p.relative_to(TOP)) for p in sorted(TESTS.rglob("test_*.py")) if p not in left_out]
    print(
        f"unit tests with {python}: {len(files)} files of {TESTS.relative_to(TOP)}; left out: "
        f"{', '.join(CONTROLLER)} (controllers only), {', '.join(WITHOUT_TOOL)} (needs hypothesis)",
        flush=True,
    )
    more = {"PYTHONPATH": str(TOP / "collections"), "PYTHONDONTWRITEBYTECODE": "1"}
    return (
        subprocess.run(
            [str(python), "-m", "pytest", "-p", "no:cacheprovider", *files],
            check=False,
            cwd=TOP,
            env={**os.environ, **more},
        ).returncode
        == 0
    )


def main() -> int:
    pyenv = [str(p) for p in sorted(Path.home().glob(".pyenv/versions/3.6.*/bin/python"))]
    found = [*pyenv, shutil.which("python3.6") or ""]
    old = next((p for p in sys.argv[1:] or found if p and works(p)), None)
    if not old and sys.argv[1:]:
        print(f"{sys.argv[1]} does not run")
        return 1
    if not old:
        print("NOT RUN: there is no Python 3.6 on this machine, what runs on nodes was not tried with it")
        return 0
    if not compiles(old):
        return 1
    python = environment(old)
    return 0 if python and passes(python) else 1


if __name__ == "__main__":
    sys.exit(main())
