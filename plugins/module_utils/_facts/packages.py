# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of a node, and what an installation would do to them. Pure."""

import fnmatch
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Iterable, List, Mapping, Optional, Tuple

    # install, upgrade, remove: [{name, from, to}]
    Plan = Dict[str, List[Dict[str, Optional[str]]]]

# What a node runs its containers with.
OF_INTEREST = re.compile(
    r"^(docker.*|moby-.*|cri-dockerd|containerd.*|runc|crun|runsc|cri-o.*|cri-tools|conmon.*|kubelet|kubeadm|kubectl"
    r"|kubernetes-cni|containernetworking-plugins|libseccomp2?|container-selinux|nvidia-container-.*|systemd)$"
)

DPKG_FORMAT = "${Package}\\t${Version}\\t${db:Status-Want}\\t${db:Status-Status}\\n"
RPM_FORMAT = "%{NAME}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n"


def parse_dpkg(text: str, wanted: "Collection[str]" = ()) -> "Tuple[Dict[str, str], List[str]]":
    """({name: version} of interest, all held names) out of dpkg-query with DPKG_FORMAT."""
    installed: "Dict[str, str]" = {}
    held = set()
    for line in text.splitlines():
        parts = line.split("\t")
        if len(parts) != 4:
            continue
        name, version, want, status = parts
        if want == "hold":
            held.add(name)
        if status not in ("not-installed", "config-files") and (name in wanted or OF_INTEREST.match(name)):
            installed[name] = version
    return installed, sorted(held)


def parse_rpm(text: str, wanted: "Collection[str]" = ()) -> "Dict[str, str]":
    """{name: version} of interest out of rpm with RPM_FORMAT."""
    installed = {}
    for line in text.splitlines():
        name, separator, version = line.partition("\t")
        if separator and (name in wanted or OF_INTEREST.match(name)):
            installed[name] = version[2:] if version.startswith("0:") else version
    return installed


def rpm_locks(versionlock: str, configuration: str) -> "List[str]":
    """Names or patterns that dnf or yum will not touch.

    versionlock: the text of versionlock.list. configuration: that of dnf.conf, of which exclude= counts.
    """
    held = set()
    for line in versionlock.splitlines():
        entry = line.split("#")[0].strip().lstrip("!")
        if entry:
            # [epoch:]name-version-release.arch, where a part may be *
            match = re.match(r"(?:\d+:)?(.+?)-(?:\d+:)?[^-]+-[^-]+$", entry)
            held.add(match.group(1) if match else entry)
    for match in re.finditer(r"(?m)^\s*exclude(?:pkgs)?\s*=\s*(.+)$", configuration):
        held.update(match.group(1).replace(",", " ").split())
    return sorted(held)


def matching(names: "Iterable[str]", patterns: "Iterable[str]") -> "List[str]":
    """Those names that fit one of the patterns, such as locks of rpm's package managers, in order."""
    return sorted(name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))


def zypper_locks(text: str) -> "List[str]":
    """Names out of /etc/zypp/locks."""
    return sorted(set(re.findall(r"(?m)^solvable_name:\s*(\S+)", text)))


def parse_policy(text: str) -> "Dict[str, Optional[str]]":
    """{name: candidate version, or None} out of `apt-cache policy NAMES`."""
    candidates: "Dict[str, Optional[str]]" = {}
    name = None
    for line in text.splitlines():
        if line and not line[0].isspace() and line.endswith(":"):
            name = line[:-1].split(":")[0]
            candidates[name] = None
        elif name and line.strip().startswith("Candidate:"):
            version = line.split(":", 1)[1].strip()
            candidates[name] = None if version == "(none)" else version
    return candidates


def parse_apt_simulation(text: str) -> "Plan":
    """{install, upgrade, remove} that `apt-get --simulate install` says it would do."""
    plan: "Plan" = {"install": [], "upgrade": [], "remove": []}
    for line in text.splitlines():
        match = re.match(r"(Inst|Remv|Purg) (\S+)(?: \[([^\]]*)\])?(?: \(([^ )]+))?", line)
        if not match:
            continue
        action, name, old, new = match.groups()
        name = name.split(":")[0]
        if action != "Inst":
            plan["remove"].append({"name": name, "from": old})
        elif old:
            plan["upgrade"].append({"name": name, "from": old, "to": new})
        else:
            plan["install"].append({"name": name, "to": new})
    return plan


# How a section of its table begins, and what its packages are to us.
_DNF_SECTIONS = (
    ("Installing", "install"),
    ("Upgrading", "upgrade"),
    ("Updating", "upgrade"),
    ("Downgrading", "upgrade"),
    ("Removing", "remove"),
    ("Reinstalling", "upgrade"),
    ("Replacing", "remove"),
    ("Obsoleting", "remove"),
)


def parse_dnf_transaction(text: str, installed: "Mapping[str, str]") -> "Plan":
    """The same out of the table that dnf or yum print before they would ask."""
    plan: "Plan" = {"install": [], "upgrade": [], "remove": []}
    section = None
    for line in text.splitlines():
        if line.startswith("Transaction Summary"):
            break
        if line and not line[0].isspace():
            section = next((key for word, key in _DNF_SECTIONS if line.startswith(word)), None)
            continue
        replaced = re.match(r"\s+replacing\s+(\S+?)\.\w+\s+(?:0:)?(\S+)", line)
        if replaced:
            plan["remove"].append({"name": replaced.group(1), "from": replaced.group(2)})
            continue
        parts = line.split()
        if section is None or len(parts) < 3:
            continue
        name, version = parts[0], parts[2]
        if section == "install":
            plan["install"].append({"name": name, "to": version})
        elif section == "upgrade":
            plan["upgrade"].append({"name": name, "from": installed.get(name), "to": version})
        else:
            plan["remove"].append({"name": name, "from": version})
    return plan


def dnf_plan(code: int, output: str, installed: "Mapping[str, str]") -> "Dict[str, Any]":
    """The simulation out of `dnf --assumeno install`, which exits with 1 when it asks and the answer is no."""
    plan = parse_dnf_transaction(output, installed)
    ok = "Transaction Summary" in output or "Nothing to do" in output
    error = "" if ok else _last_line(output)
    return dict(plan, ok=ok, error=error or ("" if ok else "exit code %d" % code))


def apt_plan(code: int, output: str, errors: str) -> "Dict[str, Any]":
    """The simulation out of `apt-get --simulate install`: its plan, whether it is possible, else why not."""
    plan = parse_apt_simulation(output)
    return dict(plan, ok=code == 0, error="" if code == 0 else _errors_of_apt(output, errors) or "exit code %d" % code)


def _errors_of_apt(output: str, errors: str) -> str:
    lines = [line[3:] for line in errors.splitlines() if line.startswith("E: ")]
    # the reasons for unmet dependencies stand in the output
    lines += [line.strip() for line in output.splitlines() if re.match(r" \S+ : (Depends|Breaks|Conflicts)", line)]
    return "; ".join(lines)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
