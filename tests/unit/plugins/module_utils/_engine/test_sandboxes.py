# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sandboxes of the target: removed and their addresses released, whatever state they are in."""

import base64
import json
import os
import time

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import commands, revert_steps
from ansible_collections.cri.switchover.plugins.module_utils._engine.cri import Cri
from ansible_collections.cri.switchover.plugins.module_utils._engine.errors import Failure
from ansible_collections.cri.switchover.plugins.module_utils._engine.work import Work
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node import (
    ARGS,
    build,
    put,
    reverted,
    run,
    tree,
)

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize(
    "removes,takes,asked,note",
    [
        ([True, True], 0, 2, None),
        # a sandbox that was being made stands in the way until the runtime starts anew
        ([False, True], 0, 2, None),
        # or until its processes are dead: its record must go, too; once more from a runtime with Docker's files
        ([False, False, False, True], 0, 4, "by cgroup"),
        # a runtime that hangs is not asked again before it is started anew: the node is out of service meanwhile
        ([False, True], 60, 2, "by cgroup"),
    ],
)
def test_sandboxes_that_do_not_go_at_once(tmp_path, monkeypatch, removes, takes, asked, note):
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    began, late, answers = time.monotonic, [0], list(removes)

    def remove(self, seconds, *which):
        late[0] += takes
        return answers.pop(0)

    monkeypatch.setattr(Cri, "remove_pods", remove)
    monkeypatch.setattr(time, "monotonic", lambda: began() + late[0])
    assert commands.do_revert(node, store, ARGS)[0] == 0
    assert len(removes) - len(answers) == asked and not answers
    steps = {step["name"]: step.get("note") for step in store.load("journal.json")["steps"]}
    assert steps["revert_remove_pods"] == note
    reverted(node, store, before)


def test_a_sandbox_that_could_not_be_removed_is_released_in_its_own_network_namespace(tmp_path, monkeypatch):
    """A plugin finds only there what it has made outside; the results go when all is done."""
    node, store, plan = build(tmp_path)
    before = tree(node)
    run(node, store)
    space, results = "/var/run/netns/cni-1", "/var/lib/cni/results/"
    for name, plugin in (("cni-loopback-c1-lo", "loopback"), ("lab-c1-eth0", "bridge"), ("other-c1-net1", "bridge")):
        config = {"cniVersion": "0.4.0", "name": name.split("-c1")[0], "plugins": [{"type": plugin}]}
        node.write(
            results + name,
            json.dumps(
                {
                    "kind": "cniCacheV1",
                    "containerId": "c1",
                    "ifName": "eth0",
                    "config": base64.b64encode(json.dumps(config).encode()).decode(),
                    "result": {"interfaces": [{"name": "cni0"}, {"name": "eth0", "sandbox": space}]},
                }
            ).encode(),
        )
    monkeypatch.setattr(revert_steps, "is_netns", lambda node, path: path == space)
    seen, there, real = [], [], node.run

    def listen(argv, timeout=30, check=True, data=None, env=None):
        if env:
            seen.append(env["CNI_NETNS"])
        if argv[0] == "umount":
            seen.append(argv)
            there.extend(sorted(os.listdir(node.path(results))))
        return real(argv, timeout, check, data, env)

    monkeypatch.setattr(node, "run", listen)
    assert commands.do_revert(node, store, ARGS)[0] == 0
    assert seen == [space, space, ["umount", "--lazy", space]]
    assert there == ["cni-loopback-c1-lo", "lab-c1-eth0", "other-c1-net1"], "forgotten before all was done"
    reverted(node, store, before)


def test_what_a_power_cut_left_empty_is_released_by_its_name(tmp_path, monkeypatch):
    """With the network as it is configured now; one that nobody knows any more is left as it is."""
    node, store, plan = build(tmp_path)
    for name, text in (
        ("10-lab.conflist", '{"name": "my-pods", "cniVersion": "0.4.0", "plugins": [{"type": "bridge"}]}'),
        ("05-lab.conflist.bak", '{"name": "my-pods", "plugins": [{"type": "older"}]}'),
        ("05-half.conf", '{"name": "my-pods", "plugins": [{"ty'),
        ("07-typeless.conf", '{"name": "my-pods"}'),
        ("agent-kubeconfig", "apiVersion: v1"),
    ):
        put(node, "/etc/cni/net.d/" + name, text.encode())
    before = tree(node)
    run(node, store)
    mine, loop, unknown = (
        "/var/lib/cni/results/" + name
        for name in ("my-pods-%s-eth0" % ("c" * 64), "cni-loopback-%s-lo" % ("c" * 64), "gone-%s-eth0" % ("c" * 64))
    )
    for path in (mine, loop, unknown):
        put(node, path, b"")
    seen, real = [], node.run

    def listen(argv, timeout=30, check=True, data=None, env=None):
        if env:
            seen.append((os.path.basename(argv[0]), json.loads(data), env["CNI_CONTAINERID"], env["CNI_IFNAME"]))
        return real(argv, timeout, check, data, env)

    monkeypatch.setattr(node, "run", listen)
    assert commands.do_revert(node, store, ARGS)[0] == 0
    assert seen == [("bridge", {"type": "bridge", "name": "my-pods", "cniVersion": "0.4.0"}, "c" * 64, "eth0")]
    assert os.path.exists(node.path(unknown)) and not os.path.exists(node.path(loop))
    os.unlink(node.path(unknown))
    reverted(node, store, before)


@pytest.mark.parametrize(
    "runtime, rmp, wanted",
    [
        ("containerd", "works", ["pods", "rmp"]),
        ("containerd", "no CRI", ["pods", "ls", "rm", "pods"]),
        # Debian's own configuration names another directory: "failed to find plugin loopback in path [/usr/lib/cni]".
        ("containerd", "no plugin", ["pods", "rmp", "ls", "rm", "pods", "restart"]),
        ("crio", "works", []),
    ],
)
def test_records_of_what_a_boot_ended_go_with_and_without_cri(tmp_path, runtime, rmp, wanted):
    node, store, plan = build(tmp_path)
    plan["to"]["serves_docker"] = runtime == "containerd"
    asked = []

    def answer(argv, timeout=30, check=True, data=None, env=None):
        words = {"ctr": argv[4:], "systemctl": argv[1:]}.get(argv[0], argv[7:])
        asked.append(words[0])
        if argv[0].endswith("crictl") and (rmp == "no CRI" or (words[0], rmp) == ("rmp", "no plugin")):
            raise Failure("CRI-CRICTL-FAILED", rmp)
        return 0, "c1 c2\n" if words[0] in ("pods", "ls") else "", ""

    node.run = answer
    work = Work(node, store, plan, store.journal())
    work.time.begin(240)
    revert_steps.forget_pods(work)
    assert asked == wanted
