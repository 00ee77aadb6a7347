#!/usr/bin/python
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
---
module: image_transfer
short_description: Copies images of a node from Docker to containerd or CRI-O, or back
version_added: 0.1.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Copies images by C(docker save) into C(ctr images import), without a shell and without a file in between. So a node
    needs no registry for images that it has already. Both runtimes keep running, and Docker keeps its images.
  - With O(target=docker) it copies the other way, by C(ctr images export) into C(docker load), or from CRI-O's storage
    by C(skopeo copy). A Docker that is stopped is started for this, because only Docker knows what it has. Then it is
    stopped again.
  - With O(target=crio) it copies one image after the other, by C(docker save) into a file, and by C(skopeo copy) from
    the file into CRI-O's storage. CRI-O need not run. Everything is on the disk before the module ends.
  - An image is skipped if the target has all of it, under the same name and with the same image id. So a transfer that
    was interrupted continues where it ended.
  - A reference with a digest is lost in C(docker save) and C(docker load). Such an image is pulled. An image is also
    pulled if containerd has not kept its layers.
  - Images that came from no registry, and the pause image, are pinned, so that kubelet's garbage collection keeps them.
    This needs a containerd that reports pins to kubelet (1.6.26, 1.7.11, and from 2.0 on). CRI-O has its pins in its
    configuration.
extends_documentation_fragment: cri.switchover.attributes
attributes:
  check_mode:
    support: full
    details:
      - Returns what would be copied. References with a digest are listed in RV(pulled), although only a pull shows
        whether their registry answers.
      - Without containerd, all images count as missing. The same is true if the target is a Docker that is stopped.
  diff_mode:
    support: none
    details: The lists that it returns say what it does.
  idempotent:
    support: full
    details: This is true if no reference is missing.
  platform:
    platforms: linux
    support: full
options:
  images:
    description:
      - References as pods have them, with tags or digests.
    type: list
    elements: str
    required: true
  pause_image:
    description:
      - The sandbox image of the target. It is copied, too.
    type: str
  local_images:
    description:
      - Whether images that came from no registry are copied as well, if containerd has them under a tag. Of these, only
        images whose name Docker does not have are copied.
      - CRI-O's storage does not show which images came from a registry. There, all tags that Docker does not have are
        copied.
      - Only for O(target=docker).
    type: bool
    default: false
    version_added: 0.2.0
  source:
    description:
      - The runtime that has the images, V(docker), V(containerd) or V(crio).
    type: str
    default: docker
  target:
    description:
      - The runtime that gets the images. O(source) or O(target) must be V(docker), or nothing is copied.
    type: str
    default: containerd
  address:
    description:
      - The socket of containerd.
    type: str
    default: /run/containerd/containerd.sock
  namespace:
    description:
      - The namespace of containerd in which kubelet's images are.
    type: str
    default: k8s.io
  store:
    description:
      - The folder with the target's data. Its disk must have free space. Docker reports its folder itself.
      - By default C(/var/lib/containerd). If CRI-O is the source or the target, C(/var/lib/containers/storage).
    type: str
  hosts_dir:
    description:
      - The folder with the settings of registries (C(hosts.toml)). containerd uses it to pull references with a digest.
    type: str
  reserve:
    description:
      - Bytes that must stay free on the disks that take the images.
    type: int
    default: 1073741824
  timeout:
    description:
      - Seconds that all of it may take. Then everything that runs is ended, and the module fails. Copied images stay.
    type: int
    default: 3600
notes:
  - Needs root on the node.
  - containerd needs free space of twice the size of the images, because it keeps the layers as they came, and unpacks
    them. Docker's data-root needs the size of the largest stream, because C(docker save) prepares it there.
  - CRI-O's storage needs the size of the images, and for a while the size of the largest stream.
  - Layers that images share are counted for each of them.
  - With O(target=docker) all space is needed in Docker's data-root. This is the largest stream, and the unpacked
    images. For these, packed layers count three times.
"""

EXAMPLES = r"""
- name: Copy the images of the node's pods
  cri.switchover.image_transfer:
    images:
      - registry.example.org/shop/web:1.4
      - tools:local
      - docker.io/library/redis@sha256:5d2d8d4cd4d1d9bb9d7a4f21e2d2d1d0f1a8e5b8e6d0f0e0b2e0c6f4d1e2a3b4
    pause_image: k8s.gcr.io/pause:3.6
    reserve: 5368709120
  become: true

