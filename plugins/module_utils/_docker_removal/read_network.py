# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a node: Docker's rules and bridges in its network, and who else uses them.

Private to this collection: there is no promise that it stays as it is.
"""

import os
import re

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import firewall
from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._facts import node as node_facts
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.host_files import SYSCTL_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence

    from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.units import Units
    from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node

FIREWALLS = (
    "firewalld.service", "ufw.service", "nftables.service", "iptables.service", "ip6tables.service",
    "shorewall.service",
)  # fmt: skip
# Bridges that Docker has by default, and with swarm.
USUAL_BRIDGES = {"docker0", "docker_gwbridge"}
SAVED_RULES = {
    "iptables": ("/etc/iptables/rules.v4", "/etc/sysconfig/iptables"),
    "ip6tables": ("/etc/iptables/rules.v6", "/etc/sysconfig/ip6tables"),
}
SYSCTL_FOLDERS = ("/usr/lib/sysctl.d", "/lib/sysctl.d", "/run/sysctl.d", "/etc/sysctl.d")
FORWARDING = {
    "iptables": ("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding"),
    "ip6tables": ("net.ipv6.conf.all.forwarding",),
}
NETWORKD_FORWARDS = re.compile(r"(?mi)^\s*IP(v[46])?Forward(ing)?\s*=\s*(yes|true|on|1|ipv[46]|both)\s*$")


def active_managers(units: "Units", ufw_conf: str) -> "List[str]":
    """Firewalls that run on this node, and may set what Docker sets, too. ``ufw_conf``: the text of ufw.conf."""
    found = []
    for unit, properties in sorted(units.items()):
        name = unit.rpartition(".")[0]
        # Ubuntu starts ufw's unit even where ufw is switched off
        off = name == "ufw" and not re.search(r"(?mi)^\s*ENABLED\s*=\s*[\"']?yes", ufw_conf)
        if properties.get("ActiveState") == "active" and not off:
            found.append(name)
    return found


class NetworkReader:
    """``roots``: Docker's data directories; ``units``: systemd's properties of FIREWALLS, among others;
    ``bridges``: Docker's bridges that an unfinished removal has noted."""

    def __init__(self, node: "Node", roots: "Sequence[str]", units: "Units", bridges: "Sequence[str]") -> None:
        self.node, self.roots, self.units, self.bridges = node, roots, units, bridges

    def read(self) -> "Dict[str, Any]":
        """{bridges, plans, links, left}: Docker's bridges, what is removed of rules and links, and what stays."""
        stores = [self.node.path(root) + "/network/files/local-kv.db" for root in self.roots]
        store = b"".join(io.read_bytes(path, 1 << 24) or b"" for path in stores)
        bridges = set(firewall.bridges_in(store.decode("latin-1"))) | set(self.bridges) | USUAL_BRIDGES
        used = {name: why for name, why in ((name, self._used(name)) for name in sorted(bridges)) if why}
        own = [
            name
            for name in firewall.own_bridges(bridges)
            if os.path.isdir(self.node.path("/sys/class/net/%s/bridge" % name))
        ]
        plans = {}
        for name in self._programs():
            rc, out, _err = self.node.run([name + "-save"], check=False)
            if rc == 0:
                plans[name] = firewall.plan(out, sorted(bridges), self._evidence(name), used)
        return {
            "bridges": sorted(bridges),
            "plans": plans,
            "links": [name for name in own if name not in used],
            "left": ["link %s: %s" % (name, used[name]) for name in own if name in used],
        }

    def _used(self, bridge: str) -> "Optional[str]":
        """Who uses a bridge of Docker's, now that its containers are gone; None: nobody."""
        ports = self.node.path("/sys/class/net/%s/brif" % bridge)
        if os.path.isdir(ports) and os.listdir(ports):
            return "%s are connected to it" % ", ".join(sorted(os.listdir(ports)))
        for name, text in io.read_folder(self.node.path("/etc/cni/net.d"), (".conf", ".conflist", ".json")).items():
            if '"%s"' % bridge in text:
                return "/etc/cni/net.d/%s names it" % name
        return None

    @staticmethod
    def _programs() -> "List[str]":
        """iptables and ip6tables as they are set up, and the other of legacy and nft: Docker may have used that one."""
        found = []
        for family in ("iptables", "ip6tables"):
            known = set()
            for name in (family, family + "-legacy", family + "-nft"):
                path = io.which(name + "-save")
                real = os.path.realpath(path) if path else None
                if real and real not in known and io.which(name + "-restore"):
                    known.add(real)
                    found.append(name)
        return found

    def _evidence(self, program: str) -> "Dict[str, Any]":
        """Who else may have set the policy of FORWARD; see firewall.policy()."""
        family = program.split("-")[0]
        managers = {unit: self.units.get(unit, {}) for unit in FIREWALLS}
        return {
            "managers": active_managers(managers, self._text("/etc/ufw/ufw.conf")),
            "forwarding": self._switches_forwarding(FORWARDING[family]),
            "saved": next(
                (path for path in SAVED_RULES[family] if re.search(r"(?m)^:FORWARD DROP\b", self._text(path))), None
            ),
        }

    def _switches_forwarding(self, keys: "Sequence[str]") -> "Optional[str]":
        """A file by which something else than Docker, or the switch away from it, turns forwarding on."""
        paths = ["/etc/sysctl.conf"]
        for folder in SYSCTL_FOLDERS:
            paths += ["%s/%s" % (folder, name) for name in io.read_folder(self.node.path(folder), (".conf",))]
        for path in paths:
            settings = node_facts.sysctl_settings([self._text(path)])
            if path != SYSCTL_FILE and any(settings.get(key) == "1" for key in keys):
                return path
        for folder in ("/etc/systemd/network", "/etc/systemd"):
            texts = io.read_folder(self.node.path(folder), (".network", "networkd.conf"))
            for name, text in sorted(texts.items()):
                if NETWORKD_FORWARDS.search(text):
                    return "%s/%s" % (folder, name)
        return None

    def _text(self, path: str) -> str:
        return io.read_text(self.node.path(path), 1 << 22) or ""
