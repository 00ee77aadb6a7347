# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is set for CRI-O on a node."""

from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.crio_facts import (
    info,
    settings_of,
    tree,
)


def test_a_table_names_its_monitor():
    assert tree(release="1.28.4")["runtime"]["runtimes"]["runc"] == {
        "runtime_path": "/usr/sbin/runc", "runtime_type": "oci", "runtime_root": "/run/runc",
        "monitor_path": "/usr/bin/conmon",
    }  # fmt: skip


def test_empty_options_take_their_defaults():
    options = {"pause_image": "", "root": "", "default_runtime": "", "repair": None}
    assert settings_of(info(), options) == settings_of(info())
