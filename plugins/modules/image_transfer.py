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
attributes:
  check_mode:
    description: Can run in check mode and return what it would return otherwise.
    support: full
    details:
      - Returns what would be copied. References with a digest are listed in RV(pulled), although only a pull shows
        whether their registry answers.
      - Without containerd, all images count as missing. The same is true if the target is a Docker that is stopped.
  diff_mode:
    description: Returns a difference of what it changed.
    support: none
    details: The lists that it returns say what it does.
  idempotent:
    description: A second run changes nothing.
    support: full
    details: This is true if no reference is missing.
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
      - The runtime that has the images.
      - V(crio) since 0.2.0.
    type: str
    choices: [docker, containerd, crio]
    default: docker
  target:
    description:
      - The runtime that gets the images. O(source) or O(target) must be V(docker), or nothing is copied.
      - V(crio) since 0.2.0.
    type: str
    choices: [containerd, crio, docker]
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

import contextlib
import glob
import json
import os
import platform
import shutil
import tempfile
import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.cri.switchover.plugins.module_utils._facts import crio, io
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import images

SIDE_BY_SIDE = 4
DRIVER = "overlay"
RUN_ROOT = "/run/containers/storage"
LEFTOVER = ".cri-switchover-"
UNITS = ("docker.socket", "docker.service")
STOP_SECONDS = 180


class Failed(Exception):
    """The images cannot be carried over."""

    def __init__(self, reason, message, **details):
        Exception.__init__(self, "%s: %s" % (reason, message))
        self.reason, self.details = reason, details


