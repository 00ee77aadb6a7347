"""Builds the collection, installs it as a user does, and checks that the installed playbooks resolve."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
UNWANTED = ("tests/", "molecule/", "collections/", ".ci/", "lab")


def call(*command: str, **more: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **more})


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        call("ansible-galaxy", "collection", "build", "--output-path", folder, str(TOP))
        artefact = next(Path(folder).glob("cri-switchover-*.tar.gz"))
        names = subprocess.run(["tar", "tzf", artefact], check=True, capture_output=True, text=True).stdout.split()
        stray = [n for n in names if n.startswith(UNWANTED)]
        if stray:
            print(f"the artefact holds what belongs to development only: {stray[:5]}")
            return 1
        call("ansible-galaxy", "collection", "install", "--offline", "-p", folder, str(artefact))
        inventory = Path(folder, "inventory")
        inventory.write_text("[kube_control_plane]\ncp\n[kube_node]\nnode\n", encoding="utf-8")
        for playbook in ("switch_runtime", "preflight", "stage"):
            call("ansible-playbook", "-i", str(inventory), "--syntax-check", f"cri.switchover.{playbook}",
                 ANSIBLE_CONFIG="/dev/null", ANSIBLE_COLLECTIONS_PATH=folder)
        size = artefact.stat().st_size // 1024
        print(f"{artefact.name}: {len(names)} files, {size} KiB, installs, playbooks resolve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
