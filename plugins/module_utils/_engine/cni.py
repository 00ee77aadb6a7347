# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CNI as libcni does it: its cached results, DEL by the plugins of a network, and network namespaces.

Only dockershim would have called DEL for its sandboxes: once they are Docker's no more, nobody else does.
"""

import base64
import contextlib
import glob
import json
import os
import re

from .errors import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

    from .node import Node
    from .waiting import StepTime

    # A cached result of libcni's, decoded.
    Cached = Dict[str, Any]

TARGET_RESULTS = "/var/lib/cni/results/"
LOOPBACK = '{"cniVersion": "0.3.1", "name": "cni-loopback", "plugins": [{"type": "loopback"}]}'


class Cni(object):
    """The node's CNI results and plugins. given: the plan's {cache_dir, conf_dir, bin_dirs}."""

    def __init__(
        self, node: "Node", given: "Dict[str, Any]", time_left: "StepTime", say: "Callable[[str], None]"
    ) -> None:
        self.node, self.given, self.time, self.say = node, given, time_left, say

    def results(self) -> "List[str]":
        """Paths of libcni's cached results: dockershim's directory, and the one of the runtimes."""
        found: "List[str]" = []
        for directory in (self.given["cache_dir"].rstrip("/") + "/results/", TARGET_RESULTS):
            with contextlib.suppress(OSError):
                found += [directory + name for name in sorted(os.listdir(self.node.path(directory)))]
        return found

    def results_by_sandbox(self) -> "Dict[str, List[Tuple[str, Cached]]]":
        """{container id: [(path, cached result)]}"""
        found: "Dict[str, List[Tuple[str, Cached]]]" = {}
        for path in self.results():
            cached = self.cached(path)
            if cached is not None:
                found.setdefault(cached["containerId"], []).append((path, cached))
        return found

    def cached(self, path: str) -> "Optional[Cached]":
        """A cached result; None for one that cannot be read, or is not libcni's."""
        try:
            data = self.node.read(path)
            if not data:
                return cached_by_name(os.path.basename(path), self.networks())
            cached = json.loads(data.decode("utf-8"))
        except (IOError, OSError, ValueError):
            return None
        return cached if cached.get("kind") == "cniCacheV1" else None

    def networks(self) -> "Dict[str, str]":
        """{name: text} of the networks that are configured now, and of the one that each runtime brings along."""
        found = {"cni-loopback": LOOPBACK}
        for path in sorted(glob.glob(self.node.path(self.given["conf_dir"]) + "/*")):
            if not path.endswith((".conf", ".conflist", ".json")):
                continue
            with contextlib.suppress(IOError, OSError, ValueError, TypeError, KeyError, AttributeError):
                with open(path, encoding="utf-8") as stream:
                    text = stream.read()
                network = json.loads(text)
                if all(plugin["type"] for plugin in plugins_of(network)):
                    found.setdefault(network["name"], text)
        return found

    def release(self, path: str, cached: "Cached", netns: str, must: bool) -> None:
        """DEL, then forget the result at this path. netns, must: as delete() has them."""
        if self.delete(cached, netns, must):
            self.node.remove(path)

    def delete(self, cached: "Cached", netns: str, must: bool) -> bool:
        """DEL by each plugin of the chain. must: a failure is one of the step; otherwise the result is False.

        netns: path of the sandbox's network namespace, "" where it has none any more.
        """
        if not must and self.time.is_over():
            self.say("no time is left for CNI DEL of a dead sandbox")
            return False
        for kind, env, conf in cni_calls(cached):
            if kind == "loopback":
                continue
            try:
                self.call(kind, dict(env, CNI_NETNS=netns), conf, 60 if must else self.time.left(60))
            except Failure as exc:
                if must:
                    raise Failure(
                        "CRI-CNI-DEL", "%s of sandbox %s: %s" % (kind, cached["containerId"][:12], exc)
                    ) from exc
                self.say("CNI DEL of a dead sandbox failed: %s" % exc)
                return False
        return True

    def call(self, kind: str, env: "Dict[str, str]", conf: "Dict[str, Any]", timeout: float) -> None:
        """One plugin, by its type. Failure: it is nowhere, or it fails, or it takes longer than timeout seconds."""
        bins = self.given["bin_dirs"]
        program = [
            os.path.join(directory, kind)
            for directory in bins
            if os.path.exists(self.node.path(os.path.join(directory, kind)))
        ]
        if not program:
            raise Failure("CRI-CNI-DEL", "no CNI plugin %s in %s" % (kind, ", ".join(bins)))
        self.node.run(program[:1], timeout=timeout, data=json.dumps(conf), env=dict(env, CNI_PATH=":".join(bins)))


