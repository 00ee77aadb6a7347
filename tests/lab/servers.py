"""The guests' only sources of anything: an apt repository and image files over HTTP, and an image registry."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from . import addresses, netns, procs
from .artefacts import Artefacts
from .paths import LAB, run_dir
from .say import LabError

PORT = 8081
REGISTRY_PORT = 5000
URL = f"http://{addresses.GATEWAY}:{PORT}"
NAMES = ("packages", "registry")


def start(built: Artefacts) -> None:
    _root().mkdir()
    # The repositories stand side by side, so that a test can point a node at the newer packages, or at more of them.
    fixed = {"repo": built.repo, "repo-newer": built.repo_newer, "images": _images(built)}
    if built.node_packages:
        fixed["node-packages"] = built.node_packages
    for name, target in fixed.items():
        serve(name, target)
    files = ["-m", "http.server", str(PORT), "--bind", addresses.GATEWAY, "--directory", str(_root())]
    keys = [str(built.registry_certificate), str(built.registry_key)]
    registry = ["-m", "lab.artefacts.registry", str(built.registry), *keys, addresses.GATEWAY, str(REGISTRY_PORT)]
    environment = {**os.environ, "PYTHONPATH": str(LAB.parent)}
    for name, arguments in zip(NAMES, (files, registry), strict=True):
        procs.start(name, netns.inside([sys.executable, *arguments]), environment)


def serve(name: str, target: Path) -> None:
    """To all nodes, from now until the lab goes down."""
    (_root() / name).unlink(missing_ok=True)
    (_root() / name).symlink_to(target)


def require(name: str) -> None:
    """What is served beside the rest is not there by itself."""
    if not (_root() / name).exists():
        raise LabError(f"the nodes have no {name}: run ./lab serve {name}")


def _root() -> Path:
    return run_dir() / "www"


def _images(built: Artefacts) -> Path:
    return built.images[0].parent
