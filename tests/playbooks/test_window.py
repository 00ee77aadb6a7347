"""A node's window with the real action and the real module cri_health, faked at the connection, crictl and the API.

What goes wrong while cri_health runs must end with the node confirmed, reverted, or in a failure that a rescue can see.
"""

import json
import sys
from pathlib import Path

import pytest
from performance.bench.controller import KUBECONFIG
from performance.bench.simulated_api import SimulatedCluster, serve
from playbooks.crictl import PAUSE, Crictl, info

HERE = Path(__file__).resolve().parent
INVENTORY = "node000 ansible_connection=window_node ansible_python_interpreter=%s\n"
SECRET = "token-of-the-api"


@pytest.fixture
def window(play, tmp_path, monkeypatch):
    """window(what goes wrong with the node, options of the verification, crictl's info) -> Result"""
    (tmp_path / "phase").mkdir()
    (tmp_path / "phase" / "node000").touch()
    simulated = SimulatedCluster(["node000"], 0, tmp_path)
    simulated.nodes["node000"]["spec"]["unschedulable"] = True
    server = serve(simulated)
    cluster = {"name": "simulated", "cluster": {"server": "http://127.0.0.1:%d" % server.server_address[1]}}
    (tmp_path / "kubeconfig").write_text(json.dumps({**KUBECONFIG, "clusters": [cluster]}), encoding="utf-8")
    monkeypatch.setenv("ANSIBLE_CONNECTION_PLUGINS", str(HERE / "connection_plugins"))
    monkeypatch.setenv("ANSIBLE_REMOTE_TMP", str(tmp_path / "remote"))
    made = Node(play, tmp_path, Crictl(tmp_path))
    yield made.switch
    server.shutdown()


class Result(dict):
    """What the task registered; ``node``: how the node ended; ``commands``: what was sent to it."""

    def __init__(self, answer, output, node, commands):
        super().__init__(answer)
        self.output, self.node, self.commands = output, node, commands

    def modules(self):
        return [cmd for cmd, piped in self.commands if piped or "AnsiballZ_cri_health" in cmd and "timeout" in cmd]


