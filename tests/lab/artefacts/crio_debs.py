"""CRI-O as a package with upstream's files, in an apt repository of its own; but crun is a package beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import debian
from .cache import Log, key_of, made
from .crio import VERSION, binaries
from .crun import crun
from .debs import index, package

# What CRI-O runs, and what transfers images to it. Upstream has builds of its own of crun and the first two in it.
WANTED = ("conmon", "runc", "skopeo")
DEPENDS = "conmon, crun | runc, iptables"
PACKAGING = Path(__file__).resolve().parents[1] / "images" / "crio-packages"


def repository(log: Log) -> Path:
    """An apt repository to be served beside `repo`: CRI-O and what of Debian it needs."""
    pool = debian.packages(log, WANTED)
    built = binaries(log)
    newer = crun(log)

    def build(directory: Path) -> None:
        repo = directory / "repo-crio"
        shutil.copytree(pool, repo)
        for deb in newer.glob("*.deb"):
            shutil.copy(deb, repo)
        shared = built / "share"
        package(
            repo, "cri-o", f"{VERSION.removeprefix('v')}-1.1", DEPENDS,
            {
                "usr/bin/crio": built / "bin" / "crio",
                "usr/bin/pinns": built / "bin" / "pinns",
                "usr/lib/systemd/system/crio.service": shared / "crio.service",
                "usr/share/oci-umount/oci-umount.d/crio-umount.conf": shared / "crio-umount.conf",
                "etc/crictl.yaml": shared / "crictl.yaml",
                "etc/cni/net.d/10-crio-bridge.conflist.disabled": shared / "10-crio-bridge.conflist",
                "etc/containers/registries.conf.d/crio.conf": PACKAGING / "registries.conf",
                "etc/crio/crio.conf.d/10-crio.conf": PACKAGING / "10-crio.conf",
                "etc/crio/policy.json": PACKAGING / "policy.json",
            },
        )  # fmt: skip
        index(repo)

    recipe = [PACKAGING, Path(__file__), Path(__file__).with_name("debs.py")]
    inputs = [VERSION, DEPENDS, built.name, pool.name, newer.name, *recipe]
    about = "a package of CRI-O and its apt repository, about 10 s"
    return made("apt-crio", key_of(*inputs), build, log, about) / "repo-crio"
