"""The role target_crio alone: what only a target needs whose packages bring settings of their own."""

import pytest
from playbooks.alone import DUMPS, Alone, node, read
from unit.plugins.plugin_utils.preflight.test_targets import FOR_CRIO

CRIO = FOR_CRIO["crio"]
ABSENT = {"installed": False, "version": None, "enabled": None}
STAGED = {
    "stage_files": {
        "changed": True,
        "files": [{"path": "/etc/crio/crio.conf.d/90-cri-switchover.conf"}],
        "validations": [],
    }
}


@pytest.fixture
def role(play, tmp_path):
    return Alone("target_crio", play, tmp_path)


def fresh(manager="apt"):
    """A node whose package sources offer CRI-O."""
    facts = node(crio=None)
    facts["crio"] = {**ABSENT, "programs": {}, "config": {}, "storage": {}}
    facts["packages"] = {**facts["packages"], "manager": manager, "candidates": {"cri-o": "1.23.5", "skopeo": "1.9"}}
    return facts


def installed(**changes):
    return {"handlers": {}, **node(**{"crio": None, **changes}), "crio": CRIO}


def test_the_example_stages_cri_o(role):
    found = role.example({**read(installed()), **STAGED})
    assert found.code == 0, found.output
    assert found.executions == ["node_runtime_info", "stage_files"]
    assert found.args["node_runtime_info"] == {"target": "crio", "handlers": []}
    contents = {item["path"]: item["content"] for item in found.args["stage_files"]["files"]}
    assert "docker.io" in contents["/etc/containers/registries.conf.d/90-cri-switchover.conf"]
    assert "CRI-O 1.23.5: /etc/crio/crio.conf.d/90-cri-switchover.conf" in found.output


def test_a_node_is_read_again_once_its_packages_are_installed(role):
    """Of a package manager that the role does not know, so that no test installs anything."""
    found = role({**read(installed()), **STAGED}, target_crio_info=fresh("zypper"))
    assert found.code == 0 and found.executions == ["node_runtime_info", "stage_files"], found.output
    assert found.args["node_runtime_info"] == {"target": "crio", "images": False, "handlers": []}
    assert found.args["stage_files"]["validate"], "the plan is that of the installed CRI-O"


def test_a_network_that_the_packages_bring_is_refused(role):
    brought = installed(cni__active="09-crio.conflist")
    found = role({**read(brought), **STAGED}, target_crio_info=fresh("zypper"))
    assert found.code == 2 and found.executions == ["node_runtime_info"]
    assert "CRI-STAGE-NETWORK: 09-crio.conflist in /etc/cni/net.d came with the packages" in found.output


def test_a_dry_run_on_a_fresh_node_says_what_it_would_do_and_what_it_cannot_check(role):
    found = role({**read(fresh()), **STAGED}, "--check")
    assert found.code == 0, found.output
    assert found.executions == ["node_runtime_info", "stage_files"] and found.checked["stage_files"]
    assert "Would install the packages cri-o, skopeo." in found.output
    assert "Not checked yet: the staged files, because CRI-O is not on the node." in found.output


def test_what_cri_o_reads_differently_is_refused(role):
    text = (DUMPS / "crio_configs" / "1.27.1.toml").read_text(encoding="utf-8")
    checked = {**STAGED["stage_files"], "validations": [{"cmd": ["crio"], "rc": 0, "stdout": text, "stderr": ""}]}
    found = role({**read(installed()), "stage_files": checked}, target_crio_root="/data/crio")
    assert found.code == 2 and "CRI-CRIO-CONFIG: CRI-O 1.23.5 reads its files together with the staged" in found.output
