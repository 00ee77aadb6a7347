# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight finds the changed files that the engine refuses a revert for: a changed mode, too (house, fault 2)."""

import hashlib
import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine.live_files import drifted, image_of
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import journal

TEXT = b"version = 2\n"


def nothing(_path):
    pass


def other_text(path):
    path.write_bytes(b"version = 3\n")


def other_mode(path):
    path.chmod(0o600)


def gone(path):
    path.unlink()


def a_link(path):
    path.rename(path.parent / "other")
    path.symlink_to(path.parent / "other")


def a_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "change, seen",
    [(nothing, False), (other_text, True), (other_mode, True), (gone, True), (a_link, True), (a_folder, True)],
)
def test_preflight_and_engine_agree(tmp_path, monkeypatch, change, seen):
    config = tmp_path / "config.toml"
    config.write_bytes(TEXT)
    config.chmod(0o644)
    wanted = {"path": str(config), "group": "target", "change": "write", "mode": "0644"}
    plan = {"files": [dict(wanted, sha256=hashlib.sha256(TEXT).hexdigest())]}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    (tmp_path / "journal.json").write_text(json.dumps({"schema": 1, "phase": "finalized"}))
    monkeypatch.setattr(journal, "_STATE", str(tmp_path))
    change(config)
    assert journal.facts()["drift"] == ([str(config)] if seen else [])
    if change is not a_folder:  # the engine fails for that one, with its name
        assert [item["path"] for item in drifted(plan["files"], {str(config): image_of(str(config))})] == (
            [str(config)] if seen else []
        )


def test_what_cannot_be_read_names_no_file(tmp_path, monkeypatch):
    (tmp_path / "plan.json").write_text("torn {")
    (tmp_path / "journal.json").write_text(json.dumps({"schema": 1, "phase": "finalized"}))
    monkeypatch.setattr(journal, "_STATE", str(tmp_path))
    assert journal.facts()["drift"] == []
