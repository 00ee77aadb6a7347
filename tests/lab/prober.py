#!/usr/bin/env python3
"""A client without retries: opens a new connection to a URL several times a second and writes down every answer.

One JSON line per request: {"at": unix time, "ok": bool, "ms": float, "by": answering pod, "error": text}.
Stands alone on purpose, so that it can run anywhere: `prober.py URL OUTPUT [--rate 5] [--timeout 5]`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable
from itertools import pairwise
from typing import IO

# No proxy of the environment may stand between this client and the Service.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def request(url: str, timeout: float) -> dict:
    entry: dict = {"at": round(time.time(), 3)}
    started = time.monotonic()
    try:
        with OPENER.open(url, timeout=timeout) as answer:
            entry |= {"ok": True, "by": answer.read().decode(errors="replace").strip()}
    except Exception as error:  # whatever a client may see is a failed request
        entry |= {"ok": False, "error": f"{type(error).__name__}: {error}"}
    entry["ms"] = round((time.monotonic() - started) * 1000, 1)
    return entry


def probe(url: str, output: IO[str], rate: float, timeout: float, stop: threading.Event) -> None:
    """A slow answer must not delay the next request, so each has a thread of its own."""
    lock = threading.Lock()

    def one() -> None:
        entry = request(url, timeout)
        with lock:
            output.write(json.dumps(entry) + "\n")
            output.flush()

    due = time.monotonic()
    threads: list[threading.Thread] = []
    while not stop.wait(max(0.0, due - time.monotonic())):
        due += 1 / rate
        threads = [t for t in threads if t.is_alive()]
        threads.append(threading.Thread(target=one))
        threads[-1].start()
    for thread in threads:
        thread.join()


def summary(lines: Iterable[str]) -> dict:
    entries = [json.loads(line) for line in lines if line.endswith("\n")]
    times = sorted(entry["at"] for entry in entries)
    return {
        "requests": len(entries),
        "failed": [entry for entry in entries if not entry["ok"]],
        "seconds": round(times[-1] - times[0], 1) if times else 0,
        "longest_gap_s": round(max((b - a for a, b in pairwise(times)), default=0), 2),
        "slowest_ms": max((entry["ms"] for entry in entries), default=0),
        "pods": len({entry["by"] for entry in entries if entry["ok"]}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("output")
    parser.add_argument("--rate", type=float, default=5)
    parser.add_argument("--timeout", type=float, default=5)
    args = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with open(args.output, "w", encoding="utf-8") as output:
        probe(args.url, output, args.rate, args.timeout, stop)
    with open(args.output, encoding="utf-8") as lines:
        json.dump(summary(lines), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
