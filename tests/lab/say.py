"""Progress lines: a newcomer must always see what is going on and how long it usually takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

START = time.monotonic()


def say(message: str) -> None:
    elapsed = int(time.monotonic() - START)
    print(f"[lab {elapsed // 60:02d}:{elapsed % 60:02d}] {message}", file=sys.stderr, flush=True)


@contextmanager
def step(what: str, usually: str = "") -> Iterator[None]:
    say(f"{what}{f' (usually {usually})' if usually else ''} ...")
    started = time.monotonic()
    yield
    say(f"{what}: done in {time.monotonic() - started:.1f} s")


class LabError(Exception):
    """Something the operator can act on: printed as one plain message, without a traceback."""
