"""playbooks/remove_docker.yml by Ansible itself, with local hosts and a module that only records its arguments."""

import json

import pytest

INVENTORY = "[kube_control_plane]\ncp1\ncp2\n[kube_node]\nw1\nw2\nw3\n[all:vars]\nansible_connection=local\n"
HOSTS = ("cp1", "cp2", "w1", "w2", "w3")
STEPS = [{"step": "packages", "items": ["docker.io"]}]
ASKED = {"switchover_remove_docker": True}


def found(steps=STEPS, blockers=()):
    blockers = [{"reason": reason, "message": "x", "details": {}} for reason in blockers]
    return {"changed": False, "steps": steps, "blockers": blockers, "left": [], "report": ["remove: docker.io"]}


@pytest.fixture
def remove(play):
    """remove(variables, {host with module and state: answer}, *options) -> (exit code, output, [(host, arguments)])"""

    def run(variables, answers, *options):
        given = {"docker_removal planned": found(), "docker_removal absent": dict(found(), changed=True)}
        options = ("-e", json.dumps(variables), *options)
        code, output, asked = play("remove_docker", INVENTORY, ["docker_removal"], dict(given, **answers), *options)
        return code, output, [(host, args) for host, _name, args in asked]

    return run


def removed(asked):
    return [host for host, args in asked if args["state"] == "absent"]


def test_without_a_request_nothing_is_removed(remove):
    code, output, asked = remove({}, {})
    assert code == 0 and sorted(host for host, _args in asked) == sorted(HOSTS) and removed(asked) == []
    assert "not requested, so nothing is changed. With switchover_remove_docker: true this would happen:" in output


def test_workers_first_the_control_plane_last(remove):
    code, output, asked = remove(dict(ASKED, switchover_remove_docker_data=True), {})
    assert code == 0, output
    assert removed(asked) == ["w1", "w2", "w3", "cp1", "cp2"]
    assert all(args["data"] is True and args["by_run"].startswith("remove-docker-") for _host, args in asked)


def test_the_first_batch_is_a_node_with_a_request(remove):
    answers = {
        "w1 docker_removal planned": found(steps=[]),
        "w2 docker_removal absent": {"failed": True, "msg": "CRI-REMOVE-DISTURBED: w2: x"},
    }
    code, output, asked = remove(ASKED, answers)
    assert code != 0 and removed(asked) == ["w2"]
    assert "Failed: w2. Not started: cp1, cp2, w3" in output


def test_one_that_is_blocked_keeps_all_from_being_changed(remove):
    answers = {
        "w3 docker_removal planned": found(blockers=["CRI-REMOVE-NEEDED", "CRI-REMOVE-ON-HOLD"]),
        "w2 docker_removal planned": {"failed": True, "msg": "CRI-COMMAND-FAILED: x"},
    }
    code, output, asked = remove(ASKED, answers)
    assert code != 0 and removed(asked) == []
    assert "CRI-REMOVE-BLOCKED: Docker was removed from no node. Not checked: w2." in output
    assert "Blocked, as reported above: w3: CRI-REMOVE-NEEDED, CRI-REMOVE-ON-HOLD." in output


def test_one_that_fails_stops_the_others(remove):
    answers = {"w2 docker_removal absent": {"failed": True, "msg": "CRI-REMOVE-DISTURBED: w2: x"}}
    code, output, asked = remove(ASKED, answers)
    assert code != 0 and removed(asked) == ["w1", "w2"]
    assert "CRI-REMOVE-INCOMPLETE: the removal stops here. Failed: w2. Not started: cp1, cp2, w3." in output


def test_what_is_done_and_what_is_not_changed(remove):
    answers = {host + " docker_removal planned": found(steps=[]) for host in HOSTS}
    code, output, asked = remove(ASKED, answers)
    assert (
        code == 0 and removed(asked) == [] and "nothing to do: nothing of Docker is left that may be removed" in output
    )
    code, _output, asked = remove(dict(ASKED, switchover_only=["w3"]), {}, "--limit", "w2,w3")
    assert code == 0 and [host for host, _args in asked] == ["w3", "w3"]


def test_settings_are_checked(remove):
    code, output, asked = remove({"switchover_remove_dcoker": True}, {})
    assert code != 0 and asked == [] and "did you mean switchover_remove_docker" in output
