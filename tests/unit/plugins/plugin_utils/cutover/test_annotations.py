# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The annotation of the Node object on either side of a switch."""

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover.annotations import of_target, where_it_ended

KUBEADM, OTHER = "kubeadm.alpha.kubernetes.io/cri-socket", "example.org/other"
SHIM, SOCKET = "unix:///var/run/dockershim.sock", "unix:///run/containerd/containerd.sock"


@pytest.mark.parametrize(
    "instance, present, expected",
    [
        (None, {}, {KUBEADM: SOCKET}),
        (None, None, {KUBEADM: SOCKET}),
        ({"exists": False}, {KUBEADM: SHIM}, {KUBEADM: SOCKET}),
        ({"exists": True}, {KUBEADM: SHIM}, {KUBEADM: SOCKET}),
        ({"exists": True}, {OTHER: "x"}, {}),
    ],
)
def test_it_is_not_made_anew_where_kubeadm_keeps_the_socket_on_the_node(instance, present, expected):
    info = {"kubelet": {"instance_config": instance} if instance else {}}
    assert of_target(info, SOCKET, present) == expected


@pytest.mark.parametrize(
    "source, present, wanted",
    [
        ({"endpoint": SHIM, "cri_socket": "/var/run/dockershim.sock"}, {KUBEADM: SOCKET}, "/var/run/dockershim.sock"),
        # There was none: the one that the switch wrote is removed.
        ({"endpoint": SHIM, "cri_socket": None}, {KUBEADM: SOCKET}, None),
        # A journal of 0.1.0.
        ({"endpoint": SHIM}, {KUBEADM: SOCKET}, SHIM),
        ({"endpoint": SHIM}, {KUBEADM: "/var/run/dockershim.sock"}, ()),
        ({"endpoint": SHIM}, {OTHER: "x"}, ()),
        ({"endpoint": None}, {KUBEADM: SOCKET}, ()),
        ({}, None, ()),
    ],
)
def test_of_a_node_that_was_reverted(source, present, wanted):
    expected = {} if wanted == () else {KUBEADM: wanted}
    assert where_it_ended("reverted", {"from": source, "to": {"socket": SOCKET}}, present) == expected


@pytest.mark.parametrize(
    "phase, made, expected",
    [
        ("confirmed", {"annotations": {KUBEADM: SOCKET}}, {KUBEADM: SOCKET}),
        ("finalized", {"annotations": {}}, {}),
        # A journal of 0.1.0.
        ("finalized", {}, {KUBEADM: SOCKET}),
        ("switched", {"annotations": {KUBEADM: SOCKET}}, {}),
        ("revert_blocked", {"annotations": {KUBEADM: SOCKET}}, {}),
        ("staged", {"annotations": {KUBEADM: SOCKET}}, {}),
        ("unknown", {"annotations": {KUBEADM: SOCKET}}, {}),
    ],
)
def test_of_a_node_on_its_target_only_once_it_is_confirmed(phase, made, expected):
    assert where_it_ended(phase, {"from": {}, "to": dict(made, socket=SOCKET)}, None) == expected


def test_without_a_journal_nothing_is_changed():
    assert where_it_ended(None, None, {KUBEADM: SHIM}) == {}
