"""ansible-test sanity on a copy of the checkout, at the path that ansible-test wants.

It makes its own virtual environments. Their pip bootstrap would come from a host outside the package
registries, so the file that it looks for is put where it caches it: ensurepip does the same from the standard library.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from lab.paths import cache_dir

TOP = Path(__file__).resolve().parent.parent
BOOTSTRAP = "import ensurepip, sys\nensurepip.bootstrap(upgrade=True)\n"


# What users never get; ruff, mypy and yamllint look after it.
DEVELOPMENT = ("collections/", "tests/", "molecule/", ".ci/", "lab")


def copy() -> Path:
    """What the collection ships, as git knows it; ansible-test's own environments beside it stay for the next run."""
    place = cache_dir() / "sanity" / "ansible_collections" / "cri" / "switchover"
    (place / "tests").mkdir(parents=True, exist_ok=True)
    for old in [*place.iterdir(), *place.glob("tests/*")]:
        if old not in (place / "tests", place / "tests" / "output"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source = TOP / name
        if source.is_file() and not name.startswith(DEVELOPMENT):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place / name)
    shutil.copy2(TOP / "tests" / "config.yml", place / "tests" / "config.yml")
    (place / ".gitignore").write_text("tests/output/\n", encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=place, check=True)
    subprocess.run(["git", "add", "-A"], cwd=place, check=True)
    return place


def bootstraps(python: str) -> list[str]:
    """Names of the files that this Python's ansible-test looks for: one for each release of pip that it installs."""
    ask = [python, "-c", "import ansible_test._internal as it; print(it.__path__[0])"]
    place = Path(subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip())
    text = (place / "python_requirements.py").read_text(encoding="utf-8")
    found = sorted(set(re.findall(r"""\bpip=['"]([\d.]+)['"]""", text)))
    if not found:
        raise SystemExit(f"{place}: no release of pip is named there any more")
    return [f"get_pip_{release.replace('.', '_')}.py" for release in found]


def passes(venv: Path | None = None, *options: str) -> bool:
    """With the ansible-core of this environment, or of the one given."""
    place = copy()
    cache = Path.home() / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    program, python = "ansible-test", sys.executable
    if venv:
        program, python = f"{venv}/bin/ansible-test", f"{venv}/bin/python"
    for name in bootstraps(python):
        (cache / name).write_text(BOOTSTRAP, encoding="utf-8")
    ask = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    version = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip()
    command = [program, "sanity", "--venv", "--python", version, "--color", "no", *options]
    print(f"   $ {' '.join(command)}", flush=True)
    return subprocess.run(command, cwd=place, stdin=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    sys.exit(0 if passes(None, *sys.argv[1:]) else 1)
