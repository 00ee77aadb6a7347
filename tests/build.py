"""Builds the collection, installs it as a user does, and checks that the installed playbooks resolve."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
UNWANTED = ("tests/", "molecule/", "collections/", ".", "lab")


def call(folder: str, *command: str) -> None:
    """As a user who has this collection and no other: not from the checkout, whose ansible.cfg leads back to it."""
    environment = {**os.environ, "ANSIBLE_CONFIG": f"{folder}/ansible.cfg", "ANSIBLE_COLLECTIONS_PATH": folder}
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=environment)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "ansible.cfg").touch()
        call(folder, "ansible-galaxy", "collection", "build", "--output-path", folder, str(TOP))
        artefact = next(Path(folder).glob("cri-switchover-*.tar.gz"))
        names = subprocess.run(["tar", "tzf", artefact], check=True, capture_output=True, text=True).stdout.split()
        stray = [n for n in names if n.startswith(UNWANTED)]
        if stray:
            print(f"the artefact holds what belongs to development only: {stray[:5]}")
            return 1
        call(folder, "ansible-galaxy", "collection", "install", "--offline", "-p", folder, str(artefact))
        inventory = Path(folder, "inventory")
        inventory.write_text("[kube_control_plane]\ncp\n[kube_node]\nnode\n", encoding="utf-8")
        for playbook in ("switch_runtime", "preflight", "stage", "revert"):
            call(folder, "ansible-playbook", "-i", str(inventory), "--syntax-check", f"cri.switchover.{playbook}")
        size = artefact.stat().st_size // 1024
        print(f"{artefact.name}: {len(names)} files, {size} KiB, installs, playbooks resolve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
