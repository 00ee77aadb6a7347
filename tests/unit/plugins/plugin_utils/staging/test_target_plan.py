# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action target_runtime: the plan, the packages, and what the installed target reads differently."""

import os

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.errors import ActionError
from ansible_collections.cri.switchover.plugins.plugin_utils.staging import target_plan as core
from ansible_collections.cri.switchover.plugins.plugin_utils.target import target_of
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes import containerd_facts, crio_facts
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.containerd_facts import CONTAINERD
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.crio_facts import CRIO

DUMP = os.path.join(
    os.path.dirname(__file__), *[os.pardir] * 2, "module_utils", "_runtimes", "containerd_dumps", "1.6.20.toml"
)


def dump(**changed):
    with open(DUMP, encoding="utf-8") as stream:
        text = stream.read()
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    return [{"cmd": ["containerd"], "rc": 0, "stdout": text, "stderr": ""}]


def test_facts_that_allow_no_plan_are_an_error_with_the_targets_token():
    for runtime, facts in ((CONTAINERD, containerd_facts.info()), (CRIO, crio_facts.info())):
        with pytest.raises(ActionError) as caught:
            core.planned(runtime, dict(facts, kubelet={}))
        assert caught.value.reason == runtime.plan_token and "cgroup driver is not known" in str(caught.value)


def test_a_name_that_is_no_target():
    with pytest.raises(ActionError, match="CRI-SETTINGS-VALUE: switchover_target: 'docker' is no runtime"):
        target_of("docker")


def test_of_the_installation_only_what_it_changes_is_taken():
    before = crio_facts.info(crio__installed=False, cni__active="10-flannel.conflist", cni__conf_dir="/etc/cni/net.d")
    after = dict(crio_facts.info("1.35.0"), crictl={"installed": True}, handlers={}, docker={"images": []})
    after["cni"] = {"active": "10-flannel.conflist"}
    found = core.with_installed(CRIO, before, after)
    assert found["crio"]["version"] == "1.35.0" and found["crictl"] == {"installed": True}
    assert found["docker"] == before["docker"] and before["crio"]["installed"] is False
    after["cni"]["active"] = "09-crio.conflist"
    with pytest.raises(ActionError) as caught:
        core.with_installed(CRIO, before, after)
    assert caught.value.reason == "CRI-STAGE-NETWORK"
    assert "09-crio.conflist in /etc/cni/net.d came with the packages" in str(caught.value)


def test_a_file_that_is_read_as_it_was_meant_is_not_refused():
    plan = core.planned(CONTAINERD, containerd_facts.info())
    core.refuse_misread(CONTAINERD, plan, dump())
    with pytest.raises(ActionError) as caught:
        core.refuse_misread(CONTAINERD, plan, dump(**{"SystemdCgroup = true": "SystemdCgroup = false"}))
    assert caught.value.reason == "CRI-CONTAINERD-CONFIG"
    assert "containerd 1.6.20 reads the staged /etc/containerd/config.toml differently" in str(caught.value)
    assert "SystemdCgroup is False, wanted True. Nothing is live. Check the files of" in str(caught.value)


@pytest.mark.parametrize("validations", [[], [{"cmd": ["containerd"], "rc": None, "stdout": "", "skipped": "none"}]])
def test_what_was_not_printed_is_not_compared_but_reported(validations):
    fresh = containerd_facts.info(containerd__installed=False, packages__candidates={"containerd": "1.6.20~ds1"})
    plan = core.planned(CONTAINERD, fresh)
    core.refuse_misread(CONTAINERD, plan, validations)
    assert core.report(plan, validations) == [
        "Would install the packages containerd, cri-tools.",
        "Not checked yet: the staged files, because containerd is not on the node.",
    ]


def test_a_dry_run_on_a_node_with_the_target_has_nothing_to_add():
    plan = core.planned(CONTAINERD, containerd_facts.info(crictl__installed=True))
    assert core.report(plan, dump()) == []
