"""The role drain_node alone: its README's example with the real module and a simulated API, its options by a stub."""

import json

import pytest
from performance.bench.controller import KUBECONFIG
from performance.bench.simulated_api import DAEMONS, SimulatedCluster, serve
from playbooks.readme import example

CORDON = "cri.switchover/cordon"
# Nothing answers there: what would be executed on a node would fail.
NODES = "[kube_node]\nw1\nw2\n[kube_node:vars]\nansible_connection=ssh\nansible_host=192.0.2.1\nansible_ssh_timeout=1\n"
ONE = "w1 ansible_connection=local\n"
ROLE = {"name": "cri.switchover.drain_node"}
DRAIN = {"name": "Drain", "ansible.builtin.include_role": ROLE}
RETURN = {"name": "Return", "ansible.builtin.include_role": {**ROLE, "tasks_from": "return_to_service"}}
PODS = 4  # of each node that are evicted


@pytest.fixture
def api(tmp_path):
    """(the simulated cluster, options that make it the cluster of a run)"""
    simulated = SimulatedCluster(["w1", "w2"], DAEMONS + PODS, tmp_path)
    server = serve(simulated)
    cluster = {"name": "simulated", "cluster": {"server": f"http://127.0.0.1:{server.server_address[1]}"}}
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps({**KUBECONFIG, "clusters": [cluster]}), encoding="utf-8")
    yield simulated, ("-e", f"switchover_kubeconfig={path}")
    server.shutdown()
    server.server_close()


@pytest.fixture
def role(play, tmp_path):
    """role(tasks, answers, *options) -> as play(), with a stub of the module node_drain, and w1 as the only host"""

    def run(tasks, answers, *options, **variables):
        path = tmp_path / "play.yml"
        book = {"name": "Play", "hosts": "all", "gather_facts": False, "tasks": tasks, "vars": variables}
        path.write_text(json.dumps([book]), encoding="utf-8")
        return play(str(path), ONE, ["node_drain"], answers, *options)

    return run


def run_example(play, tmp_path, *options):
    path = tmp_path / "example.yml"
    path.write_text(example("drain_node"), encoding="utf-8")
    return play(str(path), NODES, [], {}, *options)


def annotations(simulated, name):
    return simulated.nodes[name]["metadata"]["annotations"]


def is_cordoned(simulated, name):
    return bool(simulated.nodes[name]["spec"].get("unschedulable"))


def test_the_example_drains_each_node_and_returns_it_to_service(play, api, tmp_path):
    simulated, options = api
    # Only one of them was in service.
    simulated.nodes["w2"]["spec"]["unschedulable"] = True
    code, output, _asked = run_example(play, tmp_path, *options)
    assert code == 0, output
    # All pods of w1 go to w1 again, because w2 takes none.
    assert f"{PODS} pods have left the node." in output
    assert simulated.asked["POST pods/eviction"] == 2 * PODS
    assert (is_cordoned(simulated, "w1"), is_cordoned(simulated, "w2")) == (False, True)
    assert CORDON not in annotations(simulated, "w1") and CORDON not in annotations(simulated, "w2")


def test_a_dry_run_names_the_pods_and_changes_nothing(play, api, tmp_path):
    simulated, options = api
    code, output, _asked = run_example(play, tmp_path, *options, "--check")
    assert code == 0, output
    for name in ("w1", "w2"):
        assert f"{name} would be drained of {PODS} pods: shop/web-" in output and not is_cordoned(simulated, name)
    assert not [what for what in simulated.asked if "eviction" in what or what.startswith("PATCH")]


def test_annotations_are_set_with_the_uncordon(play, api, tmp_path):
    simulated, options = api
    path = tmp_path / "play.yml"
    given = {"drain_node_name": "w1", "drain_node_annotations": {"socket": "new", "old": None}}
    book = {"name": "Play", "hosts": "w1", "gather_facts": False, "tasks": [DRAIN, RETURN], "vars": given}
    path.write_text(json.dumps([book]), encoding="utf-8")
    annotations(simulated, "w1")["old"] = "x"
    code, output, _asked = play(str(path), NODES, [], {}, *options)
    assert code == 0, output
    assert annotations(simulated, "w1").get("socket") == "new" and "old" not in annotations(simulated, "w1")


def test_settings_and_options_reach_the_module(role):
    settings = {"switchover_drain_timeout": "60", "switchover_drain_grace": 0, "switchover_drain_force": "true"}
    own = {"drain_node_name": "w1", "drain_node_timeout": 70, "drain_node_selector": "app=web"}
    code, output, asked = role([DRAIN, RETURN], {}, **settings, **own)
    assert code == 0, output
    (_host, _module, drained), (_host, _module, returned) = asked
    # ansible-core 2.16 makes a text of what a condition in a template gives.
    drained["grace"] = int(drained["grace"])
    assert drained == {
        "name": "w1",
        "state": "drained",
        "run_id": "drain_node",
        "timeout": 70,
        "grace": 0,
        "force": True,
        "selector": "app=web",
        "delete_emptydir": False,
        "skip_namespaces": [],
        "disable_eviction": False,
        "wait_volumes": True,
    }
    assert returned == {"name": "w1", "state": "uncordoned", "run_id": "drain_node", "annotations": {}}


