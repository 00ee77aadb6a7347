"""From arming a node's watchdog to disarming it is one task of that node: no other node is waited for in between.

The linear strategy waits after each task for all of a batch. Were the two in different tasks, the slowest of a batch
would hold up the confirmation of the others, and with a batch larger than forks whole waves of nodes would wait armed.
"""

import json

from playbooks.fleet.fleet import CONTROL_PLANE, VERIFICATION, WINDOW, WORKERS

TARGET = {
    "socket": "unix:///run/containerd/containerd.sock",
    "version_prefix": "containerd://",
    "handlers": [{"name": "runc"}],
    "pause_image": "pause:1",
}
# A rollout without a plan and without batches.
UNPLANNED = [
    {
        "name": "All workers at once",
        "hosts": "kube_node",
        "gather_facts": False,
        "vars": {"target_runtime_result": TARGET},
        "tasks": [
            {
                "name": "Switch the node",
                "ansible.builtin.include_role": {"name": "cri.switchover.switch_node"},
                "vars": {
                    "switch_node_info": {
                        "node_name": "{{ inventory_hostname }}",
                        "cgroup": {"features": {"user namespaces": "kernel 6.3"}},
                    },
                    "switch_node_run": {"run_id": "this", "owner": "ann"},
                },
            }
        ],
    }
]


def cutover(seconds):
    return {
        "changed": True,
        "phase": "confirmed",
        "verification": VERIFICATION,
        "times": {"kubelet_down_s": 9},
        "seconds": seconds,
    }


def at_once(calls):
    """How many of these calls ran at the same time, at most."""
    moments = sorted([(call.began, 1) for call in calls] + [(call.ended, -1) for call in calls])
    return max(sum(change for _, change in moments[:number]) for number in range(1, len(moments) + 1))


def test_the_slowest_of_a_batch_holds_up_nobody_who_is_armed(fleet):
    run = fleet.run("switch_runtime", {"w1 cutover confirmed": cutover(6)}, batches=[10], only=WORKERS)
    assert run.code == 0 and run.windows() == {host: WINDOW for host in WORKERS}
    armed = {call.host: call for call in run.armed()}
    assert len(run.armed()) == len(WORKERS), "one call for each node, from arming to disarming"
    others = [armed[host] for host in WORKERS if host != "w1"]
    assert all(call.ended < armed["w1"].ended - 1 for call in others)
    assert all(call.ended - call.began < 3 for call in others)


def test_a_batch_larger_than_forks_is_refused(fleet):
    run = fleet.run("switch_runtime", {}, forks=5, batches=[10])
    assert run.code == 2 and "CRI-ROLLOUT: switchover_batches gives a batch of 8 nodes" in run.output
    assert run.windows() == {} and not any(run.staging(host) for host in WORKERS + CONTROL_PLANE)


def test_were_it_not_refused_none_would_wait_armed(fleet, tmp_path):
    (tmp_path / "unplanned.yml").write_text(json.dumps(UNPLANNED), encoding="utf-8")
    run = fleet.run(str(tmp_path / "unplanned.yml"), {"cutover confirmed": cutover(1.5)}, forks=3)
    assert run.code == 0 and run.windows() == {host: WINDOW for host in WORKERS}
    armed = run.armed()
    assert len(armed) == len(WORKERS) and at_once(armed) <= 3
    # The last wave was armed only after the first was disarmed. Until then its nodes wait drained: hence the refusal.
    assert max(call.began for call in armed) - min(call.began for call in armed) > 2
    assert all(call.ended - call.began < 3 for call in armed)
