# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on the node itself: an earlier run, kubelet's unit, the network's plugins, packages. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, NOTE, WARNING, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed, version
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import SHIM_UNITS
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import containerd as containerd_config
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import crio
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.cni_dirs import cni_dirs
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import containerd_version
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

UNFINISHED = ("cutting", "switched", "stayed", "reverting")
RESUMES = {
    "halfway": "this run follows it to its end, or sends it back when nothing works on it any more",
    "switched": "this run proves and confirms it",
    "owed": "this run proves it again, undoes its cordon, and stops and disables Docker",
}
# What runs Docker, or runs beneath it.
DOCKERS_OWN = (
    "containerd",
    "containerd.io",
    "runc",
    "docker.io",
    "docker-ce",
    "docker-ce-cli",
    "docker",
    "docker-engine",
    "moby-engine",
    "moby-containerd",
    "moby-runc",
    "cri-dockerd",
    "kubelet",
)
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
OLD_UNITS = ("docker.service", "docker.socket") + SHIM_UNITS


def judge_journal(node, info):
    """What forbids to touch what an earlier run left behind."""
    journal = info.get("journal")
    if not journal:
        return
    phase, run = journal.get("phase"), journal.get("run_id")
    details = {"phase": phase, "run_id": run, "tool_version": journal.get("tool_version")}
    if journal.get("newer"):
        yield finding(
            BLOCKER,
            "CRI-JOURNAL-NEWER",
            node,
            "a newer cri.switchover (%s) worked on this node" % journal.get("tool_version"),
            "use that release, or a later one",
            **details,
        )
        return
    if journal.get("error"):
        yield finding(
            BLOCKER,
            "CRI-JOURNAL-UNREADABLE",
            node,
            "the journal of an earlier run cannot be read: %s" % journal["error"],
            "look at /var/lib/cri-switchover/journal.json, and see CRI-JOURNAL-UNREADABLE in docs/operations.md: the "
            "unit cri-switchover-recover.service goes first, the directory is moved aside last",
            **details,
        )
        return
    if phase == "broken":
        yield finding(
            BLOCKER,
            "CRI-JOURNAL-BROKEN",
            node,
            "an earlier run (%s) left the node with neither runtime: %s" % (run, journal.get("why")),
            "see `cri-switchover status` on the node, mend what it names, then `cri-switchover revert`",
            **details,
        )
    elif phase in UNFINISHED and journal.get("tool_version") != VERSION:
        yield finding(
            BLOCKER,
            "CRI-JOURNAL-VERSION",
            node,
            "run %s of cri.switchover %s is %s here, this is %s" % (run, journal.get("tool_version"), phase, VERSION),
            "finish it with that release, or call `cri-switchover revert` on the node",
            seen=journal.get("tool_version"),
            wanted=VERSION,
            phase=phase,
            run_id=run,
        )
    held = journal.get("held")
    if held:
        yield finding(
            BLOCKER,
            "CRI-JOURNAL-HELD",
            node,
            "%s works on this node right now" % held["who"],
            "let that run end; if it is dead, its hold ends in %d s" % held["seconds_left"],
            held_by=held["who"],
            seconds_left=held["seconds_left"],
        )


def judge_left(node, info, state, retry):
    """What this run does about what an earlier one left."""
    journal = info.get("journal") or {}
    phase, run = journal.get("phase"), journal.get("run_id")
    details = {"phase": phase, "run_id": run}
    if phase == "reverted" and state in ("reverted", "todo"):
        asked = journal.get("reason") == "CRI-CUTOVER-ASKED"
        yield finding(
            NOTE if retry else WARNING,
            "CRI-JOURNAL-REVERTED",
            node,
            "an earlier run (%s) went back to Docker: %s" % (run, journal.get("why") or "no reason was written down"),
            "it is tried again, as switchover_retry says"
            if retry
            else "this run only proves it there, and undoes its cordon. %s: switchover_retry: true"
            % ("To switch it again" if asked else "Mend the reason, then"),
            why=journal.get("why"),
            **details,
        )
    elif phase == "stayed":
        yield finding(
            WARNING,
            "CRI-JOURNAL-STAYED",
            node,
            "DOCKER COULD RUN NO CONTAINER when run %s went back: the node stayed on its target, cordoned" % run,
            "this run proves the target and accepts it. To go back instead, mend Docker and call "
            "`cri-switchover revert` on the node before this run",
            **details,
        )
    elif state in RESUMES:
        yield finding(
            NOTE,
            "CRI-JOURNAL-RESUMED",
            node,
            "an earlier run (%s of %s) left it %s" % (run, journal.get("holder"), phase),
            RESUMES[state],
            **details,
        )


