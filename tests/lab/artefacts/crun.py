"""crun as CRI-O 1.34 needs it: bookworm's 1.8 refuses the OCI runtime spec 1.2 that it writes ("unknown version").

Debian trixie's, with the C library that it was built with beside it, as a package for bookworm.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ..say import LabError
from . import debian
from .cache import Log, key_of, made
from .debs import package
from .run import run

SUITE = "trixie"
WANTED = ("crun", "patchelf")
LIBRARIES = (
    "libc.so.6", "libm.so.6", "libcap.so.2", "libseccomp.so.2", "libsystemd.so.0", "libyajl.so.2", "libgcc_s.so.1",
)  # fmt: skip
LOADER = "ld-linux-x86-64.so.2"
PLACE = "usr/lib/crun"


def crun(log: Log) -> Path:
    """A directory with the package alone."""

    def build(directory: Path) -> None:
        root = directory / "root"
        version = debian.tree(debian.sources(SUITE), WANTED, root)["crun"]
        libraries = root / "usr/lib/x86_64-linux-gnu"
        loader: list[str | Path] = [libraries / LOADER, "--library-path", libraries]
        program = root / "usr/bin/crun"
        # It runs itself again from memory, so that the loader has to be named in it, not in a script around it.
        place = f"/{PLACE}"
        # The rpath of old, which is asked for the libraries of libraries, too.
        names = ["--set-interpreter", f"{place}/{LOADER}", "--force-rpath", "--set-rpath", place]
        run([*loader, root / "usr/bin/patchelf", *names, program])
        answer = run([*loader, program, "--version"]).splitlines()[0]
        if answer != f"crun version {version.partition('-')[0]}":
            raise LabError(f"crun was made wrongly: it says {answer!r}")
        files = {f"{PLACE}/{name}": (libraries / name).resolve() for name in (LOADER, *LIBRARIES)}
        package(directory, "crun", f"{version}+lab1", "", {"usr/bin/crun": program, **files})
        shutil.rmtree(root)

    key = key_of(SUITE, WANTED, LIBRARIES, PLACE, Path(__file__), Path(debian.__file__))
    return made("crun", key, build, log, f"from Debian {SUITE}, about 10 s")
