"""Profiles: small JSON files that say what cluster the lab builds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from .paths import LAB
from .say import LabError

DIRECTORY = LAB / "profiles"


@dataclass(frozen=True)
class Profile:
    name: str
    about: str = ""
    nodes: int = 2
    vcpus: int = 2
    memory_mib: int = 2048
    kubernetes: str = "v1.23.17"
    source_runtime: str = "dockershim"
    cgroup: str = "v2"
    # Of kubelet and Docker alike.
    cgroup_driver: str = "systemd"
    # Who gives the kernel its arguments: QEMU, or GRUB on the node, by what it finds there.
    boot: str = "qemu"
    # The Debian release that the kernel is of.
    kernel: str = "bookworm"
    # Settings laid over kubelet's config.yaml: the status frequencies above all.
    kubelet: dict[str, object] = field(default_factory=dict)

    def as_key(self) -> str:
        """Everything that decides what a node is like; the description does not."""
        return json.dumps({k: v for k, v in asdict(self).items() if k != "about"}, sort_keys=True)


def names() -> list[str]:
    return sorted(p.stem for p in DIRECTORY.glob("*.json"))


def load(name: str) -> Profile:
    path = DIRECTORY / f"{name}.json"
    if not path.is_file():
        raise LabError(f"no profile {name!r}; there are: {', '.join(names())}")
    try:
        settings = json.loads(path.read_text())
        profile = Profile(name=name, **settings)
    except (ValueError, TypeError) as error:
        raise LabError(f"{path}: {error}") from error
    supported = {
        "kubernetes": ("v1.23.17", "v1.34.2"),
        "source_runtime": ("dockershim", "cri-dockerd"),
        "cgroup": ("v1", "v2"),
        "cgroup_driver": ("systemd", "cgroupfs"),
        "boot": ("qemu", "grub"),
        "kernel": ("bookworm", "bookworm-backports"),
        "nodes": range(1, 10),
    }
    for key, values in supported.items():
        if getattr(profile, key) not in values:
            raise LabError(f"{path}: {key} is {getattr(profile, key)!r}, the lab can do {', '.join(map(str, values))}")
    if (profile.kubernetes == "v1.23.17") != (profile.source_runtime == "dockershim"):
        raise LabError(f"{path}: the lab has dockershim with Kubernetes v1.23.17 and cri-dockerd with v1.34.2 only")
    return profile
