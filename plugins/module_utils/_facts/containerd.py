# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What containerd's configuration file says about itself. Reads only the keys it needs, out of any valid TOML. Pure."""

import ast
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Match, Sequence

CRI_PLUGINS = {"cri", "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images"}
_STRING = re.compile(r'"""(?:.|\n)*?"""|\'\'\'(?:.|\n)*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*')


def _plain(text: str) -> str:
    """The text without comments and with every multi-line string emptied, so that lines can be read one by one."""

    def replace(match: "Match[str]") -> str:
        found = match.group(0)
        if found.startswith("#"):
            return ""
        return '""' if found.startswith(('"""', "'''")) else found

    return _STRING.sub(replace, text)


def tables(text: str) -> "Dict[str, str]":
    """{table name: text below it} of a TOML text; the top level is ""."""
    found, name = {"": ""}, ""
    for line in _plain(text).splitlines():
        header = re.match(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*$", line)
        if header and not _open_list(found[name]):
            name = re.sub(r"['\"\s]", "", header.group(1))
            found.setdefault(name, "")
        else:
            found[name] += line + "\n"
    return found


def _open_list(text: str) -> bool:
    """Whether a list was begun and not closed: a bracket at the start of the next line belongs to it."""
    bare = _STRING.sub("", text)
    return bare.count("[") > bare.count("]")


def value(table: str, key: str) -> "Any":
    """The number, text, truth value or list of texts of a table's own key; None when it is absent or something else."""
    match = re.search(r"(?m)^[ \t]*(?:%s|\"%s\")[ \t]*=[ \t]*" % (re.escape(key), re.escape(key)), table)
    if not match:
        return None
    rest = table[match.end() :]
    item = re.match(r"\[[^\[\]]*\]|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[\w+-]+", rest)
    if not item:
        return None
    word = {"true": "True", "false": "False"}.get(item.group(0), item.group(0))
    try:
        return ast.literal_eval(word)
    except (ValueError, SyntaxError):
        return None


def config_facts(texts: "Sequence[str]") -> "Dict[str, Any]":
    """What containerd's configuration disables, imports, and where its data and its socket are.

    texts: the configuration file, then the files it imports, in order; an empty list when there is none.
    Lists of disabled plugins add up over imported files; of other keys the last one counts.
    """
    version = None
    imports: "List[str]" = []
    disabled: "List[str]" = []
    root, address = "/var/lib/containerd", "/run/containerd/containerd.sock"
    for index, text in enumerate(texts):
        found = tables(text)
        top = found[""]
        if index == 0:
            version = value(top, "version") or 1
            imports = value(top, "imports") or []
        disabled += [name for name in value(top, "disabled_plugins") or [] if name not in disabled]
        root = value(top, "root") or root
        for table in ("grpc", "plugins.io.containerd.server.v1.grpc"):
            address = value(found.get(table, ""), "address") or address
    return {
        "version": version,
        "disabled_plugins": disabled,
        "cri_disabled": any(name in CRI_PLUGINS for name in disabled),
        "imports": imports,
        "root": root,
        "address": address,
    }