class Node:
    def __init__(self, play, folder, crictl):
        self.play, self.folder, self.crictl = play, folder, crictl

    def switch(self, node=None, said=None, state="confirmed", python=sys.executable, watchdog=180, **verification):
        (self.folder / "node.json").write_text(json.dumps(node or {}), encoding="utf-8")
        self.crictl.says(info=said or info())
        wanted = {
            "kubeconfig": str(self.folder / "kubeconfig"),
            "node_name": "node000",
            "timeout": 30,
            "handlers": [{"name": "runc"}],
            "pause_image": PAUSE,
            **verification,
        }
        kept = self.folder / "result.json"
        cutover = {"state": state, "run_id": "r1", "owner": "ci", "watchdog": watchdog, "verification": wanted}
        switch = {"cri.switchover.cutover": cutover, "register": "answer", "failed_when": False}
        keep = {"ansible.builtin.copy": {"content": "{{ answer | to_json }}", "dest": str(kept)}}
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        tasks = [
            dict(switch, environment={"K8S_AUTH_API_KEY": SECRET}),
            dict(keep, delegate_to="localhost", vars=local),
        ]
        (self.folder / "play.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        kept.unlink(missing_ok=True)
        code, output, _asked = self.play(str(self.folder / "play.yml"), INVENTORY % python, [], {})
        assert code == 0 and kept.exists(), output
        commands = [json.loads(line) for line in (self.folder / "commands").read_text(encoding="utf-8").splitlines()]
        ended = json.loads((self.folder / "node.json").read_text(encoding="utf-8"))
        answer = json.loads(kept.read_text(encoding="utf-8"))
        assert "phase" in answer, (answer, output)
        return Result(answer, output, ended, commands)


@pytest.mark.parametrize("pipelining", ["0", "1"])
def test_it_is_the_one_module_of_a_window(window, monkeypatch, pipelining):
    monkeypatch.setenv("ANSIBLE_PIPELINING", pipelining)
    result = window(gates=[{"name": "version", "query": "RuntimeVersion", "source": "crictl_version"}])
    assert (result["phase"], result.node["phase"], result["changed"]) == ("confirmed", "confirmed", True), result
    assert result["executions"] == 1 == len(result.modules()), "the budget of a window"
    assert result["health"]["version"]["version"] == "1.6.20" and result["health"]["unmet"] == []
    assert result["gates"][0]["seen"] == "1.6.20" and not any("crictl" in cmd for cmd, _piped in result.commands)
    assert not any(SECRET in cmd for cmd, _piped in result.commands), "the task's environment stays here"
    assert result["commands"] <= 9


def test_the_engine_is_asked_in_this_order(window):
    result = window()
    asked = [
        what
        for cmd, _piped in result.commands
        for what in ("start", "lock", "timeout", "confirm")
        if " %s " % what in cmd.replace("'", " ")
    ]
    assert asked == ["start", "lock", "timeout", "confirm"]


def test_a_connection_lost_in_it_is_made_again(window):
    result = window({"losses": 1})
    assert result.node["phase"] == "confirmed" and result["executions"] == 2
    assert "no connection, trying again: the network is gone" in result.output


def test_a_module_that_cannot_be_run_reverts_the_node(window):
    result = window({"losses": 9})
    assert (result["reason"], result.node["phase"]) == ("CRI-VERIFY-HEALTH", "reverted") and result["executions"] == 3


def test_a_module_that_hangs_is_ended_and_reverts_the_node(window, tmp_path):
    hangs = tmp_path / "python"
    hangs.write_text('#!/bin/sh\ncase "$*" in *AnsiballZ*) sleep 600;; esac\nexec %s "$@"\n' % sys.executable)
    hangs.chmod(0o755)
    result = window({"limit": 2}, python=str(hangs))
    assert (result["reason"], result.node["phase"]) == ("CRI-VERIFY-HEALTH", "reverted") and "rc 124" in result["msg"]


def test_a_runtime_that_is_silent_reverts_the_node(window):
    result = window({"watchdog_s": 20}, said="connection refused")
    assert (result["reason"], result.node["phase"]) == ("CRI-RUNTIME-SILENT", "reverted")


def test_network_that_is_not_ready_reverts_the_node(window):
    result = window({"watchdog_s": 22}, said=info(network=False))
    assert (result["reason"], result.node["phase"]) == ("CRI-NETWORK-NOTREADY", "reverted")
    assert "NetworkReady is not true: no" in result["msg"] and "verification" not in result


def test_a_lock_that_another_has_changes_nothing_more(window):
    result = window({"locked_by_another": True})
    assert (result["reason"], result.node["phase"]) == ("CRI-CUTOVER-BUSY", "switched") and result.modules() == []


def test_an_optional_handler_that_was_left_out_is_not_missed(window):
    handlers = [{"name": "runc"}, {"name": "gvisor", "optional": True}]
    result = window({"handlers": {"left_out": {"gvisor": "no KVM"}}}, handlers=handlers)
    assert result.node["phase"] == "confirmed"
    again = window({"watchdog_s": 20}, handlers=handlers)
    assert (again["reason"], again.node["phase"]) == ("CRI-HANDLER-MISSING", "reverted")


def test_what_was_revert_blocked_is_checked_before_it_is_confirmed(window):
    result = window({"phase": "revert_blocked"}, state="resumed")
    assert result.node["phase"] == "confirmed" and result["executions"] == 1


def test_only_an_unmet_gate_asks_crictl_over_the_connection(window, tmp_path):
    gates = [
        {"name": "image", "query": "config.image", "expect": "p:1"},
        {"name": "version", "query": "RuntimeVersion", "source": "crictl_version"},
    ]
    later = tmp_path / "later"
    later.write_text(json.dumps(info(image="p:1")), encoding="utf-8")
    # The last answer to the module changes what crictl says from then on.
    script = (tmp_path / "crictl").read_text(encoding="utf-8") + 'if [ "$1" = images ]; then cp %s %s; fi\n'
    (tmp_path / "crictl").write_text(script % (later, tmp_path / "crictl.info"), encoding="utf-8")
    result = window(gates=gates)
    assert result.node["phase"] == "confirmed" and [gate["seen"] for gate in result["gates"]] == ["p:1", "1.6.20"]
    asked = (tmp_path / "crictl.asked").read_text(encoding="utf-8").split()
    assert asked == ["info", "version", "images", "info"], "the module's three, and the gate's one"
