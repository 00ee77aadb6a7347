# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps Docker from starting again, which a revert needs."""

import pytest
from unit.plugins.plugin_utils.preflight.checks.docker_node import docker_node, judged
from unit.plugins.plugin_utils.preflight.good_node import tokens

WRONG = [
    ("{,}", "", "20.10.24", "not valid JSON"),
    # field case 11, both halves
    ("\ufeff{}", "", "20.10.24", "a byte order mark, which Docker takes from 23.0 on"),
    ("\ufeff{}", "", "5:19.03.15~3-0~debian", "a byte order mark"),
    ("", "", "20.10.24", "is empty"),
    # field case 12
    ('{"hosts": ["unix:///var/run/docker.sock"]}', "-H fd://", "20.10.24", "sets hosts, and so does a flag"),
    ('{"log-driver": "json-file"}', "--log-driver=json-file", "28.5.2", "sets log-driver, and so does a flag"),
    ('{"insecure-registries": "r:5000"}', "", "28.5.2", "the wrong type for insecure-registries"),
    ('{"log-opts": {"max-file": 3}}', "", "28.5.2", "the wrong type for log-opts.max-file (wanted: a text)"),
    ('{"exec-opts": [1]}', "", "20.10.24", "the wrong type for exec-opts[0]"),
    ('{"debug": true}\n}', "", "23.0.0", "something behind its JSON, which Docker took before 23.0"),
    ('{"data-root": "/a", "graph": "/b"}', "", "20.10.24", "sets data-root and graph, which are the same"),
    ('{"mtu": NaN}', "", "28.5.2", "not valid JSON"),
]


@pytest.mark.parametrize("text, flags, version, words", WRONG)
def test_docker_cannot_start_again(text, flags, version, words):
    found = judged(docker_node(text, flags, version=version), allow=["data-root"])
    assert tokens(found) == ["CRI-PF-DAEMON-JSON"]
    assert found[0]["message"].startswith("Docker cannot start again: /etc/docker/daemon.json ")
    assert words in found[0]["message"] and found[0]["allow"] is None


FINE = [
    ("\ufeff{}", "", "23.0.0"),
    ("\ufeff{}", "", "28.5.2"),
    ("", "", "23.0.6"),
    ("\ufeff{}", "", None),  # of a release that is not known nothing is said
    ('{"runtimes": {"a": {"path": "runc"}}}', "--add-runtime b=runc", "20.10.24"),
    ('{"exec-opts": ["native.cgroupdriver=systemd"]}', "-H fd:// --containerd=/run/c.sock", "20.10.24"),
    ('{"debug": true}\n}', "", "20.10.24"),
    ('{"debug": true}\n}', "", None),
    ('{"data-root": "/data"}', "-g /data", "20.10.24"),
    ('{"graph": "/data"}', "--data-root=/data", "20.10.24"),
    ("null", "", "20.10.24"),
]


@pytest.mark.parametrize("text, flags, version", FINE)
def test_docker_can_start_again(text, flags, version):
    assert tokens(judged(docker_node(text, flags, version=version), allow=["data-root"])) == []


@pytest.mark.parametrize("package, blocked", [("23.0.6", True), ("20.10.24", False), (None, False)])
def test_the_release_that_will_be_started_counts(package, blocked):
    """The package may have been upgraded since the daemon started."""
    info = docker_node('{"debug": true}\n}', version="20.10.24", package_version=package)
    assert tokens(judged(info)) == (["CRI-PF-DAEMON-JSON"] if blocked else [])


def test_all_that_is_wrong_is_said_together():
    (item,) = judged(docker_node('\ufeff{"hosts": [], "debug": "yes"}', "-H fd://", version="20.10.24"))
    assert len(item["details"]["problems"]) == 3


def test_a_node_without_daemon_json():
    info = docker_node("")
    info["docker"]["daemon_json"].update(exists=False, empty=False)
    assert judged(info) == []
