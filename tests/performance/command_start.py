"""How long `cri-switchover status` takes to start, installed as on a node, with the interpreters that nodes have."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from performance.sources import Figures

STATE = Path("/var/lib/cri-switchover")
VERSIONS = ("3.6", "3.11")
WARM_UP = 5
STARTS = 30
# As the module `cutover` did it: the program beside its compiled form, and a launcher that names the interpreter.
LAUNCH = """\
import sys
sys.path.insert(0, sys.argv[1])
import engine
sys.stdout.write(engine.LAUNCHER_TEXT.replace(engine.STATE, sys.argv[1]))
"""
# As it does it now: one zip of the package, and a launcher.
BUILD = """\
import sys
sys.path.append(sys.argv[1])
from _engine import archive
with open(sys.argv[2], "wb") as stream:
    stream.write(archive.build(sys.argv[2]))
sys.stdout.write(archive.launcher(where=sys.argv[2]))
"""


def install(tree: Path, folder: Path, python: str) -> Path:
    """Puts the node's program of a tree into a folder, for one interpreter, and returns the command."""
    utils = tree / "plugins" / "module_utils"
    if (utils / "_engine.py").is_file():
        return install_file(utils / "_engine.py", folder, python)
    return install_package(utils / "_engine", folder, python)


def install_file(source: Path, folder: Path, python: str) -> Path:
    """The form of the first commit: one file, imported from its folder by a launcher."""
    shutil.copyfile(source, folder / "engine.py")
    subprocess.run([python, "-IS", "-m", "py_compile", str(folder / "engine.py")], check=True)
    text = subprocess.check_output([python, "-IS", "-c", LAUNCH, str(folder)], text=True)
    command = folder / "cri-switchover"
    command.write_text(text, encoding="utf-8")
    command.chmod(0o755)
    return command


def install_package(package: Path, folder: Path, python: str) -> Path:
    """The later form: a package, built into one zip by a function of its own, with the interpreter that will run it."""
    words = [python, "-I", "-S", "-B", "-c", BUILD, str(package.parent), str(folder / "engine.zip")]
    command = folder / "cri-switchover"
    command.write_text(subprocess.check_output(words, text=True), encoding="utf-8")
    command.chmod(0o755)
    return command


def interpreter(version: str) -> str:
    """The newest of pyenv's with this version, else the one on PATH; "" where there is none that runs."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = sorted(root.glob(f"versions/{version}.*/bin/python"), key=lambda path: path.parts[-3].zfill(10))
    on_path = shutil.which(f"python{version}")
    for python in [*map(str, reversed(found)), *([on_path] if on_path else [])]:
        if subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0:
            return python
    return ""


def one_start(command: list[str]) -> tuple[float, float]:
    """(milliseconds by the clock, of processor time) from start to end of a program."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command}: exit code {process.returncode}")
    return seconds * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def medians(commands: dict[str, list[str]]) -> Figures:
    """Of each command, in turn, so that a slow moment slows all alike."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for turn in range(WARM_UP + STARTS):
        for name, command in commands.items():
            measured = one_start(command)
            if turn >= WARM_UP:
                taken[name].append(measured)
    return {
        f"{name}, {kind}": round(statistics.median(pair[number] for pair in pairs), 1)
        for name, pairs in taken.items()
        for number, kind in enumerate(("ms", "processor ms"))
    }


def start_figures(tree: Path) -> Figures:
    """For each interpreter: the command, and beside it an interpreter that does nothing."""
    if STATE.exists():
        sys.exit(f"{STATE} is on this machine: `status` would read the journal of a node there")
    figures: Figures = {}
    for version in VERSIONS:
        python = interpreter(version)
        if not python:
            figures[f"Python {version}"] = None
            continue
        with tempfile.TemporaryDirectory() as name:
            command = install(tree, Path(name), python)
            figures[f"Python {version}"] = medians(
                {"status": [str(command), "status"], "bare": [python, "-IS", "-c", "pass"]}
            )
    return {"start of the node's command": figures}
