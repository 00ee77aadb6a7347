#!/usr/bin/python
# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
---
module: image_transfer
short_description: Carries images of a node from Docker to containerd
version_added: 0.1.0
author:
  - cri.switchover contributors (@cri-switchover)
description:
  - Copies images by C(docker save) into C(ctr images import), without a shell and without a file in between, so
    that a node needs no registry for what it has already. Both runtimes keep running, and Docker keeps its images.
  - An image that the target has whole, under the same name and with the same image id, is left out. So a transfer
    that was interrupted goes on where it ended.
  - A reference with a digest does not survive C(docker save), which makes a manifest of its own. It is pulled.
  - Images that came from no registry, and the pause image, are pinned where containerd tells kubelet of pins (1.6.26,
    1.7.11 and 2.0 on), so that kubelet's garbage collection leaves them.
attributes:
  check_mode:
    description: Can run in check mode and return what it would return otherwise.
    support: full
    details:
      - Returns what would be copied. References with a digest are listed in RV(pulled), though only pulling them shows
        whether their registry answers. Without containerd, all images count as not there.
  diff_mode:
    description: Returns a difference of what it changed.
    support: none
    details: The lists that it returns say what it does.
  idempotent:
    description: A second run changes nothing.
    support: full
    details: As long as no reference is missing.
  platform:
    description: The systems it runs on.
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
      - The sandbox image of the target, one more image to carry.
    type: str
  source:
    description:
      - The runtime that has the images.
    type: str
    choices: [docker]
    default: docker
  target:
    description:
      - The runtime that is to have them.
    type: str
    choices: [containerd]
    default: containerd
  address:
    description:
      - The target's socket.
    type: str
    default: /run/containerd/containerd.sock
  namespace:
    description:
      - The namespace of the target in which kubelet's images are.
    type: str
    default: k8s.io
  store:
    description:
      - The folder that holds the target's data; its disk must have room.
    type: str
    default: /var/lib/containerd
  hosts_dir:
    description:
      - The folder with the settings of registries (C(hosts.toml)) for pulling references with a digest.
    type: str
  reserve:
    description:
      - Bytes that must stay free on the disks that take the images.
    type: int
    default: 1073741824
  timeout:
    description:
      - Seconds that all of it may take. Then whatever runs is ended, and the module fails; what has arrived stays.
    type: int
    default: 3600
notes:
  - Needs root on the node.
  - The room that is asked for is twice the size of the images in the target, which keeps the layers as they came and
    unpacks them, and once the size of the largest stream in Docker's data-root, where C(docker save) prepares it.
    Layers that images share are counted for each of them.
"""

EXAMPLES = r"""
- name: Carry the images of the node's pods over
  cri.switchover.image_transfer:
    images:
      - registry.example.org/shop/web:1.4
      - tools:local
      - docker.io/library/redis@sha256:5d2d8d4cd4d1d9bb9d7a4f21e2d2d1d0f1a8e5b8e6d0f0e0b2e0c6f4d1e2a3b4
    pause_image: k8s.gcr.io/pause:3.6
    reserve: 5368709120
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
      description: The full name, as the target has it.
      type: str
      sample: docker.io/library/tools:local
    bytes:
      description: The image's size in Docker.
      type: int
    seconds:
      description: How long its stream took, which it shares with the other images of the stream.
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
    - Images that are not in the target at the end - references with a digest that could not be pulled, and references
      that Docker does not have.
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
pinned:
  description: Full names of images that were pinned by this run.
  returned: always
  type: list
  elements: str
bytes:
  description: The size of all copied images.
  returned: always
  type: int
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
  description: What was seen and wanted.
  returned: failure
  type: dict