def plugins_of(network: "Dict[str, Any]") -> "List[Dict[str, Any]]":
    """The chain of a network's configuration; one without a chain is its own only plugin."""
    return network.get("plugins") or [network]


def cni_calls(cached: "Cached") -> "List[Tuple[str, Dict[str, str], Dict[str, Any]]]":
    """libcni's cached result -> [(plugin type, environment, configuration)] of its DEL, last plugin first.

    The environment lacks CNI_PATH and CNI_NETNS. As libcni does it: name and version into each plugin's configuration,
    runtimeConfig of the capabilities it asks for, the cached result as prevResult.
    """
    network = json.loads(base64.b64decode(cached["config"]).decode("utf-8"))
    version = network.get("cniVersion") or "0.1.0"
    env = {
        "CNI_COMMAND": "DEL",
        "CNI_CONTAINERID": cached["containerId"],
        "CNI_IFNAME": cached["ifName"],
        "CNI_ARGS": ";".join("%s=%s" % tuple(pair) for pair in cached.get("cniArgs") or []),
    }
    calls = []
    for plugin in reversed(plugins_of(network)):
        conf = dict(plugin, name=network["name"], cniVersion=version)
        given = cached.get("capabilityArgs") or {}
        asked = plugin.get("capabilities") or {}
        wanted = dict((key, given[key]) for key in asked if asked[key] and key in given)
        if wanted:
            conf["runtimeConfig"] = wanted
        if cached.get("result") and version_tuple(version) >= (0, 4, 0):
            conf["prevResult"] = cached["result"]
        calls.append((plugin["type"], env, conf))
    return calls


def cached_by_name(name: str, networks: "Dict[str, str]") -> "Optional[Cached]":
    """File name of a cached result -> what libcni had written in it, without the result; None: no such network.

    libcni does not sync the file: a power cut soon after a pod's start leaves it empty (containernetworking/cni#1055).
    `networks` is {network: its configuration as text}.
    """
    found = re.match(r"(.+)-([0-9a-f]{64})-([^-]+)$", name)
    if not found or found.group(1) not in networks:
        return None
    config = base64.b64encode(networks[found.group(1)].encode("utf-8")).decode("ascii")
    return {"containerId": found.group(2), "ifName": found.group(3), "config": config}


def netns_of(cached: "Cached") -> "Optional[str]":
    """Path of the sandbox's network namespace, from the result that the plugins gave; None where it names none.

    An interface in the sandbox names it since version 0.3.0 of the CNI specification, "Success".
    """
    named = (entry.get("sandbox") for entry in (cached.get("result") or {}).get("interfaces") or [])
    return next((path for path in named if path), None)


def version_tuple(text: str) -> "Tuple[int, ...]":
    """Of a version such as 0.4.0: (0, 4, 0)."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def is_netns(node: "Node", path: str) -> bool:
    """Is one mounted there, and not ours? A plain file is what an unmounted one leaves.

    One of a process, as dockershim names it, is not asked for: the number may be another process's by now.
    """
    try:
        seen = os.stat(node.path(path))
        own = os.stat(node.path("/proc/self/ns/net"))
        mounted = seen.st_dev != os.stat(os.path.dirname(node.path(path))).st_dev
    except OSError:
        return False
    return mounted and not path.startswith("/proc/") and seen.st_ino != own.st_ino


def drop_netns(node: "Node", path: str) -> None:
    """As a runtime does it with a sandbox: detached, so that nobody's open file stands in the way."""
    node.run(["umount", "--lazy", path], check=False)
    node.remove(path)
