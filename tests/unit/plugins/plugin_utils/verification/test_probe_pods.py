# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import re

import pytest
from unit.plugins.plugin_utils.verification.entries import reasons

from ansible_collections.cri.switchover.plugins.plugin_utils.verification import probe_pods


@pytest.mark.parametrize(
    "handlers, classes, planned, out_of_reach",
    [
        ([], [], [("default", None)], []),
        (None, [], [("default", None)], []),
        ([{"name": "runc"}], [{"name": "r", "handler": "runc"}], [("runc", None)], []),
        (["runc", "runsc"], [{"name": "gvisor", "handler": "runsc"}], [("runc", None), ("runsc", "gvisor")], []),
        (["runc", "crun"], [{"name": "gvisor", "handler": "runsc"}], [("runc", None)], ["crun"]),
        ([{"name": "runc"}, {"name": "kata", "runtime_class": "vm"}], [], [("runc", None), ("kata", "vm")], []),
        ([{"name": "runsc", "runtime_class": "gvisor"}], [], [("runsc", "gvisor")], []),
        (["a", "b"], [{"name": "z", "handler": "b"}, {"name": "y", "handler": "b"}], [("a", None), ("b", "y")], []),
    ],
)
def test_probes(handlers, classes, planned, out_of_reach):
    assert probe_pods.plan_probes(handlers, classes) == (planned, out_of_reach)


def test_names_of_probe_pods_are_valid_and_differ():
    names = {
        probe_pods.probe_name(run, node, handler)
        for run in ("2026-11-23T18:00:00Z", "r")
        for node in ("n1", "ip-10-0-0-1.eu-central-1.compute.internal")
        for handler in ("runc", "Kata_Containers-" + "x" * 80)
    }
    assert len(names) == 8
    assert all(re.match(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", name) and len(name) <= 63 for name in names)


def probe(phase="Running", ready=True, cid="containerd://1", state=None, **status):
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    statuses = [{"containerID": cid, "state": state or {"running": {}}}] if cid is not None else []
    full = dict({"phase": phase, "conditions": conditions, "containerStatuses": statuses}, **status)
    return {"metadata": {"namespace": "k", "name": "p", "uid": "u"}, "spec": {}, "status": full}


@pytest.mark.parametrize(
    "seen, part",
    [
        (probe(), None),
        (None, "no probe pod of runtime handler runc yet"),
        (probe(cid="docker://1"), "does not run"),
        (probe(ready=False), "does not run: Running"),
        (probe(phase="Pending", cid=None, ready=False), "does not run: Pending"),
        (
            probe(ready=False, cid="", state={"waiting": {"reason": "ErrImagePull", "message": "no such host"}}),
            "ErrImagePull: no such host",
        ),
        (probe(ready=False, state={"terminated": {"reason": "Error"}}), "does not run: Error"),
        (probe(phase="Failed", ready=False, cid=None, reason="OutOfpods", message="Too many pods"), "Too many pods"),
    ],
)
def test_a_probe_pod(seen, part):
    unmet = probe_pods.judge_probe("runc", seen, "containerd://")
    if part is None:
        assert unmet == []
    else:
        assert reasons(unmet) == ["CRI-VERIFY-PROBE"] and part in unmet[0]["message"]


@pytest.mark.parametrize(
    "spec, changes, part",
    [
        ({"hostUsers": False}, {}, None),
        ({}, {}, "the API server drops a pod's hostUsers"),
        ({"hostUsers": False}, {"ready": False}, "the probe pod with hostUsers false does not run: Running"),
    ],
)
def test_a_probe_of_user_namespaces(spec, changes, part):
    seen = dict(probe(**changes), spec=spec)
    unmet = probe_pods.judge_probe(probe_pods.USER_NAMESPACES, seen, "containerd://")
    assert [part in entry["message"] for entry in unmet] == ([True] if part else [])
    assert probe_pods.probe_pod("p", "k", "n1", "pause", None, host_users=False)["spec"]["hostUsers"] is False
    assert "hostUsers" not in probe_pods.probe_pod("p", "k", "n1", "pause", None)["spec"]
