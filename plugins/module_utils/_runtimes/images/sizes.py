# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many bytes images take, and which of them travel in one stream. Pure: no I/O.

Sizes are in bytes. ``names`` are full names, each with an entry in ``source``: {name: {id, size, unpacked}}. Private to
this collection: there is no promise that it stays as it is.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Sequence, Tuple

    Images = Dict[str, Dict[str, Any]]

# docker save first copies an image below Docker's data-root; the size of one stream is limited to this
STREAM_BYTES = 2 << 30
# containerd keeps the layers as they came and unpacks them once more
COPIES_IN_TARGET = 2
# a packed layer grows by this factor
UNPACKED = 3


def layer_bytes(manifest: "Dict[str, Any]") -> "Tuple[int, int]":
    """(bytes of its layers as they came, about what they take unpacked)."""
    packed = unpacked = 0
    for layer in manifest.get("layers") or []:
        size = layer.get("size") or 0
        packed += size
        unpacked += size * (UNPACKED if layer.get("mediaType", "").endswith(("gzip", "zstd")) else 1)
    return packed, unpacked


def needed_bytes(names: "Sequence[str]", source: "Images") -> "Tuple[int, int]":
    """(bytes the target will take, bytes the largest stream takes in Docker's data-root for a while)."""
    sizes = {source[name]["id"]: source[name]["size"] for name in names}
    largest = max([sum_of(group, source) for group in streams(names, source)] or [0])
    return COPIES_IN_TARGET * sum(sizes.values()), largest


def needed_in_store(names: "Sequence[str]", source: "Images") -> "Tuple[int, int]":
    """(bytes CRI-O's storage will take, with the file that a stream is for a while; bytes Docker's data-root will)."""
    in_target, largest = needed_bytes(names, source)
    return in_target // COPIES_IN_TARGET + largest, largest


def needed_in_docker(names: "Sequence[str]", source: "Images") -> int:
    """Bytes that Docker takes below its data-root: the images, and the largest stream, which it unpacks there first."""
    sizes = {source[name]["id"]: source[name]["unpacked"] for name in names}
    return sum(sizes.values()) + max([sum_of(group, source) for group in streams(names, source)] or [0])


def sum_of(names: "Sequence[str]", source: "Images") -> int:
    """Bytes of the images, each counted once however many names it has."""
    return sum({source[name]["id"]: source[name]["size"] for name in names}.values())


def streams(names: "Sequence[str]", source: "Images", most: int = STREAM_BYTES) -> "List[List[str]]":
    """The names in groups that travel together, each of ``most`` bytes, unless one image alone has more.

    Few streams are better: layers that images share travel once in each.
    """
    groups: "List[List[str]]" = []
    size = 0
    for name in sorted(names, key=lambda item: (source[item]["id"], item)):
        same = bool(groups) and source[groups[-1][-1]]["id"] == source[name]["id"]
        if groups and (same or size + source[name]["size"] <= most):
            groups[-1].append(name)
        else:
            groups.append([name])
            size = 0
        size += 0 if same else source[name]["size"]
    return groups
