"""The engine that this checkout has: its digest, what it consists of, and its steps."""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
from types import ModuleType

from lab.paths import ROOT

PACKAGE = ROOT / "plugins" / "module_utils" / "_engine"
# On a node, and for whoever loads the package by its path.
NAME = "engine"


def member(name: str) -> ModuleType:
    """One of the package's modules, loaded without the collection that it is part of."""
    if NAME not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            NAME, PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)]
        )
        assert spec and spec.loader
        sys.modules[NAME] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[NAME])
    return importlib.import_module(f"{NAME}.{name}")


def sources() -> dict[str, bytes]:
    """{member: its source}, as they are now."""
    return member("archive").sources()


def digest() -> str:
    """As results are marked with it."""
    return member("archive").digest()[:12]


# Prints the digest of the engine that a node has: run there, by python3.
DIGEST_THERE = (
    "import sys; sys.path.append('/var/lib/cri-switchover/engine.zip'); from engine import archive; "
    "print(archive.digest()[:12])"
)


def steps() -> dict[str, list[str]]:
    """{switch, revert: names of its steps}, by its own command."""
    program = "import sys; sys.path.append(sys.argv.pop(1)); from _engine import cli; sys.exit(cli.main())"
    return json.loads(subprocess.check_output([sys.executable, "-c", program, str(PACKAGE.parent), "steps"]))
