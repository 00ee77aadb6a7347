"""The role verify_node alone and the playbook verify: the real action and module, a simulated API and crictl."""

import json
import sys

import pytest
from performance.bench.controller import KUBECONFIG
from performance.bench.simulated_api import SimulatedCluster, serve
from playbooks.crictl import Crictl, info
from playbooks.fleet.fleet import NODE
from playbooks.journals import earlier_journal
from playbooks.readme import example

NAMES = ["n1", "n2"]
LOCAL = f"[all:vars]\nansible_connection=local\nansible_python_interpreter={sys.executable}\n"
INVENTORY = "[kube_control_plane]\nn1\n[kube_node]\nn2\n" + LOCAL
BOTH = "[kube_node]\nn1\nn2\n" + LOCAL
READ_ONLY = {"GET nodes", "GET pods", "GET leases", "GET csinodes"}


class Cluster:
    """Two nodes with one pod of a DaemonSet each. ``phases``: {node: phase of its journal, or None on Docker}."""

    def __init__(self, play, folder, simulated, crictl):
        self.play, self.folder, self.simulated, self.crictl = play, folder, simulated, crictl
        self.answers = {}

    def has(self, **phases):
        for name, phase in phases.items():
            self.answers[name + " node_runtime_info"] = {"runtime_info": self.facts(name, phase)}
            if phase:
                (self.folder / "phase" / name).touch()

    def facts(self, name, phase, **more):
        found = dict(NODE, node_name=name, crictl={"installed": True, "path": str(self.crictl.path)})
        found["journal"] = earlier_journal(name, phase) if phase else None
        if phase:
            found["runtime"] = dict(NODE["runtime"], in_use="containerd", endpoint="unix:///run/x.sock", shim=None)
        return dict(found, **more)

    def run(self, name, inventory, *options, **settings):
        given = {"switchover_kubeconfig": str(self.folder / "kubeconfig"), "switchover_verify_timeout": 10, **settings}
        code, output, asked = self.play(
            name, inventory, ["node_runtime_info"], self.answers, "-e", json.dumps(given), *options
        )
        return code, output, [module for _host, module, _args in asked]


@pytest.fixture
def cluster(play, tmp_path):
    (tmp_path / "phase").mkdir()
    simulated = SimulatedCluster(NAMES, 1, tmp_path)
    server = serve(simulated)
    api = {"name": "simulated", "cluster": {"server": f"http://127.0.0.1:{server.server_address[1]}"}}
    (tmp_path / "kubeconfig").write_text(json.dumps({**KUBECONFIG, "clusters": [api]}), encoding="utf-8")
    crictl = Crictl(tmp_path)
    crictl.says(images={"images": [{"id": "1", "repoTags": ["docker.io/library/pause:1"]}]})
    yield Cluster(play, tmp_path, simulated, crictl)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("options", [(), ("--check",)], ids=["run", "dry run"])
def test_the_example_reports_each_node_and_changes_nothing(cluster, tmp_path, options):
    cluster.has(n1="finalized", n2=None)
    (tmp_path / "example.yml").write_text(example("verify_node"), encoding="utf-8")
    code, output, asked = cluster.run(str(tmp_path / "example.yml"), BOTH, *options)
    assert code == 0, output
    assert "n1: verified on containerd://1.6.20." in output and "n1 has containerd://1.6.20" in output
    assert "n2: not switched, it is on docker 20.10.24+dfsg1." in output
    assert asked == ["node_runtime_info"] * 2 and cluster.crictl.asked == ["info", "version", "images"]
    assert set(cluster.simulated.asked) <= READ_ONLY


def test_the_playbook_never_stops_at_the_first_bad_node(cluster):
    cluster.has(n1="finalized", n2="finalized")
    facts = cluster.answers["n1 node_runtime_info"]["runtime_info"]
    facts["journal"]["handlers"] = [{"name": "runc"}, {"name": "kata"}]
    code, output, _asked = cluster.run("verify", INVENTORY)
    assert code == 2, "a switched node did not pass"
    assert "n1: NOT VERIFIED: CRI-HANDLER-MISSING: no runtime handler kata." in output
    assert "n2: verified on containerd://1.6.20." in output
    assert "CRI-HANDLER-MISSING: n1 is not verified, as reported above." in output, "as the failure of its host, too"


def test_the_playbook_passes_with_nodes_that_are_not_switched(cluster):
    cluster.has(n1=None, n2="confirmed")
    code, output, _asked = cluster.run("verify", INVENTORY)
    assert code == 0 and "n1: not switched" in output and "n2: verified" in output, output


def test_a_host_that_is_skipped_is_not_read(cluster):
    """Such as a member of the control plane that has no kubelet."""
    cluster.has(n1="finalized", n2="finalized")
    code, output, asked = cluster.run("verify", INVENTORY.replace("n1\n", "n1 switchover_skip=true\n"))
    assert code == 0 and "n2: verified" in output and "n1: " not in output, output
    assert asked == ["node_runtime_info"]


