# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cutover state=staged on real files below a directory."""

import hashlib
import json
import os
import zipfile

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine.archive import sources
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import ARCHIVE, STATE
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node
from ansible_collections.cri.switchover.plugins.module_utils._engine.refusals import refuse_start
from ansible_collections.cri.switchover.plugins.module_utils._engine.store import Store
from ansible_collections.cri.switchover.plugins.modules import cutover

LIVE = b"old\n"


class Ended(Exception):
    pass


class Module:
    def __init__(self, plan, check_mode=False):
        self.params, self.check_mode, self.result = {"plan": plan, "state": "staged"}, check_mode, None

    def exit_json(self, **result):
        self.result = result
        raise Ended

    def fail_json(self, **result):
        self.result = dict(result, failed=True)
        raise Ended


@pytest.fixture
def node(tmp_path, monkeypatch):
    made = Node(str(tmp_path))
    os.makedirs(made.path("/etc"))
    with open(made.path("/etc/live.conf"), "wb") as stream:
        stream.write(LIVE)
    monkeypatch.setattr(cutover, "Node", lambda: made)
    return made


def plan(**more):
    me = str(os.getuid())
    live = {"exists": True, "sha256": hashlib.sha256(LIVE).hexdigest()}
    common = {"mode": "0644", "owner": me, "group_name": me}
    return dict(
        {
            "schema": 1,
            "tool_version": "0.1.0",
            "run_id": "r1",
            "owner": "ci",
            "created": 1,
            "node_name": "n1",
            "from": {"runtime": "docker"},
            "to": {"runtime": "containerd"},
            "config_digest": "d",
            "settings": {},
            "files": [
                dict(common, path="/etc/live.conf", group="kubelet", change="write", content="new\n", before=live),
                dict(
                    common,
                    path="/etc/new.conf",
                    group="kubelet",
                    change="write",
                    content="x\n",
                    before={"exists": False},
                ),
            ],
        },
        **more,
    )


def stage(given, check_mode=False):
    module = Module(given, check_mode)
    with pytest.raises(Ended):
        cutover.stage_and_exit(module)
    return module.result


def test_check_mode_reports_and_writes_nothing(node):
    result = stage(plan(), check_mode=True)
    assert result["changed"] and [item["path"] for item in result["files"]] == ["/etc/live.conf", "/etc/new.conf"]
    assert [(d["before"], d["after"]) for d in result["diff"]] == [("old\n", "new\n"), ("", "x\n")]
    assert os.listdir(node.root) == ["etc"]


def test_a_run_that_has_begun_meanwhile_keeps_its_plan(node, monkeypatch):
    """Between the check and the write, somebody else's engine started."""
    stage(plan())
    lock, store = Store.lock, Store(node)

    def begins_first(self, wait=0):
        journal = store.journal()
        journal.move("switching")
        store.save("journal.json", journal)
        return lock(self, wait)

    monkeypatch.setattr(Store, "lock", begins_first)
    other = plan(run_id="r2")
    other["files"][1]["content"] = "y\n"
    result = stage(other)
    assert result["failed"] and result["reason"] == "CRI-CUTOVER-UNFINISHED" and "r1" in result["msg"]
    assert node.read(STATE + "/staged/etc/new.conf") == b"x\n", "what it is about to swap in is still its own"
    assert store.load("plan.json")["run_id"] == store.load("journal.json")["run_id"] == "r1"