class Transfer:
    """What both ways share. The direction decides whose failure is one of the source."""

    of_docker, of_containerd = "CRI-IMAGES-SOURCE", "CRI-IMAGES-TARGET"
    default_store = ""

    def __init__(self, params, check_mode):
        self.params, self.check_mode = params, check_mode
        self.began = time.time()
        self.deadline = self.began + params["timeout"]
        self.references = list(params["images"]) + ([params["pause_image"]] if params["pause_image"] else [])
        self.result = {"transferred": [], "present": [], "pulled": [], "missing": [], "pinned": [], "bytes": 0}  # type: dict
        self.warnings = []
        self.store = params["store"] or self.default_store

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
            names = {images.full_name(reference)[0] for reference in self.references}
        except ValueError as error:
            raise Failed("CRI-IMAGES-INPUT", str(error)) from None
        self._work(names)
        self.result["seconds"] = round(time.time() - self.began, 1)
        self.result["changed"] = any(self.result[key] for key in ("transferred", "pulled", "pinned"))
        return self.result

    def _work(self, names):
        raise NotImplementedError

    # --- the two sides

    def _ctr(self, *words):
        return ["ctr", "--address", self.params["address"], "--namespace", self.params["namespace"]] + list(words)

    @staticmethod
    def _docker(*words):
        return ["docker", "--host", "unix://" + io.DOCKER_SOCKET] + list(words)

    def _command(self, argv, reason, may_fail=False):
        try:
            code, output, errors = io.run(argv, self.left())
        except io.NodeError as error:
            raise Failed(reason, str(error), command=argv) from None
        if code and not may_fail:
            raise Failed(reason, "%s ended with %d: %s" % (" ".join(argv), code, errors.strip()[-400:]), command=argv)
        return output

    def _is_containerd_there(self):
        if io.which("ctr") is not None and os.path.exists(self.params["address"]):
            return True
        if self.check_mode:
            return False
        raise Failed(
            self.of_containerd,
            "containerd does not run: there is no ctr, or no socket %s" % self.params["address"],
        )

    def _listed(self, filters=()):
        return images.parse_list(self._command(self._ctr("images", "ls", *filters), self.of_containerd))

    def _whole(self, names):
        """Those of the images that containerd has with all their layers, unpacked."""
        check = self._ctr("images", "check", *_filters(names))
        # it fails as soon as one image is broken, which its table says as well
        return images.parse_check(self._command(check, self.of_containerd, may_fail=True))

    def _manifests(self, digests):
        """{digest of a manifest or index: the manifest for this machine, empty where it is not there}."""
        documents = self._contents(digests)
        chosen = {
            digest: images.manifest_for(document, platform.machine())
            for digest, document in documents.items()
            if "manifests" in document
        }
        manifests = dict(documents, **self._contents({digest for digest in chosen.values() if digest}))
        return {digest: manifests.get(chosen.get(digest, digest)) or {} for digest in documents}

    def _contents(self, digests):
        documents, waiting = {}, sorted(digests)
        while waiting:
            started = [(digest, io.Command(self._ctr("content", "get", digest))) for digest in waiting[:SIDE_BY_SIDE]]
            waiting = waiting[SIDE_BY_SIDE:]
            for digest, command in started:
                try:
                    code, output, _errors = command.result(self.left())
                    # content that is not there belongs to an image that is not whole
                    documents[digest] = json.loads(output) if code == 0 else {}
                except (io.NodeError, ValueError):
                    documents[digest] = {}
        return documents

    def _inspect(self, name):
        """{id, size, local_only} of an image in Docker, or None."""
        try:
            status, image = io.docker_get("/images/%s/json" % name, min(60, self.left()))
        except io.NodeError as error:
            raise Failed(self.of_docker, str(error)) from None
        if status == 404:
            return None
        if status != 200:
            raise Failed(self.of_docker, "Docker's API answered %d for %s: %s" % (status, name, image))
        return {"id": image["Id"], "size": image["Size"], "local_only": not image.get("RepoDigests")}

    def _docker_root(self):
        try:
            return io.docker_get("/info", min(60, self.left()))[1]["DockerRootDir"]
        except (io.NodeError, KeyError, TypeError) as error:
            raise Failed(self.of_docker, str(error)) from None

    # --- the transfer

    def _check_disk(self, names, amounts):
        """amounts: [(folder, bytes that it takes)], the folder of the target first."""
        needed, free, paths = {}, {}, {}
        for path, amount in amounts:
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
                        amounts[0][0],
                    ),
                    needed=amount,
                    free=free[device],
                    reserve=self.params["reserve"],
                    paths=paths[device],
                    images=names,
                )

    def _carry(self, names, source):
        for group in images.streams(names, source):
            began = time.time()
            if not self.check_mode:
                self._stream(group)
            seconds = round(time.time() - began, 1)
            for name in group:
                self.result["transferred"].append(
                    {"reference": name, "bytes": source[name]["size"], "seconds": seconds}
                )
            self.result["bytes"] += images.sum_of(group, source)

    def _stream(self, names):
        raise NotImplementedError

    def _pipe(self, names, give, take):
        """give | take; each is (its name for people, argv)."""
        try:
            ends = io.pipe(give[1], take[1], self.left())
        except io.NodeTimeout:
            raise self._too_late(names) from None
        except io.NodeError as error:
            raise Failed("CRI-IMAGES-TRANSFER", str(error), images=names) from None
        if any(code for code, _errors in ends):
            (gave, give_errors), (took, take_errors) = ends
            raise Failed(
                "CRI-IMAGES-TRANSFER",
                "carrying %s over failed: %s ended with %d (%s), %s with %d (%s); "
                "what has arrived stays, run it again"
                % (", ".join(names), give[0], gave, give_errors or "silent", take[0], took, take_errors or "silent"),
                images=names,
                **{
                    give[1][0]: {"rc": gave, "stderr": give_errors},
                    take[1][0]: {"rc": took, "stderr": take_errors},
                },
            )

    def _too_late(self, names):
        return Failed(
            "CRI-IMAGES-TIMEOUT",
            "carrying %s over was not done within %d s; what has arrived stays, run it again "
            "with a longer timeout" % (", ".join(names), self.params["timeout"]),
            images=names,
        )

    def _pull(self, names, command):
        """command(name): argv that has the target pull it."""
        for name in names:
            if not self.check_mode:
                try:
                    self._command(command(name), "CRI-IMAGES-PULL")
                except Failed as error:
                    if error.reason != "CRI-IMAGES-PULL":
                        raise
                    self._miss(name, str(error), True)
                    continue
            self.result["pulled"].append(name)

    def _miss(self, name, why, in_source):
        self.result["missing"].append({"reference": name, "why": why, "in_source": in_source})

    def _fail_verification(self, how, absent, wanted, seen):
        raise Failed(
            "CRI-IMAGES-VERIFY",
            "%s these images whole, with the image id of the source: %s" % (how, ", ".join(absent)),
            images=absent,
            wanted=wanted,
            seen=seen,
        )


