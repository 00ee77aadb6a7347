# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Lease of two rollouts: real processes against a real apiserver."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._common import process
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError
from ansible_collections.cri.switchover.plugins.module_utils._rollout import lease

PATH = f"{lease.LEASES}/{lease.NAME}"


@pytest.fixture(autouse=True)
def no_lease(cluster):
    """Neither before a test, whatever ran earlier, nor after it."""
    _delete_lease(cluster)
    yield
    _delete_lease(cluster)


def _delete_lease(cluster):
    try:
        cluster.client.delete(PATH)
    except KubeError as exc:
        assert exc.status == 404


@pytest.fixture
def hold(module):
    def call(run_id, **arguments):
        return module("rollout_lease", run_id=run_id, owner=f"owner of {run_id}", **{"duration": 30, **arguments})

    return call


def holder(cluster):
    return cluster.client.get(PATH)["spec"].get("holderIdentity")


def test_one_takes_it_the_other_is_refused_until_it_is_released(cluster, hold):
    first = hold("r1")
    assert (first["action"], first["changed"]) == ("create", True)
    refused = hold("r2")
    assert refused.failed and refused["reason"] == "CRI-LEASE-HELD"
    assert refused["held_by"]["run_id"] == "r1" and 25 <= refused["held_by"]["seconds_left"] <= 31
    assert "r1 of owner of r1" in refused["msg"] and "kubectl -n kube-system delete lease" in refused["msg"]
    again = hold("r1")
    assert (again["action"], again["changed"]) == ("renew", False)
    assert hold("r2", state="released")["action"] == "none" and holder(cluster) == "r1"
    assert hold("r1", state="released")["changed"] and holder(cluster) is None
    assert not hold("r1", state="released")["changed"]
    assert hold("r2")["action"] == "take" and holder(cluster) == "r2"
    assert cluster.client.get(PATH)["spec"]["leaseTransitions"] == 1


def test_it_ends_and_its_run_may_take_it_again(cluster, hold):
    assert hold("r1", duration=2)["action"] == "create"
    assert hold("r2").failed
    time.sleep(4)  # the server's time is in whole seconds
    assert hold("r1", duration=2)["action"] == "take"
    time.sleep(4)
    assert hold("r2")["action"] == "take"
    lost = hold("r1")
    assert lost["reason"] == "CRI-LEASE-HELD" and lost["held_by"]["run_id"] == "r2"


def test_check_mode_only_reports(cluster, hold):
    assert hold("r1", check=True)["action"] == "create"
    with pytest.raises(KubeError):
        cluster.client.get(PATH)
    hold("r1")
    before = cluster.client.get(PATH)
    assert hold("r1", check=True)["action"] == "renew" and hold("r1", state="released", check=True)["changed"]
    assert hold("r2", check=True).failed
    assert cluster.client.get(PATH) == before


def test_of_many_at_once_one_gets_it(cluster, hold):
    for _round in range(2):  # there is no Lease first, and then one that nobody holds
        answers = {}
        start = threading.Barrier(6)

        def contend(name, answers=answers, start=start):
            start.wait()
            answers[name] = hold(name)

        threads = [threading.Thread(target=contend, args=(f"r{number}",)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won = [name for name in answers if not answers[name].failed]
        assert len(won) == 1 and holder(cluster) == won[0]
        refused = [answer for answer in answers.values() if answer.failed]
        assert [answer["held_by"]["run_id"] for answer in refused] == won * 5
        assert hold(won[0], state="released")["changed"]


def test_who_writes_at_the_same_time_is_seen(cluster, kubeconfigs, monkeypatch):
    """Between reading and writing another run takes it: the server refuses, and the second attempt reports that."""
    run = {"run_id": "r1", "owner": "a", "process": "", "duration": 30}
    client = Client(str(kubeconfigs["admin"]), env={})
    read, raced = lease._read, []

    def race(its_client):
        seen = read(its_client)
        if not raced:
            raced.append(True)
            lease.hold(cluster.client, dict(run, run_id="r2"))
        return seen

    for _round in range(2):
        raced.clear()
        monkeypatch.setattr(lease, "_read", race)
        with pytest.raises(lease.Held) as caught:
            lease.hold(client, run)
        monkeypatch.setattr(lease, "_read", read)
        assert caught.value.held_by["run_id"] == "r2" and holder(cluster) == "r2"
        assert lease.release(cluster.client, "r2")


def test_a_run_that_was_killed_here_need_not_be_waited_for(cluster, hold):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as playbook:
        assert hold("r1", process=process.identity(playbook.pid))["action"] == "create"
        assert hold("r2").failed, "it lives"
        playbook.kill()
    taken = hold("r2")
    assert (taken["action"], taken["taken_from"]) == ("take", "r1")
    # Of one on another machine nothing is known.
    assert hold("r3").failed


def test_no_right_to_it_is_reported(cluster, hold):
    refused = hold("r1", user="nobody")
    assert refused["reason"] == "CRI-API-FORBIDDEN" and refused["details"]["resource"] == "leases"
