"""What the machine must have before anything is built: Debian packages, disk and memory."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from ..paths import cache_dir
from .cache import artefacts_dir
from .run import PATH

# Tool, or file, and the Debian package that brings it.
TOOLS = {
    "apt-get": "apt",
    "dpkg-deb": "dpkg",
    "dpkg-scanpackages": "dpkg-dev",
    "etcd": "etcd-server",
    "gcc": "gcc",
    "ip": "iproute2",
    "mkfs.ext4": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "openssl": "openssl",
    "qemu-img": "qemu-utils",
    "ssh-keygen": "openssh-client",
    "unshare": "util-linux",
    "/etc/ssl/certs/ca-certificates.crt": "ca-certificates",
    "/usr/lib/x86_64-linux-gnu/libc.a": "libc6-dev",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
}
WITHOUT_ROOT = {"newuidmap": "uidmap"}
DISK_GIB = 12
MEMORY_GIB = 4

host_packages = sorted({*TOOLS.values(), *WITHOUT_ROOT.values(), "python3-venv"})


def missing_tools() -> list[str]:
    """The Debian packages to install; empty when all is there."""
    wanted = TOOLS if os.geteuid() == 0 else {**TOOLS, **WITHOUT_ROOT}
    missing = {package for tool, package in wanted.items() if not present(tool)}
    # Without a Go of its own the machine gets one by pip.
    if not present("go") and not importlib.util.find_spec("ensurepip"):
        missing.add("python3-venv")
    return sorted(missing)


def present(tool: str) -> bool:
    return Path(tool).exists() if tool.startswith("/") else shutil.which(tool, path=PATH) is not None


def check_resources() -> list[str]:
    """What there is too little of, in plain sentences; disk counts only for a build from nothing."""
    complaints = []
    cold = not any(artefacts_dir().glob("node-image-*"))
    existing = next(path for path in (cache_dir(), *cache_dir().parents) if path.exists())
    free = shutil.disk_usage(existing).free / 2**30
    if cold and free < DISK_GIB:
        complaints.append(
            f"{existing} has {free:.1f} GiB free, building the lab needs {DISK_GIB}: "
            "free some, or set CRI_SWITCHOVER_CACHE to a directory on a larger disk"
        )
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    # A machine sold with 4 GiB shows a little less.
    if memory < MEMORY_GIB * 0.9:
        complaints.append(f"this machine has {memory:.1f} GiB of memory, building the lab needs {MEMORY_GIB}")
    return complaints
