from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor


def each(work: Callable, items: Iterable) -> None:
    """At the same time for all; the first error counts."""
    with ThreadPoolExecutor(max_workers=9) as pool:
        list(pool.map(work, items))
