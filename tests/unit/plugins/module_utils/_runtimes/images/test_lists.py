# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ctr and containers/storage say of images."""

import json
import pathlib

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.images import lists

DIGEST = "sha256:" + "a" * 64
LIST = """\
REF                              TYPE                                                 DIGEST         SIZE      PLATFORMS   LABELS
docker.io/library/web:1          application/vnd.docker.distribution.manifest.v2+json sha256:m1      2.2 MiB   linux/amd64 io.cri-containerd.image=managed
k8s.gcr.io/pause:3.6             application/vnd.docker.distribution.manifest.v2+json sha256:m2      300.0 KiB linux/amd64 io.cri-containerd.image=managed,io.cri-containerd.pinned=pinned
docker.io/library/broken:1       application/vnd.docker.distribution.manifest.v2+json sha256:m3      0.0 B     -           -
"""  # noqa: E501
CHECK = """\
REF                        TYPE                 DIGEST    STATUS           SIZE                UNPACKED
docker.io/library/web:1    application/vnd.oci  sha256:m1 complete (2/2)   2.2 MiB/2.2 MiB     true
k8s.gcr.io/pause:3.6       application/vnd.oci  sha256:m2 complete (2/2)   300.0 KiB/300.0 KiB false
docker.io/library/broken:1 application/vnd.oci  sha256:m3 incomplete (1/2) 1.0 KiB/?           false
docker.io/library/lost:1   application/vnd.oci  sha256:m4 unavailable (0/?) 0.0 B/?             false
"""


def test_lists():
    assert lists.parse_list(LIST) == {
        "docker.io/library/web:1": {"digest": "sha256:m1", "pinned": False},
        "k8s.gcr.io/pause:3.6": {"digest": "sha256:m2", "pinned": True},
        "docker.io/library/broken:1": {"digest": "sha256:m3", "pinned": False},
    }
    assert lists.parse_list("REF TYPE DIGEST SIZE PLATFORMS LABELS \n") == {}
    assert lists.parse_check(CHECK) == {"docker.io/library/web:1"}


def layer(name, parent=None, **more):
    return dict({"id": name}, **dict({"parent": parent} if parent else {}, **more))


@pytest.mark.parametrize(
    ("layers", "whole"),
    [
        ([layer("top", "base"), layer("base", **{"diff-size": 5})], True),
        ([layer("top", "base")], False),
        ([layer("top", "base"), layer("base", flags={"incomplete": True})], False),
        ([layer("top")], True),
        ([], False),
    ],
)
def test_a_store_of_crio(layers, whole):
    image = {"id": "c", "digest": "sha256:m", "names": ["docker.io/library/web:1", "r.test/web:1"], "layer": "top"}
    nameless = {"id": "d", "digest": "sha256:n", "layer": "top"}
    found = lists.parse_store(json.dumps([image, nameless]), json.dumps(layers))
    assert sorted(found) == ["docker.io/library/web:1", "r.test/web:1"]
    size = sum(entry.get("diff-size", 0) for entry in layers)
    assert found["r.test/web:1"] == {
        "id": "sha256:c", "digests": {"sha256:c", "sha256:m"}, "whole": whole, "size": size, "unpacked": size,
    }  # fmt: skip


def test_a_store_that_is_not_there_or_not_readable():
    assert lists.parse_store(None, None) == {}
    for images, layers in (("{", "[]"), ('[{"names": ["a"]}]', "[]"), ("[]", "[1]"), ('{"a": 1}', "[]")):
        with pytest.raises(ValueError, match="not readable"):
            lists.parse_store(images, layers)


def test_manifests():
    index = {
        "manifests": [
            {"digest": "sha256:arm", "platform": {"os": "linux", "architecture": "arm64"}},
            {"digest": "sha256:win", "platform": {"os": "windows", "architecture": "amd64"}},
            {"digest": "sha256:amd", "platform": {"os": "linux", "architecture": "amd64"}},
        ]
    }
    assert lists.manifest_for(index, "x86_64") == "sha256:amd"
    assert lists.manifest_for(index, "aarch64") == "sha256:arm"
    assert lists.manifest_for(index, "riscv64") is None
    assert lists.config_digest({"config": {"digest": "sha256:c"}}) == "sha256:c"
    assert lists.config_digest(index) is None


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.6.20~ds1", False),
        ("1.6.26", True),
        ("1.7.10", False),
        ("v1.7.11", True),
        ("1.5.18", False),
        ("2.0.0", True),
        ("2.1.3", True),
        (None, False),
        ("unknown", False),
    ],
)
def test_pins(version, expected):
    assert lists.can_pin(version) is expected


def test_server_version():
    text = "Client:\n  Version:  1.6.20~ds1\n  Go version: go1.19\n\nServer:\n  Version:  1.7.24\n  UUID: x\n"
    assert lists.server_version(text) == "1.7.24"
    assert lists.server_version("Client:\n  Version: 1\n") is None


def test_images_that_came_from_no_registry():
    digests = {
        "docker.io/library/web:1": "m1",
        "docker.io/library/web@" + DIGEST: "m1",
        "docker.io/library/tools:local": "m2",
        "sha256:" + "b" * 64: "m2",
        "import-2026-11-24@" + DIGEST: "m3",
        "not a name": "m4",
        # somebody's tag that no runtime would make
        "tools:local": "m2",
    }
    listed = {name: {"digest": digest} for name, digest in digests.items()}
    assert lists.from_no_registry(listed) == ["docker.io/library/tools:local"]


FACTS = pathlib.Path(__file__).parents[2] / "_facts" / "fixtures"


def test_recorded_from_containerd_1_6():
    listed = lists.parse_list((FACTS / "ctr_images_ls_1.6.20.txt").read_text())
    whole = lists.parse_check((FACTS / "ctr_images_check_1.6.20.txt").read_text())
    assert whole == set(listed)
    assert {"docker.io/library/web:1", "docker.io/tools/web:also", "k8s.gcr.io/pause:3.6"} < whole
    assert lists.server_version((FACTS / "ctr_version_1.6.20.txt").read_text()) == "1.6.20~ds1"