@pytest.mark.parametrize(
    "answer", [{"unreachable": True, "msg": "no route"}, {"failed": True, "msg": "no route"}], ids=["lost", "failed"]
)
def test_a_node_that_cannot_be_read_is_not_verified(cluster, answer):
    cluster.has(n1="finalized", n2="finalized")
    cluster.answers["n2 node_runtime_info"] = answer
    code, output, _asked = cluster.run("verify", INVENTORY)
    assert code == 2 and "n1: verified" in output
    (line,) = [line for line in output.splitlines() if "n2: NOT VERIFIED: CRI-VERIFY-FACTS: the node was not" in line]
    assert "no route" in line


def test_a_switch_that_is_not_at_its_end_is_not_verified(cluster):
    cluster.has(n1="switched", n2="finalized")
    code, output, _asked = cluster.run("verify", INVENTORY)
    assert code == 2 and "n1: NOT VERIFIED: CRI-VERIFY-UNFINISHED: its switch or revert is switched" in output


def test_a_wrong_setting_is_an_error_before_any_node_is_read(cluster):
    cluster.has(n1="finalized", n2="finalized")
    code, output, asked = cluster.run("verify", INVENTORY, switchover_verify_timeout="soon")
    assert code == 2 and "CRI-SETTINGS-VALUE: switchover_verify_timeout" in output and asked == []


def run_role(cluster, tmp_path, *options, **variables):
    """The role for n1 alone, with what node_runtime_info returned at hand."""
    facts = variables.pop("facts", None) or cluster.facts("n1", "finalized")
    (tmp_path / "phase" / "n1").touch()
    role = {"name": "Verify", "ansible.builtin.include_role": {"name": "cri.switchover.verify_node"}}
    shown = {"name": "Show", "ansible.builtin.debug": {"var": "verify_node_result"}}
    book = {"name": "Play", "hosts": "n1", "gather_facts": False, "tasks": [role, shown]}
    given = {"verify_node_info": facts, **variables}
    (tmp_path / "play.yml").write_text(json.dumps([dict(book, vars=given)]), encoding="utf-8")
    return cluster.run(str(tmp_path / "play.yml"), BOTH, *options)


def test_with_facts_at_hand_the_node_is_not_read_again(cluster, tmp_path):
    code, output, asked = run_role(cluster, tmp_path)
    assert code == 0 and asked == [] and cluster.crictl.asked == ["info", "version", "images"], output


def test_a_pod_is_started_only_if_it_is_asked_for(cluster, tmp_path):
    code, output, _asked = run_role(cluster, tmp_path, verify_node_probe=True)
    assert code == 0 and cluster.simulated.asked["POST pods"] == 1 == cluster.simulated.asked["DELETE pods"], output
    code, output, _asked = run_role(cluster, tmp_path, "--check", verify_node_probe=True)
    assert code == 0 and cluster.simulated.asked["POST pods"] == 1, "and never in check mode"


def test_the_operators_gates_are_evaluated_over_what_was_found(cluster, tmp_path):
    gates = [
        {"name": "image", "query": "config.image", "expect": "p:1"},
        {"name": "cpu", "query": "status.allocatable.cpu", "expect": "4", "source": "node"},
    ]
    code, output, _asked = run_role(cluster, tmp_path, verify_node_gates=gates)
    assert code == 2 and "CRI-GATE-UNMET: gate image: seen None, wanted p:1" in output and "gate cpu" not in output
    cluster.crictl.says(info=info(image="p:1"))
    assert run_role(cluster, tmp_path, verify_node_gates=gates)[0] == 0
    code, output, _asked = run_role(cluster, tmp_path, verify_node_gates=[{"name": "x", "query": "a["}])
    assert code == 2 and "CRI-GATE-QUERY" in output


def test_a_node_without_a_journal_is_verified_by_its_runtime_and_the_settings(cluster, tmp_path):
    facts = cluster.facts("n1", "finalized", journal=None)
    code, output, _asked = run_role(cluster, tmp_path, facts=facts, verify_node_handlers=[{"name": "runc"}])
    assert code == 0 and "n1: verified on containerd://1.6.20." in output, output
    wrong = [{"name": "runc"}, {"name": "kata"}]
    assert "CRI-HANDLER-MISSING" in run_role(cluster, tmp_path, facts=facts, verify_node_handlers=wrong)[1]


def test_what_the_api_misses_is_unmet(cluster, tmp_path):
    (tmp_path / "phase" / "n1").touch()
    cluster.simulated.nodes["n1"]["metadata"]["name"] = "n1"
    cluster.simulated.runtime = lambda _name: "docker"
    code, output, _asked = run_role(cluster, tmp_path)
    assert code == 2 and "CRI-VERIFY-RUNTIME: n1 reports docker://20.10.24, wanted containerd://" in output
