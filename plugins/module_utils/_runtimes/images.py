# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images have to travel between Docker and another runtime, and whether they arrived. No input or output here."""

import json
import re

PIN_LABEL = "io.cri-containerd.pinned"
# docker save first copies an image below Docker's data-root; what leaves in one stream is bounded by this
STREAM_BYTES = 2 << 30
# containerd keeps the layers as they came and unpacks them once more
COPIES_IN_TARGET = 2
# what a packed layer grows to
UNPACKED = 3
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "ppc64le": "ppc64le", "s390x": "s390x"}


def full_name(reference):
    """(name a runtime keeps it under, digest or None): "nginx" is docker.io/library/nginx:latest.

    With a digest the tag means nothing and is dropped, as runtimes do.
    """
    rest, _at, digest = reference.partition("@")
    match = re.match(r"(.+?)(?::([\w][\w.-]{0,127}))?\Z", rest)
    if (
        not match
        or not re.match(r"[\w][\w./:-]*\Z", rest)
        or (digest and not re.match(r"sha256:[0-9a-f]{64}\Z", digest))
    ):
        raise ValueError("%r is not an image reference" % reference)
    name, tag = match.groups()
    host, slash, path = name.partition("/")
    if not slash or not (re.search(r"[.:]", host) or host == "localhost"):
        host, path = "docker.io", name
    if host == "index.docker.io":
        host = "docker.io"
    if host == "docker.io" and "/" not in path:
        path = "library/" + path
    return "%s/%s%s" % (host, path, "@" + digest if digest else ":" + (tag or "latest")), digest or None


def parse_list(text):
    """{name: {digest, pinned}} out of `ctr images ls`; its columns are REF TYPE DIGEST SIZE PLATFORMS LABELS."""
    found = {}
    for line in text.splitlines()[1:]:
        parts = line.split()
        if len(parts) >= 3 and parts[2].startswith("sha256:"):
            found[parts[0]] = {"digest": parts[2], "pinned": PIN_LABEL + "=pinned" in parts[-1].split(",")}
    return found


def parse_check(text):
    """Names of the images that are whole and unpacked, out of `ctr images check`."""
    whole = set()
    for line in text.splitlines()[1:]:
        parts = line.split()
        if len(parts) >= 5 and parts[3] == "complete" and parts[-1] == "true":
            whole.add(parts[0])
    return whole


def parse_store(images, layers):
    """{name: {id, digests, whole, size, unpacked}} out of images.json and layers.json of containers/storage.

    CRI-O keeps its images there. An image's id is the digest of its configuration, as in Docker. It is whole when its
    layers are all there; one that was cut off while it was written is marked. The size is that of its layers, unpacked.
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


def from_no_registry(listed):
    """Tags out of parse_list() that nothing has pulled: whatever is pulled gets a name with its digest as well."""
    pulled = {image["digest"] for name, image in listed.items() if "@" in name}
    return sorted(name for name, image in listed.items() if is_tag(name) and image["digest"] not in pulled)


def is_tag(name):
    """Whether this is the full name of a tag; containerd's CRI plugin also lists sha256:... by itself."""
    try:
        return not name.startswith("sha256:") and full_name(name) == (name, None)
    except ValueError:
        return False


def layer_bytes(manifest):
    """(bytes of its layers as they came, about what they take unpacked)."""
    packed = unpacked = 0
    for layer in manifest.get("layers") or []:
        size = layer.get("size") or 0
        packed += size
        unpacked += size * (UNPACKED if layer.get("mediaType", "").endswith(("gzip", "zstd")) else 1)
    return packed, unpacked


def config_digest(document):
    """The digest of the configuration that a manifest names, or None for an index."""
    return (document.get("config") or {}).get("digest")


def manifest_for(index, machine):
    """The digest of the manifest that an index has for a machine (as uname names it), or None."""
    for entry in index.get("manifests") or []:
        target = entry.get("platform") or {}
        if target.get("os") == "linux" and target.get("architecture") == _MACHINES.get(machine, machine):
            return entry.get("digest")
    return None