class FromDocker(Transfer):
    """What is the same for all runtimes that take images from Docker."""

    def _work(self, names):
        if names and not io.processes(("dockerd",))["dockerd"]:
            # asking its socket would start it
            raise Failed(self.of_docker, "Docker does not run on this node: start it, it has the images")
        target = self._target(names)
        source = {name: self._inspect(name) for name in sorted(names) if "@" not in name}
        plan = images.plan(self.references, source, target)
        self.result["present"] = plan["skip"]
        for name in plan["missing"]:
            self._miss(name, "Docker has no such image", False)
        if plan["transfer"]:
            in_target, in_source = self._needed(plan["transfer"], source)
            self._check_disk(plan["transfer"], [(self.store, in_target), (self._docker_root(), in_source)])
        self._carry(plan["transfer"], source)
        self._pull(plan["pull"], self._pull_words)
        if plan["transfer"] and not self.check_mode:
            self._verify(plan["transfer"], source)
        self._finish(names, source, target)

    def _target(self, names):
        """{name: {digests, whole}} of those of the names that the target has."""
        raise NotImplementedError

    def _needed(self, names, source):
        """Bytes in the target's store, and in Docker's data-root."""
        raise NotImplementedError

    def _pull_words(self, name):
        raise NotImplementedError

    def _verify(self, names, source):
        raise NotImplementedError

    def _finish(self, names, source, target):
        raise NotImplementedError


class ToContainerd(FromDocker):
    """docker save NAMES | ctr images import -"""

    default_store = "/var/lib/containerd"

    def __init__(self, params, check_mode):
        FromDocker.__init__(self, params, check_mode)
        self.version = None

    def _needed(self, names, source):
        return images.needed_bytes(names, source)

    def _pull_words(self, name):
        hosts = ["--hosts-dir", self.params["hosts_dir"]] if self.params["hosts_dir"] else []
        return self._ctr(*(["images", "pull"] + hosts + [name]))

    def _finish(self, names, source, target):
        self._pin(source, target)

    def _target(self, names):
        """{name: {digests, whole, pinned}} of those of the names that containerd has."""
        if not names or not self._is_containerd_there():
            return {}
        self.version = images.server_version(self._command(self._ctr("version"), self.of_containerd))
        found = self._listed(_filters(names))
        if found:
            whole = self._whole(names)
            manifests = self._manifests({image["digest"] for image in found.values()})
            for name, image in found.items():
                image["whole"] = name in whole
                image["digests"] = {image["digest"], images.config_digest(manifests.get(image["digest"]) or {})}
        return found

    def _stream(self, names):
        self._pipe(
            names,
            ("docker save", self._docker("save", *names)),
            ("ctr images import", self._ctr("images", "import", "-")),
        )

    def _verify(self, names, source):
        """Neither program's exit code proves that an image can be used."""
        target = self._target(set(names))
        absent = [name for name in names if not images.is_there(source[name], target.get(name))]
        if absent:
            self._fail_verification(
                "ctr images import reported success, but containerd does not have",
                absent,
                {name: source[name]["id"] for name in absent},
                {name: sorted(item for item in target[name]["digests"] if item) for name in absent if name in target},
            )

    def _pin(self, source, target):
        if not images.can_pin(self.version):
            return
        names = {name for name, image in source.items() if image and image["local_only"]}
        if self.params["pause_image"]:
            names.add(images.full_name(self.params["pause_image"])[0])
        absent = {item["reference"] for item in self.result["missing"]}
        for name in sorted(names - absent):
            if not target.get(name, {}).get("pinned"):
                if not self.check_mode:
                    self._command(self._ctr("images", "label", name, images.PIN_LABEL + "=pinned"), "CRI-IMAGES-TARGET")
                self.result["pinned"].append(name)


