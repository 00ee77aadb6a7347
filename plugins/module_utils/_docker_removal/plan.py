# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Docker may be removed from a node, and what that takes. No input or output here.

Private to this collection: there is no promise that it stays as it is.
"""

import json
import posixpath
import re

from ansible_collections.cri.switchover.plugins.module_utils._common.text import listed
from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import firewall
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import unmet_entry
from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import SCHEMA
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker import SHIM_UNITS, is_kubernetes

# Docker's own packages. What it runs containers with is none of them, whoever packaged it.
_DOCKERS = {
    "docker.io", "docker-cli", "docker-buildx", "docker-compose", "docker-compose-v2", "docker-doc",
    "docker-ce", "docker-ce-cli", "docker-ce-rootless-extras", "docker-ce-selinux", "docker-buildx-plugin",
    "docker-compose-plugin", "docker-scan-plugin", "docker-model-plugin", "docker-ee", "docker-ee-cli",
    "docker-engine", "docker-engine-selinux", "moby-engine", "moby-cli", "moby-buildx", "moby-compose", "cri-dockerd",
}  # fmt: skip
# Debian's package `docker` is a dock for windows.
_DOCKERS_RPM = {"docker", "docker-client", "docker-common", "docker-latest"}
# Came with Docker perhaps, and the node lives on them: a later autoremove must find them wanted.
_KEPT = {
    "containerd", "containerd.io", "moby-containerd", "runc", "moby-runc", "crun", "cri-tools", "kubernetes-cni",
    "containernetworking-plugins", "container-selinux", "iptables", "conntrack", "conntrack-tools", "socat", "ethtool",
}  # fmt: skip

UNITS = ("docker.service", "docker.socket") + SHIM_UNITS
NEEDS = ("RequiredBy", "RequisiteOf", "BoundBy", "WantedBy", "ConsistsOf")

# What Docker keeps in its directory; the last are what tells that it is Docker's, and go last.
_MARKS = ("image", "containers")
_LAYOUT = re.compile(
    r"^(builder|buildkit|containerd|engine-id|fuse-overlayfs|network|nuke-graph-directory\.sh|overlay2?|plugins|rootfs"
    r"|runtimes|swarm|tmp|tmp-old|trust|vfs|volumes|aufs|lost\+found|linkgraph\.db|graph|init|execdriver|repositories-\w+"
    r"|\d+\.\d+|%s)$" % "|".join(_MARKS)
)
# Mounted by Docker itself below its directory.
_DOCKERS_MOUNTS = ("overlay", "aufs", "tmpfs", "nsfs", "shm", "fuse.fuse-overlayfs")
# Not part of the data directory, but of no use without it.
OTHER_DATA = ("/var/lib/dockershim", "/var/lib/cri-dockerd", "/etc/docker")

STEPS = ("mark", "stop", "packages", "network", "logs", "run", "data", "purge", "forget")


# --- reading ----------------------------------------------------------------------------------------------------


def parse_dpkg(text):
    """({name: version}, [names of which configuration files are left]) out of dpkg-query with DPKG_FORMAT."""
    installed, leftover = {}, []
    for line in text.splitlines():
        parts = line.split("\t")
        if len(parts) != 4:
            continue
        if parts[3] == "config-files":
            leftover.append(parts[0])
        elif parts[3] != "not-installed":
            installed[parts[0]] = parts[1]
    return installed, leftover


def dockers(names, manager):
    known = _DOCKERS if manager == "apt" else _DOCKERS | _DOCKERS_RPM
    return sorted(set(names) & known)


def unwrap(text):
    """dnf's table with each package on one line; it breaks a line whose first word is long."""
    lines = []
    for line in text.splitlines():
        if lines and re.match(r"^ \S+$", lines[-1]) and re.match(r"^ {2,}\S+ +\S+", line):
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    return "\n".join(lines)


def pending_of_apt(text):
    """Packages that apt would finish configuring on the way."""
    return sorted(set(re.findall(r"(?m)^Conf (\S+)", text)))


