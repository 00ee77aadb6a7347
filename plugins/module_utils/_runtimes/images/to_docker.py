# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back to Docker, from the runtime that a node was switched to: containerd, or CRI-O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._facts import crio
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images import lists, sizes
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.containerd_side import ContainerdSide
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.crio_storage import CrioStorage
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.names import is_tag
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.plan import plan_back
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images.transfer import Transfer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Set

    Images = Dict[str, Dict[str, Any]]


class ToDocker(Transfer):
    """What is the same for all runtimes that Docker takes images from."""

    of_docker, of_other = "CRI-IMAGES-TARGET", "CRI-IMAGES-SOURCE"

    def _transfer(self, names: "Set[str]") -> None:
        listed = self._all()
        asked, spare = names, set(self._spare(listed)) if self.params["local_images"] else set()
        names, spare = asked | spare, spare - asked
        if not names:
            return
        source = self._source({name: listed[name] for name in names if name in listed and "@" not in name})
        with self.docker.running() as answers:
            target = {name: self.docker.inspect(name) if answers else None for name in sorted(names)}
            planned = plan_back(sorted(asked), source, target, sorted(spare))
            self.work.result["present"] = planned["skip"]
            for name in planned["missing"]:
                self._miss(name, "neither runtime has it", False)
            if planned["transfer"] and answers:
                needed = sizes.needed_in_docker(planned["transfer"], source)
                self._check_disk(planned["transfer"], [(self.docker.data_root(), needed)])
            self._carry(planned["transfer"], source)
            self._pull(planned["pull"], lambda name: self.docker.command("pull", name))
            for item in self.work.result["missing"]:
                item["in_source"] = item["reference"] in listed
            if planned["transfer"] and not self.check_mode:
                self._verify(planned["transfer"], source)

    def _all(self) -> "Images":
        """{name: what is known of it} of all images that are there."""
        raise NotImplementedError

    def _spare(self, listed: "Images") -> "List[str]":
        """Names of those that no registry may have."""
        raise NotImplementedError

    def _source(self, found: "Images") -> "Images":
        """{name: {id, digests, whole, size, unpacked}} of these of _all()."""
        raise NotImplementedError

    def _verify(self, names: "List[str]", source: "Images") -> None:
        """docker load reports success also where it found nothing for this machine in the stream."""
        target = {name: self.docker.inspect(name) or {} for name in names}
        absent = [name for name in names if target[name].get("id") not in source[name]["digests"]]
        if absent:
            self._fail_verification(
                "docker load reported success, but Docker does not have",
                absent,
                {name: source[name]["id"] for name in absent},
                {name: target[name]["id"] for name in absent if target[name]},
            )


class ContainerdToDocker(ToDocker):
    """ctr images export - NAMES | docker load"""

    def __init__(self, params: "Dict[str, Any]", check_mode: bool) -> None:
        ToDocker.__init__(self, params, check_mode)
        self.containerd = ContainerdSide(self.work, self.of_other)

    def _all(self) -> "Images":
        return self.containerd.listed() if self.containerd.runs() else {}

    def _spare(self, listed: "Images") -> "List[str]":
        return lists.from_no_registry(listed)

    def _source(self, found: "Images") -> "Images":
        if not found:
            return {}
        whole = self.containerd.whole(found)
        manifests = self.containerd.manifests({image["digest"] for image in found.values()})
        source = {}
        for name, image in found.items():
            manifest = manifests.get(image["digest"]) or {}
            config = lists.config_digest(manifest)
            size, unpacked = sizes.layer_bytes(manifest)
            source[name] = {
                "id": config or image["digest"],
                "digests": {image["digest"], config},
                "whole": name in whole and bool(config),
                "size": size,
                "unpacked": unpacked,
            }
        return source

    def _stream(self, names: "List[str]") -> None:
        self._pipe(
            names,
            ("ctr images export", self.containerd.command("images", "export", "-", *names)),
            ("docker load", self.docker.command("load", "--quiet")),
        )


class CrioToDocker(ToDocker):
    """skopeo copy containers-storage:NAME docker-daemon:NAME, which loads it by Docker's own API."""

    default_store = crio.ROOT

    def __init__(self, params: "Dict[str, Any]", check_mode: bool) -> None:
        ToDocker.__init__(self, params, check_mode)
        self.storage = CrioStorage(self.work, self.store, self.of_other)

    def _all(self) -> "Images":
        return self.storage.images()

    def _spare(self, listed: "Images") -> "List[str]":
        return [name for name in listed if is_tag(name)]

    def _source(self, found: "Images") -> "Images":
        return found

    def _stream(self, names: "List[str]") -> None:
        for name in names:
            copy = ["skopeo", "--insecure-policy", "copy", "--quiet", self.storage.place(name), "docker-daemon:" + name]
            self.storage.step(copy, [name])
