# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from ansible_collections.cri.switchover.plugins.plugin_utils.rollout.config_digest import config_digest


def test_only_what_shapes_a_node_counts_for_its_digest():
    base = {"switchover_target": "containerd", "switchover_pause_image": "", "switchover_drain_timeout": 1}
    assert config_digest(base) == config_digest({**base, "switchover_drain_timeout": 2})
    assert config_digest(base) != config_digest({**base, "switchover_pause_image": "p:1"})
