# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from unit.plugins.plugin_utils.preflight.good_node import (
    INFO,
    changed,
    found,
    tokens,
    with_exceptions,
)

BLOCKERS = [
    ("CRI-PF-DAEMON-JSON", {"docker/daemon_json/valid": False}),
]


@pytest.mark.parametrize("token, changes", BLOCKERS)
def test_blockers(token, changes):
    assert tokens(found(changed(INFO, changes))) == [token]


WARNINGS = [
    ("CRI-PF-LOG-OPTIONS", {"docker/daemon_json/keys": {"log-driver": "json-file", "log-opts": {"max-size": "100m"}}}),
]


@pytest.mark.parametrize("token, changes", WARNINGS)
def test_warnings(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "warning") == [token] and tokens(findings) == []


NOTES = [
    ("CRI-PF-RUNTIMES", {"docker/runtimes": ["runc", "nvidia"]}),
]


@pytest.mark.parametrize("token, changes", NOTES)
def test_notes(token, changes):
    findings = found(changed(INFO, changes))
    assert tokens(findings, "note") == [token] and len(findings) == 1


FINE = [
    {"docker/environment": ["HTTP_PROXY", "NO_PROXY"]},
    {
        "docker/daemon_json/keys": {
            "storage-opts": ["dm.thinpooldev=/dev/x"],
            "live-restore": True,
            "bip": "10.1.0.1/16",
        }
    },
    {"docker/exec_start_flags": ["-H", "--log-level=info", "--bip=10.1.0.1/16"]},
    {"docker/data_root": "/var/lib/docker/"},
]


@pytest.mark.parametrize("changes", FINE)
def test_no_false_alarm(changes):
    assert found(changed(INFO, changes)) == []


ALLOWABLE = [
    ("default-runtime", "CRI-PF-DEFAULT-RUNTIME", {"docker/default_runtime": "nvidia"}),
    ("userns-remap", "CRI-PF-USERNS-REMAP", {"docker/userns": True}),
    ("default-ulimits", "CRI-PF-DEFAULT-ULIMITS", {"docker/default_ulimits": {"nofile": {"Hard": 1}}}),
    ("data-root", "CRI-PF-DATA-ROOT", {"docker/data_root": "/data/docker"}),
    ("docker-environment", "CRI-PF-DOCKER-ENVIRONMENT", {"docker/environment": ["PATH", "DOCKER_RAMDISK"]}),
    ("daemon-settings", "CRI-PF-LOG-DRIVER", {"docker/daemon_json/keys": {"log-driver": "journald"}}),
    ("daemon-settings", "CRI-PF-DAEMON-SETTINGS", {"docker/daemon_json/keys": {"seccomp-profile": "/x.json"}}),
    ("daemon-settings", "CRI-PF-DAEMON-SETTINGS", {"docker/daemon_json/keys": {"storage-opts": ["overlay2.size=10G"]}}),
    ("daemon-settings", "CRI-PF-DAEMON-SETTINGS", {"docker/exec_start_flags": ["--authorization-plugin=x"]}),
]


@pytest.mark.parametrize("exception, token, changes", ALLOWABLE)
def test_an_exception_turns_a_blocker_into_a_warning(exception, token, changes):
    blocked, allowed, with_others = with_exceptions(exception, changed(INFO, changes))
    assert tokens(blocked) == [token]
    assert blocked[0]["allow"] == exception and "add %s to switchover_allow" % exception in blocked[0]["remedy"]
    assert tokens(allowed) == [] and tokens(allowed, "warning") == [token] and allowed[0]["allowed"]
    assert tokens(with_others) == [token]
