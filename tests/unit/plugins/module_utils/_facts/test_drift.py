# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight finds the changed files that the engine refuses a revert for: a changed mode, too (house, fault 2)."""

import hashlib
import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.live_files import drifted, image_of
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import journal
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Inspection
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry

TEXT = b"version = 2\n"


def facts():
    """As node_runtime_info reads it: an error stays in the part."""
    found = {}
    Inspection({"timeout": 5}, registry.RUNTIMES, registry.target()).read(journal.read, found)
    return found


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


def a_link_to_a_folder(path):
    path.unlink()
    path.symlink_to(path.parent)


@pytest.mark.parametrize(
    "change, seen",
    [(nothing, False), (other_text, True), (other_mode, True), (gone, True), (a_link, True), (a_folder, True)]
    + [(a_link_to_a_folder, True)],
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
    assert facts()["drift"] == ([str(config)] if seen else [])
    if change in (a_folder, a_link_to_a_folder):  # the engine fails for these, with their name
        with pytest.raises(Failure, match="config.toml is not a file"):
            image_of(str(config))
    else:
        assert [item["path"] for item in drifted(plan["files"], {str(config): image_of(str(config))})] == (
            [str(config)] if seen else []
        )


@pytest.mark.parametrize(
    "damage",
    [
        lambda _entry: "torn {",
        lambda _entry: [],
        lambda _entry: {"files": 5},
        lambda _entry: {"files": ["a"]},
        lambda _entry: {"files": [{}]},
        lambda entry: {"files": [entry, {"path": "/nowhere", "change": "write"}]},
        lambda entry: {"files": [{key: entry[key] for key in entry if key != "mode"}]},
        lambda entry: {"files": [dict(entry, mode="rw")]},
        lambda entry: {"files": [dict(entry, path=None)]},
    ],
)
def test_a_damaged_plan_is_an_error_of_its_part(tmp_path, monkeypatch, damage):
    config = tmp_path / "config.toml"
    config.write_bytes(TEXT)
    entry = {"path": str(config), "change": "write", "mode": "0644", "sha256": hashlib.sha256(TEXT).hexdigest()}
    plan = damage(entry)
    (tmp_path / "plan.json").write_text(plan if isinstance(plan, str) else json.dumps(plan))
    (tmp_path / "journal.json").write_text(json.dumps({"schema": 1, "phase": "finalized", "run_id": "r"}))
    monkeypatch.setattr(journal, "_STATE", str(tmp_path))
    found = facts()
    assert found["drift"] == [] and found["phase"] == "finalized" and found["run_id"] == "r"
    assert found["error"].startswith("plan.json is damaged: ")


def test_a_file_that_cannot_be_read_counts_as_changed(tmp_path, monkeypatch):
    def refused(_path):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "plan.json").write_text(json.dumps({"files": [{"path": "/etc/x", "change": "write"}]}))
    (tmp_path / "journal.json").write_text(json.dumps({"schema": 1, "phase": "finalized"}))
    monkeypatch.setattr(journal, "_STATE", str(tmp_path))
    monkeypatch.setattr(journal, "image_of", refused)
    assert facts()["drift"] == ["/etc/x"] and "error" not in facts()
