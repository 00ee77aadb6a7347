#!/usr/bin/env python3
"""Writes the files, or the marked blocks of files, that are made of tables in the code.

``python tests/generate.py`` writes them. With ``--check`` it names those that are stale, and ends with 1 if there are
any. tests/unit/test_generated.py checks the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "collections"), str(TOP / "tests")]

from generators import docker_settings_page, error_reference, role_settings, settings_page  # noqa: E402

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS  # noqa: E402

# Of the present text of a file, its new one. A file that does not exist yet has the text "".
Generator = Callable[[str], str]

ROLES = [
    path.name
    for path in sorted((TOP / "roles").iterdir())
    if any(variable.startswith(path.name + "_") for setting in SETTINGS.values() for variable in setting.variables)
]

# {path: what makes its text}
FILES: dict[str, Generator] = {
    "docs/errors.md": error_reference.page,
    "docs/docker-settings.md": docker_settings_page.page,
    "docs/settings.md": settings_page.page,
    **{f"roles/{role}/defaults/main.yml": role_settings.defaults(role) for role in ROLES},
    **{f"roles/{role}/meta/argument_specs.yml": role_settings.argument_specs(role) for role in ROLES},
}


def stale(top: Path = TOP) -> dict[Path, str]:
    """{path: its new text} of the files that are not as their generators make them. Raises ValueError."""
    found = {}
    for name, generator in FILES.items():
        path = top / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        try:
            new = generator(text)
        except ValueError as exc:
            raise ValueError(f"{name}: {exc}") from exc
        if new != text:
            found[path] = new
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if a file is stale")
    check = parser.parse_args().check
    found = stale()
    for path, text in found.items():
        print(f"{'stale' if check else 'written'}: {path.relative_to(TOP)}")
        if not check:
            path.write_text(text, encoding="utf-8")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
