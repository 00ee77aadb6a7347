import json
import pathlib

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import images as image_lists

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("reference", "name", "digest"),
    [
        ("nginx", "docker.io/library/nginx:latest", None),
        ("nginx:1.25", "docker.io/library/nginx:1.25", None),
        ("bitnami/redis:7", "docker.io/bitnami/redis:7", None),
        ("docker.io/nginx:1", "docker.io/library/nginx:1", None),
        ("index.docker.io/bitnami/redis:7", "docker.io/bitnami/redis:7", None),
        ("k8s.gcr.io/pause:3.6", "k8s.gcr.io/pause:3.6", None),
        ("localhost/web", "localhost/web:latest", None),
        ("registry:5000/web:1", "registry:5000/web:1", None),
        ("registry.example.org:5000/a/b/c", "registry.example.org:5000/a/b/c:latest", None),
        ("web@" + DIGEST, "docker.io/library/web@" + DIGEST, DIGEST),
        ("reg.example.org/web:1@" + DIGEST, "reg.example.org/web@" + DIGEST, DIGEST),
    ],
)
def test_full_names(reference, name, digest):
    assert image_lists.full_name(reference) == (name, digest)


@pytest.mark.parametrize("reference", ["", "a b", "web@sha256:short", "--help", "web:1;rm", "a/b\n", "@" + DIGEST])
def test_what_is_no_reference(reference):
    with pytest.raises(ValueError, match="not an image reference"):
        image_lists.full_name(reference)


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
    assert image_lists.parse_list(LIST) == {
        "docker.io/library/web:1": {"digest": "sha256:m1", "pinned": False},
        "k8s.gcr.io/pause:3.6": {"digest": "sha256:m2", "pinned": True},
        "docker.io/library/broken:1": {"digest": "sha256:m3", "pinned": False},
    }
    assert image_lists.parse_list("REF TYPE DIGEST SIZE PLATFORMS LABELS \n") == {}
    assert image_lists.parse_check(CHECK) == {"docker.io/library/web:1"}


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
    found = image_lists.parse_store(json.dumps([image, nameless]), json.dumps(layers))
    assert sorted(found) == ["docker.io/library/web:1", "r.test/web:1"]
    size = sum(entry.get("diff-size", 0) for entry in layers)
    assert found["r.test/web:1"] == {
        "id": "sha256:c", "digests": {"sha256:c", "sha256:m"}, "whole": whole, "size": size, "unpacked": size,
    }  # fmt: skip


def test_a_store_that_is_not_there_or_not_readable():
    assert image_lists.parse_store(None, None) == {}
    for images, layers in (("{", "[]"), ('[{"names": ["a"]}]', "[]"), ("[]", "[1]"), ('{"a": 1}', "[]")):
        with pytest.raises(ValueError, match="not readable"):
            image_lists.parse_store(images, layers)


def test_room_in_crios_store():
    source = {"a:1": {"id": "x", "size": 3 << 30}, "b:1": {"id": "y", "size": 1 << 30}}
    assert image_lists.needed_in_store(["a:1", "b:1"], source) == (7 << 30, 3 << 30)


def test_manifests():
    index = {
        "manifests": [
            {"digest": "sha256:arm", "platform": {"os": "linux", "architecture": "arm64"}},
            {"digest": "sha256:win", "platform": {"os": "windows", "architecture": "amd64"}},
            {"digest": "sha256:amd", "platform": {"os": "linux", "architecture": "amd64"}},
        ]
    }
    assert image_lists.manifest_for(index, "x86_64") == "sha256:amd"
    assert image_lists.manifest_for(index, "aarch64") == "sha256:arm"
    assert image_lists.manifest_for(index, "riscv64") is None
    assert image_lists.config_digest({"config": {"digest": "sha256:c"}}) == "sha256:c"
    assert image_lists.config_digest(index) is None


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
    assert image_lists.can_pin(version) is expected


def test_server_version():
    text = "Client:\n  Version:  1.6.20~ds1\n  Go version: go1.19\n\nServer:\n  Version:  1.7.24\n  UUID: x\n"
    assert image_lists.server_version(text) == "1.7.24"
    assert image_lists.server_version("Client:\n  Version: 1\n") is None


def image(identity, size=10, local=False):
    return {"id": identity, "size": size, "local_only": local}


WEB, BY_DIGEST = "docker.io/library/web:1", "docker.io/library/web@" + DIGEST


