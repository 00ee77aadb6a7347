# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the installed CRI-O made of all its files, compared with what was meant. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import json
import re

from ansible_collections.cri.switchover.plugins.module_utils._facts.crio import FOLDER
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import crio_config, toml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple, Union

    Path = Tuple[str, ...]
    Value = Union[bool, int, str, List[str]]

# CRI-O reads one folder of drop-ins, so the live files and the staged one are copied into one. Of what it prints, only
# the lines with values are kept: with all its comments it is longer than what a module may answer.
_VALIDATE = """\
set -e
all=$(mktemp -d)
trap 'rm -rf "$all"' EXIT
mkdir "$all/d"
[ ! -d {folder} ] || cp -R {folder}/. "$all/d"
cp "$1{folder}"/* "$all/d"
[ ! -e /etc/crio/crio.conf ] || main=/etc/crio/crio.conf
"$2" --config "$main" --config-dir "$all/d" config > "$all/out"
sed -E -n '/^(# ?)?(\\[crio|[a-z_]+ = |[[:space:]]+"|\\]$)/p' "$all/out"
"""


def validation(binary: str) -> "List[str]":
    """The command that prints CRI-O's configuration with the staged file; {staged} in it is the staging folder."""
    return ["/bin/sh", "-c", _VALIDATE.format(folder=FOLDER), "crio-config", "{staged}", binary]


def check(printed: str, settings: "Dict[str, Any]") -> "List[str]":
    """Differences between what ``crio config`` prints and what ``settings`` ask for, as sentences.

    CRI-O ignores a key that it does not know, without a message, and a later file may change a value.
    """
    seen = read_config(printed)
    problems = []
    for path, wanted in toml.leaves(crio_config.tree(settings)):
        if not _same(path, seen.get(path), wanted):
            problems.append("%s is %r, wanted %r" % (".".join(path), seen.get(path), wanted))
    for handler in settings["handlers"]:
        if ("crio", "runtime", "runtimes", handler["name"], "runtime_path") not in seen:
            problems.append("there is no table crio.runtime.runtimes.%s" % handler["name"])
    return problems


def read_config(text: str) -> "Dict[Path, Value]":
    """{path: value} of what ``crio config`` (or ``crio status config``) prints.

    It prints a value that equals the default as a comment, and explains each value in a comment before it.
    A value's line is known by its form: a lower-case name, " = ", and something that is a value.
    Of a name that comes twice the last line counts, since examples stand before the value.
    """
    found: "Dict[Path, Value]" = {}
    path: "Path" = ()
    items: "Optional[List[str]]" = None
    for line in text.splitlines():
        line = re.sub(r"^# ?", "", line).rstrip()
        if items is not None:
            item = re.match(r'^\s*"((?:[^"\\]|\\.)*)",?$', line)
            if item:
                items.append(json.loads('"%s"' % item.group(1)))
                continue
            items = None
        header = re.match(r'^\[(crio(?:\.(?:[\w-]+|"[^"]*"))*)\]$', line)
        if header:
            path = tuple(part.strip('"') for part in re.findall(r'"[^"]*"|[^.]+', header.group(1)))
            continue
        name, separator, text_of_value = line.partition(" = ")
        if not separator or not re.match(r"^[a-z][a-z0-9_]*$", name):
            continue
        if text_of_value == "[":
            items = []
            found[path + (name,)] = items
            continue
        value = _read_value(text_of_value)
        if value is not None:
            found[path + (name,)] = value
    return found


def _read_value(text: str) -> "Union[bool, int, str, None]":
    if text in ("true", "false"):
        return text == "true"
    if re.match(r"^-?\d+$", text):
        return int(text)
    match = re.match(r'^"((?:[^"\\]|\\.)*)"$', text)
    # The template quotes plain values by hand: a backslash in one is no escape.
    return match.group(1).replace('\\"', '"') if match else None


def _same(path: "Path", seen: "Any", wanted: "Any") -> bool:
    if path[-1] == "default_capabilities":
        return sorted(seen or []) == sorted(wanted)
    # Both CNI and storage folders may be shown with a slash at the end.
    if path[-1] in ("network_dir", "root"):
        return str(seen).rstrip("/") == wanted.rstrip("/")
    return seen == wanted
