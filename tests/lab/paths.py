"""Where the lab keeps its things: all of it outside the checkout, in one cache directory."""

from __future__ import annotations

import os
from pathlib import Path

LAB = Path(__file__).resolve().parent
ROOT = LAB.parents[1]


def cache_dir() -> Path:
    named = os.environ.get("CRI_SWITCHOVER_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "cri-switchover"


def run_dir() -> Path:
    """What belongs to the running lab only: sockets, process ids, disks in use, logs, inventory."""
    return cache_dir() / "run"


def clusters_dir() -> Path:
    """Provisioned clusters, one directory per key, never written again once complete."""
    return cache_dir() / "clusters"


def venv_root() -> Path:
    return cache_dir() / "venv"
