# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for a boot with other kernel arguments: tried once, made permanent later, or reverted. Pure: no I/O.

The engine carries it out (set_next_boot, make_permanent, revert_loader). Two loaders are known: GRUB with its menu in
grub.cfg (Debian, Ubuntu), and GRUB with one file for each entry (BLS: Fedora, RHEL 8 and later).

Private to this collection: there is no promise that it stays as it is.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Match, Optional, Tuple

    # {kernel, arguments, lines} of a menu entry
    Entry = Dict[str, Any]

ID = "cri-switchover"
TITLE = "cri.switchover: cgroup v2, once"
ARGUMENT = "systemd.unified_cgroup_hierarchy=1"
# systemd(1) and kernel-parameters.txt: whatever keeps version 1, or parts of it.
_V1 = re.compile(
    r"^(systemd\.unified_cgroup_hierarchy|systemd\.legacy_systemd_cgroup_controller|cgroup_no_v1"
    r"|SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE)(=|$)"
)
# GRUB's manual, "Environment block": it cannot write there, and an entry for once would be one for good.
_READ_ONLY = ("btrfs", "zfs")
_BEGIN, _END = "### begin %s ###\n" % ID, "### end %s ###\n" % ID
CUSTOM = "custom.cfg"
DROP_IN = "/etc/default/grub.d/zz-cri-switchover.cfg"
BLS = "0-cri-switchover.conf"  # entries are sorted downwards by their files' names: never the first


class BootError(ValueError):
    """No boot entry can be tried once on this node."""


def arguments(words: "List[str]") -> "List[str]":
    """Kernel arguments for cgroup v2: without those of version 1, the rest as it is."""
    return [word for word in words if not _V1.match(word)] + [ARGUMENT]


def removed_arguments(words: "List[str]") -> "List[str]":
    """Those of the kernel arguments that keep cgroup v1, or parts of it."""
    return [word for word in words if _V1.match(word)]


def running_kernel(command_line: str) -> "Tuple[str, List[str]]":
    """(the kernel's file, its other arguments) of /proc/cmdline."""
    words = command_line.split()
    image = next((word.partition("=")[2] for word in words if word.startswith("BOOT_IMAGE=")), "")
    return image.rpartition("/")[2], [word for word in words if not word.startswith("BOOT_IMAGE=")]


# --- grub.cfg ---------------------------------------------------------------------------------------------------


def entries(text: str) -> "List[Entry]":
    """[{kernel, arguments, lines}] of the menu entries, those of submenus too, in their order."""
    found = []
    block: "Optional[List[str]]" = None
    for line in text.splitlines():
        if block is None:
            if re.match(r"^\s*menuentry\s.*\{\s*$", line):
                block = []
            continue
        if line.strip() == "}":
            words = next((item.split() for item in block if re.match(r"^\s*linux(16|efi)?\s", item)), None)
            if words and len(words) > 1:
                found.append({"kernel": words[1].rpartition("/")[2], "arguments": words[2:], "lines": block})
            block = None
            continue
        block.append(line)
    return found


def running_entry(found: "List[Entry]", command_line: str) -> "Optional[Entry]":
    """The menu entry that was booted, or None."""
    kernel, words = running_kernel(command_line)
    same = [entry for entry in found if entry["kernel"] == kernel]
    for entry in same:
        if entry["arguments"] == words:
            return entry
    for entry in same:
        if not {"single", "recovery", "rescue"} & set(entry["arguments"]):
            return entry
    return None


def menu_facts(path: str, text: str, command_line: str) -> "Dict[str, Any]":
    """What counts of grub.cfg, which is too long for a module's result: {path, once, entry}.

    once: whether it supports an entry for the next boot only, and reads ours; entry: the one that runs, or None.
    """
    return {
        "path": path,
        "once": "next_entry" in text and CUSTOM in text,
        "entry": running_entry(entries(text), command_line),
    }


def concerned(defaults: "Dict[str, str]") -> "Dict[str, str]":
    """Of {path: text of a file like /etc/default/grub} those that would change, and ours."""
    return {path: text for path, text in defaults.items() if path == DROP_IN or without_v1(text) != text}


def once_entry(entry: "Entry", command_line: str) -> str:
    """The text of a menu entry like that one, with the running kernel's arguments except those of cgroup v1."""
    words = arguments(running_kernel(command_line)[1])
    lines = []
    for line in entry["lines"]:
        match = re.match(r"^(\s*linux(?:16|efi)?\s+\S+)", line)
        lines.append("%s %s" % (match.group(1), " ".join(words)) if match else line)
    return "menuentry '%s' --id %s {\n%s\n}\n" % (TITLE, ID, "\n".join(lines))


def custom(text: "Optional[str]", entry: str) -> str:
    """custom.cfg with the entry at its end, without an earlier one of ours. ``text``: None where it is absent."""
    kept = re.sub(re.escape(_BEGIN) + ".*?" + re.escape(_END), "", text or "", flags=re.S)
    return kept + ("" if not kept or kept.endswith("\n") else "\n") + _BEGIN + entry + _END


def without_v1(text: str) -> str:
    """A file like /etc/default/grub, without the arguments of cgroup v1 in GRUB_CMDLINE_*."""

    def clean(match: "Match[str]") -> str:
        words = re.split(r"(\s+)", match.group(3))
        kept = "".join(word for word in words if not _V1.match(word))
        return "%s%s%s%s" % (match.group(1), match.group(2), re.sub(r"\s{2,}", " ", kept).rstrip(), match.group(2))

    return re.sub(r"(?m)^(\s*(?:export\s+)?GRUB_CMDLINE_LINUX\w*=)([\"'])(.*?)\2", clean, text)


