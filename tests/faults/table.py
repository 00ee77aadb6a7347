"""The results as a table: kinds against outcomes."""

from __future__ import annotations

from .fault_cases import OUTCOMES


def rows(results: list[dict]) -> list[list[str]]:
    """The last result of each fault case counts."""
    last = {result["point"]: result for result in results}
    kinds: dict[str, list[dict]] = {}
    for result in last.values():
        kinds.setdefault(result["kind"], []).append(result)
    made = [_row(kind, members) for kind, members in sorted(kinds.items())]
    return [["kind", "tried", *OUTCOMES, "asked", "seconds"], *made, _row("all", list(last.values()))]


def _row(kind: str, members: list[dict]) -> list[str]:
    counts = [sum(m["outcome"] == outcome for m in members) for outcome in OUTCOMES]
    asked = sum(bool(m.get("asked")) for m in members)
    return [kind, *map(str, [len(members), *counts, asked, round(sum(m["seconds"] for m in members))])]


def text(results: list[dict]) -> str:
    lines = rows(results)
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    shown = [
        "  ".join([line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    ]
    return "\n".join([shown[0], "-" * len(shown[0]), *shown[1:-1], "-" * len(shown[0]), shown[-1]])


def wrong(results: list[dict]) -> list[dict]:
    last = {result["point"]: result for result in results}
    return [result for result in last.values() if result["outcome"] == "wrong"]
