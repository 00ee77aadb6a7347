"""Faults of the machine and of people, as named fault cases, by real means: a full disk, a changed clock, no Docker."""

from __future__ import annotations

from . import boot, disk, people, revert, target, timing
from .common import DRIVES

__all__ = ["DRIVES", "NAMED"]

# Within a level, they are tried in this order.
NAMED = [*target.NAMED, *disk.NAMED, *people.NAMED, *timing.NAMED, *revert.NAMED, *boot.NAMED]
