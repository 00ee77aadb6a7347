"""The role kubelet_runtime alone: it stages and reports, in two executions."""

import pytest
from playbooks.alone import Alone, node, read

STAGED = {
    "kubelet_files": {
        "changed": True,
        "files": [{"path": "/var/lib/kubelet/kubeadm-flags.env", "why": "--network-plugin removed"}],
        "flags_after": {"container-runtime-endpoint": "unix:///run/containerd/containerd.sock"},
    }
}


@pytest.fixture
def role(play, tmp_path):
    return Alone("kubelet_runtime", play, tmp_path)


def test_the_example_stages_and_reports(role):
    found = role.example({**read(node()), **STAGED})
    assert found.code == 0, found.output
    assert found.executions == ["node_runtime_info", "kubelet_files"]
    assert found.args["node_runtime_info"] == {"target": "containerd", "images": False}
    assert found.args["kubelet_files"] == {
        "target": "containerd",
        "unit": "kubelet.service",
        "dependencies": node()["kubelet"]["dependencies"],
        "cgroup_driver": "",
    }, "it never asks for the live files"
    assert '"/var/lib/kubelet/kubeadm-flags.env": "--network-plugin removed"' in found.output
    assert '"msg": "unix:///run/containerd/containerd.sock"' in found.output


def test_a_dry_run_reports_the_same(role):
    found = role.example({**read(node()), **STAGED}, "--check")
    assert found.code == 0 and found.checked == {"node_runtime_info": True, "kubelet_files": True}
    assert '"/var/lib/kubelet/kubeadm-flags.env": "--network-plugin removed"' in found.output


def test_given_facts_save_an_execution(role):
    found = role(STAGED, kubelet_runtime_info=node(kubelet__unit="kubelet-a.service", kubelet__dependencies=None))
    assert found.code == 0 and found.executions == ["kubelet_files"], found.output
    assert found.args["kubelet_files"]["unit"] == "kubelet-a.service"
    assert found.args["kubelet_files"]["dependencies"] == {}
    assert "--network-plugin removed" not in found.output.partition("RESULT")[0], "only who called it alone reads it"
    assert "kubeadm-flags.env" in found.output.partition("RESULT")[2]


def test_options_and_settings_reach_the_module(role):
    given = ("-e", "switchover_target=crio")
    found = role({**read(node()), **STAGED}, *given, kubelet_runtime_cgroup_driver="systemd")
    assert found.code == 0, found.output
    assert (found.args["kubelet_files"]["target"], found.args["kubelet_files"]["cgroup_driver"]) == ("crio", "systemd")
    assert found.args["node_runtime_info"]["target"] == "crio"


def test_a_wrong_option_is_refused_before_the_node_is_read(role):
    found = role({}, kubelet_runtime_cgroup_driver="cgroupfs")
    assert found.code == 2 and found.executions == [] and "cgroupfs" in found.output


def test_what_the_module_refuses_fails_the_role(role):
    refused = {"failed": True, "reason": "CRI-KUBELET-WRAPPER", "msg": "CRI-KUBELET-WRAPPER: a script starts it"}
    found = role({**read(node()), "kubelet_files": refused})
    assert found.code == 2 and "CRI-KUBELET-WRAPPER: a script starts it" in found.output
