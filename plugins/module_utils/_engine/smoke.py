# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a runtime and its handlers work: by a sandbox and a container of each, while kubelet is down."""

import glob
import json
import os
import shutil
import time

from .errors import Failure
from .names import SMOKE_LABEL
from .waiting import in_parallel, pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

    from .cri import Cri
    from .node import Node

    # {name, runtime, optional}: runtime is runc, crun, runsc, or not there.
    Handler = Dict[str, Any]

WORDS_END = "cri-switchover-end"
# Each may be lacking or forbidden; together they are enough.
KERNEL_WORDS = [
    "/bin/sh",
    "-c",
    "uname -sr; cat /proc/version; dmesg; echo %s; trap exit TERM; sleep 3600 & wait" % WORDS_END,
]
# What they need of the host, with merged /usr and without.
HOST_FOLDERS = ("/bin", "/lib", "/lib64", "/sbin", "/usr")
# Where runc and crun keep a container's state: containerd's shim has one place for all, CRI-O one for each.
STATE_FOLDERS = ("/run/containerd/runc/k8s.io/%s", "/run/runc/%s", "/run/crun/%s")


class Smoke(object):
    """A sandbox and a running container per handler, then gone: each verified by what runs, not by what is configured.

    - gVisor: the kernel's own words inside a container.
    - runc and crun: what they leave in their state directory differs. It is theirs, and needs no process more.

    Only while kubelet is down, which removes what it does not know. image: the pause image; parent: the cgroup above
    the sandboxes; seconds: for each call of crictl.
    """

    DIRECTORY = "/run/cri-switchover"

    def __init__(self, node: "Node", cri: "Cri", image: str, parent: str, seconds: int) -> None:
        self.node, self.cri, self.image, self.parent, self.seconds = node, cri, image, parent, seconds
        self.stamp = "%d-%d" % (os.getpid(), int(time.monotonic() * 1000))
        self.folders = [path for path in HOST_FOLDERS if os.path.isdir(node.path(path))]
        self.failed: "Dict[str, Failure]" = {}

    def verify(self, handlers: "List[Handler]") -> "Tuple[Dict[str, str], Dict[str, str]]":
        """({name: evidence}, {name: why an optional one does not work}) of [{name, runtime, optional}].

        Which runtime is behind a handler is checked where it is said. Raises Failure for one that is not optional.
        """
        label = "%s=%s" % (SMOKE_LABEL, self.stamp)
        directory = self.node.path(self.DIRECTORY)
        if not os.path.isdir(directory):
            os.mkdir(directory, 0o700)
        try:
            in_parallel(self.start, handlers, workers=4)
            listed = self.cri.json("ps", "--label", label, "--output", "json", timeout=self.seconds)
            containers = listed.get("containers") or []
            verified = self.evidence_of(handlers, containers)
            if not self.failed:
                self.cri.run("rmp", "--force", *[c["podSandboxId"] for c in containers], timeout=self.seconds)
        except Failure as exc:
            self.cri.remove_pods(self.seconds, "--label", label)
            raise self.record_failure(exc, handlers) from exc
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        if self.failed:
            self.cri.remove_pods(self.seconds, "--label", label)
        for handler in handlers:
            if handler["name"] in self.failed and not handler.get("optional"):
                raise self.record_failure(self.failed[handler["name"]], handlers)
        return verified, dict((name, str(exc)) for name, exc in self.failed.items())

    def record_failure(self, exc: Failure, handlers: "List[Handler]") -> Failure:
        """The failure as the whole verification's; one that names another runtime than declared stays as it is."""
        if exc.reason == "CRI-HANDLER-OTHER":
            return exc
        return Failure("CRI-SMOKE", str(exc), handlers=[handler["name"] for handler in handlers], image=self.image)

    def start(self, handler: "Handler") -> None:
        """A sandbox with a container in it; that it does not start is kept in `failed`."""
        name, paths = handler["name"], []
        made = smoke_configs(handler, self.image, self.parent, self.stamp, self.folders)
        for number, config in enumerate(made):
            paths.append("%s/%s-%s-%d.json" % (self.node.path(self.DIRECTORY), name, self.stamp, number))
            with open(paths[-1], "w") as stream:
                json.dump(config, stream)
        try:
            self.cri.run("run", "--no-pull", "--runtime", name, paths[1], paths[0], timeout=self.seconds)
        except Failure as exc:
            self.failed[name] = Failure(exc.reason, "handler %s: %s" % (name, exc))

    def evidence_of(self, handlers: "List[Handler]", containers: "List[Dict[str, Any]]") -> "Dict[str, str]":
        """{handler: evidence}, out of `crictl ps`; of the others, `failed` has the reason."""
        running = dict((c["metadata"]["name"], c["id"]) for c in containers if c.get("state") == "CONTAINER_RUNNING")
        verified = {}
        for handler in handlers:
            name = handler["name"]
            if name in self.failed:
                continue
            if name not in running:
                self.failed[name] = Failure("CRI-SMOKE", "the container does not run with handler %s" % name)
                continue
            try:
                verified[name] = self.evidence(name, handler.get("runtime"), running[name])
            except Failure as exc:
                self.failed[name] = exc
        return verified

    def evidence(self, name: str, runtime: "Optional[str]", container: str) -> str:
        """What shows that this container is run by this runtime; Failure where something else is seen."""
        if runtime is None:
            return "runs"
        return self.kernel_words(name) if runtime == "runsc" else self.state_left(name, runtime, container)

    def kernel_words(self, name: str) -> str:
        """gVisor: the kernel's own words inside the container."""
        words = self.wait_for_words(name)
        wrong = judge_words(words, os.uname().release)
        if wrong:
            raise other_runtime(name, wrong, wanted="runsc", seen=words[:5])
        return "; ".join([word for word in words if word.startswith("Linux ") or "gVisor" in word][:3])

    def state_left(self, name: str, runtime: str, container: str) -> str:
        """runc and crun: what is in the container's state directory."""
        for folder in STATE_FOLDERS:
            path = self.node.path(folder % container)
            if os.path.isdir(path):
                seen = runtime_of(os.listdir(path))
                if seen == runtime:
                    return "%s's state in %s" % (seen, folder % container[:13])
                made = "its container was made by %s, wanted %s" % (seen or "neither runc nor crun", runtime)
                raise other_runtime(name, made, wanted=runtime, seen=seen)
        none = "no state of %s for its container %s" % (runtime, container[:13])
        raise other_runtime(name, none, wanted=runtime, seen=None)

    def wait_for_words(self, name: str) -> "List[str]":
        """gVisor's first words come some seconds after its container counts as running, on a busy node."""
        log = self.node.path("%s/cri-switchover-%s-%s.log" % (self.DIRECTORY, name, self.stamp))
        end = time.monotonic() + self.seconds
        while True:
            try:
                with open(log, encoding="utf-8", errors="replace") as stream:
                    words = words_of(stream.read())
            except OSError:
                words = []
            if WORDS_END in words or time.monotonic() >= end:
                return words
            pause()


