# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where staged copies go, and what of them may be shown. No input or output here."""

import hashlib
import posixpath
import re

HIDDEN = "(not shown: only its owner may read this file)\n"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def staged_path(root, path):
    return root.rstrip("/") + path


def problems(files, root):
    """What is wrong with the request, as sentences."""
    found, seen = [], set()
    for entry in [{"path": root}] + files:
        path = entry["path"]
        if not path.startswith("/") or posixpath.normpath(path) != path or path.startswith("//") or path == "/":
            found.append("%r is not an absolute, plain path" % path)
        if path in seen:
            found.append("%s is given twice" % path)
        seen.add(path)
        if not re.match(r"^0?[0-7]{3}$", entry.get("mode", "0644")):
            found.append('%s: mode %r is not octal such as "0644"' % (path, entry["mode"]))
    return found


def mode_number(mode):
    return int(mode, 8)


def mode_text(number):
    return "%04o" % number


def is_private(mode):
    """Whether only the owner may read it: then its content appears nowhere."""
    return mode_number(mode) & 0o044 == 0


def substitute(command, root):
    """A validation command with the folder of the copies for {staged}."""
    return [word.replace("{staged}", root.rstrip("/")) for word in command]


def diff(path, mode, before, after):
    """What a cutover would change in the live file, as an entry of Ansible's diff. `before` is None without a file."""
    if before == after:
        return None
    header = {"before_header": path if before is not None else path + " (absent)", "after_header": path}
    if is_private(mode):
        return dict(header, before=HIDDEN if before is not None else "", after="changed " + HIDDEN)
    return dict(header, before=(before or b"").decode("utf-8", "replace"), after=after.decode("utf-8", "replace"))