"""

import json
import os
import platform
import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils import _images, _node_io

SIDE_BY_SIDE = 4


class Failed(Exception):
    """The images cannot be carried over."""

    def __init__(self, reason, message, **details):
        Exception.__init__(self, "%s: %s" % (reason, message))
        self.reason, self.details = reason, details


class Transfer:
    def __init__(self, params, check_mode):
        self.params, self.check_mode = params, check_mode
        self.began = time.time()
        self.deadline = self.began + params["timeout"]
        self.references = list(params["images"]) + ([params["pause_image"]] if params["pause_image"] else [])
        self.result = {"transferred": [], "present": [], "pulled": [], "missing": [], "pinned": [], "bytes": 0}  # type: dict
        self.version = None

    def left(self):
        seconds = self.deadline - time.time()
        if seconds <= 0:
            raise Failed(
                "CRI-IMAGES-TIMEOUT",
                "not done within %d s; what has arrived stays, run it again with a longer timeout"
                % self.params["timeout"],
                done=self.result["transferred"],
            )
        return max(1, seconds)

    def run(self):
        try:
            names = {_images.full_name(reference)[0] for reference in self.references}
        except ValueError as error:
            raise Failed("CRI-IMAGES-INPUT", str(error)) from None
        if names and not _node_io.processes(("dockerd",))["dockerd"]:
            # asking its socket would start it
            raise Failed("CRI-IMAGES-SOURCE", "Docker does not run on this node: start it, it has the images")
        target = self._target(names)
        source = {name: self._inspect(name) for name in sorted(names) if "@" not in name}
        plan = _images.plan(self.references, source, target)
        self.result["present"] = plan["skip"]
        self.result["missing"] = [{"reference": name, "why": "Docker has no such image"} for name in plan["missing"]]
        self._check_disk(plan["transfer"], source)
        for group in _images.streams(plan["transfer"], source):
            self._carry(group, source)
        self._pull(plan["pull"])
        if plan["transfer"] and not self.check_mode:
            self._verify(plan["transfer"], source)
        self._pin(source, target)
        self.result["seconds"] = round(time.time() - self.began, 1)
        self.result["changed"] = any(self.result[key] for key in ("transferred", "pulled", "pinned"))
        return self.result

    # --- the two sides

    def _ctr(self, *words):
        return ["ctr", "--address", self.params["address"], "--namespace", self.params["namespace"]] + list(words)

    def _command(self, argv, reason, may_fail=False):
        try:
            code, output, errors = _node_io.run(argv, self.left())
        except _node_io.NodeError as error:
            raise Failed(reason, str(error), command=argv) from None
        if code and not may_fail:
            raise Failed(reason, "%s ended with %d: %s" % (" ".join(argv), code, errors.strip()[-400:]), command=argv)
        return output

    def _target(self, names):
        """{name: {digests, whole, pinned}} of those of the names that the target has."""
        if not names:
            return {}
        if _node_io.which("ctr") is None or not os.path.exists(self.params["address"]):
            if self.check_mode:
                return {}
            raise Failed(
                "CRI-IMAGES-TARGET",
                "containerd does not run: there is no ctr, or no socket %s" % self.params["address"],
            )
        self.version = _images.server_version(self._command(self._ctr("version"), "CRI-IMAGES-TARGET"))
        filters = ['name=="%s"' % name for name in sorted(names)]
        found = _images.parse_list(self._command(self._ctr("images", "ls", *filters), "CRI-IMAGES-TARGET"))
        if found:
            # it fails as soon as one image is broken, which its table says as well
            check = self._ctr("images", "check", *filters)
            whole = _images.parse_check(self._command(check, "CRI-IMAGES-TARGET", may_fail=True))
            configs = self._config_digests({image["digest"] for image in found.values()})
            for name, image in found.items():
                image["whole"] = name in whole
                image["digests"] = {image["digest"], configs.get(image["digest"])}
        return found

    def _config_digests(self, digests):
        """{digest of a manifest or index: digest of the image's configuration}."""
        documents = self._contents(digests)
        chosen = {
            digest: _images.manifest_for(document, platform.machine())
            for digest, document in documents.items()
            if "manifests" in document
        }
        manifests = dict(documents, **self._contents({digest for digest in chosen.values() if digest}))
        return {digest: _images.config_digest(manifests.get(chosen.get(digest, digest)) or {}) for digest in documents}

    def _contents(self, digests):
        documents, waiting = {}, sorted(digests)
        while waiting:
            started = [
                (digest, _node_io.Command(self._ctr("content", "get", digest))) for digest in waiting[:SIDE_BY_SIDE]
            ]
            waiting = waiting[SIDE_BY_SIDE:]
            for digest, command in started:
                try:
                    code, output, _errors = command.result(self.left())
                    # content that is not there belongs to an image that is not whole
                    documents[digest] = json.loads(output) if code == 0 else {}
                except (_node_io.NodeError, ValueError):
                    documents[digest] = {}
        return documents

    def _inspect(self, name):
        """{id, size, local_only} of an image in Docker, or None."""
        try:
            status, image = _node_io.docker_get("/images/%s/json" % name, min(60, self.left()))
        except _node_io.NodeError as error:
            raise Failed("CRI-IMAGES-SOURCE", str(error)) from None
        if status == 404:
            return None
        if status != 200:
            raise Failed("CRI-IMAGES-SOURCE", "Docker's API answered %d for %s: %s" % (status, name, image))
        return {"id": image["Id"], "size": image["Size"], "local_only": not image.get("RepoDigests")}

    # --- the transfer

    def _check_disk(self, names, source):
        if not names:
            return
        try:
            docker_root = _node_io.docker_get("/info", min(60, self.left()))[1]["DockerRootDir"]
        except (_node_io.NodeError, KeyError, TypeError) as error:
            raise Failed("CRI-IMAGES-SOURCE", str(error)) from None
        in_target, in_source = _images.needed_bytes(names, source)
        needed, free, paths = {}, {}, {}
        for path, amount in ((self.params["store"], in_target), (docker_root, in_source)):
            existing = path
            while not os.path.exists(existing):
                existing = os.path.dirname(existing)
            device = os.stat(existing).st_dev
            needed[device] = needed.get(device, 0) + amount
            stat = os.statvfs(existing)
            free[device] = stat.f_bavail * stat.f_frsize
            paths.setdefault(device, []).append(path)
        for device, amount in needed.items():
            if amount + self.params["reserve"] > free[device]:
                raise Failed(
                    "CRI-IMAGES-DISK",
                    "%d images need %d bytes on the disk of %s, where %d are free and %d must stay free: make room "
                    "(docker image prune), or mount a larger disk at %s"
                    % (
                        len(names),
                        amount,
                        " and ".join(paths[device]),
                        free[device],
                        self.params["reserve"],
                        self.params["store"],
                    ),
                    needed=amount,
                    free=free[device],
                    reserve=self.params["reserve"],
                    paths=paths[device],
                    images=names,
                )

    def _carry(self, names, source):
        began = time.time()
        if not self.check_mode:
            self._stream(names)
        seconds = round(time.time() - began, 1)
        for name in names:
            self.result["transferred"].append({"reference": name, "bytes": source[name]["size"], "seconds": seconds})
        self.result["bytes"] += _images.sum_of(names, source)

    def _stream(self, names):
        """docker save NAMES | ctr images import -"""
        save = ["docker", "--host", "unix://" + _node_io.DOCKER_SOCKET, "save"] + names
        load = self._ctr("images", "import", "-")
        try:
            (saved, save_errors), (loaded, load_errors) = _node_io.pipe(save, load, self.left())
        except _node_io.NodeTimeout:
            raise Failed(
                "CRI-IMAGES-TIMEOUT",
                "carrying %s over was not done within %d s; what has arrived stays, run it again "
                "with a longer timeout" % (", ".join(names), self.params["timeout"]),
                images=names,
            ) from None
        except _node_io.NodeError as error:
            raise Failed("CRI-IMAGES-TRANSFER", str(error), images=names) from None
        if saved or loaded:
            raise Failed(
                "CRI-IMAGES-TRANSFER",
                "carrying %s over failed: docker save ended with %d (%s), ctr images import with %d (%s); "
                "what has arrived stays, run it again"
                % (", ".join(names), saved, save_errors or "silent", loaded, load_errors or "silent"),
                images=names,
                docker={"rc": saved, "stderr": save_errors},
                ctr={"rc": loaded, "stderr": load_errors},
            )

    def _verify(self, names, source):
        """Neither program's exit code proves that an image can be used."""
        target = self._target(set(names))
        absent = [name for name in names if not _images.is_there(source[name], target.get(name))]
        if absent:
            raise Failed(
                "CRI-IMAGES-VERIFY",
                "ctr images import reported success, but containerd does not have these images whole, with "
                "Docker's image id: %s" % ", ".join(absent),
                images=absent,
                wanted={name: source[name]["id"] for name in absent},
                seen={
                    name: sorted(item for item in target[name]["digests"] if item) for name in absent if name in target
                },
            )

    def _pull(self, names):
        for name in names:
            words = ["images", "pull"] + (["--hosts-dir", self.params["hosts_dir"]] if self.params["hosts_dir"] else [])
            if not self.check_mode:
                try:
                    self._command(self._ctr(*(words + [name])), "CRI-IMAGES-PULL")
                except Failed as error:
                    if error.reason != "CRI-IMAGES-PULL":
                        raise
                    self.result["missing"].append({"reference": name, "why": str(error)})
                    continue
            self.result["pulled"].append(name)

    def _pin(self, source, target):
        if not _images.can_pin(self.version):
            return
        names = {name for name, image in source.items() if image and image["local_only"]}
        if self.params["pause_image"]:
            names.add(_images.full_name(self.params["pause_image"])[0])
        absent = {item["reference"] for item in self.result["missing"]}
        for name in sorted(names - absent):
            if not target.get(name, {}).get("pinned"):
                if not self.check_mode:
                    self._command(
                        self._ctr("images", "label", name, _images.PIN_LABEL + "=pinned"), "CRI-IMAGES-TARGET"
                    )
                self.result["pinned"].append(name)


def main():
    module = AnsibleModule(
        argument_spec={
            "images": {"type": "list", "elements": "str", "required": True},
            "pause_image": {"type": "str"},
            "source": {"type": "str", "choices": ["docker"], "default": "docker"},
            "target": {"type": "str", "choices": ["containerd"], "default": "containerd"},
            "address": {"type": "str", "default": "/run/containerd/containerd.sock"},
            "namespace": {"type": "str", "default": "k8s.io"},
            "store": {"type": "str", "default": "/var/lib/containerd"},
            "hosts_dir": {"type": "str"},
            "reserve": {"type": "int", "default": 1 << 30},
            "timeout": {"type": "int", "default": 3600},
        },
        supports_check_mode=True,
    )
    transfer = Transfer(module.params, module.check_mode)
    try:
        result = transfer.run()
    except Failed as error:
        module.fail_json(
            msg=str(error),
            reason=error.reason,
            details=error.details,
            changed=bool(transfer.result["transferred"] or transfer.result["pulled"]),
            seconds=round(time.time() - transfer.began, 1),
            **transfer.result,
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