def can_pin(version):
    """Whether this containerd tells kubelet about pinned images: 1.6.26, 1.7.11 and 2.0 on."""
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", version or "")
    if not match:
        return False
    parts = tuple(int(part) for part in match.groups())
    return parts >= (2, 0, 0) or parts[:2] == (1, 7) and parts[2] >= 11 or parts[:2] == (1, 6) and parts[2] >= 26


def server_version(text):
    """The server's version out of `ctr version`."""
    match = re.search(r"Server:\s*\n\s*Version:\s*v?(\S+)", text)
    return match.group(1) if match else None


def plan(references, source, target):
    """What to do for each reference.

    source: {full name: {id, size, local_only} or None when Docker has no such image}.
    target: {full name: {digests: set of the manifest's and configuration's digests, whole}}.
    An image is there when the target has it whole under the name and with Docker's own id: the id of an image is the
    digest of its configuration, which `docker save` carries byte for byte, while it makes a manifest of its own.
    """
    wanted = {"transfer": [], "skip": [], "pull": [], "missing": []}
    for reference in sorted(set(references)):
        name, digest = full_name(reference)
        there = target.get(name)
        if digest:
            wanted["skip" if there and there["whole"] else "pull"].append(name)
        elif source.get(name) is None:
            # kubelet will pull it, or has already
            wanted["skip" if there and there["whole"] else "missing"].append(name)
        elif is_there(source[name], there):
            wanted["skip"].append(name)
        else:
            wanted["transfer"].append(name)
    return {key: sorted(set(names)) for key, names in wanted.items()}


def plan_back(references, source, target, spare=()):
    """What to do for each reference on the way back to Docker; of the spare ones nothing runs, so they replace nothing.

    source: {full name: {digests, whole} as containerd has it}; target: {full name: {id}, or None when Docker has no
    such image}. Docker's id is the digest of the configuration, or where it uses containerd's store, of the manifest.
    """
    wanted = {"transfer": [], "skip": [], "pull": [], "missing": []}
    for reference in list(references) + list(spare):
        name, digest = full_name(reference)
        here, there = source.get(name), target.get(name)
        if digest or not here:
            wanted["skip" if there else "pull" if digest else "missing"].append(name)
        elif there and (there["id"] in here["digests"] or reference in spare):
            wanted["skip"].append(name)
        else:
            # without its layers, which containerd may drop once they are unpacked, it can only be had from its registry
            wanted["transfer" if here["whole"] else "pull"].append(name)
    return {key: sorted(set(names)) for key, names in wanted.items()}


def is_there(image, there):
    return bool(there and there["whole"] and image["id"] in there["digests"])


def needed_bytes(names, source):
    """(bytes the target will take, bytes the largest stream takes in Docker's data-root for a while)."""
    sizes = {source[name]["id"]: source[name]["size"] for name in names}
    largest = max([sum_of(group, source) for group in streams(names, source)] or [0])
    return COPIES_IN_TARGET * sum(sizes.values()), largest


def needed_in_store(names, source):
    """(bytes CRI-O's storage will take, with the file that a stream is for a while; bytes Docker's data-root will)."""
    in_target, largest = needed_bytes(names, source)
    return in_target // COPIES_IN_TARGET + largest, largest


def needed_in_docker(names, source):
    """Bytes that Docker takes below its data-root: the images, and the largest stream, which it unpacks there first."""
    sizes = {source[name]["id"]: source[name]["unpacked"] for name in names}
    return sum(sizes.values()) + max([sum_of(group, source) for group in streams(names, source)] or [0])


def sum_of(names, source):
    return sum({source[name]["id"]: source[name]["size"] for name in names}.values())


def streams(names, source, most=STREAM_BYTES):
    """The names in groups that travel together: few streams, since layers that images share travel once in each."""
    groups, size = [], 0
    for name in sorted(names, key=lambda item: (source[item]["id"], item)):
        same = bool(groups) and source[groups[-1][-1]]["id"] == source[name]["id"]
        if groups and (same or size + source[name]["size"] <= most):
            groups[-1].append(name)
        else:
            groups.append([name])
            size = 0
        size += 0 if same else source[name]["size"]
    return groups
