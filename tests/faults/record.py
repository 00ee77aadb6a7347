"""The record of the fault matrix in the repository: a line for each fault case that was tried, a commit for a run.

What went wrong, and all that was seen, is evidence: it stays in the cache.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

FILE = Path(__file__).resolve().parent / "record.csv"
# asked: whether somebody had to ask the node a second time.
FIELDS = ("point", "engine", "outcome", "asked", "seconds")


def read(file: Path, engines: Sequence[str]) -> list[dict]:
    """The results of these engines. Those of earlier ones stay in the file: what they found is why this one is so."""
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as stream:
        return [
            {**row, "asked": row["asked"] == "yes", "seconds": float(row["seconds"])}
            for row in csv.DictReader(stream)
            if row["engine"] in engines
        ]


def append(file: Path, result: dict) -> None:
    """At once, so that a run that is interrupted has lost nothing."""
    new = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, FIELDS, extrasaction="ignore", lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow({**result, "asked": "yes" if result["asked"] else "", "seconds": f"{result['seconds']:.0f}"})
