# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files come back as they were, and what others have made of them meanwhile is kept."""

import glob
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands
from ansible_collections.cri.switchover.plugins.module_utils._engine.names import STATE
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import (
    ARGS,
    build,
    put,
    reverted,
    run,
    tree,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_directories_of_others_are_for_others(tmp_path):
    node, store, plan = build(tmp_path)
    old = os.umask(0o077)
    try:
        run(node, store)
    finally:
        os.umask(old)
    commands.do_confirm(node, store, ARGS)
    for name in ("/etc/ansible", "/etc/ansible/facts.d"):
        assert oct(os.stat(node.path(name)).st_mode)[-3:] == "755"


def test_what_others_changed_is_refused_or_kept(tmp_path):
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    commands.do_confirm(node, store, ARGS)
    put(node, "/etc/crictl.yaml", b"mine\n")
    code, answer = commands.do_revert(node, store, ARGS)
    assert (code, answer["reason"]) == (2, "CRI-REVERT-DRIFT") and "/etc/crictl.yaml" in answer["error"]
    assert [item["reason"] for item in commands.do_can_revert(node, store, ARGS)[1]["blockers"]] == ["CRI-REVERT-DRIFT"]
    code, answer = commands.do_revert(node, store, dict(ARGS, allow_drift=True))
    journal = reverted(node, store, before)
    kept = [step["note"] for step in journal["steps"] if step["name"] == "revert_files"][0]
    assert node.read(kept.split("now ")[1].rstrip(")")) == b"mine\n"


def test_a_link_in_place_of_a_file_is_kept_too(tmp_path):
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    commands.do_confirm(node, store, ARGS)
    os.unlink(node.path("/etc/containerd/config.toml"))
    os.symlink("/srv/config.toml", node.path("/etc/containerd/config.toml"))
    assert commands.do_revert(node, store, ARGS)[1]["reason"] == "CRI-REVERT-DRIFT"
    assert commands.do_revert(node, store, dict(ARGS, allow_drift=True))[1]["phase"] == "reverted"
    reverted(node, store, before)
    assert [os.readlink(path) for path in glob.glob(node.path(STATE + "/before/r1/changed/*"))] == ["/srv/config.toml"]


def test_a_changed_file_is_refused_before_anything_stops(tmp_path):
    node, store, plan = build(tmp_path)
    put(node, "/etc/containerd/config.toml", b"somebody else\n")
    code, answer = run(node, store)
    assert (code, answer["reason"], answer["phase"]) == (1, "CRI-CUTOVER-DRIFT", "reverted")
    assert answer["details"]["files"][0]["path"] == "/etc/containerd/config.toml"
    assert not any("stop" in call and "kubelet.service" in call for call in node.calls)
    assert node.read("/etc/containerd/config.toml") == b"somebody else\n"


def test_links_owners_and_modes_come_back(tmp_path):
    node, store, plan = build(tmp_path)
    real = node.path("/etc/containerd/config.toml")
    os.rename(real, real + ".own")
    os.symlink("config.toml.own", real)
    os.chmod(node.path("/var/lib/kubelet/kubeadm-flags.env"), 0o600)
    before = tree(node)
    run(node, store)
    assert not os.path.islink(real)
    commands.do_revert(node, store, ARGS)
    reverted(node, store, before)


def test_log_links_into_docker_are_moved_aside_and_back(tmp_path):
    node, store, plan = build(tmp_path)
    log = node.path("/var/log/pods/ns_p_u/c/0.log")
    os.makedirs(os.path.dirname(log))
    os.symlink("/var/lib/docker/containers/x/x-json.log", log)
    run(node, store)
    assert os.listdir(os.path.dirname(log)) == ["0.log.docker"]
    commands.do_revert(node, store, ARGS)
    assert os.listdir(os.path.dirname(log)) == ["0.log"]
