"""What the lab needs from the machine it runs on, said plainly before anything starts."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import artefacts
from .paths import LAB, cache_dir, venv_root
from .profiles import Profile
from .say import LabError, say, step

# What running the lab needs beyond what building it does: command -> Debian package.
COMMANDS = {
    "ip": "iproute2",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "ssh": "openssh-client",
    "nsenter": "util-linux",
}
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
REQUIREMENTS = LAB.parent / "requirements.txt"
GIB = 1 << 30
# A node's disk in use and its snapshot in the cache, with space to grow.
NODE_DISK_GIB = 4


def install_packages(packages: list[str]) -> None:
    listed = " ".join(packages)
    if not shutil.which("apt-get"):
        raise LabError(f"missing on this machine, and no apt-get to install them (Debian's names): {listed}")
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and subprocess.run([*prefix, "true"], capture_output=True).returncode:
        raise LabError(f"missing on this machine; please install them first:\n  sudo apt-get install {listed}")
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"]
    with step(f"installing Debian packages: {listed}", "1 min"):
        subprocess.run([*quiet, "update"], check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run([*quiet, "install", "--no-install-recommends", *packages], capture_output=True, text=True)
        if done.returncode:
            raise LabError(f"apt-get could not install {listed}:\n{done.stderr.strip()}")


def check(profile: Profile) -> None:
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        raise LabError("the lab runs on Linux on x86_64 only")
    if not Path("/dev/net/tun").exists():
        raise LabError("/dev/net/tun is missing: the nodes' network cards need it (modprobe tun)")
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        raise LabError("/dev/net/tun is not open to this user: run the lab as root or with sudo")
    missing = {package for command, package in COMMANDS.items() if not shutil.which(command)}
    if packages := sorted(missing.union(artefacts.missing_tools())):
        install_packages(packages)
    complaints = artefacts.check_resources()
    memory = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free_mib = int(memory["MemAvailable"].split()[0]) // 1024
    # A guest seldom touches all of its memory; the rest is for the control plane.
    wanted_mib = profile.nodes * profile.memory_mib * 3 // 4 + 1024
    if free_mib < wanted_mib:
        complaints.append(f"profile {profile.name} needs {wanted_mib} MiB of free memory, there are {free_mib} MiB")
    cache_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
    free_gib = shutil.disk_usage(cache_dir()).free / GIB
    wanted_gib = NODE_DISK_GIB * profile.nodes
    if free_gib < wanted_gib:
        complaints.append(f"{cache_dir()} needs {wanted_gib} GiB of free disk, there are {free_gib:.1f} GiB")
    if complaints:
        raise LabError("this machine is too small for the lab:\n  " + "\n  ".join(complaints))


@contextmanager
def lock() -> Iterator[None]:
    """One command at a time may change the lab of a cache directory."""
    cache_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
    with (cache_dir() / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise LabError(f"another lab command is at work (process {file.read().strip()})") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _venv_python() -> str:
    """ansible-core 2.19 wants 3.11 or newer, the launcher itself less."""
    candidates = [sys.executable, *(shutil.which(f"python3.{minor}") or "" for minor in (11, 12, 13))]
    for candidate in filter(None, candidates):
        probe = "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"
        if subprocess.run([candidate, "-c", probe], capture_output=True).returncode == 0:
            return candidate
    raise LabError("Python 3.11, 3.12 or 3.13 is needed for ansible-core, and none is installed")


def venv() -> Path:
    """The virtual environment of the pinned requirements; made when they have changed."""
    python = _venv_python()
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + os.path.realpath(python).encode()).hexdigest()[:12]
    path = venv_root() / key
    if (path / "complete").exists():
        return path
    shutil.rmtree(path, ignore_errors=True)
    if subprocess.run([python, "-c", "import ensurepip"], capture_output=True).returncode:
        install_packages(["python3-venv"])
    with step(f"making a virtual environment from {REQUIREMENTS.name}", "1 to 2 min"):
        subprocess.run([python, "-m", "venv", str(path)], check=True)
        pip = [str(path / "bin/python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-r", str(REQUIREMENTS)], check=True, stdout=sys.stderr)
        (path / "complete").touch()
    for old in venv_root().iterdir():
        if old != path:
            say(f"removing an older virtual environment, {old.name}")
            shutil.rmtree(old)
    return path
