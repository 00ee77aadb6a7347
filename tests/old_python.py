"""What runs on nodes, with this machine's Python 3.6, or with the interpreter named.

It compiles, its unit tests pass, and its packages travel: the oldest ansible-core sends it each module.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cores
from lab.paths import cache_dir

TOP = Path(__file__).resolve().parent.parent
NEEDS = ["pytest<7.1"]  # the last that knows Python 3.6
TESTS = "tests/unit/plugins/module_utils"
# On the controller, in Ansible's own Python.
CONTROLLER = ("cluster_info", "node_drain", "rollout_gate", "rollout_lease", "runtime_class")
NODE = sorted(p.stem for p in (TOP / "plugins" / "modules").glob("*.py") if p.stem not in CONTROLLER)


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
    print(f"unit tests with {python}: {TESTS}", flush=True)
    more = {"PYTHONPATH": str(TOP / "collections"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", TESTS]
    return subprocess.run(command, check=False, cwd=TOP, env={**os.environ, **more}).returncode == 0


def answer(venv: Path, old: str, module: str) -> dict:
    """What a module says that AnsiballZ has sent. In check mode, and without any argument."""
    command = [f"{venv}/bin/ansible", "localhost", "-c", "local", "--check", "-m", f"cri.switchover.{module}"]
    command += ["-e", f"ansible_python_interpreter={old}", "--tree"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*command, folder], cwd=TOP, capture_output=True, text=True)
        try:
            return json.loads((Path(folder) / "localhost").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {"module_stderr": f"{done.stdout[-500:]} {done.stderr[-500:]}"}


def travels(old: str) -> bool:
    """Each module comes to an answer of its own, if only on its arguments: all that it imports is there."""
    venv = cores.environment(cores.OLDEST)
    if not venv:
        return False
    answers = {module: answer(venv, old, module) for module in NODE}
    wrong = [
        f"{module}: {said.get('msg')} {said.get('module_stderr') or said.get('exception')}"
        for module, said in answers.items()
        if said.get("module_stderr") or said.get("exception")
    ]
    seen = answers["node_runtime_info"].get("runtime_info", {})
    if not seen.get("os", {}).get("python", "").startswith("3.6"):
        wrong.append(f"node_runtime_info gave no facts, or ran elsewhere: {str(answers['node_runtime_info'])[:600]}")
    print(f"{len(NODE)} modules sent by ansible-core {cores.OLDEST} to {old}: {'; '.join(wrong) or 'fine'}", flush=True)
    return not wrong


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
    python = environment(old)
    return 0 if all([compiles(old), bool(python) and passes(python), travels(old)]) else 1


if __name__ == "__main__":
    sys.exit(main())
