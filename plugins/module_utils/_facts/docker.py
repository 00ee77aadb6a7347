# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker as it is set up and in use on a node, out of the answers of its API and its files. Pure."""

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Container, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

    Facts = Dict[str, Any]

# Options of dockerd's command line that every package sets.
_USUAL_FLAGS = re.compile(r"^(-H|--host)=fd://$|^--containerd=/(var/)?run/containerd/containerd\.sock$")
# cri-dockerd's, as Mirantis packages it and as kubespray names it.
SHIM_SERVICES = ("cri-docker.service", "cri-dockerd.service")
DOCKER_ENDPOINTS = ("unix:///var/run/docker.sock", "unix:///run/docker.sock")
SHIM_UNITS = SHIM_SERVICES + ("cri-docker.socket", "cri-dockerd.socket")
_DOCKER_UNITS = ("docker.service", "docker.socket") + SHIM_UNITS
# The kinds of dependency by which a unit names another one. The rest are those of others on it.
_NEEDS = ("requires", "requisite", "wants", "binds_to", "part_of", "after")
# Units that go with the runtime itself, or whose dependency a switch takes away.
_OWN_UNITS = {"kubelet.service"} | set(_DOCKER_UNITS)
DATA_ROOT = "/var/lib/docker"
_BYTE_ORDER_MARK = "\ufeff"


def docker_units(dependencies: "Mapping[str, Optional[Iterable[str]]]") -> "List[str]":
    """Which of Docker's units a unit depends on. They are gone, or stopped, once a node is off Docker.

    dependencies: {kind: units}, of systemd.dependencies().
    """
    named = {unit for kind in _NEEDS for unit in dependencies.get(kind) or ()}
    return [unit for unit in _DOCKER_UNITS if unit in named]


def parse_daemon_json(text: str) -> "Facts":
    """daemon.json as {valid, keys, empty, byte_order_mark, trailing}, with an error when it is not valid.

    Docker takes an empty file, and one with a byte order mark, from 23.0 on; up to then it takes one with something
    after the JSON (trailing) and reads no further (moby 20.10 and 23.0, daemon/config/config.go,
    getConflictFreeConfiguration).
    """
    facts: "Facts" = {"valid": True, "keys": {}, "byte_order_mark": text.startswith(_BYTE_ORDER_MARK)}
    text = text.lstrip(_BYTE_ORDER_MARK).strip()
    facts.update(empty=not text, trailing=False)
    if facts["empty"]:
        return facts
    try:
        keys, end = json.JSONDecoder(parse_constant=_no_json).raw_decode(text)
        if not isinstance(keys, dict) and keys is not None:
            raise ValueError("not an object")
        facts.update(keys=keys or {}, trailing=end < len(text))
    except (ValueError, RecursionError) as error:
        facts.update(valid=False, error=str(error))
    return facts


def _no_json(word: str) -> None:
    """Python's parser takes NaN and Infinity."""
    raise ValueError("%s is no JSON" % word)


def command_line_flags(argv: "Sequence[str]") -> "List[str]":
    """dockerd's options beside the usual ones; a value in a word of its own is joined to its option."""
    flags, words = [], list(argv[1:])
    while words:
        word = words.pop(0)
        if word.startswith("-") and "=" not in word and words and not words[0].startswith("-"):
            word += "=" + words.pop(0)
        flags.append(word)
    return [flag for flag in flags if not _USUAL_FLAGS.match(flag)]


def flag_value(flags: "Iterable[str]", names: "Container[str]") -> "Optional[str]":
    """The last value of an option on dockerd's command line (`flags` as command_line_flags gives them)."""
    values = [flag.partition("=")[2] for flag in flags if flag.partition("=")[0].lstrip("-") in names]
    return values[-1] if values else None


def package_family(packages: "Mapping[str, str]") -> "Tuple[Optional[str], Optional[str]]":
    """(docker-ce, docker.io or other: whose packages Docker comes from, their version); (None, None) without any."""
    for family, names in (
        ("docker-ce", ("docker-ce", "docker-ee")),
        ("docker.io", ("docker.io",)),
        ("other", ("docker", "docker-engine", "moby-engine")),
    ):
        for name in names:
            if name in packages:
                return family, packages[name]
    return None, None


def needed_by(properties: "Mapping[str, str]") -> "List[str]":
    """Units of the machine that would fail with docker.service, or with cri-dockerd's."""
    names = set()
    for key in ("RequiredBy", "RequisiteOf", "BoundBy"):
        names.update(properties.get(key, "").split())
    return sorted(names - _OWN_UNITS)


