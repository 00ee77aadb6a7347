# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are not what the plan expects."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine.files import differing
from ansible_collections.cri.switchover.plugins.module_utils._engine.live_files import drifted
from ansible_collections.cri.switchover.plugins.module_utils._engine.refusals import refuse_revert
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.samples import journal


def test_files_that_others_changed_since():
    files = [
        {"path": "/a", "change": "write", "sha256": "1", "mode": "0644"},
        {"path": "/b", "change": "remove", "sha256": None},
        {"path": "/c", "change": "write", "sha256": "3", "mode": "0644"},
    ]

    def file(digest, mode="0644", kind="file"):
        return {"kind": kind, "sha256": digest, "mode": mode}

    seen = {"/a": file("1"), "/b": {"kind": "absent"}, "/c": {"kind": "absent"}}
    assert drifted(files, seen) == [{"path": "/c", "seen": "absent", "wanted": "3"}]
    assert drifted(files, dict(seen, **{"/c": file("3")})) == []
    seen = {"/a": file("1", "0600"), "/b": file("2"), "/c": file("3", kind="link")}
    assert drifted(files, seen) == [
        {"path": "/a", "seen": "mode 0600", "wanted": "mode 0644"},
        {"path": "/b", "seen": "2", "wanted": "absent"},
        {"path": "/c", "seen": "link", "wanted": "3"},
    ]
    drift = [{"path": "/c", "seen": "absent", "wanted": "3"}]
    assert [item["reason"] for item in refuse_revert(journal("finalized"), "r1", drift)] == ["CRI-REVERT-DRIFT"]
    assert refuse_revert(journal("switched"), "r1", drift) == [], "unconfirmed, it is reverted in any case"
    assert refuse_revert(journal("finalized"), "r2")[0]["reason"] == "CRI-REVERT-RUN"
    assert refuse_revert(None, None)[0]["reason"] == "CRI-REVERT-RUN"


@pytest.mark.parametrize(
    "before, image, drift",
    [
        ({"exists": False}, {"kind": "absent"}, None),
        ({"exists": False, "sha256": None}, {"kind": "file", "sha256": "1"}, ("1", "absent")),
        ({"exists": True, "sha256": "1"}, {"kind": "absent"}, ("absent", "1")),
        ({"exists": True, "sha256": "1"}, {"kind": "link", "to": "x", "sha256": "1"}, None),
        ({"exists": True, "sha256": "1"}, {"kind": "file", "sha256": "2"}, ("2", "1")),
    ],
)
def test_a_file_that_changed_since_it_was_assessed(before, image, drift):
    found = differing([{"path": "/f", "before": before}], {"/f": image})
    assert [(item["seen"], item["wanted"]) for item in found] == ([drift] if drift else [])
