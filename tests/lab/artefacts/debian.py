"""Packages from Debian bookworm, fetched and verified by apt with settings of its own, whatever the host runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
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


def packages(log: Log, wanted: Sequence[str] = WANTED) -> Path:
    """A directory of .deb files: what is wanted, with all it depends on."""
    key = key_of(SOURCES, wanted, Path(__file__))
    about = f"from Debian {SUITE}, about 15 s"
    return made("debian-packages", key, lambda directory: fetch(SOURCES, wanted, directory), log, about)


def sources(suite: str) -> str:
    """apt's lines for one Debian release, without its updates."""
    return f"deb {_SIGNED} http://deb.debian.org/debian {suite} main\n"


def fetch(lines: str, wanted: Sequence[str], directory: Path) -> None:
    """Packages, with all they depend on, as .deb files in a directory."""
    scratch = directory / "apt"
    for name in ("lists/partial", "archives/partial", "etc/preferences.d"):
        (scratch / name).mkdir(parents=True)
    (scratch / "status").touch()
    (scratch / "sources.list").write_text(lines)
    settings = {
        # A list that did not come is no error by itself, and shows as a package that nobody knows.
        "APT::Update::Error-Mode": "any",
        "Acquire::Retries": "3",
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
    run([*apt, "--download-only", "install", *wanted])
    for deb in sorted((scratch / "archives").glob("*.deb")):
        deb.rename(directory / deb.name)
    run(["rm", "-rf", scratch])


def tree(lines: str, wanted: Sequence[str], into: Path) -> dict[str, str]:
    """The files of packages and of all they depend on, as if installed there; {package: version}."""
    pool = into.with_name(into.name + ".debs")
    pool.mkdir()
    fetch(lines, wanted, pool)
    versions = {}
    for deb in sorted(pool.glob("*.deb")):
        run(["dpkg-deb", "--extract", deb, into])
        name, version, _architecture = deb.stem.split("_")
        versions[name] = version
    run(["rm", "-rf", pool])
    return versions


def unpacked(pool: Path, package: str, into: Path) -> Path:
    """The files of one downloaded package."""
    (deb,) = pool.glob(f"{package}_*.deb")
    into.mkdir(parents=True)
    run(["dpkg-deb", "--extract", deb, into])
    return into
