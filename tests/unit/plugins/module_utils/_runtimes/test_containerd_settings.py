# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is set for containerd on a node."""

import pytest

from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.containerd_facts import (
    info,
    settings_of,
    tree,
)


@pytest.mark.parametrize(
    "docker, release, wanted",
    [("20.10.24", "1.6.20", True), ("19.03.15", "1.6.20", False), ("19.03.15", "2.0.0", True), (None, "1.6.20", True)],
)
def test_low_ports_stay_open_to_users(docker, release, wanted):
    settings = settings_of(info(release, docker__version=docker))
    assert settings["unprivileged"] is wanted


def test_dockers_containerd_keeps_its_data():
    assert tree("1.6.20", containerd__root="/data/containerd")["root"] == "/data/containerd"
    assert tree("1.6.20", {"root": "/mine"}, containerd__root="/data/containerd")["root"] == "/mine"


def test_empty_options_take_their_defaults():
    options = {"pause_image": "", "root": "", "imports": [], "snapshotter": None}
    assert settings_of(info(), options) == settings_of(info())
