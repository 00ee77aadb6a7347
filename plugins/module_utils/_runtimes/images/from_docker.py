# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From Docker to the runtime that a node is switched to: containerd, or CRI-O.

Private to this collection: there is no promise that it stays as it is.
"""

import glob
import os
import shutil
import tempfile

from ansible_collections.cri.switchover.plugins.module_utils._facts import crio
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images import lists, sizes
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.containerd_side import ContainerdSide
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.crio_storage import CrioStorage
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.names import full_name
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.plan import is_there, plan
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.transfer import Transfer
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.work import TransferError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

    Images = Dict[str, Dict[str, Any]]
    # {name: the image, or None where Docker has no such image}
    Source = Dict[str, Optional[Dict[str, Any]]]

LEFTOVER = ".cri-switchover-"


class FromDocker(Transfer):
    """What is the same for all runtimes that take images from Docker."""

    def _transfer(self, names: "Set[str]") -> None:
        if names and not self.docker.runs():
            # a request to its socket would start it
            raise TransferError(self.of_docker, "Docker does not run on this node: start it, it has the images")
        target = self._target(names)
        source: "Source" = {name: self.docker.inspect(name) for name in sorted(names) if "@" not in name}
        there = {name: image for name, image in source.items() if image}
        planned = plan(self.references, source, target)
        self.work.result["present"] = planned["skip"]
        for name in planned["missing"]:
            self._miss(name, "Docker has no such image", False)
        if planned["transfer"]:
            in_target, in_source = self._needed(planned["transfer"], there)
            self._check_disk(planned["transfer"], [(self.store, in_target), (self.docker.data_root(), in_source)])
        self._carry(planned["transfer"], there)
        self._pull(planned["pull"], self._pull_command)
        if planned["transfer"] and not self.check_mode:
            self._verify(planned["transfer"], there)
        self._finish(names, there, target)

    def _target(self, names: "Set[str]") -> "Images":
        """{name: {digests, whole}} of those of the names that the target has."""
        raise NotImplementedError

    def _needed(self, names: "Sequence[str]", source: "Images") -> "Tuple[int, int]":
        """Bytes in the target's store, and in Docker's data-root."""
        raise NotImplementedError

    def _pull_command(self, name: str) -> "List[str]":
        raise NotImplementedError

    def _verify(self, names: "List[str]", source: "Images") -> None:
        """Raises CRI-IMAGES-VERIFY unless the target has these images."""
        raise NotImplementedError

    def _finish(self, names: "Set[str]", source: "Images", target: "Images") -> None:
        raise NotImplementedError


class DockerToContainerd(FromDocker):
    """docker save NAMES | ctr images import -"""

    def __init__(self, params: "Dict[str, Any]", check_mode: bool) -> None:
        FromDocker.__init__(self, params, check_mode)
        self.containerd = ContainerdSide(self.work, self.of_other)
        self.version: "Optional[str]" = None

    def _needed(self, names: "Sequence[str]", source: "Images") -> "Tuple[int, int]":
        return sizes.needed_bytes(names, source)

    def _pull_command(self, name: str) -> "List[str]":
        hosts = ["--hosts-dir", self.params["hosts_dir"]] if self.params["hosts_dir"] else []
        return self.containerd.command(*(["images", "pull"] + hosts + [name]))

    def _target(self, names: "Set[str]") -> "Images":
        """{name: {digests, whole, pinned}} of those of the names that containerd has."""
        if not names or not self.containerd.runs():
            return {}
        self.version = self.containerd.version()
        found = self.containerd.listed(names)
        if found:
            whole = self.containerd.whole(names)
            manifests = self.containerd.manifests({image["digest"] for image in found.values()})
            for name, image in found.items():
                image["whole"] = name in whole
                image["digests"] = {image["digest"], lists.config_digest(manifests.get(image["digest"]) or {})}
        return found

    def _stream(self, names: "List[str]") -> None:
        self._pipe(
            names,
            ("docker save", self.docker.command("save", *names)),
            ("ctr images import", self.containerd.command("images", "import", "-")),
        )

    def _verify(self, names: "List[str]", source: "Images") -> None:
        """Neither program's exit code proves that an image can be used."""
        target = self._target(set(names))
        absent = [name for name in names if not is_there(source[name], target.get(name))]
        if absent:
            self._fail_verification(
                "ctr images import reported success, but containerd does not have",
                absent,
                {name: source[name]["id"] for name in absent},
                {name: sorted(item for item in target[name]["digests"] if item) for name in absent if name in target},
            )

    def _finish(self, names: "Set[str]", source: "Images", target: "Images") -> None:
        """Pins what kubelet's garbage collection must leave: the pause image, and what came from no registry."""
        if not lists.can_pin(self.version):
            return
        pins = {name for name, image in source.items() if image["local_only"]}
        if self.params["pause_image"]:
            pins.add(full_name(self.params["pause_image"])[0])
        absent = {item["reference"] for item in self.work.result["missing"]}
        for name in sorted(pins - absent):
            if not target.get(name, {}).get("pinned"):
                if not self.check_mode:
                    label = self.containerd.command("images", "label", name, lists.PIN_LABEL + "=pinned")
                    self.work.command(label, "CRI-IMAGES-TARGET")
                self.work.result["pinned"].append(name)


