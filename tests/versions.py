"""The other releases of ansible-core: the oldest supported one, and the newest that this machine's Pythons allow.

For each the unit tests, ansible-test sanity, and the playbook's dry run on the lab's untouched cluster.
"""

from __future__ import annotations

import sys

import sanity
from cores import PYTHONS, TOP, call, environment
from lab.paths import cache_dir


def passes(release: str) -> bool:
    venv = environment(release)
    if not venv:
        return False
    inventory = str(cache_dir() / "run" / "inventory.yml")
    playbook = [f"{venv}/bin/ansible-playbook", "-i", inventory, "switch-runtime.yml", "--check", "--diff"]
    return (
        call(f"{venv}/bin/python", "-m", "pytest", "tests/unit")
        and sanity.passes(venv)
        and call(str(TOP / "lab"), "restore")
        and call(str(TOP / "lab"), "exec", *playbook)
    )


def main() -> int:
    bad = []
    for release in PYTHONS:
        print(f"== ansible-core {release}", flush=True)
        if not passes(release):
            bad.append(release)
    print(f"{len(PYTHONS) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
