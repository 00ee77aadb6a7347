# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Can Docker start again with its files as they are now? A revert needs it. Pure: no I/O.

A running daemon says nothing about that: it read them when it started. They are judged with the command line that its
unit has now, and for the release that its package has now. Private to this collection: there is no promise
that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed, version
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings

# From here on Docker takes an empty daemon.json, and one with a byte order mark, but nothing behind its JSON (moby
# 23.0, daemon/config/config.go).
READS_ALL = (23, 0)


def judge(node: str, docker: Facts) -> Findings:
    """``docker``: that part of the facts."""
    path = dig(docker, "daemon_json.path", "/etc/docker/daemon.json")
    wrong = list(_problems(docker)) if dig(docker, "daemon_json.exists") else []
    if wrong:
        yield finding(
            BLOCKER,
            "CRI-PF-DAEMON-JSON",
            node,
            "Docker cannot start again: %s %s" % (path, "; it ".join(wrong)),
            "fix it: otherwise a revert would fail",
            problems=wrong,
        )


def _problems(docker: Facts) -> Iterator[str]:
    """What dockerd refuses in daemon.json, in words that follow its name; of an unknown release, what all refuse."""
    daemon = docker["daemon_json"]
    release = version(docker.get("package_version")) or version(docker.get("version"))
    if daemon.get("valid") is False:
        yield "is not valid JSON"
    if release and release < READS_ALL and daemon.get("byte_order_mark"):
        yield "begins with a byte order mark, which Docker takes from 23.0 on"
    if release and release < READS_ALL and daemon.get("empty"):
        yield "is empty, which Docker takes from 23.0 on"
    if release and release >= READS_ALL and daemon.get("trailing"):
        yield "has something behind its JSON, which Docker took before 23.0"
    if daemon.get("doubled"):
        yield "sets %s, which are the same" % listed(daemon["doubled"])
    if daemon.get("mistyped"):
        yield "has a value of the wrong type for %s" % listed(daemon["mistyped"])
    if daemon.get("conflicts"):
        yield "sets %s, and so does a flag on Docker's command line" % listed(daemon["conflicts"])