def _grub(facts: "Dict[str, Any]") -> "Dict[str, Any]":
    menu = facts["grub_cfg"]
    if not menu["once"]:
        raise BootError(
            "%s does not support an entry for the next boot only, or does not read %s: it was not made by grub-mkconfig"
            % (menu["path"], CUSTOM)
        )
    if not menu["entry"]:
        kernel = running_kernel(facts["cmdline"])[0]
        raise BootError("the boot loader's menu has no entry for the running kernel (%s)" % (kernel or "not known"))
    entry = once_entry(menu["entry"], facts["cmdline"])
    folder = menu["path"].rpartition("/")[0]
    files = [_file(folder + "/" + CUSTOM, "boot", custom(facts["custom_cfg"], entry), facts["custom_cfg"])]
    for path, text in sorted(facts["defaults"].items()):
        if path != DROP_IN:
            files.append(_file(path, "permanent", without_v1(text), text))
    text = '# Written by cri.switchover.\nGRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX %s"\n' % ARGUMENT
    files.append(_file(DROP_IN, "permanent", text, facts["defaults"].get(DROP_IN)))
    make = ["grub-mkconfig", "-o", menu["path"]]
    return {
        "files": files,
        "once": [["grub-reboot", ID]],
        "undo": [["grub-editenv", folder + "/grubenv", "unset", "next_entry"]],
        "permanent": [make],
        "undo_permanent": [make],
    }


# --- BLS --------------------------------------------------------------------------------------------------------


def bls_entry(found: "Dict[str, str]", command_line: str) -> str:
    """The text of an entry file like that of the running kernel, out of {name: text}. Raises BootError."""
    kernel, words = running_kernel(command_line)
    for name in sorted(found):
        fields = [line.split(None, 1) for line in found[name].splitlines() if line.strip()]
        path = next((field[1] for field in fields if field[0] == "linux" and len(field) > 1), "")
        if path.strip().rpartition("/")[2] == kernel and name != BLS:
            # Variables such as $kernelopts are in the running boot's arguments already.
            lines = [" ".join(field) for field in fields if field[0] not in ("title", "options", "id")]
            options = "options " + " ".join(arguments(words))
            return "\n".join(["title " + TITLE] + lines + [options]) + "\n"
    raise BootError("no boot entry is for the running kernel (%s)" % (kernel or "not known"))


def _bls(facts: "Dict[str, Any]") -> "Dict[str, Any]":
    old = removed_arguments(running_kernel(facts["cmdline"])[1])
    change = ["grubby", "--update-kernel=ALL", "--args=" + ARGUMENT]
    back = ["grubby", "--update-kernel=ALL", "--remove-args=" + ARGUMENT]
    return {
        "files": [
            _file(
                facts["bls_folder"] + "/" + BLS,
                "boot",
                bls_entry(facts["bls"], facts["cmdline"]),
                facts["bls"].get(BLS),
            )
        ],
        "once": [["grub2-reboot", BLS[: -len(".conf")]]],
        "undo": [["grub2-editenv", "-", "unset", "next_entry"]],
        "permanent": [change + (["--remove-args=" + " ".join(old)] if old else [])],
        "undo_permanent": [back + (["--args=" + " ".join(old)] if old else [])],
    }


def _file(path: str, group: str, text: str, before: "Optional[str]" = None) -> "Dict[str, Any]":
    return {"path": path, "group": group, "content": text, "mode": "0644", "before": before}


# --- the plan ---------------------------------------------------------------------------------------------------


def plan(facts: "Dict[str, Any]") -> "Dict[str, Any]":
    """{cgroup, files, once, permanent, undo, undo_permanent} for a node on cgroup v1; raises BootError.

    A file: path, group (boot: for one boot; permanent), content, mode, and before, its text now (None: absent).
    The other keys are lists of commands.

    ``facts``: cmdline (of /proc), tools (names of programs that are there), grub_cfg (menu_facts() or None),
    custom_cfg (text or None), defaults (concerned() of /etc/default/grub and its drop-ins), bls ({name: text}),
    bls_folder, and device and fstype of the file system with GRUB's environment block. Or secret: true.
    """
    if facts.get("secret"):
        raise BootError("its files seem to contain a secret, which would be exposed in the plan")
    device, fstype = facts.get("device") or "", facts.get("fstype") or ""
    if fstype in _READ_ONLY or re.match(r"/dev/(mapper/|dm-|md)", device):
        raise BootError(
            "GRUB cannot write to %s on %s: an entry for the next boot only would stay for all boots" % (fstype, device)
        )
    tools = set(facts.get("tools") or ())
    if facts.get("bls") and {"grubby", "grub2-reboot", "grub2-editenv"} <= tools:
        made = _bls(facts)
    elif facts.get("grub_cfg") and {"grub-mkconfig", "grub-reboot", "grub-editenv"} <= tools:
        made = _grub(facts)
    else:
        raise BootError(
            "no boot loader is known here: neither GRUB with grub-mkconfig, grub-reboot and grub-editenv, nor GRUB "
            "with boot entries in files, grubby, grub2-reboot and grub2-editenv"
        )
    return dict(made, cgroup=2)