- name: Give Docker what only containerd has
  cri.switchover.image_transfer:
    images:
      - registry.example.org/shop/web:1.5
    local_images: true
    source: containerd
    target: docker
  become: true
"""

RETURN = r"""
transferred:
  description: Images that were copied.
  returned: always
  type: list
  elements: dict
  contains:
    reference:
      description: The full name.
      type: str
      sample: docker.io/library/tools:local
    bytes:
      description: The image's size in Docker, or that of its layers as containerd keeps them.
      type: int
    seconds:
      description: How long its stream took. The other images of the stream have the same number.
      type: float
present:
  description: Full names of images that the target has already.
  returned: always
  type: list
  elements: str
pulled:
  description: Full names, with digests, of images that were pulled.
  returned: always
  type: list
  elements: str
missing:
  description:
    - Images that are not in the target at the end. They could not be pulled, or the source does not have the reference.
  returned: always
  type: list
  elements: dict
  contains:
    reference:
      description: The full name.
      type: str
    why:
      description: The reason.
      type: str
    in_source:
      description: Whether the source has it. If not, kubelet pulls it, as it would do on the source.
      type: bool
pinned:
  description: Full names of images that were pinned by this run.
  returned: always
  type: list
  elements: str
bytes:
  description: The size of all copied images.
  returned: always
  type: int
warnings:
  description: Reports a Docker that was started for O(target=docker), and does not stop.
  returned: always
  type: list
  elements: str
seconds:
  description: How long all of it took.
  returned: always
  type: float
reason:
  description:
    - The token of a failure. V(CRI-IMAGES-INPUT), V(CRI-IMAGES-SOURCE), V(CRI-IMAGES-TARGET), V(CRI-IMAGES-DISK),
      V(CRI-IMAGES-TIMEOUT), V(CRI-IMAGES-TRANSFER) or V(CRI-IMAGES-VERIFY).
  returned: failure
  type: str
details:
  description: What was found, and what was wanted.
  returned: failure
  type: dict
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.work import TransferError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.transfer import Transfer

ARGUMENTS: "Dict[str, Any]" = {
    "images": {"type": "list", "elements": "str", "required": True},
    "pause_image": {"type": "str"},
    "local_images": {"type": "bool", "default": False},
    "source": {"type": "str", "default": registry.SOURCES[0]},
    "target": {"type": "str", "default": registry.DEFAULT_TARGET},
    "address": {"type": "str", "default": "/run/containerd/containerd.sock"},
    "namespace": {"type": "str", "default": "k8s.io"},
    "store": {"type": "str"},
    "hosts_dir": {"type": "str"},
    "reserve": {"type": "int", "default": 1 << 30},
    "timeout": {"type": "int", "default": 3600},
}


def chosen(module: AnsibleModule) -> "Transfer":
    """The transfer in the direction that is asked for; fails where Docker is not on exactly one side."""
    source, target = (registry.BY_NAME.get(module.params[name]) for name in ("source", "target"))
    if source is None or target is None:
        return fail(module, "source and target are each one of %s" % ", ".join(registry.BY_NAME))
    if source is target:
        return fail(module, "source and target are the same")
    direction = source.to_docker if target.is_source else target.from_docker if source.is_source else None
    return direction(module.params, module.check_mode) if direction else fail(module, "one of the two is Docker")


def fail(module: AnsibleModule, text: str) -> "Any":
    """End the module, for options that do not go together."""
    module.fail_json(msg="CRI-IMAGES-INPUT: " + text, reason="CRI-IMAGES-INPUT", details={})


def main() -> None:
    """Runs the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    transfer = chosen(module)
    work = transfer.work
    failure = None
    try:
        transfer.run()
    except TransferError as error:
        failure = error
    for text in work.warnings:
        module.warn(text)
    if failure:
        module.fail_json(
            msg=str(failure),
            reason=failure.reason,
            details=failure.details,
            changed=bool(work.result["transferred"] or work.result["pulled"]),
            seconds=round(time.time() - work.began, 1),
            **work.result,
        )
    module.exit_json(**work.result)


if __name__ == "__main__":
    main()
