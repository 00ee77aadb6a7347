"""The cache of built things: one directory per artefact, named after a hash of everything that went into it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..paths import cache_dir

Log = Callable[[str], None]
# Seconds after the last use; other branches of a checkout may still want it.
KEEP_UNUSED = 14 * 24 * 3600


def artefacts_dir() -> Path:
    return cache_dir() / "artefacts"


def key_of(*inputs: object) -> str:
    """A hash over values and, for paths, over the names, modes and contents of the files below them."""
    digest = hashlib.sha256()
    for value in inputs:
        if isinstance(value, Path):
            files = sorted(p for p in value.rglob("*") if p.is_file()) if value.is_dir() else [value]
            for file in (f for f in files if "__pycache__" not in f.parts):
                name = file.relative_to(value).as_posix() if file != value else file.name
                executable = os.access(file, os.X_OK)
                digest.update(f"{name} {executable} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
        else:
            digest.update(json.dumps(value, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()[:16]


@contextmanager
def locked(log: Log) -> Iterator[None]:
    """Only one run builds; the next one waits and then finds everything made."""
    artefacts_dir().mkdir(parents=True, exist_ok=True)
    with (artefacts_dir() / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log("another run is building the artefacts; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def place(name: str, key: str) -> Path:
    return artefacts_dir() / f"{name}-{key}"


def made(name: str, key: str, build: Callable[[Path], None], log: Log, about: str) -> Path:
    """The finished directory; built aside and renamed, so that a killed build leaves nothing that looks whole."""
    target = place(name, key)
    if target.is_dir():
        os.utime(target)
        return target
    log(f"building {name}: {about}")
    aside = artefacts_dir() / f".{name}.part"
    discard(aside)
    aside.mkdir()
    build(aside)
    aside.rename(target)
    for old in artefacts_dir().glob(f"{name}-{'?' * len(key)}"):
        if time.time() - old.stat().st_mtime > KEEP_UNUSED:
            discard(old)
    return target


def as_root() -> list[str]:
    """What to put before a command that needs file ownership: nothing for root, else a user namespace."""
    return [] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--map-auto"]


def discard(path: Path) -> None:
    """Remove a tree, also one with files of subordinate users or of Go's read-only module cache."""
    if not path.exists():
        return
    if os.geteuid() == 0:
        shutil.rmtree(path)
    else:
        subprocess.run([*as_root(), "rm", "-rf", str(path)], check=True)
