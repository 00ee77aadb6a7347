# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do with each image, so that the target has those that pods need. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.names import full_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

    # What is known of an image; None: the runtime does not have it.
    Image = Optional[Dict[str, Any]]
    # {transfer, skip, pull, missing: full names}
    Plan = Dict[str, List[str]]


def plan(references: "Iterable[str]", source: "Mapping[str, Image]", target: "Mapping[str, Image]") -> "Plan":
    """What to do for each reference on the way from Docker.

    source: {full name: {id, size, local_only} or None when Docker has no such image}.
    target: {full name: {digests: set of the manifest's and configuration's digests, whole}}.
    An image is there when the target has it whole under the name and with Docker's own id: the id of an image is the
    digest of its configuration, which `docker save` carries byte for byte, while it makes a manifest of its own.
    """
    wanted: "Plan" = {"transfer": [], "skip": [], "pull": [], "missing": []}
    for reference in sorted(set(references)):
        name, digest = full_name(reference)
        here, there = source.get(name), target.get(name)
        if digest:
            wanted["skip" if there and there["whole"] else "pull"].append(name)
        elif here is None:
            # kubelet will pull it, or has already
            wanted["skip" if there and there["whole"] else "missing"].append(name)
        elif is_there(here, there):
            wanted["skip"].append(name)
        else:
            wanted["transfer"].append(name)
    return {key: sorted(set(names)) for key, names in wanted.items()}


def plan_back(
    references: "Sequence[str]",
    source: "Mapping[str, Image]",
    target: "Mapping[str, Image]",
    spare: "Sequence[str]" = (),
) -> "Plan":
    """What to do for each reference on the way to Docker. Nothing runs of the spare ones: they replace nothing.

    source: {full name: {digests, whole} as containerd has it}; target: {full name: {id}, or None when Docker has no
    such image}. Docker's id is the digest of the configuration, or where it uses containerd's store, of the manifest.
    """
    wanted: "Plan" = {"transfer": [], "skip": [], "pull": [], "missing": []}
    for reference in list(references) + list(spare):
        name, digest = full_name(reference)
        here, there = source.get(name), target.get(name)
        if digest or not here:
            wanted["skip" if there else "pull" if digest else "missing"].append(name)
        elif there and (there["id"] in here["digests"] or reference in spare):
            wanted["skip"].append(name)
        else:
            # containerd may drop layers once they are unpacked: such an image can only be pulled
            wanted["transfer" if here["whole"] else "pull"].append(name)
    return {key: sorted(set(names)) for key, names in wanted.items()}


def is_there(image: "Dict[str, Any]", there: "Image") -> bool:
    """Whether the target's image is whole, and the same as Docker's."""
    return bool(there and there["whole"] and image["id"] in there["digests"])
