# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the kernel: sysctl files, and the policy for what is forwarded."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine.kernel import forward_policy, parse_sysctl


def test_sysctl_files():
    text = "# a\n; b\nnet.ipv4.ip_forward = 1\n"
    text += "-net/ipv4/conf/eth0.1/rp_filter=0\nnet.ipv4.conf.eth0/1.rp_filter=2\nodd\n"
    assert parse_sysctl(text) == [
        ("net/ipv4/ip_forward", "1", False),
        ("net/ipv4/conf/eth0.1/rp_filter", "0", True),
        ("net/ipv4/conf/eth0.1/rp_filter", "2", False),
    ]


@pytest.mark.parametrize(
    "text, policy",
    [
        ("-P FORWARD DROP\n-A FORWARD -j DOCKER-USER\n", "DROP"),
        ("-P FORWARD ACCEPT\n", "ACCEPT"),
        ("iptables v1.8.9 (nf_tables): Could not fetch rule set generation id\n", None),
        ("", None),
    ],
)
def test_forward_policy(text, policy):
    assert forward_policy(text) == policy
