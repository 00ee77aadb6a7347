"""Packages from Debian bookworm, fetched and verified by apt with settings of its own, whatever the host runs."""

from __future__ import annotations

import os
from pathlib import Path

from .cache import Log, key_of, made
from .run import run

SUITE = "bookworm"
_SIGNED = "[arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
SOURCES = f"""\
deb {_SIGNED} http://deb.debian.org/debian {SUITE} main
deb {_SIGNED} http://deb.debian.org/debian {SUITE}-updates main
deb {_SIGNED} http://deb.debian.org/debian-security {SUITE}-security main
"""
# What roles may install on a node, and what the lab takes files from.
WANTED = ("containerd", "runc", "crun", "containernetworking-plugins", "busybox-static")


def packages(log: Log) -> Path:
    """A directory of .deb files: WANTED with all they depend on."""

    def build(directory: Path) -> None:
        scratch = directory / "apt"
        for name in ("lists/partial", "archives/partial", "etc/preferences.d"):
            (scratch / name).mkdir(parents=True)
        (scratch / "status").touch()
        (scratch / "sources.list").write_text(SOURCES)
        settings = {
            "APT::Architecture": "amd64",
            "APT::Architectures": "amd64",
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
            "Dir::Etc::SourceList": scratch / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": scratch / "etc" / "preferences.d",
            "Dir::State": scratch,
            "Dir::State::status": scratch / "status",
            "Dir::Cache": scratch,
            "Dir::Cache::archives": scratch / "archives",
        }
        apt = ["apt-get", "--quiet", "--yes", *(f"-o{name}={value}" for name, value in settings.items())]
        run([*apt, "update"])
        run([*apt, "--download-only", "install", *WANTED])
        for deb in sorted((scratch / "archives").glob("*.deb")):
            deb.rename(directory / deb.name)
        run(["rm", "-rf", scratch])

    key = key_of(SOURCES, WANTED, Path(__file__))
    return made("debian-packages", key, build, log, f"from Debian {SUITE}, about 15 s")


def unpacked(pool: Path, package: str, into: Path) -> Path:
    """The files of one downloaded package."""
    (deb,) = pool.glob(f"{package}_*.deb")
    into.mkdir(parents=True)
    run(["dpkg-deb", "--extract", deb, into])
    return into
