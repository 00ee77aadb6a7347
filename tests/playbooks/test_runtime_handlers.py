"""The role runtime_handlers alone: it reads the node before it says anything, and touches none without handlers."""

import pytest
from playbooks.alone import Alone, node, read

RUNC = {"name": "runc", "runtime": "runc", "default": True}
CRUN = {"name": "crun", "runtime": "crun"}
GVISOR = {"name": "gvisor", "runtime": "runsc", "options": {"source": "package"}}
ALL = {
    "runc": {"path": "/usr/sbin/runc", "version": "1.1.5"},
    "crun": {"path": "/usr/bin/crun", "version": "1.8.1", "features": ["SYSTEMD"]},
}


@pytest.fixture
def role(play, tmp_path):
    return Alone("runtime_handlers", play, tmp_path)


def with_programs(**changes):
    facts = node(packages__candidates={"crun": "1.8.1", "runc": "1.1.5"})
    facts["handlers"] = {"path": "/usr/bin", "programs": {**ALL, **changes}, "kvm": {"exists": False, "usable": False}}
    return facts


def placed(release):
    programs = {"runsc": {"path": "/usr/local/bin/runsc", "version": release}}
    return {"handler_binaries": {"changed": True, "facts": programs}}


def test_the_example_installs_nothing_that_is_there(role):
    found = role.example(read(with_programs()))
    assert found.code == 0, found.output
    assert found.executions == ["node_runtime_info", "runtime_class"]
    assert found.args["node_runtime_info"] == {"target": "containerd", "images": False, "handlers": [RUNC, CRUN]}
    assert found.args["runtime_class"] == {"handlers": [[RUNC, CRUN]]}
    assert '"msg": "runc, crun"' in found.output and "changed=1" in found.output, "only the RuntimeClasses are new"


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_without_handlers_no_node_is_touched_and_no_change_reported(role, options):
    found = role({}, *options)
    assert found.code == 0 and found.executions == [] and "changed=0" in found.output, found.output


def test_a_dry_run_reads_the_node_before_it_reports(role):
    """Once it named all packages for a node that it had not read."""
    found = role(read(with_programs(crun=None)), "--check", runtime_handlers_declared=[RUNC, CRUN])
    assert found.code == 0 and found.executions == ["node_runtime_info"], found.output
    assert "Would install the packages crun." in found.output
    assert "Not checked yet: handler crun, because crun is not on the node." in found.output
    assert "changed=1" in found.output
    found = role(read(with_programs()), "--check", runtime_handlers_declared=[RUNC, CRUN])
    assert found.code == 0 and "changed=0" in found.output and "Would install" not in found.output, found.output


def test_gvisors_programs_are_placed_and_checked(role):
    declared = {"runtime_handlers_declared": [RUNC, GVISOR], "runtime_handlers_directory": "/opt/bin"}
    found = role({**read(with_programs()), **placed("release-20260810.0")}, **declared)
    assert found.code == 0 and found.executions == ["node_runtime_info", "handler_binaries"], found.output
    assert found.args["handler_binaries"] == {"directory": "/opt/bin", "package": "runsc"}
    assert "release-20260810.0" in found.output.partition("RESULT")[2], "the facts have what was installed"
    found = role({**read(with_programs()), **placed("release-20210101.0")}, **declared)
    assert found.code == 2 and "CRI-HANDLERS: handler gvisor: gVisor's release 20210101 does not know" in found.output


def test_given_facts_save_an_execution(role):
    found = role({}, runtime_handlers_info=with_programs(), runtime_handlers_declared=[RUNC, CRUN])
    assert found.code == 0 and found.executions == [], found.output


def test_a_handler_that_cannot_work_is_refused(role):
    own = dict(CRUN, options={"binary": "/opt/none"})
    found = role(read(with_programs(crun=None)), runtime_handlers_declared=[RUNC, own])
    assert found.code == 2 and "CRI-HANDLERS: handler crun: this node has no /opt/none. To fix it:" in found.output


def test_a_declaration_that_is_none_is_refused(role):
    found = role(read(with_programs()), runtime_handlers_declared=[CRUN])
    assert (
        found.code == 2
        and "CRI-SETTINGS-VALUE: switchover_handlers: exactly one handler is the default" in found.output
    )


def test_runtime_classes_need_the_declarations_of_all_hosts(role):
    found = role({}, tasks_from="classes")
    assert found.code == 2 and "missing required arguments: runtime_handlers_declarations" in found.output
    found = role({}, tasks_from="classes", runtime_handlers_declarations=[[RUNC], [RUNC, CRUN]])
    assert found.code == 0 and found.args["runtime_class"] == {"handlers": [[RUNC], [RUNC, CRUN]]}, found.output
