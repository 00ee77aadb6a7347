# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the boot loader's files, for another boot to be planned."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import io, masking
from ansible_collections.cri.switchover.plugins.module_utils._facts.mounts import mount_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict

    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection

_GRUB_MENUS = ("/boot/grub/grub.cfg", "/boot/grub2/grub.cfg")
_BLS_FOLDER = "/boot/loader/entries"
_TOOLS = ("grub-mkconfig", "grub-reboot", "grub-editenv", "grubby", "grub2-reboot", "grub2-editenv")


def read(
    node: "Inspection",
    boot: "Facts",
    menu_facts: "Callable[[str, str, str], Any]",
    concerned: "Callable[[Dict[str, str]], Any]",
) -> None:
    """Fill the part `boot` with what `_runtimes.boot_entry.plan()` asks for, if params["boot"] is set.

    Texts in it are written again later, so that nothing may be masked or clipped. Where something would have to be
    masked, the part says only `secret`.
    menu_facts, concerned: of `_runtimes.boot_entry`, which this package may not import.
    """
    if not node.params["boot"]:
        return
    menu = next((path for path in _GRUB_MENUS if os.path.exists(path)), None)
    text = io.read_text(menu) if menu else None
    folder = os.path.dirname(menu or _GRUB_MENUS[0])
    mount = mount_of(os.path.realpath(folder), node.mounts) or {}
    command_line = io.read_text("/proc/cmdline") or ""
    boot.update(
        cmdline=command_line,
        tools=[name for name in _TOOLS if io.which(name)],
        grub_cfg=menu_facts(menu, text, command_line) if menu and text else None,
        custom_cfg=io.read_text(os.path.join(folder, "custom.cfg")),
        defaults=concerned(_defaults()),
        bls=io.read_folder(_BLS_FOLDER, (".conf",)),
        bls_folder=_BLS_FOLDER,
        device=mount.get("device"),
        fstype=mount.get("fstype"),
    )
    if _has_secret(boot):
        boot.clear()
        boot["secret"] = True


def _has_secret(value: "Any") -> bool:
    """Whether one of the texts in a JSON value, which are files and command lines, has a secret."""
    if isinstance(value, dict):
        return any(_has_secret(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(_has_secret(item) for item in value)
    return isinstance(value, str) and masking.mask_text(value) != value


def _defaults() -> "Dict[str, str]":
    """{path: text} of the settings from which grub-mkconfig writes the menu."""
    main = io.read_text("/etc/default/grub")
    found = {} if main is None else {"/etc/default/grub": main}
    more = io.read_folder("/etc/default/grub.d", (".cfg",))
    found.update(("/etc/default/grub.d/" + name, more[name]) for name in more)
    return found
