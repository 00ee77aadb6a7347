"""docs/map.md names every folder of the repository, and none that is not there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from .test_imports import BELOW, ON_NODES

TOP = Path(__file__).resolve().parents[3]
# Folders whose own folders stand on the map, too.
SHOWN = ("", "plugins", "plugins/plugin_utils", "plugins/module_utils", "tests")


def on_map() -> list[str]:
    """The paths in the first cells of the tables."""
    rows = re.findall(r"^\| (`[^|]+`) \|", (TOP / "docs" / "map.md").read_text(encoding="utf-8"), re.M)
    return [path for row in rows for path in re.findall(r"`([^`]+)`", row)]


def folders() -> set[str]:
    """The folders in SHOWN, as git knows them, without those whose own folders stand there."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=TOP, check=True, capture_output=True, text=True).stdout
    names = [name for name in listed.split("\0") if (TOP / name).exists()]
    found = {parent.as_posix() for name in names for parent in Path(name).parents if parent.as_posix() != "."}
    return {name for name in found if name.rpartition("/")[0] in SHOWN and name not in SHOWN[:-1]}


def test_every_folder_is_on_the_map() -> None:
    named = {path.rstrip("/") for path in on_map()}
    assert {name for name in folders() if name not in named and f"{name}/molecule" not in named} == set()


def test_everything_on_the_map_is_there() -> None:
    assert [path for path in on_map() if not (TOP / path).exists() or path.endswith("/") != (TOP / path).is_dir()] == []


def test_packages_stand_above_those_that_import_them() -> None:
    order = [path.split("/")[2] for path in on_map() if path.startswith("plugins/module_utils/_")]
    assert set(order) == ON_NODES
    wrong = [(name, below) for name in order for below in BELOW[name] if order.index(below) > order.index(name)]
    assert wrong == []


def test_every_path_in_contributing_is_there() -> None:
    """NAME stands for what is added: then its folder is there. A * stands for several files."""
    text = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`(?:\./lab \w+ )?((?:plugins|roles|tests|docs|molecule|changelogs)/[^`]*)`", text)
    paths = [path for words in named for path in words.split() if "/" in path]
    assert len(paths) > 30
    assert [path for path in paths if not list(TOP.glob(re.sub(r"[^/]*NAME.*", "", path) or "."))] == []
