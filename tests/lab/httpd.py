"""Serves the apt repository and the node images inside the namespace, the guests' only source of anything."""

from __future__ import annotations

import sys
from pathlib import Path

from . import addresses, netns, procs
from .paths import run_dir

PORT = 8081
URL = f"http://{addresses.GATEWAY}:{PORT}"
NAME = "httpd"


def start(directories: dict[str, Path]) -> None:
    """Each directory under its own name below the root."""
    root = run_dir() / "www"
    root.mkdir(parents=True, exist_ok=True)
    for name, target in directories.items():
        (root / name).unlink(missing_ok=True)
        (root / name).symlink_to(target)
    argv = [sys.executable, "-m", "http.server", str(PORT), "--bind", addresses.GATEWAY, "--directory", str(root)]
    procs.start(NAME, netns.inside(argv))
