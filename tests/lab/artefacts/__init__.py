"""Everything that the lab builds, once, into a cache: binaries, packages, a node's disk, container images.

artefacts.missing_tools(), artefacts.check_resources()   before anything else
artefacts.ensure(profile, log)                               the paths; builds what is not there yet
artefacts.extra(name, log)                               the path of one that only some tests want
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import binaries, crio_debs, debian, debs, emulator, golang, gvisor, kubernetes134, rootfs, testimages
from .cache import artefacts_dir, discard, key_of, locked
from .host import check_resources, host_packages, missing_tools
from .keys import keys as make_keys
from .node_packages import node_packages

if TYPE_CHECKING:
    from ..profiles import Profile

__all__ = ["EXTRAS", "Artefacts", "check_resources", "ensure", "extra", "host_packages", "missing_tools"]

# What else may be served to nodes, by the name under which it is.
EXTRAS = {"repo-crio": crio_debs.repository, "gvisor": gvisor.gvisor}


@dataclass(frozen=True)
class Artefacts:
    qemu: Path
    bin: Path
    crictl: Path
    disk: Path
    kernel: Path
    initrd: Path
    repo: Path
    repo_newer: Path
    images: tuple[Path, ...]
    registry: Path
    registry_certificate: Path
    registry_key: Path
    by_digest: str
    ssh_key: Path
    key: str
    disk_format: str = "raw"
    # Installed on the nodes of only some profiles.
    node_packages: Path | None = None


def ensure(profile: Profile, log: Callable[[str], None]) -> Artefacts:
    with locked(log):
        keys = make_keys(log)
        qemu = emulator.qemu(log)
        pool = debian.packages(log)
        newer = profile.kubernetes == kubernetes134.VERSION
        kubernetes = kubernetes134.kubernetes(log) if newer else binaries.kubernetes(profile.kubernetes, log)
        crictl = binaries.cri_tools(log) / "bin" / "crictl"
        apt = debs.repositories(kubernetes / "bin", crictl, pool, profile.kubernetes, log)
        node = rootfs.node_image(apt / "repo", kubernetes / "bin" / "kube-proxy", keys, profile.kernel, log)
        images = testimages.build_images(pool, log)
        own = node_packages(log) if profile.source_runtime == "cri-dockerd" else None
        _discard_caches()
    return Artefacts(
        qemu=qemu,
        bin=kubernetes / "bin",
        crictl=crictl,
        disk=node / "disk.raw",
        kernel=node / "vmlinuz",
        initrd=node / "initrd.img",
        repo=apt / "repo",
        repo_newer=apt / "repo-newer",
        images=tuple(sorted(images.glob("*.tar"))),
        registry=images / "registry",
        registry_certificate=keys / "registry.crt",
        registry_key=keys / "registry.key",
        by_digest=testimages.digest_reference(images),
        ssh_key=keys / "id_ed25519",
        key=key_of(
            qemu.parent.name, kubernetes.name, apt.name, node.name, images.name, keys.name, *([own.name] if own else [])
        ),
        node_packages=own,
    )


def extra(name: str, log: Callable[[str], None]) -> Path:
    with locked(log):
        path = EXTRAS[name](log)
        _discard_caches()
    return path


def _discard_caches() -> None:
    """Go's: 4.5 GiB that only another version would want."""
    for name in golang.CACHES:
        discard(artefacts_dir() / name)
