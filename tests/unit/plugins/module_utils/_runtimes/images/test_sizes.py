# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many bytes images take."""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images import sizes


def test_space_in_crios_store():
    source = {"a:1": {"id": "x", "size": 3 << 30}, "b:1": {"id": "y", "size": 1 << 30}}
    assert sizes.needed_in_store(["a:1", "b:1"], source) == (7 << 30, 3 << 30)


def image(identity, size=10, local=False):
    return {"id": identity, "size": size, "local_only": local}


def test_streams():
    source = {"a": image("1", 6), "b": image("2", 6), "c": image("1", 6), "d": image("3", 20), "e": image("4", 4)}
    assert sizes.streams(list(source), source, most=12) == [["a", "c", "b"], ["d"], ["e"]]
    assert sizes.streams([], source) == []
    assert sizes.needed_bytes(list(source), source) == (2 * (6 + 6 + 20 + 4), 36)
    assert sizes.needed_bytes([], source) == (0, 0)


def test_what_docker_needs_for_images():
    packed = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": 10}
    plain = {"mediaType": "application/vnd.docker.image.rootfs.diff.tar", "size": 5}
    assert sizes.layer_bytes({"layers": [packed, plain]}) == (15, 35)
    assert sizes.layer_bytes({}) == (0, 0)
    source = {
        name: dict(image(identity, size), unpacked=3 * size)
        for name, identity, size in (("a", "1", 6), ("b", "2", 4), ("c", "1", 6))
    }
    # a and c are one image; all of it is one stream
    assert sizes.needed_in_docker(list(source), source) == 3 * (6 + 4) + 10
    assert sizes.needed_in_docker([], source) == 0
