"""What tests wait for after they have restarted something on a node, and that they all wait by the same means."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lab import waiting
from lab.cluster import Cluster
from lab.profiles import load
from lab.say import LabError

TOP = Path(__file__).resolve().parents[3]


def node(heartbeat="T1", ready="True", runtime="containerd://1.6.20", name="node1"):
    condition = {"type": "Ready", "status": ready, "lastHeartbeatTime": heartbeat, "message": "reported by kubelet"}
    status = {"conditions": [{"type": "MemoryPressure", "status": "False"}, condition]}
    if runtime:
        status["nodeInfo"] = {"containerRuntimeVersion": runtime}
    return {"metadata": {"name": name}, "status": status}


class Clock:
    """Time passes only where somebody waits."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(waiting.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(waiting.time, "sleep", self.sleep)

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.mark.parametrize(
    "seen, since, words",
    [
        (node(), None, []),
        (node("T2"), "T1", []),
        (node(), "T1", ["no status since T1"]),
        (node(ready="Unknown"), None, ["not Ready (reported by kubelet)"]),
        (node(runtime="containerd://Unknown"), None, ["could not ask its runtime (containerd://Unknown)"]),
        (node("T2", runtime="docker://Unknown"), "T1", ["could not ask its runtime (docker://Unknown)"]),
        (node(runtime=None), None, ["none is reported"]),
        ({"status": {}}, None, ["kubelet has not reported", "none is reported"]),
    ],
)
def test_what_a_node_lacks_before_it_can_be_relied_on(seen, since, words):
    found = waiting.unreported(seen, since)
    assert len(found) == len(words) and all(word in text for word, text in zip(words, found, strict=True)), found


def test_a_report_of_before_and_one_of_a_runtime_that_did_not_answer_are_not_enough(clock):
    """As kubelet reports round a restart: the old status, Unknown, NotReady, and then what counts."""
    reports = [
        node("T1"),
        node("T1"),
        node("T2", runtime="containerd://Unknown"),
        LabError("no answer from the API"),
        node("T3", ready="False"),
        node("T4"),
        node("T5"),
    ]

    def read():
        seen = reports.pop(0)
        if isinstance(seen, LabError):
            raise seen
        return seen

    waiting.until_reported(read)
    assert [waiting.heartbeat(left) for left in reports] == ["T5"]


def test_a_node_that_does_not_report_any_more_ends_at_the_deadline(clock):
    with pytest.raises(AssertionError, match="node cannot be relied on, after 30 s: no status since T1"):
        waiting.until_reported(node, patience=30)
    assert clock.now <= 32


def test_a_runtime_is_asked_until_it_answers(clock):
    """Seen with containerd 1.6.20, once systemctl had returned: "server is not initialized yet"."""
    asked = []

    def call(command):
        asked.append(command)
        return command.startswith("systemctl") or len(asked) > 4

    reports = [node("T1"), node("T1", runtime="containerd://Unknown"), node("T2")]
    waiting.restart_runtime(call, "containerd", lambda: reports.pop(0))
    assert asked[0] == "systemctl restart containerd" and len(asked) == 5 and not reports
    assert all("unix:///run/containerd/containerd.sock" in command for command in asked[1:])


def test_a_runtime_that_never_answers_ends_at_the_deadline(clock):
    with pytest.raises(AssertionError, match="crio does not answer crictl, after 120 s"):
        waiting.until_runtime_answers(lambda command: False, "crio")
    assert waiting.ANSWER <= clock.now <= waiting.ANSWER + 2


@pytest.mark.parametrize(
    "seen, missing",
    [
        (node("2026-11-30T12:00:00Z"), []),
        (node("2026-11-30T11:00:00Z"), ["node1 (no heartbeat since the start)"]),
        (node(runtime="docker://Unknown"), ["node1 (kubelet could not ask its runtime (docker://Unknown))"]),
        (node(ready="False"), ["node1 (not Ready (reported by kubelet))"]),
        (node(name="other"), ["node1 (unknown to the API)"]),
    ],
)
def test_the_lab_waits_for_the_same(monkeypatch, seen, missing):
    lease = {"metadata": {"name": "node1"}, "spec": {"renewTime": "2026-11-30T12:00:00.000000Z"}}
    monkeypatch.setattr(Cluster, "get", lambda self, kind, *rest: [seen] if kind == "nodes" else [lease])
    monkeypatch.setattr(Cluster, "numbers", range(1, 2))
    cluster = Cluster(load("default"), "", *[Path()] * 4, accel=())
    assert cluster._not_ready(1796039000.0) == missing


# ---- nobody restarts and asks without it -----------------------------------------------------------------------------

RESTART = re.compile(
    r"""systemctl\W+(?:\w+\W+)?(?:re)?start\b|systemctl.+--now|cluster\.(?:reboot|power_cut)\b|\.power_cut\("""
)
# What restarts a runtime, kubelet or the machine, and how it waits.
WAITS = {
    "tests/lab/waiting.py": "this is the waiting",
    "tests/lab/cluster.py": "reboot() and power_cut() are for those below",
    "tests/lab/cli.py": "./lab reboot and power-cut; ./lab wait is for what comes next",
    "tests/lab/provision.py": "before kubelet's first start; build() waits for the nodes' first report",
    "tests/scenarios/scenario.py": "reboot(), which waits",
    "tests/scenarios/test_boot_fails.py": "a power cut; assert_on_docker() waits for kubelet's report",
    "tests/faults/drive.py": "check() waits for kubelet's report, and asks the runtime until it answers",
    "tests/faults/environ/revert.py": "asks the runtime until it answers",
    "tests/faults/node/by_hand.py": "an operator's last commands; check() comes after them",
    "tests/performance/manual/switch.sh": "runtime_ready, and then manual.py's alive()",
}


def test_who_restarts_something_on_a_node_is_known_to_wait():
    found = set()
    for folder in ("molecule", "tests"):
        for path in (TOP / folder).rglob("*"):
            name = str(path.relative_to(TOP))
            if path.suffix in (".py", ".sh", ".yml") and not name.startswith(("tests/unit", "tests/output")):
                if RESTART.search(path.read_text(encoding="utf-8")):
                    found.add(name)
    assert found == set(WAITS), "restarts something on a node: by lab.waiting, please, or say here how it waits"