def other_runtime(name: str, text: str, wanted: str, seen: "Any") -> Failure:
    """The failure of a handler that is not what it was declared to be."""
    return Failure("CRI-HANDLER-OTHER", "handler %s: %s" % (name, text), handler=name, wanted=wanted, seen=seen)


def smoke_configs(
    handler: "Handler", image: str, parent: str, stamp: str, folders: "Sequence[str]" = ()
) -> "Tuple[Dict[str, Any], Dict[str, Any]]":
    """(sandbox, container) for crictl: on the host's network, in kubelet's own cgroup, with the pause image.

    gVisor's gets a command that prints which kernel it is on. The pause image has no program that could: the host's own
    are mounted into it, read-only, from ``folders``. stamp: what makes their names unlike those of others.
    """
    name, runtime = handler["name"], handler.get("runtime")
    host_network = {"namespace_options": {"network": 2}}
    unique = "cri-switchover-%s-%s" % (name, stamp)
    labels = {SMOKE_LABEL: str(stamp)}
    sandbox = {
        "metadata": {"name": unique, "namespace": "default", "uid": unique, "attempt": 0},
        "labels": labels,
        "log_directory": "/run/cri-switchover",
        "linux": {"cgroup_parent": parent, "security_context": host_network},
    }
    container: "Dict[str, Any]" = {
        "metadata": {"name": name, "attempt": 0},
        "image": {"image": image},
        "labels": labels,
        "log_path": unique + ".log",
        "linux": {"security_context": host_network},
    }
    if runtime == "runsc":
        mounts = [{"host_path": path, "container_path": path, "readonly": True} for path in folders]
        container.update(command=KERNEL_WORDS[:1], args=KERNEL_WORDS[1:], mounts=mounts)
    return sandbox, container


def runtime_of(names: "Iterable[str]") -> "Optional[str]":
    """Which runtime left these files in the state directory of a container; None where it is neither."""
    if "state.json" in names:
        return "runc"  # libcontainer's
    return "crun" if "status" in names else None


def words_of(log: str) -> "List[str]":
    """What a container said, out of its log in CRI's form: "TIME stdout F text"."""
    texts = []
    for line in log.splitlines():
        parts = line.split(" ", 3)
        texts.append(parts[3] if len(parts) == 4 and parts[1] in ("stdout", "stderr") else line)
    return texts


def judge_words(words: "List[str]", host_release: str) -> "Optional[str]":
    """None when a kernel of gVisor's spoke, else why that is not so. ``host_release``: uname -r of the host."""
    if any("gVisor" in word for word in words):
        return None
    first = next((word for word in words if word.startswith("Linux ")), "nothing")
    if host_release and any(host_release in word for word in words):
        return "the kernel inside is the host's (%s)" % first
    return "the kernel inside does not say that it is gVisor's (it says %s)" % first


def pod_cgroup(node: "Node", systemd: bool = False) -> str:
    """The cgroup kubelet gives best-effort pods, in the form its driver uses: systemd's, or as kubelet has made it."""
    top = node.path("/sys/fs/cgroup")
    if systemd or glob.glob(top + "/kubepods.slice") or glob.glob(top + "/*/kubepods.slice"):
        return "/kubepods.slice/kubepods-besteffort.slice"
    return "/kubepods/besteffort"