def container(text, identifier):
    """A container out of its file in Docker's directory, as an entry of Docker's list."""
    try:
        config = json.loads(text)
        return {
            "Id": identifier,
            "Names": [config.get("Name") or ""],
            "Image": (config.get("Config") or {}).get("Image"),
            "Labels": (config.get("Config") or {}).get("Labels") or {},
        }
    except (ValueError, AttributeError):
        return {"Id": identifier, "Names": ["(unreadable)"], "Image": None, "Labels": {}}


def foreign(containers):
    """Containers that are not Kubernetes', running or not, in words."""
    return sorted(
        "%s (%s)" % ((entry["Names"] or [""])[0].lstrip("/") or entry["Id"][:12], entry.get("Image"))
        for entry in containers
        if not is_kubernetes(entry)
    )


def needed_by(units):
    """Units of others that need Docker's, by systemd's word. Targets only start them."""
    names = set()
    for unit in UNITS:
        for key in NEEDS:
            names.update(name for name in units.get(unit, {}).get(key, "").split() if not name.endswith(".target"))
    # the cutover has taken kubelet's own dependency away; if it is there again, it counts
    return sorted(names - set(UNITS))


def active_managers(units, ufw_conf):
    """Firewalls that work on this node, and may set what Docker sets, too."""
    found = []
    for unit, properties in sorted(units.items()):
        name = unit.rpartition(".")[0]
        # Ubuntu starts ufw's unit even where ufw is switched off
        off = name == "ufw" and not re.search(r"(?mi)^\s*ENABLED\s*=\s*[\"']?yes", ufw_conf)
        if properties.get("ActiveState") == "active" and not off:
            found.append(name)
    return found


def parse_mountinfo(text):
    """/proc/self/mountinfo: [{mount, root, fstype, device, options}], in the kernel's order."""
    mounts = []
    for line in text.splitlines():
        head, _separator, tail = line.partition(" - ")
        parts, rest = head.split(" "), tail.split(" ")
        if len(parts) > 5 and len(rest) > 2:
            root, path = [
                re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), part) for part in parts[3:5]
            ]
            mounts.append({"mount": path, "root": root, "fstype": rest[0], "device": parts[2], "options": rest[2]})
    return mounts


def mounts_at(path, mounts):
    """(mounts at or below a directory that Docker makes itself, whether another is mounted on it)

    Docker mounts its directory on itself where that would else be private, and undoes it when it ends well.
    """
    at = [mount for mount in mounts if mount["mount"] == path]
    own = [mount for mount in at if _on_itself(mount, mounts)]
    return own + [mount for mount in mounts if is_below(mount["mount"], path)], len(own) < len(at)


def namespaces_below(path, mounts):
    """Network namespaces that Docker has bound there (nsfs); one of the host's network outlives it."""
    return [mount["mount"] for mount in mounts if mount["fstype"] == "nsfs" and is_below(mount["mount"], path)]


def _on_itself(mount, mounts):
    above = [other for other in mounts if is_below(mount["mount"], other["mount"])]
    if not above:
        return False
    parent = max(above, key=lambda other: len(other["mount"]))
    inside = posixpath.relpath(mount["mount"], parent["mount"])
    return mount["device"] == parent["device"] and mount["root"] == posixpath.join(parent["root"], inside)


def is_below(path, directory):
    return path.startswith(directory.rstrip("/") + "/")


# --- judging ----------------------------------------------------------------------------------------------------


def blockers(facts, want_data):
    """Why Docker may not be removed now: [{reason, text, details}]."""
    found = list(_of_run(facts))
    found += _of_use(facts)
    found += _of_packages(facts["packages"])
    if want_data:
        texts = [text for directory in facts["data"]["roots"] for text in data_problems(directory)]
        if texts:
            found.append(
                _blocker("CRI-REMOVE-DATA", "Docker's data is not deleted: %s" % "; ".join(texts), problems=texts)
            )
    return found


def _blocker(reason, text, **details):
    return unmet_entry(reason, text, **details)