class Store(Transfer):
    """CRI-O's storage: a folder with lists of its images and layers, written and read by skopeo."""

    default_store = "/var/lib/containers/storage"

    def _place(self, name):
        return "containers-storage:[%s@%s+%s]%s" % (DRIVER, self.store, RUN_ROOT, name)

    @staticmethod
    def _skopeo(*words):
        return ["skopeo"] + list(words)

    def _stored(self):
        """Read, not asked for: skopeo lists no storage, and each start of it costs a slow machine half a second."""
        if not self.check_mode and io.which("skopeo") is None:
            raise Failed(self.of_containerd, "there is no skopeo on this node: install it, it knows CRI-O's storage")
        texts = [
            io.read_text(os.path.join(self.store, DRIVER + "-" + kind, kind + ".json"), 1 << 26)
            for kind in ("images", "layers")
        ]
        try:
            return images.parse_store(*texts)
        except ValueError as error:
            raise Failed(self.of_containerd, "%s: %s" % (self.store, error)) from None

    def _step(self, argv, names):
        try:
            code, _output, errors = io.run(argv, self.left())
        except io.NodeTimeout:
            raise self._too_late(names) from None
        except io.NodeError as error:
            raise Failed("CRI-IMAGES-TRANSFER", str(error), images=names) from None
        if code:
            raise Failed(
                "CRI-IMAGES-TRANSFER",
                "carrying %s over failed: %s ended with %d (%s); what has arrived stays, run it again"
                % (", ".join(names), " ".join(argv[:5]), code, errors.strip()[-400:] or "silent"),
                images=names,
                command=argv,
            )