def test_staging_that_is_interrupted_leaves_nothing_that_can_be_begun(node, monkeypatch):
    stage(plan())
    save, store = Store.save, Store(node)

    def interrupted(self, name, value):
        if name == "plan.json":
            raise KeyboardInterrupt
        save(self, name, value)

    monkeypatch.setattr(Store, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stage(plan(run_id="r2"))
    assert (store.load("journal.json")["run_id"], store.load("plan.json")["run_id"]) == ("r2", "r1")
    for run_id in ("r1", "r2"):
        assert refuse_start(store.journal(), store.plan(), run_id)


def test_a_full_disk_is_reported_before_any_pod_is_evicted(node, monkeypatch):
    def full(self, path, data, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(node), "write", full)
    result = stage(plan())
    assert result["failed"] and result["reason"] == "CRI-CUTOVER-DISK-FULL" and STATE in result["msg"]
    assert result["msg"].count("CRI-CUTOVER-DISK-FULL") == 1


def test_plan_engine_and_copies_are_there_for_root_only(node):
    assert stage(plan())["changed"]
    state = node.path(STATE)
    assert oct(os.stat(state).st_mode)[-3:] == "700"
    for name in ("plan.json", "journal.json"):
        assert oct(os.stat(os.path.join(state, name)).st_mode)[-3:] == "600"
    written = json.loads(node.read(STATE + "/plan.json").decode())
    assert "content" not in written["files"][0] and node.read(written["files"][0]["staged"]) == b"new\n"
    assert oct(os.stat(node.path(ARCHIVE)).st_mode)[-3:] == "600"
    with zipfile.ZipFile(node.path(ARCHIVE)) as engine:
        for member, source in sources().items():
            assert engine.read("engine/%s.py" % member) == source
    assert json.loads(node.read(STATE + "/journal.json").decode())["phase"] == "staged"
    assert node.read("/etc/live.conf") == LIVE


def test_the_same_plan_of_another_run_is_no_change_and_belongs_to_the_new_run(node):
    stage(plan())
    assert stage(plan(run_id="r2", created=2, owner="other"))["changed"] is False
    assert Store(node).load("journal.json")["run_id"] == "r2"
    assert stage(plan(config_digest="e"))["changed"] is True


def test_a_live_file_that_is_not_as_assessed(node):
    with open(node.path("/etc/live.conf"), "wb") as stream:
        stream.write(b"somebody else\n")
    result = stage(plan())
    assert result["failed"] and result["reason"] == "CRI-CUTOVER-DRIFT"
    assert result["details"]["files"][0]["path"] == "/etc/live.conf"


@pytest.mark.parametrize(
    "phase, reason",
    [
        ("switching", "CRI-CUTOVER-UNFINISHED"),
        ("switched", "CRI-CUTOVER-UNFINISHED"),
        ("reverted", None),
    ],
)
def test_over_the_journal_of_another_run(node, phase, reason):
    stage(plan())
    store = Store(node)
    store.save("journal.json", dict(store.load("journal.json"), phase=phase))
    assert stage(plan(run_id="r2")).get("reason") == reason


def test_a_newer_journal_is_left_alone(node):
    stage(plan())
    store = Store(node)
    store.save("journal.json", dict(store.load("journal.json"), schema=2))
    assert stage(plan(run_id="r2"))["reason"] == "CRI-JOURNAL-NEWER"


def test_a_node_that_is_where_the_plan_leads_is_left_alone(node):
    stage(plan())
    store = Store(node)
    store.save("journal.json", dict(store.load("journal.json"), phase="finalized"))
    for path, text in (("/etc/live.conf", b"new\n"), ("/etc/new.conf", b"x\n")):
        with open(node.path(path), "wb") as stream:
            stream.write(text)
    now = plan(run_id="r2")
    for item in now["files"]:
        item["before"] = {"exists": True, "sha256": hashlib.sha256(item["content"].encode()).hexdigest()}
    result = stage(now)
    assert (result["changed"], result["phase"], result["run_id"]) == (False, "finalized", "r1")


def test_a_staged_copy_that_was_changed_is_refused(node):
    given = plan()
    given["files"][0].pop("content")
    given["files"][0].update(staged=STATE + "/staged/etc/live.conf", sha256="0" * 64)
    for staged in (None, b"of an earlier run\n"):
        if staged:
            node.write(STATE + "/staged/etc/live.conf", staged)
        assert stage(given)["reason"] == "CRI-CUTOVER-STAGED"
        assert stage(given, check_mode=True)["changed"], "in check mode the task before has staged nothing"


def test_secrets_are_not_shown(node):
    given = plan()
    given["files"][1]["mode"] = "0600"
    shown = stage(given, check_mode=True)["diff"][1]
    assert "x\n" not in (shown["before"], shown["after"])