def _of_run(facts):
    journal = facts["journal"]
    if journal is not None and journal.get("schema", 0) > SCHEMA:
        yield _blocker("CRI-JOURNAL-NEWER", "the journal comes from a newer tool (%s)" % journal.get("tool_version"))
        return
    # A removal forgets the journal last: where Docker is gone already, nothing is unconfirmed.
    if journal is None and (facts["packages"]["dockers"] or facts["unpackaged"]):
        yield _blocker(
            "CRI-REMOVE-UNCONFIRMED",
            "Docker is installed, and no switch of this node is on record: switch it first",
            phase=None,
        )
    elif journal is not None and journal.get("phase") != "settled":
        yield _blocker(
            "CRI-REMOVE-UNCONFIRMED",
            "the node is %s, not confirmed and settled; run the switch to its end first: this takes the way back away"
            % journal.get("phase"),
            phase=journal.get("phase"),
        )
    if facts["hold"]:
        reason, text, details = facts["hold"]
        yield _blocker(reason, text, **details)


def _of_use(facts):
    found = []
    runtime = facts["runtime"]
    if runtime["in_use"] not in ("containerd", "crio"):
        found.append(
            _blocker(
                "CRI-REMOVE-IN-USE",
                "kubelet's runtime is %s (%s): switch the node first" % (runtime["in_use"], runtime["evidence"]),
                runtime=runtime["in_use"],
            )
        )
    running = ["process %s in %s" % item for item in sorted(facts["pod_processes"].items())]
    running += ["container %s" % identifier[:12] for identifier in facts["shims"]]
    if running:
        found.append(
            _blocker("CRI-REMOVE-IN-USE", "Docker still runs: %s; stop these first" % listed(running), running=running)
        )
    strangers = foreign(facts["containers"])
    if strangers:
        found.append(
            _blocker(
                "CRI-REMOVE-FOREIGN",
                "Docker has containers that are not Kubernetes': %s; move them elsewhere, then `docker rm` them "
                "(start docker.service for that if it is stopped)" % listed(strangers),
                containers=strangers,
            )
        )
    needed = facts["needed_by"]
    if needed:
        found.append(
            _blocker(
                "CRI-REMOVE-NEEDED",
                "units need docker.service: %s; disable them, or take the dependency out of them" % listed(needed),
                units=needed,
            )
        )
    if facts["unhealthy"]:
        found.append(
            _blocker(
                "CRI-REMOVE-UNHEALTHY",
                "the node does not work as it is, so that nobody could tell what the removal broke: %s"
                % "; ".join(facts["unhealthy"]),
                unmet=facts["unhealthy"],
            )
        )
    return found


def _of_packages(packages):
    names = packages["dockers"]
    held = [name for name in names if name in packages["held"]]
    if held:
        yield _blocker(
            "CRI-REMOVE-HELD",
            "packages are held: %s; release them (apt-mark unhold, dnf versionlock delete)" % listed(held),
            packages=held,
        )
    if not names:
        return
    simulation = packages["simulation"]
    if not simulation["ok"]:
        yield _blocker(
            "CRI-REMOVE-PACKAGES",
            "%s can not say what it would remove with %s: %s"
            % (packages["manager"] or "no package manager", listed(names), simulation["error"]),
            packages=names,
        )
        return
    taken = sorted(item["name"] for item in simulation["remove"] if item["name"] not in names)
    others = sorted(item["name"] for item in simulation["install"] + simulation["upgrade"])
    others = sorted(set(others + simulation.get("pending", [])))
    if taken or others:
        parts = ["would remove %s, too" % listed(taken)] if taken else []
        parts += ["would install or configure %s" % listed(others)] if others else []
        yield _blocker(
            "CRI-REMOVE-TAKES",
            "%s %s; mend that by hand first" % (packages["manager"], " and ".join(parts)),
            takes=taken,
            touches=others,
            remedy="apt-get -s remove %s" % " ".join(names),
        )


def data_problems(data):
    """Why one of Docker's directories may not be deleted, as sentences."""
    root = data["root"]
    if not data["exists"]:
        return []
    if root == "/" or posixpath.normpath(root) != root or not root.startswith("/") or data["real"] != root:
        return ["%s is a link or lies behind one (%s)" % (root, data["real"])]
    found = []
    if data["is_mount"]:
        found.append("%s is a mount point of its own: unmount it, and see to its disk" % root)
    unknown = [name for name in data["entries"] if not _LAYOUT.match(name)]
    if unknown:
        found.append("%s holds what is not known as Docker's: %s" % (root, listed(unknown)))
    elif data["entries"] and not data["begun"] and not set(_MARKS) & set(data["entries"]):
        found.append("%s does not look like Docker's directory: it has no %s" % (root, " and no ".join(_MARKS)))
    for mount in data["mounts"]:
        if mount["fstype"] not in _DOCKERS_MOUNTS and mount["device"] != data["device"]:
            found.append("%s (%s) is mounted there" % (mount["mount"], mount["fstype"]))
    if data["users"]:
        found.append("%s is in use by %s" % (root, listed(data["users"])))
    return found


