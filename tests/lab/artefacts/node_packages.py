"""What a node on cri-dockerd has besides the image of all nodes: cri-dockerd itself, and a newer containerd.

Kubernetes 1.34 is supported with containerd from 1.7 on; bookworm has 1.6. trixie's runs on bookworm's libraries.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from . import debian
from .cache import Log, key_of, made
from .cri_dockerd import cri_dockerd
from .debs import raised

SUITE = "trixie"


def node_packages(log: Log) -> Path:
    """A directory with `cri-dockerd.deb` and `containerd.deb`."""
    shim = cri_dockerd(log)

    def build(directory: Path) -> None:
        pool = directory / "pool"
        pool.mkdir()
        debian.fetch(debian.sources(SUITE), ("containerd",), pool)
        # As it is, but not compressed: the guests would take a minute to unpack it.
        raised(pool, "containerd", "", directory, directory / "raised")
        shutil.rmtree(directory / "raised")
        shutil.rmtree(pool)
        (deb,) = directory.glob("containerd_*.deb")
        deb.rename(directory / "containerd.deb")
        shutil.copy(shim / "cri-dockerd.deb", directory)

    inputs = [SUITE, shim.name, Path(__file__), Path(debian.__file__), Path(__file__).with_name("debs.py")]
    return made("node-packages", key_of(*inputs), build, log, f"cri-dockerd, and containerd from {SUITE}, about 15 s")
