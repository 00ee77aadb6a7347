"""Profiles: small JSON files that say what cluster the lab builds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from .paths import LAB
from .say import LabError

DIRECTORY = LAB / "profiles"
COMPONENTS = ("gvisor",)


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
    # What the nodes' repository offers beyond the rest: gvisor.
    components: list[str] = field(default_factory=list)
    # Settings laid over kubelet's config.yaml: the status frequencies above all.
    kubelet: dict[str, object] = field(default_factory=dict)

    def as_key(self) -> str:
        """Everything that decides how a node looks; the description does not, nor what only some profiles ask for."""
        values = {k: v for k, v in asdict(self).items() if k != "about" and (k != "components" or v)}
        return json.dumps(values, sort_keys=True)


def names() -> list[str]:
    return sorted(p.stem for p in DIRECTORY.glob("*.json"))


def load(name: str) -> Profile:
    path = DIRECTORY / f"{name}.json"
    if not path.is_file():
        raise LabError(f"no profile {name!r}; there are: {', '.join(names())}")
    try:
        profile = Profile(name=name, **json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise LabError(f"{path}: {error}") from error
    supported = {
        "kubernetes": ("v1.23.17",),
        "source_runtime": ("dockershim",),
        "cgroup": ("v1", "v2"),
        "nodes": range(1, 10),
    }
    for key, values in supported.items():
        if getattr(profile, key) not in values:
            raise LabError(f"{path}: {key} is {getattr(profile, key)!r}, the lab can do {', '.join(map(str, values))}")
    unknown = set(profile.components) - set(COMPONENTS)
    if unknown:
        raise LabError(f"{path}: no component {', '.join(sorted(unknown))}; there are: {', '.join(COMPONENTS)}")
    return profile