@pytest.mark.parametrize(
    "task, given, message",
    [
        (DRAIN, {}, "missing required arguments: drain_node_name"),
        (RETURN, {}, "missing required arguments: drain_node_name"),
        (DRAIN, {"drain_node_name": "w1", "drain_node_timeout": "soon"}, "drain_node_timeout"),
        (RETURN, {"drain_node_name": "w1", "drain_node_annotations": ["x"]}, "drain_node_annotations"),
        (DRAIN, {"drain_node_name": "w1", "switchover_drain_timeout": "soon"}, "CRI-SETTINGS-VALUE"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_done(role, task, given, message):
    code, output, asked = role([task], {}, **given)
    assert code != 0 and asked == [] and message in " ".join(output.split()), output


def test_a_drain_that_fails_leaves_its_reason(role):
    failed = {"failed": True, "reason": "CRI-DRAIN-PDB", "msg": "CRI-DRAIN-PDB: node w1: x"}
    shown = {"name": "Show", "ansible.builtin.debug": {"msg": "REASON {{ drain_node_result.reason }}"}}
    tasks = [{"name": "Try", "block": [DRAIN], "rescue": [shown]}]
    code, output, asked = role(tasks, {"node_drain drained": failed}, drain_node_name="w1")
    assert code == 0 and "REASON CRI-DRAIN-PDB" in output and len(asked) == 1


class Hooks:
    """Files of tasks of an operator's own, which write down that they were called."""

    def __init__(self, folder):
        self._folder, self._called = folder, folder / "called"

    def __call__(self, fails=""):
        """The variables that name them. ``fails``: which of them fails once it was called."""
        self._called.write_text("", encoding="utf-8")
        variables = {"drain_node_name": "w1"}
        for name in ("before_drain", "after_uncordon"):
            path = self._folder / f"{name}.yml"
            line = f"echo {name} {{{{ drain_node_name }}}} >> {self._called}"
            write = {"name": "Write", "ansible.builtin.raw": line, "delegate_to": "localhost"}
            fail = {"name": "Fail", "ansible.builtin.fail": {"msg": "x"}}
            path.write_text(json.dumps([write, fail] if name == fails else [write]), encoding="utf-8")
            variables[f"drain_node_{name}_tasks"] = str(path)
        return variables

    def called(self):
        return self._called.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def hooks(tmp_path):
    return Hooks(tmp_path)


def states(asked):
    return [args["state"] for _host, _module, args in asked]


def again(task):
    """The task, and once more where it fails."""
    return {"name": "Try", "block": [task], "rescue": [task]}


def test_the_operators_tasks_stand_round_the_drain_each_time(role, hooks):
    code, output, asked = role([DRAIN, RETURN, DRAIN, RETURN], {}, **hooks())
    assert code == 0, output
    assert hooks.called() == ["before_drain w1", "after_uncordon w1"] * 2
    assert states(asked) == ["drained", "uncordoned"] * 2


def test_without_a_drain_the_tasks_are_called_once_too(role, hooks):
    code, output, asked = role([RETURN, RETURN], {}, **hooks())
    assert code == 0 and hooks.called() == ["after_uncordon w1"] and states(asked) == ["uncordoned"] * 2, output


def test_tasks_that_fail_before_the_drain_keep_the_node_in_service(role, hooks):
    code, _output, asked = role([DRAIN], {}, **hooks("before_drain"))
    assert code != 0 and asked == [] and hooks.called() == ["before_drain w1"]


def test_tasks_that_fail_after_the_uncordon_are_not_called_again(role, hooks):
    code, output, asked = role([DRAIN, again(RETURN)], {}, **hooks("after_uncordon"))
    assert code == 0, output
    assert hooks.called() == ["before_drain w1", "after_uncordon w1"]
    assert states(asked) == ["drained", "uncordoned", "uncordoned"]


def test_a_node_that_is_not_returned_has_no_tasks_called(role, hooks):
    failed = {"failed": True, "reason": "CRI-API-BUSY", "msg": "CRI-API-BUSY: x"}
    code, output, asked = role([DRAIN, again(RETURN)], {"node_drain uncordoned": failed}, **hooks())
    assert code != 0 and states(asked) == ["drained", "uncordoned", "uncordoned"], output
    assert hooks.called() == ["before_drain w1"]