class DockerToCrio(FromDocker):
    """For each image: docker save --output FILE NAME, skopeo copy docker-archive:FILE:NAME containers-storage:NAME

    Each image has an archive of its own. A layer that two images of one archive share is a link in it, whose size
    skopeo (1.9 at least) takes for that of the layer: "blob size mismatch", for the image that docker save names later.

    It goes through a file, for skopeo 1.9 (Debian 12) cannot read a plain archive from a pipe, and later ones write
    such a file of their own. The file is in the store's folder, no larger than a stream may be, and removed afterwards.
    CRI-O need not run, and does not yet: it takes what is in the storage before its first start as it is.
    """

    default_store = crio.ROOT

    def __init__(self, params: "Dict[str, Any]", check_mode: bool) -> None:
        FromDocker.__init__(self, params, check_mode)
        self.storage = CrioStorage(self.work, self.store, self.of_other)

    def _needed(self, names: "Sequence[str]", source: "Images") -> "Tuple[int, int]":
        return sizes.needed_in_store(names, source)

    def _target(self, names: "Set[str]") -> "Images":
        found = self.storage.images() if names else {}
        return {name: found[name] for name in names if name in found}

    def _stream(self, names: "List[str]") -> None:
        os.makedirs(self.store, 0o700, exist_ok=True)
        for old in glob.glob(os.path.join(self.store, LEFTOVER + "*")):
            # of a run that was killed
            shutil.rmtree(old, ignore_errors=True)
        folder = tempfile.mkdtemp(prefix=LEFTOVER, dir=self.store)
        try:
            path = os.path.join(folder, "image.tar")
            for name in names:
                self.storage.step(self.docker.command("save", "--output", path, name), [name])
                # Docker runs it already: no policy is asked about it.
                origin = "docker-archive:%s:%s" % (path, name)
                copy = ["skopeo", "--insecure-policy", "copy", "--quiet", origin, self.storage.place(name)]
                self.storage.step(copy, [name])
                os.unlink(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _pull_command(self, name: str) -> "List[str]":
        policy = next((path for path in crio.POLICIES if os.path.exists(path)), None)
        trust = ["--policy", policy] if policy else ["--insecure-policy"]
        return ["skopeo"] + trust + ["copy", "--quiet", "docker://" + name, self.storage.place(name)]

    def _verify(self, names: "List[str]", source: "Images") -> None:
        """The store's list has them whole, and what can be read back by name is Docker's image."""
        target = self._target(set(names))
        seen = self.storage.read_back([name for name in names if is_there(source[name], target.get(name))])
        absent = [name for name in names if seen.get(name) != source[name]["id"]]
        if absent:
            self._fail_verification(
                "skopeo copy reported success, but CRI-O's storage does not have",
                absent,
                {name: source[name]["id"] for name in absent},
                {name: seen[name] for name in absent if seen.get(name)},
            )

    def _finish(self, names: "Set[str]", source: "Images", target: "Images") -> None:
        """Syncs the disk: containers/storage syncs its lists, but not the layers that they name.

        After a power cut these would be empty files. CRI-O's check of the storage after an unclean end is a quick one
        and does not see that (checkQuick in its internal/lib/container_server.go). So all of it is on the disk before
        anything relies on it, also what an earlier run had copied before it was killed. Pins are settings of CRI-O, no
        marks of images.
        """
        if names and not self.check_mode and os.path.isdir(self.store):
            self.work.command(["sync", "--file-system", self.store], "CRI-IMAGES-TRANSFER")
