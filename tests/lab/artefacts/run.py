"""Run a build command: quiet when it works, its last lines in the error when it does not."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..say import LabError

# An ordinary user's PATH on Debian has no sbin, and mkfs.ext4 lives there.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def run(
    command: Sequence[str | Path],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
) -> str:
    words = [str(word) for word in command]
    result = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PATH": PATH, **(env or {})},
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-25:])
        raise LabError(f"exit code {result.returncode} from: {' '.join(words)[:400]}\n{tail}")
    return result.stdout