@pytest.mark.parametrize(
    ("source", "target", "reference", "fate"),
    [
        (image("sha256:c"), None, "web:1", "transfer"),
        (image("sha256:c"), {"digests": {"sha256:m", "sha256:c"}, "whole": True}, "web:1", "skip"),
        # the same tag, another image
        (image("sha256:c"), {"digests": {"sha256:m", "sha256:other"}, "whole": True}, "web:1", "transfer"),
        # an import that was cut off
        (image("sha256:c"), {"digests": {"sha256:m", "sha256:c"}, "whole": False}, "web:1", "transfer"),
        # Docker on containerd's store: its id is the manifest's digest
        (image("sha256:m"), {"digests": {"sha256:m", "sha256:c"}, "whole": True}, "web:1", "skip"),
        (None, None, "web:1", "missing"),
        (None, {"digests": {"sha256:m"}, "whole": True}, "web:1", "skip"),
        (None, None, "web@" + DIGEST, "pull"),
        (None, {"digests": {"sha256:m"}, "whole": True}, "web@" + DIGEST, "skip"),
        (None, {"digests": {"sha256:m"}, "whole": False}, "web:1@" + DIGEST, "pull"),
    ],
)
def test_plan(source, target, reference, fate):
    name = BY_DIGEST if "@" in reference else WEB
    found = image_lists.plan([reference, reference], {WEB: source}, {name: target} if target else {})
    assert found == dict({"transfer": [], "skip": [], "pull": [], "missing": []}, **{fate: [name]})


def test_streams():
    source = {"a": image("1", 6), "b": image("2", 6), "c": image("1", 6), "d": image("3", 20), "e": image("4", 4)}
    assert image_lists.streams(list(source), source, most=12) == [["a", "c", "b"], ["d"], ["e"]]
    assert image_lists.streams([], source) == []
    assert image_lists.needed_bytes(list(source), source) == (2 * (6 + 6 + 20 + 4), 36)
    assert image_lists.needed_bytes([], source) == (0, 0)


THERE = {"digests": {"sha256:m", "sha256:c"}, "whole": True}
BARE = dict(THERE, whole=False)


@pytest.mark.parametrize(
    ("source", "target", "reference", "fate"),
    [
        (THERE, None, "web:1", "transfer"),
        (THERE, {"id": "sha256:c"}, "web:1", "skip"),
        # Docker on containerd's store
        (THERE, {"id": "sha256:m"}, "web:1", "skip"),
        # the same tag, another image: pods run what containerd has
        (THERE, {"id": "sha256:old"}, "web:1", "transfer"),
        # its layers were dropped once they were unpacked
        (BARE, None, "web:1", "pull"),
        (BARE, {"id": "sha256:c"}, "web:1", "skip"),
        (None, {"id": "sha256:c"}, "web:1", "skip"),
        (None, None, "web:1", "missing"),
        (THERE, None, "web@" + DIGEST, "pull"),
        (None, {"id": "sha256:c"}, "web:1@" + DIGEST, "skip"),
    ],
)
def test_plan_back(source, target, reference, fate):
    name = BY_DIGEST if "@" in reference else WEB
    found = image_lists.plan_back([reference, reference], {name: source} if source else {}, {name: target})
    assert found == dict({"transfer": [], "skip": [], "pull": [], "missing": []}, **{fate: [name]})


@pytest.mark.parametrize(
    ("target", "fate"), [(None, "transfer"), ({"id": "sha256:c"}, "skip"), ({"id": "sha256:built-since"}, "skip")]
)
def test_what_nothing_runs_replaces_nothing_in_docker(target, fate):
    found = image_lists.plan_back([], {WEB: THERE}, {WEB: target}, [WEB])
    assert found == dict({"transfer": [], "skip": [], "pull": [], "missing": []}, **{fate: [WEB]})


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
    assert image_lists.from_no_registry(listed) == ["docker.io/library/tools:local"]


def test_what_docker_needs_for_images():
    packed = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": 10}
    plain = {"mediaType": "application/vnd.docker.image.rootfs.diff.tar", "size": 5}
    assert image_lists.layer_bytes({"layers": [packed, plain]}) == (15, 35)
    assert image_lists.layer_bytes({}) == (0, 0)
    source = {
        name: dict(image(identity, size), unpacked=3 * size)
        for name, identity, size in (("a", "1", 6), ("b", "2", 4), ("c", "1", 6))
    }
    # a and c are one image; all of it is one stream
    assert image_lists.needed_in_docker(list(source), source) == 3 * (6 + 4) + 10
    assert image_lists.needed_in_docker([], source) == 0


FACTS = pathlib.Path(__file__).parents[1] / "_facts" / "fixtures"


def test_recorded_from_containerd_1_6():
    listed = image_lists.parse_list((FACTS / "ctr_images_ls_1.6.20.txt").read_text())
    whole = image_lists.parse_check((FACTS / "ctr_images_check_1.6.20.txt").read_text())
    assert whole == set(listed)
    assert {"docker.io/library/web:1", "docker.io/tools/web:also", "k8s.gcr.io/pause:3.6"} < whole
    assert image_lists.server_version((FACTS / "ctr_version_1.6.20.txt").read_text()) == "1.6.20~ds1"
