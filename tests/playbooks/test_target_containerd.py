"""The role target_containerd alone, and with it what all targets share: packages, staging, and the target's check."""

import pytest
from playbooks.alone import DUMPS, Alone, node, read

CONFIG = {"path": "/etc/containerd/config.toml", "staged": "/staged/etc/containerd/config.toml", "sha256": "aa"}
FRESH = {
    "containerd": {"installed": False, "version": None},
    "crictl": {"installed": False, "path": None, "version": None},
}


def printed(text=None):
    """What the stub of stage_files says of containerd's check; None: containerd is not there."""
    run = {"rc": 0, "stdout": text} if text is not None else {"rc": None, "stdout": "", "skipped": "no containerd yet"}
    validations = [{"cmd": ["containerd"], "stderr": "", **run}]
    return {"stage_files": {"changed": True, "files": [CONFIG], "validations": validations}}


@pytest.fixture
def role(play, tmp_path):
    return Alone("target_containerd", play, tmp_path)


@pytest.fixture
def dump():
    """Of containerd 1.6.20, as the lab's node has it, with kubelet's pause image."""
    image = node()["kubelet"]["pause_image"]
    text = (DUMPS / "containerd_dumps" / "1.6.20.toml").read_text(encoding="utf-8")
    return text.replace("registry.k8s.io/pause:3.6", image)


def fresh(**changes):
    facts = node(**changes)
    facts.update(FRESH)
    facts["packages"] = {**facts["packages"], "candidates": {"containerd": "1.6.20~ds1", "cri-tools": "1.36.0"}}
    return facts


def test_the_example_stages_what_the_installed_containerd_understands(role, dump):
    found = role.example({**read(node()), **printed(dump.replace("/var/lib/containerd", "/data/containerd"))})
    assert found.code == 0, found.output
    assert found.executions == ["node_runtime_info", "stage_files"]
    assert found.args["node_runtime_info"] == {"target": "containerd", "handlers": []}
    paths = [item["path"] for item in found.args["stage_files"]["files"]]
    assert "/etc/containerd/config.toml" in paths and "/etc/crictl.yaml" in paths
    assert 'root = "/data/containerd"' in found.args["stage_files"]["files"][0]["content"]
    assert "containerd 1.6.20: /etc/containerd/config.toml" in found.output


def test_what_containerd_reads_differently_is_refused(role, dump):
    found = role({**read(node()), **printed(dump)}, "-e", "switchover_containerd_snapshotter=native")
    assert found.code == 2 and "CRI-CONTAINERD-CONFIG: containerd 1.6.20 reads the staged" in found.output
    assert "wanted 'native'. Nothing is live" in found.output


def test_a_dry_run_on_a_fresh_node_says_what_it_would_do_and_what_it_cannot_check(role):
    found = role({**read(fresh()), **printed()}, "--check")
    assert found.code == 0, found.output
    assert found.executions == ["node_runtime_info", "stage_files"] and found.checked["stage_files"]
    assert "Would install the packages containerd, cri-tools." in found.output
    assert "Not checked yet: the staged files, because containerd is not on the node." in found.output


def test_a_dry_run_on_a_prepared_node_has_nothing_to_say(role, dump):
    found = role({**read(node()), **printed(dump)}, "--check")
    assert found.code == 0 and "Not checked" not in found.output and "Would install" not in found.output, found.output


def test_given_facts_save_an_execution(role, dump):
    found = role(printed(dump), target_containerd_info=node())
    assert found.code == 0 and found.executions == ["stage_files"], found.output
    assert CONFIG["path"] in found.output.partition("RESULT")[2]


def test_packages_that_containerd_needs_are_no_reason_to_read_the_node_again(role, dump):
    """Of a package manager that the role does not know, so that no test installs anything."""
    facts = node(crictl__installed=False, packages__manager="zypper")
    found = role({**read(facts), **printed(dump)})
    assert found.code == 0 and found.executions == ["node_runtime_info", "stage_files"], found.output
    assert "TASK [cri.switchover.target_runtime : Install the packages with dnf]" in found.output


@pytest.mark.parametrize(
    "facts, variables, words",
    [
        (node(kubelet__cgroup_driver=None), {}, "CRI-CONTAINERD-PLAN: kubelet's cgroup driver is not known"),
        (node(), {"target_containerd_handlers": [{"name": "x", "runtime": "kata"}]}, "CRI-CONTAINERD-PLAN: switchover"),
    ],
)
def test_what_cannot_be_planned_is_an_error_and_nothing_is_staged(role, facts, variables, words):
    found = role(read(facts), **variables)
    assert found.code == 2 and words in found.output and "stage_files" not in found.executions
    assert "Traceback" not in found.output


def test_what_the_validation_refuses_fails_the_role(role):
    refused = {"failed": True, "reason": "CRI-STAGE-INVALID", "msg": "CRI-STAGE-INVALID: containerd refuses the files"}
    found = role({**read(node()), "stage_files": refused})
    assert found.code == 2 and "CRI-STAGE-INVALID: containerd refuses the files" in found.output


def test_a_wrong_option_is_refused_before_the_node_is_read(role):
    found = role({}, target_containerd_imports={"a": 1})
    assert found.code == 2 and found.executions == [] and "target_containerd_imports" in found.output


def test_the_shared_role_needs_the_name_of_its_target(play, tmp_path):
    shared = Alone("target_runtime", play, tmp_path)
    assert "missing required arguments: target_runtime_name" in shared({}).output
    found = shared.example({**read(node()), "stage_files": {"changed": False, "files": [], "validations": []}})
    assert found.code == 0 and found.executions == ["node_runtime_info", "stage_files"], found.output
