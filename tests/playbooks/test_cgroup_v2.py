"""The role cgroup_v2 alone: it reports, requires or plans, in one execution."""

import json

import pytest
from playbooks.alone import Alone, node, read
from unit.plugins.plugin_utils.preflight.checks.test_cgroup_v2 import BOOT


@pytest.fixture
def role(play, tmp_path):
    return Alone("cgroup_v2", play, tmp_path)


def on_v1(**changes):
    facts = node(**{"cgroup__version": 1, "kubelet__cgroup_driver": "cgroupfs", **changes})
    return {**facts, "boot": BOOT}


def result(found):
    return json.loads(json.loads('"%s"' % found.output.partition("RESULT ")[2].partition('"\n}')[0]))


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_the_example_plans_the_boot_and_reports_it(role, options):
    found = role.example(read(on_v1()), *options)
    assert found.code == 0, found.output
    assert found.executions == ["node_runtime_info"]
    assert found.args["node_runtime_info"] == {"target": "containerd", "images": False, "boot": True}
    assert "CRI-PF-CGROUP-REBOOT: the node is on cgroup v1. The switch reboots it into v2 once" in found.output
    assert "v1 now: /boot/grub/custom.cfg, /etc/default/grub.d/zz-cri-switchover.cfg" in found.output


def test_the_result_is_the_node_as_it_will_be(role):
    found = result(role(read(on_v1()), cgroup_v2_mode="enable"))
    assert (found["version"], found["wanted"], found["info"]["cgroup"]["version"]) == (1, 2, 2)
    assert found["info"]["kubelet"]["cgroup_driver"] == "systemd" and found["boot"]["files"]
    now = result(role(read(node()), cgroup_v2_mode="enable"))
    assert (now["version"], now["boot"]) == (2, {})


def test_a_report_never_fails_and_reads_no_boot_loader(role):
    found = role(read(on_v1()))
    assert found.code == 0 and found.args["node_runtime_info"]["boot"] is False, found.output
    assert result(found)["wanted"] == 1 and "CRI-PF-CGROUP-V1: the node is on cgroup v1" in found.output


def test_what_is_required_is_refused(role):
    found = role(read(on_v1()), "-e", "switchover_cgroup_v2=require")
    assert found.code == 2 and "CRI-PF-CGROUP-V1: w1: the node is on cgroup v1. To fix it: set" in found.output
    found = role(read({**on_v1(), "boot": {}}), cgroup_v2_mode="enable")
    assert found.code == 2 and "CRI-PF-CGROUP-BOOT: w1: cgroup v2 cannot be tried for one boot" in found.output


def test_given_facts_need_no_execution(role):
    found = role({}, cgroup_v2_info=on_v1(), cgroup_v2_mode="enable", cgroup_v2_target="crio")
    assert found.code == 0 and found.executions == [], found.output
    assert "CRI-PF-CGROUP-REBOOT" not in found.output.partition("RESULT")[0], "only who called it alone reads it"
    assert "another runtime" not in json.dumps(result(found)["features"])


def test_a_wrong_option_is_refused_before_the_node_is_read(role):
    found = role({}, cgroup_v2_mode="disable")
    assert found.code == 2 and found.executions == [] and "disable" in found.output