def shim_facts(service: "Optional[str]", socket: "Mapping[str, str]", argv: "Sequence[str]") -> "Facts":
    """cri-dockerd as it was started: the names of its units, its records of sandboxes, and the Docker it speaks to.

    service: the name of its unit, None where it has none. socket: properties of the socket of that name.
    argv: its command line, empty where it does not run.
    """
    units = [service] if service else []
    if service and socket.get("LoadState", "not-found") not in ("not-found", ""):
        units.append(socket_of(service))
    flags = command_line_flags(argv) if argv else []
    return {
        "unit": service,
        "units": units,
        "root_dir": flag_value(flags, ("cri-dockerd-root-directory",)) or "/var/lib/cri-dockerd",
        "docker_endpoint": flag_value(flags, ("docker-endpoint",)) or DOCKER_ENDPOINTS[0],
    }


def socket_of(service: str) -> str:
    """The name of the socket unit that belongs to a service."""
    return service[: -len(".service")] + ".socket"


def info_facts(info: "Facts") -> "Facts":
    """What `GET /info` says of the daemon beside its settings."""
    status = driver_status(info)
    return {
        "version": info.get("ServerVersion"),
        "cgroup_driver": info.get("CgroupDriver"),
        "cgroup_version": int(info.get("CgroupVersion") or 1),
        "storage_driver": info.get("Driver"),
        "backing_filesystem": status.get("Backing Filesystem"),
        "d_type": {"true": True, "false": False}.get(str(status.get("Supports d_type")).lower()),
    }


def driver_status(info: "Facts") -> "Facts":
    """{name: value} of what `GET /info` says of the storage driver."""
    return {pair[0]: pair[1] for pair in info.get("DriverStatus") or [] if len(pair) == 2}


def file_facts(keys: "Facts", flags: "Sequence[str]") -> "Facts":
    """{data_root} out of daemon.json and the command line, for the removal of a Docker that does not answer.

    keys: those of daemon.json. flags: what command_line_flags() gives.
    """
    said = [keys.get("data-root"), keys.get("graph"), flag_value(flags, ("data-root", "graph", "g"))]
    return {"data_root": next((root for root in said if root and isinstance(root, str)), DATA_ROOT)}


def is_kubernetes(container: "Facts") -> bool:
    """Whether a container of `GET /containers/json` was made by dockershim or cri-dockerd."""
    return any(label.startswith("io.kubernetes.pod.") for label in container.get("Labels") or {})


def container_facts(containers: "Sequence[Facts]") -> "Facts":
    """Numbers, the containers that are not Kubernetes' own, and the sandbox images that pods run with."""
    own = [container for container in containers if is_kubernetes(container)]
    foreign = [container for container in containers if not is_kubernetes(container)]
    foreign.sort(key=lambda container: (container.get("State") != "running", container.get("Names") or []))
    sandboxes = {
        container["Image"]
        for container in own
        if (container.get("Labels") or {}).get("io.kubernetes.docker.type") == "podsandbox"
    }
    return {
        "total": len(containers),
        "kubernetes": len(own),
        "sandbox_images": sorted(sandboxes),
        "foreign": [
            {
                "id": container["Id"][:12],
                "name": ((container.get("Names") or [""])[0]).lstrip("/"),
                "image": container.get("Image"),
                "state": container.get("State"),
            }
            for container in foreign
        ],
    }


def image_facts(images: "Iterable[Facts]", containers: "Iterable[Facts]") -> "List[Facts]":
    """[{id, tags, digests, size, in_use, local_only}], those first that pods use and no registry has.

    images: of `GET /images/json`; containers: of `GET /containers/json`. Sizes are in bytes.
    """
    used = {container.get("ImageID") for container in containers if is_kubernetes(container)}
    facts = []
    for image in images:
        tags = [tag for tag in image.get("RepoTags") or [] if not tag.startswith("<none>")]
        digests = [digest for digest in image.get("RepoDigests") or [] if not digest.startswith("<none>")]
        facts.append(
            {
                "id": image["Id"],
                "tags": sorted(tags),
                "digests": sorted(digests),
                "size": image.get("Size", 0),
                "in_use": image["Id"] in used,
                "local_only": bool(tags) and not digests,
            }
        )
    facts.sort(key=lambda image: (not image["in_use"], not image["local_only"], image["tags"], image["id"]))
    return facts


def images_to_transfer(images: "Iterable[Facts]") -> "List[str]":
    """References of the images that must not be lost with Docker. images: of image_facts().

    Those that pods of this node use, and those that no registry is known for: such a pod may come here later.
    An image without a tag is named by its digest.
    """
    references: "List[str]" = []
    for image in images:
        if image["in_use"] or image["local_only"]:
            references += image["tags"] or image["digests"]
    return references