def judge_kubelet_unit(node, info):
    """Dependencies of kubelet's unit on what will be stopped."""
    tied = sorted(
        set(
            unit
            for kind in ("requires", "requisite", "binds_to", "part_of", "wants")
            for unit in dig(info, "kubelet.dependencies." + kind, [])
            if unit in OLD_UNITS
        )
    )
    if tied:
        yield finding(
            WARNING,
            "KUBELET-UNIT",
            node,
            "%s depends on %s" % (dig(info, "kubelet.unit", "kubelet.service"), listed(tied)),
            "its unit is rewritten without that in the window; the old one is kept for a revert",
            units=tied,
        )


def judge_config_management(node, info):
    """What would put files back, or start Docker again, after a window or in the middle of it."""
    found = info.get("config_management") or []
    if found:
        yield finding(
            WARNING,
            "CONFIG-MANAGEMENT",
            node,
            "configuration management works on this node: %s"
            % listed("%s %s" % (each["unit"], "runs" if each["active"] else "starts at boot") for each in found),
            "pause it for this run, and teach it the new runtime before it goes on: it may undo files of kubelet and "
            "of the runtimes, or start a service that is stopped",
            units=found,
        )


def judge_network(node, info):
    """Pods' network comes from CNI, with configuration and plugins that containerd will find."""
    plugin = dig(info, "kubelet.network_plugin")
    if plugin == "kubenet":
        yield finding(
            BLOCKER,
            "KUBENET",
            node,
            "the pods' network is kubenet, which ends with Docker",
            "move the cluster's network to a CNI plugin first",
            seen=plugin,
            wanted="cni",
        )
        return
    if plugin not in ("cni", None):
        who = "cri-dockerd" if dig(info, "runtime.shim") == "cri-dockerd" else "kubelet"
        yield finding(
            BLOCKER,
            "NETWORK-PLUGIN",
            node,
            "%s has no --network-plugin=cni: its pods live on Docker's own bridge (seen: %r)" % (who, plugin),
            "move the cluster's network to a CNI plugin first",
            seen=plugin,
            wanted="cni",
        )
        return
    files, active = dig(info, "cni.files", []), dig(info, "cni.active")
    if not active:
        broken = [f.get("name") for f in files]
        yield finding(
            BLOCKER,
            "CNI-CONFIG",
            node,
            "no valid CNI configuration in %s%s"
            % (dig(info, "cni.conf_dir", "/etc/cni/net.d"), " (not valid: %s)" % listed(broken) if broken else ""),
            "install the cluster's network plugin on this node",
            files=broken,
        )
        return
    missing = dig(info, "cni.missing_plugins", [])
    if missing:
        yield finding(
            BLOCKER,
            "CNI-PLUGINS",
            node,
            "%s names CNI plugins that are in none of kubelet's directories (%s): %s"
            % (active, listed(d["path"] for d in dig(info, "cni.bin_dirs", [])), listed(missing)),
            "install them (package containernetworking-plugins or kubernetes-cni)",
            plugins=missing,
        )
        return
    seen = version(containerd_version(info)[0])
    dirs, whole = cni_dirs(info)
    if seen and seen < (2, 1) and not whole:
        yield finding(
            BLOCKER,
            "CNI-DIRS",
            node,
            "the plugins of %s are spread over %s; containerd before 2.1 looks in one directory"
            % (active, listed(dirs)),
            "put all of them into one of kubelet's --cni-bin-dir directories",
            directories=dirs,
        )


