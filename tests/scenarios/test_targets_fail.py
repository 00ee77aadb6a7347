"""A target or a handler that does not work: the node is on Docker exactly as staging left it, and in service."""

from __future__ import annotations

import pytest
from arguments import settings
from lab import servers, ssh
from scenario import Scenario

pytestmark = pytest.mark.long

# Fails only with the target's file in place, so that the revert is possible.
CRIO_FAULT = "! test -e /etc/crio/crio.conf.d/90-cri-switchover.conf"
CRIO_SOURCE = "/etc/apt/sources.list.d/crio.list"
# It prints crun's version, and runs runc: only what is seen of the container's state gives it away.
PRETENDER = """\
#!/bin/sh
case "$*" in *--version*) exec /usr/bin/crun "$@" ;; esac
exec /usr/sbin/runc "$@"
"""
NOT_CRUN = "/usr/local/bin/not-crun"
RUNC = {"name": "runc", "runtime": "runc", "default": True}


def stage(lab: Scenario, *arguments: str) -> None:
    """Packages and all: what a window leaves is held against this."""
    run = lab.play("playbooks/stage.yml", *arguments)
    assert run.code == 0, lab.plays[-1].tail()
    lab.remember()


def assert_node1_reverted(lab: Scenario, *arguments: str) -> str:
    """The reason that is given for it."""
    run = lab.play("switch-runtime.yml", *arguments)
    assert run.code != 0
    reason = run.revert_reason("node1")
    assert lab.journal(1)["phase"] == "reverted"
    lab.assert_on_docker(1, unschedulable=False)
    lab.assert_never_touched(2)
    return reason


def test_a_crio_that_does_not_start(lab: Scenario):
    servers.require("repo-crio")
    for number in lab.cluster.numbers:
        line = f"deb [trusted=yes] {servers.URL}/repo-crio ./\n"
        ssh.run(number, f"cat >{CRIO_SOURCE} && apt-get -q update", stdin=line.encode(), timeout=300)
    lab.sabotage(1, "crio", CRIO_FAULT)
    target = settings(switchover_target="crio")
    stage(lab, *target)
    assert assert_node1_reverted(lab, *target).startswith("CRI-")
    assert "start_target" in [step["name"] for step in lab.journal(1)["steps"]], "CRI-O was never started"


@pytest.mark.parametrize("optional", [False, True])
def test_a_handler_behind_which_another_runtime_is(lab: Scenario, optional: bool):
    pretender = {"name": "crun", "runtime": "crun", "optional": optional, "options": {"binary": NOT_CRUN}}
    handlers = settings(switchover_handlers=[RUNC, pretender])
    # Of the first node only; the second has an honest one.
    for number, text in ((1, PRETENDER), (2, '#!/bin/sh\nexec /usr/bin/crun "$@"\n')):
        # A handler whose program is named gets no package.
        ssh.run(number, "DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends crun", timeout=300)
        ssh.run(number, f"cat >{NOT_CRUN} && chmod 755 {NOT_CRUN}", stdin=text.encode())
    stage(lab, *handlers)
    if not optional:
        assert assert_node1_reverted(lab, *handlers) == "CRI-HANDLER-OTHER"
        return
    run = lab.play("switch-runtime.yml", *handlers, "-e", '{"switchover_only": ["node1"]}')
    assert run.code == 0, lab.plays[-1].tail()
    lab.assert_on_target(1)
    recorded = lab.journal(1)["handlers"]
    assert set(recorded["verified"]) == {"runc"} and set(recorded["left_out"]) == {"crun"}, recorded
    assert "made by runc, wanted crun" in recorded["left_out"]["crun"]
