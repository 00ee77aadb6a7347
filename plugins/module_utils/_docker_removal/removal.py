# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing Docker from a node, step by step. Each step can be done again.

Private to this collection: there is no promise that it stays as it is.
"""

import contextlib
import json
import os
import shutil
import time

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import firewall, packages
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.data import data_problems, deletion_order
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.facts import NOTES, RemovalFacts
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.mounts import is_within, namespaces_below
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.plan import disturbed
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal.read_packages import (
    APT,
    KEEP_REQUIREMENTS,
    dpkg_list,
)
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure, shorten
from ansible_collections.cri.switchover.plugins.module_utils._engine.forget import do_forget
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import COMMAND, FACT, STATE
from ansible_collections.cri.switchover.plugins.module_utils._engine.systemd import systemctl
from ansible_collections.cri.switchover.plugins.module_utils._facts import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterator, List

    Items = List[str]

POLICY = "/usr/sbin/policy-rc.d"
POLICY_TEXT = (
    b"#!/bin/sh\n# cri.switchover: no package starts or restarts a service while Docker is removed\nexit 101\n"
)
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1", "APT_LISTCHANGES_FRONTEND": "none"}


class Removal:
    """Does the steps of a plan. ``found``: of reading.read(); ``done``: names of the steps that were done."""

    def __init__(self, reading: RemovalFacts, found: "Dict[str, Any]", params: "Dict[str, Any]") -> None:
        self.reading, self.node, self.params = reading, reading.node, params
        self.found, self.manager = found, found["packages"]["manager"]
        self.done: "List[str]" = []
        self.steps: "Dict[str, Callable[[Items], None]]" = {
            "mark": self.mark_as_wanted,
            "stop": self.stop_units,
            "packages": self.remove_packages,
            "network": self.remove_from_network,
            "logs": self.delete_log_links,
            "run": self.delete_run_files,
            "data": self.delete_data,
            "purge": self.purge_packages,
            "forget": self.forget_switch,
        }

    def run(self, steps: "List[Dict[str, Any]]") -> None:
        """Does the steps in their order. Raises Failure where one fails, or something else on the node is disturbed."""
        before = self.reading.kubelet.processes(self.found["runtime"]["in_use"])
        self.end_policy()
        if [step["step"] for step in steps] != ["forget"]:
            self.note()
        for step in steps:
            if step["step"] == "forget":
                self.check(before)
            self.steps[step["step"]](step["objects"])
            self.done.append(step["step"])
            if step["step"] == "packages":
                self.check(before)
        if "forget" not in self.done:
            # what an earlier removal had left: only the notes of this one are there
            shutil.rmtree(self.node.path(STATE))

    def note(self, **more: "Any") -> None:
        """Writes down what the next run must know if this one does not end."""
        state = self.node.path(STATE)
        if not os.path.isdir(state):
            os.makedirs(state, 0o700)
        notes = self.reading.notes
        notes.update(data_root=self.reading.docker.roots[0], bridges=self.found["network"]["bridges"], **more)
        self.node.write(STATE + "/" + NOTES, json.dumps(notes).encode("utf-8"))

    def check(self, before: "Dict[str, Any]") -> None:
        """kubelet and its runtime are the same processes as before, and work; else raises Failure."""
        texts = disturbed(before, self.reading.kubelet.processes(self.found["runtime"]["in_use"]))
        if texts:
            raise Failure(
                "CRI-REMOVE-DISTURBED",
                "%s. Fix this node before Docker is removed from others; a run that finds it working finishes the "
                "removal" % "; ".join(texts),
                seen=texts,
            )
        texts = self.reading.kubelet.unhealthy()
        if texts:
            raise Failure(
                "CRI-REMOVE-UNHEALTHY",
                "after the removal: %s. The journal is kept; a run that finds the node working finishes the removal"
                % "; ".join(texts),
                unmet=texts,
            )

    # the steps

    def mark_as_wanted(self, names: "Items") -> None:
        """No later autoremove takes these packages."""
        if self.manager == "apt":
            self.node.run(["apt-mark", "manual"] + names, timeout=120)
        elif self.manager == "dnf":
            # dnf 5 has another word for it
            if self.node.run(["dnf", "-y", "mark", "install"] + names, timeout=120, check=False)[0] != 0:
                self.node.run(["dnf", "-y", "mark", "user"] + names, timeout=120)
        elif io.which("yumdb"):
            self.node.run(["yumdb", "set", "reason", "user"] + names, timeout=120)

    def stop_units(self, units: "Items") -> None:
        """Docker's units run no longer, now and after a reboot."""
        systemctl(self.node, "disable", "--now", *units, timeout=180)

    def remove_packages(self, names: "Items") -> None:
        """Docker's packages are removed, and nothing else."""
        timeout = self.params["timeout"]
        if self.manager != "apt":
            self.node.run([self.manager, "-y", KEEP_REQUIREMENTS, "remove"] + names, timeout=timeout)
            return
        argv = APT + ["--yes", "remove"] + names
        with self.nothing_starts():
            rc, out, err = self.node.run(argv, timeout=timeout, env=QUIET, check=False)
            if rc and "dpkg --configure -a" in err and self.reading.notes.get("removing"):
                # our own last try was interrupted
                self.node.run(["dpkg", "--configure", "-a"], timeout=timeout, env=QUIET)
                rc, out, err = self.node.run(argv, timeout=timeout, env=QUIET, check=False)
        if rc:
            text = "apt-get remove ended with %d: %s" % (rc, shorten(err or out))
            raise Failure("CRI-REMOVE-PACKAGES", text, rc=rc)

    def remove_from_network(self, _items: "Items") -> None:
        """Docker's rules and links are gone. They are read again: Docker's stop and kubelet's agents change rules."""
        failed: "List[str]" = []
        for _try in range(3):
            network = self.reading.network.read()
            failed = [name for name in sorted(network["plans"]) if not self.restore(name, network["plans"][name])]
            if not failed:
                break
            time.sleep(1)
        if failed:
            text = "%s-restore refuses the removal of Docker's rules" % failed[0]
            raise Failure("CRI-REMOVE-RULES", text)
        for link in network["links"]:
            self.node.run(["ip", "link", "delete", "dev", link], timeout=60)

    def delete_log_links(self, paths: "Items") -> None:
        """Links to Docker's logs."""
        for path in paths:
            self.node.remove(path)

    def delete_run_files(self, paths: "Items") -> None:
        """Docker's sockets and its directory in /run, with the network namespaces that it has bound there."""
        for path in paths:
            for mount in namespaces_below(path, self.reading.docker.mounted()):
                self.node.run(["umount", mount], timeout=60)
            self.delete(path)

    def delete_data(self, _items: "Items") -> None:
        """Docker's directories, read again first."""
        reading = RemovalFacts(self.node, self.params)
        data = reading.docker.data(reading.runtime()[1])
        for directory in data["roots"]:
            problems = data_problems(directory)
            if problems:
                raise Failure("CRI-REMOVE-DATA", "; ".join(problems), problems=problems)
            for mount in reversed(directory["mounts"]):
                self.node.run(["umount", mount["mount"]], timeout=120)
            if directory["exists"]:
                self.note(deleting=directory["root"])
                for name in deletion_order(directory["entries"]):
                    self.delete("%s/%s" % (directory["root"], name))
                os.rmdir(self.node.path(directory["root"]))
        for path in data["others"]:
            self.delete(path)

    def purge_packages(self, _names: "Items") -> None:
        """What Docker's packages leave in /etc."""
        # Debian's script would empty /var/lib/docker, wherever Docker's data really was
        self.node.remove("/var/lib/docker/nuke-graph-directory.sh")
        names = packages.dockers(packages.parse_dpkg(dpkg_list(self.node))[1], "apt")
        if names:
            with self.nothing_starts():
                self.node.run(["dpkg", "--purge"] + names, timeout=self.params["timeout"], env=QUIET)

    def forget_switch(self, _items: "Items") -> None:
        """The journal, the before-images and the engine."""
        if os.path.isdir(self.node.path(STATE)):
            args = {"force": False, "by_run": self.params["by_run"], "owner": self.params["owner"]}
            code, answer = do_forget(self.node, self.reading.store, args)
            if code:
                reason, _colon, text = answer["error"].partition(": ")
                raise Failure(reason, text, **answer["details"])
            return
        for path in (FACT, COMMAND):
            self.node.remove(path)

    # what the steps need

    @contextlib.contextmanager
    def nothing_starts(self) -> "Iterator[None]":
        """No maintainer script may start or restart a service meanwhile. A site's own policy is left as it is."""
        self.note(removing=True)
        if not os.path.lexists(self.node.path(POLICY)):
            self.node.write(POLICY, POLICY_TEXT, mode=0o755)
        try:
            yield
        finally:
            self.end_policy()

    def end_policy(self) -> None:
        """Removes our policy, also that of a run that was interrupted."""
        if io.read_bytes(self.node.path(POLICY)) == POLICY_TEXT:
            self.node.remove(POLICY)

    def restore(self, name: str, planned: "Dict[str, Any]") -> bool:
        """Whether the rules of one program, such as iptables, could be removed."""
        if not planned["tables"]:
            return True
        text = firewall.restore_text(planned["tables"])
        return self.node.run([name + "-restore", "--noflush", "-w", "10"], data=text, check=False)[0] == 0

    def delete(self, path: str) -> None:
        """A file or a whole directory, but nothing that is mounted."""
        inside = [mount["mount"] for mount in self.reading.docker.mounted() if is_within(mount["mount"], path)]
        if inside:
            raise Failure("CRI-REMOVE-DATA", "%s is mounted, and not deleted" % inside[0], mounts=inside)
        real = self.node.path(path)
        if os.path.isdir(real) and not os.path.islink(real):
            shutil.rmtree(real)
        else:
            self.node.remove(path)
