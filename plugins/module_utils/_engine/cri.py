# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runtime through crictl, and the judges of what it says. Shared with the modules that read a runtime."""

import json
import re
import time

from .errors import Failure, shorten, unmet_entry
from .log import say
from .waiting import pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

    from .node import Node

    # Of one thing that is not as it must be: {reason, text, details}.
    Unmet = Dict[str, Any]


class Cri(object):
    """One CRI endpoint, seen through crictl. Each call is a process with a time limit."""

    def __init__(self, node: "Node", crictl: str, endpoint: str) -> None:
        self.node = node
        self.command = [crictl, "--runtime-endpoint", endpoint, "--image-endpoint", endpoint]

    def run(self, *args: str, timeout: float = 30) -> str:
        """crictl's output; Failure, with the last line of its complaint, where it ends with anything but 0."""
        timeout = max(timeout, 1)
        argv = self.command + ["--timeout", "%ds" % timeout] + list(args)
        rc, out, err = self.node.run(argv, timeout=timeout + 5, check=False)
        if rc != 0:
            # The last line has the reason; those before it are warnings about configuration files.
            last = ((err or out).strip().splitlines() or [""])[-1]
            said = re.sub(r'^time=.* msg="(.*)"$', r"\1", last).replace('\\"', '"')
            raise Failure("CRI-CRICTL-FAILED", "crictl %s ended with %d: %s" % (args[0], rc, shorten(said)), rc=rc)
        return out

    def json(self, *args: str, timeout: float = 30) -> "Any":
        """crictl's output decoded; Failure where it is no JSON."""
        out = self.run(*args, timeout=timeout)
        try:
            return json.loads(out)
        except ValueError as exc:
            raise Failure("CRI-CRICTL-OUTPUT", "crictl %s gave no JSON: %s" % (args[0], shorten(out))) from exc

    def version(self, timeout: float = 10) -> "Dict[str, Optional[str]]":
        """{name, version, api} of the runtime. crictl prints it as text only."""
        out = self.run("version", timeout=timeout)
        found = dict(re.findall(r"^(\w+):\s+(\S+)", out, re.M))
        return {
            "name": found.get("RuntimeName"),
            "version": found.get("RuntimeVersion"),
            "api": found.get("RuntimeApiVersion"),
        }

    def info_until(
        self, seconds: float, good: "Callable[[Dict[str, Any]], List[Unmet]]"
    ) -> "Tuple[Dict[str, Any], List[Unmet]]":
        """(info, unmet) as soon as good(info) is empty, or when time is up."""
        end = time.monotonic() + seconds
        info: "Dict[str, Any]" = {}
        while True:
            left = end - time.monotonic()
            try:
                info = self.json("info", timeout=int(min(max(left, 2), 10)))
                unmet = good(info)
            except Failure as exc:
                unmet = [unmet_entry("CRI-RUNTIME-SILENT", str(exc), command="crictl info")]
            if not unmet or time.monotonic() >= end:
                return info, unmet
            pause()

    def remove_pods(self, seconds: float, *which: str) -> bool:
        """Stop and remove sandboxes with all in them, as far as crictl can; True when it could."""
        try:
            pods = self.pods(seconds, *which)
            if pods:
                self.run("rmp", "--force", *pods, timeout=seconds)
            return True
        except Failure as exc:
            say("the runtime's sandboxes are not all removed: %s" % exc)
            return False

    def pods(self, seconds: float, *which: str) -> "List[str]":
        """Ids of the sandboxes that the runtime knows. which: crictl's options that choose some of them."""
        return self.run("pods", "--quiet", *which, timeout=seconds).split()

    def has_pods(self, seconds: float) -> bool:
        """Does the runtime know sandboxes? False, too, where nobody can be asked."""
        try:
            return bool(self.pods(seconds))
        except Failure:
            return False


def need(seen: "Tuple[Dict[str, Any], List[Unmet]]") -> "Dict[str, Any]":
    """The runtime's info of info_until(), or a failure of all that is unmet."""
    info, unmet = seen
    if unmet:
        raise Failure(unmet[0]["reason"], "; ".join(item["message"] for item in unmet), unmet=unmet)
    return info