class ToCrio(Store, FromDocker):
    """For each image: docker save --output FILE NAME, skopeo copy docker-archive:FILE:NAME containers-storage:NAME

    An archive of its own for each: a layer that two images of one share is a link in it, whose size skopeo (1.9 at
    least) takes for that of the layer: "blob size mismatch", for the one of them that docker save names later.
    Through a file: skopeo 1.9 (Debian 12) cannot read a plain archive from a pipe, and later ones write such a file of
    their own. It is in the store's folder, no larger than a stream may be, and gone afterwards. CRI-O need not run, and
    does not yet: what is in the storage before its first start it takes as it is.
    """

    def _needed(self, names, source):
        return images.needed_in_store(names, source)

    def _target(self, names):
        found = self._stored() if names else {}
        return {name: found[name] for name in names if name in found}

    def _stream(self, names):
        os.makedirs(self.store, 0o700, exist_ok=True)
        for old in glob.glob(os.path.join(self.store, LEFTOVER + "*")):
            # of a run that was killed
            shutil.rmtree(old, ignore_errors=True)
        folder = tempfile.mkdtemp(prefix=LEFTOVER, dir=self.store)
        try:
            path = os.path.join(folder, "image.tar")
            for name in names:
                self._step(self._docker("save", "--output", path, name), [name])
                # Docker runs it already: no policy is asked about it.
                copy = ("--insecure-policy", "copy", "--quiet", "docker-archive:%s:%s" % (path, name))
                self._step(self._skopeo(*(copy + (self._place(name),))), [name])
                os.unlink(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _pull_words(self, name):
        policy = next((path for path in crio.POLICIES if os.path.exists(path)), None)
        trust = ["--policy", policy] if policy else ["--insecure-policy"]
        return self._skopeo(*(trust + ["copy", "--quiet", "docker://" + name, self._place(name)]))

    def _verify(self, names, source):
        """The store's list has them whole, and what can be read back by name is Docker's image."""
        target = self._target(set(names))
        waiting = [name for name in names if images.is_there(source[name], target.get(name))]
        seen = {}
        while waiting:
            started = [
                (name, io.Command(self._skopeo("inspect", "--raw", self._place(name))))
                for name in waiting[:SIDE_BY_SIDE]
            ]
            waiting = waiting[SIDE_BY_SIDE:]
            for name, command in started:
                try:
                    code, output, _errors = command.result(self.left())
                    seen[name] = images.config_digest(json.loads(output)) if code == 0 else None
                except (io.NodeError, ValueError, AttributeError):
                    seen[name] = None
        absent = [name for name in names if seen.get(name) != source[name]["id"]]
        if absent:
            self._fail_verification(
                "skopeo copy reported success, but CRI-O's storage does not have",
                absent,
                {name: source[name]["id"] for name in absent},
                {name: seen[name] for name in absent if seen.get(name)},
            )

    def _finish(self, names, source, target):
        """containers/storage syncs its lists, but not the layers that they name: a power cut would leave empty files.

        CRI-O's look at the storage after an unclean end is a quick one and does not see these (checkQuick in its
        internal/lib/container_server.go); so all of it is on the disk before anything relies on it, also what a run
        before had carried when it was killed. Pins are settings of CRI-O's, no marks of images.
        """
        if names and not self.check_mode and os.path.isdir(self.store):
            self._command(["sync", "--file-system", self.store], "CRI-IMAGES-TRANSFER")


class ToDocker(Transfer):
    """What is the same for all runtimes that give images back."""

    of_docker, of_containerd = "CRI-IMAGES-TARGET", "CRI-IMAGES-SOURCE"

    def _work(self, names):
        listed = self._all()
        asked, spare = names, set(self._spare(listed)) if self.params["local_images"] else set()
        names, spare = asked | spare, spare - asked
        if not names:
            return
        source = self._source({name: listed[name] for name in names if name in listed and "@" not in name})
        with self._running_docker() as answers:
            target = {name: self._inspect(name) if answers else None for name in sorted(names)}
            plan = images.plan_back(sorted(asked), source, target, sorted(spare))
            self.result["present"] = plan["skip"]
            for name in plan["missing"]:
                self._miss(name, "neither runtime has it", False)
            if plan["transfer"] and answers:
                needed = images.needed_in_docker(plan["transfer"], source)
                self._check_disk(plan["transfer"], [(self._docker_root(), needed)])
            self._carry(plan["transfer"], source)
            self._pull(plan["pull"], lambda name: self._docker("pull", name))
            for item in self.result["missing"]:
                item["in_source"] = item["reference"] in listed
            if plan["transfer"] and not self.check_mode:
                self._verify(plan["transfer"], source)

    def _all(self):
        """{name: what is known of it} of all images that are there."""
        raise NotImplementedError

    def _spare(self, listed):
        """Names of those that no registry may have."""
        raise NotImplementedError

    def _source(self, found):
        """{name: {id, digests, whole, size, unpacked}} of these of _all()."""
        raise NotImplementedError

    @contextlib.contextmanager
    def _running_docker(self):
        """Whether Docker answers. One that is stopped runs as long as this takes: only it knows what it has."""
        if io.processes(("dockerd",))["dockerd"]:
            yield True
        elif self.check_mode:
            yield False
        else:
            states = self._command(["systemctl", "is-active"] + list(UNITS), self.of_docker, may_fail=True)
            units = [unit for unit, state in zip(UNITS, states.split()) if state != "active"]
            try:
                self._command(["systemctl", "start", "docker.service"], self.of_docker)
                yield True
            finally:
                self._stop(units)

    def _stop(self, units):
        """A Docker that keeps running harms nobody: told, and no failure."""
        for unit in units:
            try:
                code, _output, errors = io.run(["systemctl", "stop", unit], STOP_SECONDS)
            except io.NodeError as error:
                code, errors = 1, str(error)
            # there need not be a socket unit
            if code and unit == "docker.service":
                self.warnings.append("Docker was started to take images, and does not stop: %s" % errors.strip()[-300:])

    def _verify(self, names, source):
        """docker load reports success also where it found nothing for this machine in the stream."""
        target = {name: self._inspect(name) for name in names}
        absent = [name for name in names if (target[name] or {}).get("id") not in source[name]["digests"]]
        if absent:
            self._fail_verification(
                "docker load reported success, but Docker does not have",
                absent,
                {name: source[name]["id"] for name in absent},
                {name: target[name]["id"] for name in absent if target[name]},
            )


class FromContainerd(ToDocker):
    """ctr images export - NAMES | docker load"""

    def _all(self):
        return self._listed() if self._is_containerd_there() else {}

    def _spare(self, listed):
        return images.from_no_registry(listed)

    def _source(self, found):
        if not found:
            return {}
        whole, manifests = self._whole(found), self._manifests({image["digest"] for image in found.values()})
        source = {}
        for name, image in found.items():
            manifest = manifests.get(image["digest"]) or {}
            config = images.config_digest(manifest)
            size, unpacked = images.layer_bytes(manifest)
            source[name] = {
                "id": config or image["digest"],
                "digests": {image["digest"], config},
                "whole": name in whole and bool(config),
                "size": size,
                "unpacked": unpacked,
            }
        return source

    def _stream(self, names):
        self._pipe(
            names,
            ("ctr images export", self._ctr("images", "export", "-", *names)),
            ("docker load", self._docker("load", "--quiet")),
        )


class FromCrio(Store, ToDocker):
    """skopeo copy containers-storage:NAME docker-daemon:NAME, which loads it by Docker's own API."""

    def _all(self):
        return self._stored()

    def _spare(self, listed):
        return [name for name in listed if images.is_tag(name)]

    def _source(self, found):
        return found

    def _stream(self, names):
        for name in names:
            copy = ("--insecure-policy", "copy", "--quiet", self._place(name), "docker-daemon:" + name)
            self._step(self._skopeo(*copy), [name])


def _filters(names):
    return ['name=="%s"' % name for name in sorted(names)]


def tell(module, transfer):
    for text in transfer.warnings:
        module.warn(text)


def main():
    module = AnsibleModule(
        argument_spec={
            "images": {"type": "list", "elements": "str", "required": True},
            "pause_image": {"type": "str"},
            "local_images": {"type": "bool", "default": False},
            "source": {"type": "str", "choices": ["docker", "containerd", "crio"], "default": "docker"},
            "target": {"type": "str", "choices": ["containerd", "crio", "docker"], "default": "containerd"},
            "address": {"type": "str", "default": "/run/containerd/containerd.sock"},
            "namespace": {"type": "str", "default": "k8s.io"},
            "store": {"type": "str"},
            "hosts_dir": {"type": "str"},
            "reserve": {"type": "int", "default": 1 << 30},
            "timeout": {"type": "int", "default": 3600},
        },
        supports_check_mode=True,
    )
    if module.params["source"] == module.params["target"]:
        module.fail_json(msg="CRI-IMAGES-INPUT: source and target are the same", reason="CRI-IMAGES-INPUT", details={})
    if module.params["target"] != "docker" and module.params["source"] != "docker":
        module.fail_json(msg="CRI-IMAGES-INPUT: one of the two is Docker", reason="CRI-IMAGES-INPUT", details={})
    ways = {"containerd": (ToContainerd, FromContainerd), "crio": (ToCrio, FromCrio)}
    back = module.params["target"] == "docker"
    way = ways[module.params["source" if back else "target"]][back]
    transfer = way(module.params, module.check_mode)
    try:
        result = transfer.run()
    except Failed as error:
        tell(module, transfer)
        module.fail_json(
            msg=str(error),
            reason=error.reason,
            details=error.details,
            changed=bool(transfer.result["transferred"] or transfer.result["pulled"]),
            seconds=round(time.time() - transfer.began, 1),
            **transfer.result,
        )
    tell(module, transfer)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
