"""Each finding of the preflight is named in full by a unit test, so that a search for its token finds the test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from generators import error_reference

UNIT = Path(__file__).resolve().parents[1]
MADE = sorted(token for token in error_reference.entries() if token.startswith("CRI-PF-"))


def named(source: str) -> set[str]:
    """The tokens in the strings of a text of Python: one in a comment is no test."""
    texts = error_reference.strings_in([getattr(node, "value", None) for node in ast.walk(ast.parse(source))])
    return {token for text in texts for token in error_reference.mentioned(text)}


TESTED = {
    token
    for path in UNIT.rglob("*.py")
    if "house" not in path.relative_to(UNIT).parts
    for token in named(path.read_text(encoding="utf-8"))
}
UNTESTED = set(MADE) - TESTED


@pytest.mark.parametrize("token", MADE)
def test_a_test_names_the_finding(token: str) -> None:
    assert token not in UNTESTED


def test_findings_of_every_place_are_seen():
    """Of a check, of what a runtime says of a node, of a runtime, and of a setting of Docker."""
    assert {"CRI-PF-PDB", "CRI-PF-HANDLER-ARCH", "CRI-PF-HANDLER-GVISOR-TARGET", "CRI-PF-PROXIES"} <= set(MADE)


@pytest.mark.parametrize(
    "source, found",
    [
        ('CASES = [("CRI-PF-DISK", {})]', {"CRI-PF-DISK"}),
        ('assert "CRI-PF-CGROUP-V1-KUBELET" in tokens', {"CRI-PF-CGROUP-V1-KUBELET"}),
        ('assert token == "CRI-PF-CGROUP-" + name', set()),
        ("assert tokens  # CRI-PF-DISK", set()),
    ],
)
def test_what_names_a_finding(source: str, found: set[str]) -> None:
    assert named(source) == found
