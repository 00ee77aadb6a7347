# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from unit.plugins.plugin_utils.preflight.good_node import (
    FLEET,
    INFO,
    PROXY,
    SETTINGS,
    changed,
)

from ansible_collections.cri.switchover.plugins.plugin_utils.preflight import judge, report


def test_an_unreachable_api_is_reported_once_and_hides_no_node():
    findings = judge.judge_all(
        [
            {"host": "node1", "info": changed(INFO, PROXY), "settings": SETTINGS},
            {"host": "node2", "info": None, "unreachable": True, "settings": SETTINGS},
        ],
        {},
        FLEET,
    )
    assert [(f["node"], f["token"]) for f in findings] == [
        ("(all)", "CRI-PF-API"),
        ("node1", "CRI-PF-PROXIES"),
        ("node1", "CRI-PF-CGROUP-V2"),
        ("node2", "CRI-PF-UNREACHABLE"),
    ]
    assert report.summary(findings).splitlines() == [
        "CRI-PREFLIGHT: 3 blockers, nothing was changed.",
        "the whole run: CRI-PF-API: the cluster's API (no server is known) cannot be used: nothing was read from it",
        "node1: CRI-PF-PROXIES: Docker pulls images through a proxy (source: HTTP_PROXY)",
        "node2: CRI-PF-UNREACHABLE: the host does not answer: no connection",
    ]
    lines = report.report(findings)
    assert lines[0] == "the whole run:" and lines[3] == "node1:"
    assert lines[4].startswith("  blocker  CRI-PF-PROXIES: ") and lines[5].startswith("           -> ")


def test_no_blockers_no_summary():
    assert report.summary([]) == "" and report.report([]) == []