def conditions_of(info: "Dict[str, Any]") -> "Dict[str, Dict[str, Any]]":
    """{type: condition} of what `crictl info` reports."""
    return dict((c["type"], c) for c in (info.get("status") or {}).get("conditions") or [])


def handlers_of(info: "Dict[str, Any]") -> "Optional[List[str]]":
    """Runtime handlers that `crictl info` names, or None where the runtime names none."""
    listed: "Set[str]" = set(h.get("name") or "" for h in info.get("runtimeHandlers") or [] if isinstance(h, dict))
    listed.discard("")
    config = info.get("config")
    if isinstance(config, dict):
        listed.update((config.get("containerd") or {}).get("runtimes") or {})
        listed.update(config.get("runtimes") or {})
    return sorted(listed) or None


def sandbox_image_of(info: "Dict[str, Any]") -> "Optional[str]":
    """The pause image the runtime is configured with, or None where it names none."""
    config = info.get("config")
    return config.get("sandboxImage") if isinstance(config, dict) else None


def judge_info(
    info: "Dict[str, Any]", handlers: "Sequence[str]" = (), network: bool = False, pause_image: "Optional[str]" = None
) -> "List[Unmet]":
    """[{reason, text, details}] of what `crictl info` lacks. network: NetworkReady is wanted, too."""
    unmet = []
    conditions = conditions_of(info)
    for kind in ("RuntimeReady", "NetworkReady") if network else ("RuntimeReady",):
        condition = conditions.get(kind) or {}
        if condition.get("status") is not True:
            why = condition.get("message") or condition.get("reason") or "no such condition"
            token = "CRI-RUNTIME-NOTREADY" if kind == "RuntimeReady" else "CRI-NETWORK-NOTREADY"
            unmet.append(unmet_entry(token, "%s is not true: %s" % (kind, why), condition=kind, seen=why))
    known = handlers_of(info)
    missing = [name for name in handlers if known is not None and name not in known]
    if missing:
        unmet.append(
            unmet_entry(
                "CRI-HANDLER-MISSING", "no runtime handler %s" % ", ".join(missing), seen=known, wanted=list(handlers)
            )
        )
    configured = sandbox_image_of(info)
    if pause_image and configured and configured != pause_image:
        unmet.append(
            unmet_entry(
                "CRI-PAUSE-CONFIG",
                "the runtime's sandbox image is %s, wanted %s" % (configured, pause_image),
                seen=configured,
                wanted=pause_image,
            )
        )
    return unmet


def judge_version(
    version: "Dict[str, Optional[str]]", name: "Optional[str]", pattern: "Optional[str]"
) -> "List[Unmet]":
    """[unmet] of a version as Cri.version() returns it: another name, or one that the pattern does not match."""
    unmet = []
    if name and version["name"] != name:
        unmet.append(
            unmet_entry(
                "CRI-RUNTIME-NAME",
                "the runtime is %s, wanted %s" % (version["name"], name),
                seen=version["name"],
                wanted=name,
            )
        )
    if pattern and not re.search(pattern, version["version"] or ""):
        unmet.append(
            unmet_entry(
                "CRI-RUNTIME-VERSION",
                "the runtime's version %s does not match %s" % (version["version"], pattern),
                seen=version["version"],
                wanted=pattern,
            )
        )
    return unmet


def full_reference(image: str) -> str:
    """docker.io's short names as runtimes store them."""
    first = image.split("/", 1)[0]
    if "/" not in image:
        image = "docker.io/library/" + image
    elif "." not in first and ":" not in first and first != "localhost":
        image = "docker.io/" + image
    return image if "@" in image or ":" in image.rsplit("/", 1)[-1] else image + ":latest"


def has_image(images: "Dict[str, Any]", wanted: str) -> bool:
    """Is it there, by any of its names? images: output of `crictl images -o json`."""
    for image in images.get("images") or []:
        names = (image.get("repoTags") or []) + (image.get("repoDigests") or [])
        if wanted == image.get("id") or full_reference(wanted) in [full_reference(name) for name in names]:
            return True
    return False
