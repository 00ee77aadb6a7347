# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What units are, and the commands that make them what they were."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine.systemd import (
    is_running,
    needs_reload,
    parse_show,
    unit_commands,
    unit_file_commands,
)
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.samples import fixture

SHOW = """Id=docker.service
LoadState=loaded
ActiveState=active
UnitFileState=enabled

Id=crio.service
LoadState=not-found
ActiveState=inactive
UnitFileState=
"""


def test_systemctl_show_of_several_units():
    units = parse_show(SHOW)
    assert units["docker.service"]["UnitFileState"] == "enabled" and not is_running(units["crio.service"])


def unit(active, enabled="enabled", load="loaded"):
    return {"ActiveState": active, "UnitFileState": enabled, "LoadState": load}


DOCKER, CONTAINERD, CRIO = "docker.service", "containerd.service", "crio.service"


@pytest.mark.parametrize(
    "before, now, restart, files, running",
    [
        ({DOCKER: unit("active")}, {DOCKER: unit("active")}, [], [], []),
        (
            {DOCKER: unit("active")},
            {DOCKER: unit("inactive", "disabled")},
            [],
            [["enable", DOCKER]],
            [["reset-failed", DOCKER], ["start", DOCKER]],
        ),
        (
            {DOCKER: unit("active")},
            {DOCKER: unit("inactive", "masked")},
            [],
            [["unmask", DOCKER], ["enable", DOCKER]],
            [["reset-failed", DOCKER], ["start", DOCKER]],
        ),
        (
            {CONTAINERD: unit("active", "disabled")},
            {CONTAINERD: unit("active")},
            [CONTAINERD],
            [["disable", CONTAINERD]],
            [["restart", CONTAINERD]],
        ),
        (
            {CRIO: unit("inactive", "masked")},
            {CRIO: unit("active", "enabled")},
            [CRIO],
            [["mask", CRIO]],
            [["stop", CRIO]],
        ),
        ({CRIO: unit("inactive", "", "not-found")}, {CRIO: unit("active")}, [], [], []),
        (
            {DOCKER: unit("active"), "docker.socket": unit("active")},
            {DOCKER: unit("active", "disabled"), "docker.socket": unit("active", "disabled")},
            [],
            [["enable", DOCKER, "docker.socket"]],
            [],
        ),
    ],
)
def test_units_become_what_they_were(before, now, restart, files, running):
    assert unit_file_commands(before, now) == files
    assert unit_commands(before, now, restart) == running


def test_a_runtime_starts_before_the_docker_that_uses_it():
    before = {"docker.service": unit("active"), "containerd.service": unit("active")}
    now = {"docker.service": unit("failed"), "containerd.service": unit("failed")}
    starts = [call for call in unit_commands(before, now) if call[0] == "start"]
    assert starts == [["start", "containerd.service"], ["start", "docker.service"]]


@pytest.mark.parametrize("shim", ["cri-docker", "cri-dockerd"])
def test_docker_starts_before_cri_dockerd_which_asks_it(shim):
    names = ("containerd.service", "docker.service", "docker.socket", shim + ".service", shim + ".socket")
    calls = unit_commands(dict.fromkeys(names, unit("active")), dict.fromkeys(names, unit("inactive")))
    assert [call[1] for call in calls if call[0] == "start"] == list(names)


def test_after_a_boot_the_revert_waits_for_docker(tmp_path):
    """It is about to start there: so is what would ask it."""
    before = {"docker.service": {"ActiveState": "active"}, "docker.socket": {"ActiveState": "active"}}
    now = {"docker.service": {"ActiveState": "activating"}, "docker.socket": {"ActiveState": "active"}}
    assert unit_commands(before, now) == [["reset-failed", "docker.service"], ["start", "docker.service"]]


@pytest.mark.parametrize(
    "paths, wanted",
    [
        (["/etc/systemd/system/kubelet.service.d/a.conf"], True),
        (["/usr/lib/systemd/system/x.service"], True),
        (["/etc/default/kubelet", "/var/lib/kubelet/config.yaml"], False),
        ([], False),
    ],
)
def test_daemon_reload(paths, wanted):
    assert needs_reload(paths) is wanted


def test_systemctl_show_of_systemd_252():
    units = parse_show(fixture("systemctl-show-252.txt"))
    assert [name for name in units if is_running(units[name])] == [
        "kubelet.service",
        "docker.service",
        "docker.socket",
        "containerd.service",
    ]
    assert units["crio.service"]["LoadState"] == "not-found"
