# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the table of kubelet's releases says, at the releases where something changes."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases as table

DOCKERSHIM, CONTAINERD = "unix:///var/run/dockershim.sock", "unix:///run/containerd/containerd.sock"
BOTH = ("v1alpha2", "v1")
# The newest release of the table, and one that no row has yet.
NEWEST = table.newest()
NEXT = (1, NEWEST[1] + 1)

# minor: dockershim, versions of CRI, default endpoint, field for it, is it in files, image names, cgroup v2 is stable,
# failCgroupV1, fails on v1
RELEASES = [
    (20, True, ("v1alpha2",), DOCKERSHIM, False, False, False, False, False, False),
    (22, True, ("v1alpha2",), DOCKERSHIM, False, False, False, False, False, False),
    (23, True, BOTH, DOCKERSHIM, False, False, False, False, False, False),
    (24, False, BOTH, "", False, False, False, False, False, False),
    (25, False, BOTH, "", False, False, False, True, False, False),
    (26, False, ("v1",), "", False, False, False, True, False, False),
    (27, False, ("v1",), CONTAINERD, True, False, False, True, False, False),
    (28, False, ("v1",), CONTAINERD, True, False, True, True, False, False),
    (30, False, ("v1",), CONTAINERD, True, False, True, True, False, False),
    (31, False, ("v1",), CONTAINERD, True, False, True, True, True, False),
    (34, False, ("v1",), CONTAINERD, True, True, True, True, True, False),
    (35, False, ("v1",), CONTAINERD, True, True, True, True, True, True),
    (37, False, ("v1",), CONTAINERD, True, True, True, True, True, True),
]


@pytest.mark.parametrize("row", RELEASES)
def test_properties(row):
    found = table.of((1, row[0], 5))
    assert row[1:] == (
        found.has_dockershim,
        found.cri,
        found.default_endpoint,
        found.has_endpoint_field,
        found.endpoint_is_in_files,
        found.names_images,
        found.cgroup_v2_is_stable,
        found.has_fail_cgroup_v1,
        found.fails_on_cgroup_v1,
    )


@pytest.mark.parametrize("flag, first, last", [
    ("container-runtime", 20, 26),
    ("container-runtime-endpoint", 20, 37),
    ("image-service-endpoint", 20, 37),
    ("pod-infra-container-image", 20, 34),
    ("runtime-cgroups", 20, 37),
    ("hairpin-mode", 20, 37),
    ("non-masquerade-cidr", 20, 23),
    ("containerd", 20, 36),
    ("containerd-namespace", 20, 36),
    ("config-dir", 28, 37),
    ("network-plugin", 20, 23),
    ("docker-root", 20, 23),
])  # fmt: skip
def test_flags(flag, first, last):
    assert flag in table.all_flags()
    known = [minor for minor in range(20, 38) if flag in table.of((1, minor)).flags]
    assert known == list(range(first, last + 1))


@pytest.mark.parametrize("gate, known, on", [
    ("MemoryQoS", 22, 37), ("KubeletPSI", 33, 34), ("UserNamespacesSupport", 28, 33),
])  # fmt: skip
def test_gates(gate, known, on):
    assert table.first(lambda release: gate in release.gates) == (1, known)
    assert table.first(lambda release: release.gates.get(gate)) == (1, on)
    assert table.of((1, on - 1)).gates[gate] is False


@pytest.mark.parametrize("minor, image", [
    (20, "k8s.gcr.io/pause:3.2"), (24, "k8s.gcr.io/pause:3.7"), (25, "registry.k8s.io/pause:3.8"),
    (30, "registry.k8s.io/pause:3.9"), (34, "registry.k8s.io/pause:3.10.1"), (35, None),
])  # fmt: skip
def test_pause_images(minor, image):
    assert table.of((1, minor)).pause_image == image


def test_every_release_has_a_row():
    assert sorted(table.RELEASES) == [(1, minor) for minor in range(20, NEXT[1])]
    assert table.oldest() == (1, 20)


def test_beyond_the_table_a_release_is_like_its_nearest_row():
    for version, nearest in (((), (1, 20)), ((1, 19, 16), (1, 20)), (NEXT, NEWEST), ((2, 0, 0), NEWEST)):
        assert vars(table.of(version)) == vars(table.of(nearest)), version


def test_one_row_more_is_one_release_more(monkeypatch):
    monkeypatch.setitem(table.RELEASES, NEXT, {"cri": ("v1", "v2"), "adds": ("new",), "removes": ("hairpin-mode",)})
    assert table.newest() == NEXT and "new" in table.all_flags()
    before, after = table.of(NEWEST), table.of(NEXT)
    assert (before.cri, after.cri) == (("v1",), ("v1", "v2"))
    assert after.flags - before.flags == {"new"} and before.flags - after.flags == {"hairpin-mode"}
    assert table.last(lambda release: "hairpin-mode" in release.flags) == NEWEST


@pytest.mark.parametrize("row", [{"has_dockershin": True}, {"flags": ("a",)}, {"change": 1}])
def test_what_no_row_may_say(monkeypatch, row):
    monkeypatch.setitem(table.RELEASES, NEXT, row)
    with pytest.raises(KeyError):
        table.of(NEXT)


def test_a_search_for_what_no_release_has():
    for search in (table.first, table.last):
        with pytest.raises(ValueError):
            search(lambda release: "none-such" in release.flags)