# --- planning ---------------------------------------------------------------------------------------------------


def plan(facts, want_data):
    """The steps, in their order: [{step, items}]. Empty when nothing of Docker is left that may go."""
    packages = facts["packages"]
    steps = {
        "mark": sorted(_KEPT & set(packages["installed"]) & set(packages["auto"])) if packages["dockers"] else [],
        "stop": [unit for unit in UNITS if _runs_or_starts(facts["units"].get(unit, {}))],
        "packages": packages["dockers"],
        "network": network_items(facts["network"]),
        "logs": facts["log_links"],
        "run": facts["run"],
        "data": data_items(facts["data"]) if want_data else [],
        "purge": purgeable(packages) if want_data else [],
        "forget": facts["state"],
    }
    return [{"step": name, "items": steps[name]} for name in STEPS if steps[name]]


def _runs_or_starts(properties):
    starts = properties.get("UnitFileState", "") in ("enabled", "enabled-runtime")
    return properties.get("ActiveState") in ("active", "activating", "reloading") or starts


def network_items(network):
    lines = []
    for name in sorted(network["plans"]):
        lines += ["%s: %s" % (name, line) for line in firewall.for_people(network["plans"][name]["tables"])]
    return lines + ["link %s" % link for link in network["links"]]


def data_items(data):
    return [directory["root"] for directory in data["roots"] if directory["exists"]] + data["others"]


def purgeable(packages):
    """What only apt keeps: configuration files of packages that are gone, or go in this run."""
    if packages["manager"] != "apt":
        return []
    return sorted(set(packages["dockers"]) | set(dockers(packages["leftover"], "apt")))


def deletion_order(entries):
    """Entries of Docker's directory, so that what is left of it is known for Docker's until the end."""
    return sorted(entries, key=lambda name: (_MARKS.index(name) + 1 if name in _MARKS else 0, name))


def stays(facts, want_data):
    """What is left in place, and why, as sentences."""
    left = []
    for name in sorted(facts["network"]["plans"]):
        left += ["%s: %s" % (name, line) for line in facts["network"]["plans"][name]["left"]]
    left += facts["network"]["left"]
    if facts["unpackaged"]:
        left.append("programs that belong to no package of Docker: %s" % ", ".join(facts["unpackaged"]))
    if not want_data:
        kept = data_items(facts["data"])
        left += ["Docker's data: %s" % ", ".join(kept)] if kept else []
    return left


def disturbed(before, after):
    """What else has changed on the node while packages went, as sentences."""
    found = []
    for key in ("runtime", "kubelet"):
        if before[key] != after[key]:
            found.append("the process of %s was %s and is %s" % (before[key + "_unit"], before[key], after[key]))
    gone = set(before["shims"]) - set(after["shims"])
    # pods come and go on their own; all of them at once do not
    if gone and not set(before["shims"]) & set(after["shims"]):
        found.append("none of the %d containers' processes is left" % len(gone))
    return found


_WORDS = {
    "mark": "mark as wanted, so that no autoremove takes them",
    "stop": "stop and disable",
    "packages": "remove the packages",
    "network": "take out of the network",
    "logs": "delete links to logs in Docker's data",
    "run": "delete from /run",
    "data": "DELETE THE DATA in",
    "purge": "purge what these packages leave in /etc",
    "forget": "forget, last of all and without a way back, journal, before-images and engine",
}


def report(steps, found, left):
    """All of it as lines for people."""
    lines = ["%s: %s" % (item["reason"], item["text"]) for item in found]
    for step in steps:
        # rules are long: each on a line of its own
        parts = step["items"] if step["step"] == "network" else [listed(step["items"], 20)]
        lines += ["%s: %s" % (_WORDS[step["step"]], part) for part in parts]
    return lines + ["stays: %s" % text for text in left]
