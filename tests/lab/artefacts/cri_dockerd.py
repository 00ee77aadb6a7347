"""cri-dockerd from the Go module proxy, as a package laid out like Mirantis': only for profiles that come from it."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..say import LabError
from .cache import Log, key_of, made
from .debs import package
from .golang import COMPONENTS, Module, toolchain
from .run import run

VERSION = "0.4.3"
MODULE = "github.com/Mirantis/cri-dockerd"
COMMIT = "d969e29"
# Of packaging/deb/common/control; the rest it leaves to what the program is linked with, and ours is static.
DEPENDS = "containerd (>= 1.2.2-3) | containerd.io (>= 1.2.2-3), iptables, libseccomp2 (>= 2.3.0)"
UNITS = ("cri-docker.service", "cri-docker.socket")
RECIPE = [Path(__file__), Path(__file__).with_name("golang.py"), Path(__file__).with_name("debs.py")]


def cri_dockerd(log: Log) -> Path:
    """A directory with `cri-dockerd.deb`. Its units are enabled by whoever installs it."""
    wrapper = f"cri-dockerd-v{VERSION}"

    def build(directory: Path) -> None:
        module = Module(wrapper, directory / "src", toolchain(log))
        source = Path(module.go("list", "-mod=mod", "-m", "-f", "{{.Dir}}", MODULE).strip())
        stamps = {f"{MODULE}/cmd/version.Version": VERSION, f"{MODULE}/cmd/version.GitCommit": COMMIT}
        module.build([MODULE], directory / "bin", stamps)
        shutil.rmtree(module.directory)
        program = directory / "bin" / "cri-dockerd"
        answer = run([program, "--version"]).strip()
        if answer != f"cri-dockerd {VERSION} ({COMMIT})":
            raise LabError(f"cri-dockerd was built wrongly: it says {answer!r}")
        pack(directory, program, source / "packaging" / "systemd")

    about = f"{VERSION} from the Go module proxy, about 3 min on 2 cores"
    return made("cri-dockerd", key_of(VERSION, COMMIT, DEPENDS, COMPONENTS / wrapper, *RECIPE), build, log, about)


def pack(directory: Path, program: Path, units: Path) -> None:
    files = {"usr/bin/cri-dockerd": program, **{f"lib/systemd/system/{name}": units / name for name in UNITS}}
    package(directory, "cri-dockerd", f"{VERSION}~3-0~debian-bookworm", DEPENDS, files)
    (deb,) = directory.glob("*.deb")
    deb.rename(directory / "cri-dockerd.deb")
