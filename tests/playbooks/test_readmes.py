"""The examples in the READMEs of preflight, switch_node and remove_docker. The other roles have files of their own."""

import re
from pathlib import Path

import pytest
from playbooks.fleet.fleet import HOSTS, STAGE, SWITCH_REVERTED, WINDOW, WORKERS, Fleet
from playbooks.readme import ROLES, example
from playbooks.test_remove_docker import found

ON_NODES = {"node_runtime_info", "stage_files", "image_transfer", "kubelet_files", "cutover"}


@pytest.fixture
def run(play, tmp_path):
    """run(role, faults, *options) -> (the fleet, its run of the role's example)"""

    def run(role, faults, *options):
        path = tmp_path / "example.yml"
        path.write_text(example(role), encoding="utf-8")
        fleet = Fleet(play, tmp_path)
        return fleet, fleet.run(str(path), faults, *options)

    return run


def test_preflight_reads_each_node_once_and_reports_it(run):
    _fleet, done = run("preflight", {})
    assert done.code == 0, done.output
    assert {call.host for call in done.calls if call.what == "node_runtime_info"} == set(HOSTS)
    assert len([call for call in done.calls if call.what.split()[0] in ON_NODES]) == len(HOSTS)
    assert "w1 runs its pods on docker" in done.output


def test_preflight_stops_on_a_blocker(run):
    _fleet, done = run("preflight", {"w1 node_runtime_info": {"failed": True, "msg": "no Python"}})
    assert done.code != 0 and "CRI-PF-NO-FACTS" in done.output and "runs its pods on docker" not in done.output


def test_switch_node_switches_one_after_the_other(run):
    fleet, done = run("switch_node", {})
    assert done.code == 0, done.output
    assert {host: done.staging(host) for host in HOSTS} == dict.fromkeys(HOSTS, STAGE)
    assert done.windows() == dict.fromkeys(HOSTS, WINDOW)
    assert fleet.journals == dict.fromkeys(HOSTS, "finalized")


def test_switch_node_stops_at_the_first_that_failed(run):
    _fleet, done = run("switch_node", {"w2 cutover confirmed": SWITCH_REVERTED})
    assert done.code != 0 and list(done.windows()) == ["w1", "w2"], done.output


def test_switch_node_has_no_window_for_a_node_that_is_not_prepared(run):
    _fleet, done = run("switch_node", {"w1 cutover staged": {"failed": True, "msg": "x"}})
    assert done.code != 0 and done.windows() == {}, done.output


def test_a_dry_run_of_switch_node_changes_nothing(run):
    fleet, done = run("switch_node", {}, "--check")
    assert done.code == 0 and all(call.checked for call in done.calls) and fleet.journals == {}, done.output


@pytest.mark.parametrize("failing, removed", [(None, WORKERS), ("w2", ["w1", "w2"])])
def test_remove_docker_removes_it_from_one_after_the_other(run, failing, removed):
    faults = {"docker_removal absent": dict(found(), changed=True)}
    if failing:
        faults[f"{failing} docker_removal absent"] = {"failed": True, "msg": "CRI-REMOVE-NEEDED: x"}
    _fleet, done = run("remove_docker", faults)
    assert [call.host for call in done.calls] == removed and (done.code == 0) == (failing is None), done.output


def test_every_example_is_run_by_a_test():
    texts = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    named = set(re.findall(r'(?:example|Alone|run)\(\s*"(\w+)"', texts))
    assert {path.parent.name for path in ROLES.glob("*/README.md")} - named == set()
