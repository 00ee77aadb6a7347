"""gVisor (runsc and its shim for containerd) from the Go module proxy, as programs and as a package of a repository.

Built where a test asks for it (`./lab serve gvisor`). Nothing here may enter the keys of what the others are made of.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from ..say import LabError
from .cache import Log, key_of, made
from .debs import index, package
from .golang import COMPONENTS, Module, toolchain
from .run import run

# The combination that ran a container end to end with Debian's containerd 1.6.20, on emulated processors.
RELEASE = "20260224.0"
WRAPPER = "gvisor-20260224"
SHIM = "containerd-shim-runsc-v1"
RECIPE = [Path(__file__), Path(__file__).with_name("golang.py"), Path(__file__).with_name("debs.py")]


def gvisor(log: Log) -> Path:
    """A directory with `programs` (each beside its .sha512) and `repo`, an apt repository with package runsc."""

    def build(directory: Path) -> None:
        module = Module(WRAPPER, directory / "src", toolchain(log))
        programs = directory / "programs"
        stamps = {"gvisor.dev/gvisor/runsc/version.version": f"release-{RELEASE}"}
        module.build(["gvisor.dev/gvisor/runsc", "gvisor.dev/gvisor/shim"], programs, stamps)
        shutil.rmtree(module.directory)
        finish(directory)

    about = f"release {RELEASE} from the Go module proxy, about 2 min on 2 cores"
    return made("gvisor", key_of(RELEASE, COMPONENTS / WRAPPER, *RECIPE), build, log, about)


def finish(directory: Path) -> None:
    """From the two commands as Go names them to what nodes are offered."""
    programs, repo = directory / "programs", directory / "repo"
    (programs / "shim").rename(programs / SHIM)
    answer = run([programs / "runsc", "--version"]).splitlines()[0]
    if answer != f"runsc version release-{RELEASE}":
        raise LabError(f"runsc was built wrongly: it says {answer!r}")
    run([programs / SHIM, "-v"])
    repo.mkdir()
    # As the project's own package lays them out. Debian's has no shim.
    package(repo, "runsc", RELEASE, "", {f"usr/bin/{name}": programs / name for name in ("runsc", SHIM)})
    index(repo)
    for name in ("runsc", SHIM):
        digest = hashlib.sha512((programs / name).read_bytes()).hexdigest()
        (programs / f"{name}.sha512").write_text(f"{digest}  {name}\n")
