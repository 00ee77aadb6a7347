"""A release of kubelet is named in one table only. Whoever needs one asks `_common/kubelet_releases.py`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
FILES = sorted(PLUGINS.rglob("*.py"))
TABLE = "module_utils/_common/kubelet_releases.py"
# The engine imports nothing outside itself. Its numbers are compared with the table below.
ENGINE = "module_utils/_engine/"
# Numbers that look like releases of kubelet, and are those of others.
OTHERS = {
    "module_utils/_runtimes/containerd_findings.py": "Kubernetes' releases, for which containerd recommends its own",
    "module_utils/_runtimes/crio.py": "CRI-O's",
    "module_utils/_runtimes/crio_config.py": "CRI-O's",
    "module_utils/_runtimes/crio_settings.py": "CRI-O's",
    "plugin_utils/preflight/checks/cri_versions.py": "crictl's",
}


def releases_in(source: str) -> list[tuple[int, int]]:
    """(1, 20) to (1, 40) where they stand as tuples, also with a patch number behind."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Tuple) and len(node.elts) in (2, 3):
            numbers = [item.value for item in node.elts if isinstance(item, ast.Constant) and type(item.value) is int]
            if len(numbers) == len(node.elts) and numbers[0] == 1 and 20 <= numbers[1] <= 40:
                found.append((1, numbers[1]))
    return found


def holding() -> dict[str, list[tuple[int, int]]]:
    found = {path.relative_to(PLUGINS).as_posix(): releases_in(path.read_text(encoding="utf-8")) for path in FILES}
    return {name: releases for name, releases in found.items() if releases}


def test_only_the_table_names_a_release():
    found = {name: seen for name, seen in holding().items() if not name.startswith(ENGINE)}
    assert TABLE in found
    assert not {name: seen for name, seen in found.items() if name not in {TABLE, *OTHERS}}


def test_the_engine_has_one_and_it_is_that_of_the_table():
    """It refuses a revert to dockershim under a kubelet that has none."""
    seen = {release for name, found in holding().items() if name.startswith(ENGINE) for release in found}
    assert seen == {kubelet_releases.first(lambda release: not release.has_dockershim)}


def test_the_files_of_others_are_there():
    assert {name for name in OTHERS if not (PLUGINS / name).exists()} == set()


@pytest.mark.parametrize(
    "source, found",
    [
        ("if release >= (1, 27): pass", [(1, 27)]),
        ("OLDEST, NEWEST = (1, 20), (1, 37)", [(1, 20), (1, 37)]),
        ("A = {(1, 23, 17): 1}", [(1, 23)]),
        ('"""(1, 23) of a version."""', []),
        ("A = (1, 19), (1, 41), (2, 25), (1, 25, 0, 0), (True, 25), (1.0, 25)", []),
    ],
)
def test_a_release_is_seen(source, found):
    assert releases_in(source) == found


def test_the_documents_name_the_first_and_the_last():
    whole = "%d.%d to %d.%d" % (*kubelet_releases.oldest(), *kubelet_releases.newest())
    for place in ("plugins/modules/kubelet_files.py", "README.md"):
        assert whole in (PLUGINS.parent / place).read_text(encoding="utf-8"), place