def judge_packages(node, info, target):
    """What installing the missing packages would do to Docker."""
    packages = info.get("packages", {})
    held = set(packages.get("held") or [])
    needed = (crio if target == "crio" else containerd_config).missing_packages(info)
    if not needed:
        return
    manager = packages.get("manager")
    if manager not in ("apt", "dnf"):
        yield finding(
            BLOCKER,
            "PACKAGE-MANAGER",
            node,
            "%s must be installed, and packages are managed by %s; apt and dnf are supported"
            % (listed(needed), manager),
            "install %s on the node" % listed(needed),
            packages=needed,
        )
        return
    candidates = packages.get("candidates") or {}
    absent = [name for name in needed if not candidates.get(name)]
    if absent:
        yield finding(
            BLOCKER,
            "PACKAGE-MISSING",
            node,
            "%s must be installed, and no package source is known to offer it" % listed(absent),
            "add the source that has it, or refresh it (%s), or install it (preflight_packages says what is tried)"
            % ("apt-get update" if manager == "apt" else "dnf makecache"),
            packages=absent,
        )
    simulation = packages.get("simulation") or {}
    if not absent and simulation.get("ok") is False:
        yield finding(
            BLOCKER,
            "PACKAGES",
            node,
            "installing %s would fail: %s" % (listed(needed), simulation.get("error")),
            "mend the node's packages first (apt-get check, dnf check)",
            packages=needed,
        )
    moved = (simulation.get("install") or []) + (simulation.get("upgrade") or [])
    stuck = sorted(held & (set(needed) | set(item["name"] for item in moved)))
    if stuck:
        yield finding(
            BLOCKER,
            "PACKAGES-HELD",
            node,
            "packages on hold are in the way: %s" % listed(stuck),
            "release them (apt-mark unhold, versionlock delete) for this run",
            packages=stuck,
        )
    upgrades = [item for item in simulation.get("upgrade") or [] if item["name"] in DOCKERS_OWN]
    if upgrades:
        yield finding(
            BLOCKER,
            "PACKAGES-UPGRADE",
            node,
            "installing %s would upgrade what serves the pods now: %s"
            % (listed(needed), listed("%s %s -> %s" % (u["name"], u.get("from"), u.get("to")) for u in upgrades)),
            "install %s in versions that do not need it, or upgrade on a drained node first" % listed(needed),
            packages=upgrades,
        )
    removed = [item["name"] for item in simulation.get("remove") or []]
    if removed:
        yield finding(
            BLOCKER,
            "PACKAGES-REMOVE",
            node,
            "installing %s would remove %s" % (listed(needed), listed(removed)),
            "install %s from a source that agrees with Docker's" % listed(needed),
            packages=removed,
        )


def judge_containerd(node, info, target):
    """The containerd that is there already, and its configuration, which a switch replaces."""
    containerd = info.get("containerd", {})
    if target != "containerd" or not containerd.get("installed"):
        return
    if containerd.get("enabled") in (None, "masked"):
        yield finding(
            BLOCKER,
            "CONTAINERD-UNIT",
            node,
            "containerd has no service of its own to start (containerd.service is %s)"
            % (containerd.get("enabled") or "not there"),
            "install containerd as a package with a unit, or unmask it: systemctl unmask containerd",
            seen=containerd.get("enabled"),
        )
    socket = containerd.get("socket")
    if socket and socket != CONTAINERD_SOCKET and not containerd.get("managed_by_docker"):
        yield finding(
            BLOCKER,
            "CONTAINERD-SOCKET",
            node,
            "containerd listens on %s; its configuration is rendered with %s" % (socket, CONTAINERD_SOCKET),
            "let it (and Docker) use the usual socket first",
            seen=socket,
            wanted=CONTAINERD_SOCKET,
        )
    config = containerd.get("config") or {}
    if config.get("exists"):
        imports = config.get("imports") or []
        yield finding(
            WARNING if imports else NOTE,
            "CONTAINERD-CONFIG",
            node,
            "%s is replaced as a whole in the window%s; the old one is kept for a revert"
            % (config.get("path"), ", and its imports (%s) with it" % listed(imports) if imports else ""),
            "settings of your own belong into files named by target_containerd_imports",
            sha256=config.get("sha256"),
            imports=imports,
        )


# Parts that only help to decide; without the others nothing can be decided.
MINOR_PARTS = ("crio", "cri_dockerd", "kernel")


def judge_parts(node, info):
    """Parts of the node that could not be read: what is not known cannot be judged."""
    errors = [("the machine", info["error"])] if info.get("error") else []
    errors += [
        (part, info[part]["error"])
        for part in sorted(info)
        if part != "journal" and isinstance(info[part], dict) and info[part].get("error")
    ]
    for part, error in errors:
        yield finding(
            WARNING if part in MINOR_PARTS else BLOCKER,
            "FACTS",
            node,
            "%s could not be read: %s" % (part, error if len(error) < 300 else "..." + error[-250:]),
            "mend what the message names and run again",
            part=part,
        )
    for pod in info.get("static_pods") or []:
        if isinstance(pod, dict) and pod.get("error"):
            yield finding(
                WARNING,
                "STATIC-POD",
                node,
                "static pod %s could not be read: %s" % (pod.get("file"), pod["error"]),
                "see yourself that it mounts nothing of Docker's",
                file=pod.get("file"),
            )
