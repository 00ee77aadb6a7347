# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of images, and what an image consists of, read from what ctr and containers/storage say. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import json
import re

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.names import is_tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Set

    # {full name: what is known of the image}
    Images = Dict[str, Dict[str, Any]]

# containerd's label by which kubelet's garbage collection leaves an image.
PIN_LABEL = "io.cri-containerd.pinned"
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "ppc64le": "ppc64le", "s390x": "s390x"}


# --- containerd --------------------------------------------------------------------------------------------------


def parse_list(text: str) -> "Images":
    """{name: {digest, pinned}} out of `ctr images ls`; its columns are REF TYPE DIGEST SIZE PLATFORMS LABELS."""
    found = {}
    for line in text.splitlines()[1:]:
        parts = line.split()
        if len(parts) >= 3 and parts[2].startswith("sha256:"):
            found[parts[0]] = {"digest": parts[2], "pinned": PIN_LABEL + "=pinned" in parts[-1].split(",")}
    return found


def parse_check(text: str) -> "Set[str]":
    """Names of the images that are complete and unpacked, out of `ctr images check`."""
    whole = set()
    for line in text.splitlines()[1:]:
        parts = line.split()
        if len(parts) >= 5 and parts[3] == "complete" and parts[-1] == "true":
            whole.add(parts[0])
    return whole


def from_no_registry(listed: "Images") -> "List[str]":
    """Tags out of parse_list() that were not pulled: a pulled image gets a name with its digest as well."""
    pulled = {image["digest"] for name, image in listed.items() if "@" in name}
    return sorted(name for name, image in listed.items() if is_tag(name) and image["digest"] not in pulled)


def server_version(text: str) -> "Optional[str]":
    """The server's version out of `ctr version`."""
    match = re.search(r"Server:\s*\n\s*Version:\s*v?(\S+)", text)
    return match.group(1) if match else None


def can_pin(version: "Optional[str]") -> bool:
    """Whether this containerd reports pinned images to kubelet: 1.6.26, 1.7.11, and all from 2.0 on."""
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", version or "")
    if not match:
        return False
    parts = tuple(int(part) for part in match.groups())
    return parts >= (2, 0, 0) or parts[:2] == (1, 7) and parts[2] >= 11 or parts[:2] == (1, 6) and parts[2] >= 26


# --- manifests ---------------------------------------------------------------------------------------------------


def config_digest(document: "Dict[str, Any]") -> "Optional[str]":
    """The digest of the configuration that a manifest names, or None for an index."""
    return (document.get("config") or {}).get("digest")


def manifest_for(index: "Dict[str, Any]", machine: str) -> "Optional[str]":
    """The digest of the manifest that an index has for a machine (as uname names it), or None."""
    for entry in index.get("manifests") or []:
        target = entry.get("platform") or {}
        if target.get("os") == "linux" and target.get("architecture") == _MACHINES.get(machine, machine):
            return entry.get("digest")
    return None


# --- containers/storage ------------------------------------------------------------------------------------------


def parse_store(images: "Optional[str]", layers: "Optional[str]") -> "Images":
    """{name: {id, digests, whole, size, unpacked}} out of images.json and layers.json of containers/storage.

    CRI-O keeps its images there. An image's id is the digest of its configuration, as in Docker. It is whole when its
    layers are all there; a layer whose writing was interrupted is marked. The size, in bytes, is that of its unpacked
    layers. Raises ValueError when a list cannot be read.
    """
    try:
        known = {layer["id"]: layer for layer in json.loads(layers or "[]")}
        entries = json.loads(images or "[]")
        found = {}
        for image in entries:
            layer, whole, size = image.get("layer"), True, 0
            while layer and whole:
                entry = known.get(layer) or {}
                whole = bool(entry) and not (entry.get("flags") or {}).get("incomplete")
                size += entry.get("diff-size") or 0
                layer = entry.get("parent")
            for name in image.get("names") or []:
                own = "sha256:" + image["id"]
                digests = {own, image.get("digest")}
                found[name] = {"id": own, "digests": digests, "whole": whole, "size": size, "unpacked": size}
        return found
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("the store's list of images is not readable: %s" % error) from None
