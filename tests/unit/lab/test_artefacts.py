"""The parts of the lab's builds where being nearly right would show much later."""

from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path

import pytest
from lab.artefacts import (
    binaries,
    cache,
    cri_dockerd,
    crio,
    crio_debs,
    debian,
    debs,
    golang,
    host,
    kubernetes134,
    rootfs,
    testimages,
)
from lab.say import LabError


@pytest.fixture(autouse=True)
def cache_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("CRI_SWITCHOVER_CACHE", str(tmp_path / "cache"))
    cache.artefacts_dir().mkdir(parents=True)


def silent(_message):
    pass


def test_an_artefact_is_built_once():
    built = []

    def build(directory):
        built.append(1)
        (directory / "file").touch()

    first = cache.made("thing", "k1", build, silent, "")
    assert cache.made("thing", "k1", build, silent, "") == first
    assert (first / "file").exists() and built == [1]


def test_a_broken_build_leaves_nothing_that_looks_whole():
    def breaks(directory):
        (directory / "half").touch()
        raise LabError("no")

    with pytest.raises(LabError):
        cache.made("thing", "k1", breaks, silent, "")
    done = cache.made("thing", "k1", lambda directory: (directory / "whole").touch(), silent, "")
    assert [file.name for file in done.iterdir()] == ["whole"]


def test_the_key_sees_contents_names_and_modes(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    file = tree / "a"
    file.write_text("1")
    seen = {cache.key_of(tree)}
    for change in (
        lambda: file.write_text("2"),
        lambda: file.chmod(0o755),
        lambda: file.rename(tree / "b"),
        lambda: (tree / "c").touch(),
    ):
        change()
        seen.add(cache.key_of(tree))
    assert len(seen) == 5
    assert cache.key_of(tree) == cache.key_of(tree)


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("go version go1.27 linux/amd64", (1, 27, 0)),
        ("go version go1.27rc1 linux/amd64", (0,)),
        ("go version devel go1.28-abcdef linux/amd64", (0,)),
        ("", (0,)),
    ],
)
def test_version_of_go(output, version):
    assert golang.version_of(output) == version


def test_a_version_without_recipe_is_refused():
    with pytest.raises(LabError, match=r"v1\.23\.17"):
        binaries.kubernetes("v1.99.0", silent)


@pytest.mark.skipif(bool(host.missing_tools()), reason="needs the lab's Debian packages")
def test_a_repository_that_apt_can_read(tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    setting = tmp_path / "setting"
    setting.write_text("a=b\n")
    repo = tmp_path / "repo"
    repo.mkdir()
    debs.package(repo, "tool", "1-00", "iptables", {"usr/bin/tool": program, "etc/tool.conf": setting})
    debs.raised(repo, "tool", "+lab1", repo, tmp_path / "scratch")
    debs.index(repo)
    assert sorted(p.name for p in repo.glob("*.deb")) == ["tool_1-00+lab1_amd64.deb", "tool_1-00_amd64.deb"]
    packages = (repo / "Packages").read_text()
    assert "Version: 1-00+lab1\n" in packages and "Depends: iptables\n" in packages
    assert "/etc/tool.conf" in debs.run(["dpkg-deb", "--info", repo / "tool_1-00_amd64.deb", "conffiles"])
    assert "-rwxr-xr-x root/root" in debs.run(["dpkg-deb", "--contents", repo / "tool_1-00_amd64.deb"])


@pytest.mark.skipif(bool(host.missing_tools()), reason="needs the lab's Debian packages")
def test_crio_is_packaged_like_upstreams(tmp_path, monkeypatch):
    built = tmp_path / "cri-o"
    for name in ("bin/crio", "bin/pinns", *(f"share/{name}" for name in crio.UPSTREAM)):
        (built / name).parent.mkdir(parents=True, exist_ok=True)
        (built / name).write_text(name)
    (built / "bin" / "crio").chmod(0o755)
    pool = tmp_path / "pool"
    pool.mkdir()
    monkeypatch.setattr(crio_debs, "binaries", lambda log: built)
    monkeypatch.setattr(crio_debs.debian, "packages", lambda log, wanted: pool)
    monkeypatch.setattr(crio_debs, "crun", lambda log: pool)
    repo = crio_debs.repository(silent)
    (package,) = repo.glob("*.deb")
    assert package.name == "cri-o_1.34.0-1.1_amd64.deb"
    contents = debs.run(["dpkg-deb", "--contents", package])
    # the sample of a network is there, under a name that no runtime takes for one
    assert "./etc/cni/net.d/10-crio-bridge.conflist.disabled" in contents and ".conflist\n" not in contents
    assert "/etc/crio/crio.conf.d/10-crio.conf" in debs.run(["dpkg-deb", "--info", package, "conffiles"])
    assert "Depends: conmon, crun | runc, iptables\n" in (repo / "Packages").read_text()


@pytest.mark.skipif(bool(host.missing_tools()), reason="needs the lab's Debian packages")
def test_cri_dockerd_is_packaged_like_mirantis(tmp_path):
    program = tmp_path / "cri-dockerd"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name in cri_dockerd.UNITS:
        (tmp_path / name).write_text("[Unit]\n")
    repo = tmp_path / "repo"
    repo.mkdir()
    cri_dockerd.pack(repo, program, tmp_path)
    listing = debs.run(["dpkg-deb", "--contents", repo / "cri-dockerd.deb"])
    for path in ("./usr/bin/cri-dockerd", *(f"./lib/systemd/system/{name}" for name in cri_dockerd.UNITS)):
        assert path in listing.split()
    assert [path.name for path in repo.iterdir()] == ["cri-dockerd.deb"]


@pytest.mark.parametrize(
    ("name", "says", "good"),
    [
        ("kubelet", "Kubernetes v1.34.2", True),
        ("kubectl", "Client Version: v1.34.2\nKustomize Version: v5.7.1", True),
        ("kubeadm", "v1.34.2", True),
        ("kubelet", "Kubernetes v1.34.2-dirty", False),
        ("kubelet", "Kubernetes v0.0.0-master+$Format:%H$", False),
    ],
)
def test_what_a_kubernetes_134_says_of_itself(name, says, good, tmp_path):
    program = tmp_path / name
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{says}\nEND\n")
    program.chmod(0o755)
    if good:
        kubernetes134.check_version(program)
    else:
        with pytest.raises(LabError, match="built wrongly"):
            kubernetes134.check_version(program)


@pytest.mark.skipif(bool(host.missing_tools()), reason="needs the lab's Debian packages")
def test_packages_as_if_installed_in_a_directory(tmp_path, monkeypatch):
    program = tmp_path / "program"
    program.write_text("x")

    def fetch(_lines, wanted, pool):
        for name in wanted:
            debs.package(pool, name, "1.2-3", "", {f"usr/bin/{name}": program})

    monkeypatch.setattr(debian, "fetch", fetch)
    assert debian.tree("", ("tool", "other"), tmp_path / "root") == {"tool": "1.2-3", "other": "1.2-3"}
    assert (tmp_path / "root/usr/bin/tool").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cache", "program", "root"], "what was fetched is gone"


def test_an_image_is_the_same_each_time_and_loadable(tmp_path):
    layer = testimages.tar_of({"bin/web": b"x"}, {"bin/sh": "busybox"})
    assert layer == testimages.tar_of({"bin/web": b"x"}, {"bin/sh": "busybox"})
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        assert tar.getnames() == ["bin", "tmp", "bin/web", "bin/sh"]
    image = testimages.Image.of(layer, ["/bin/web"], "note")
    testimages.save(tmp_path / "image.tar", "example.invalid/web:1", image)
    with tarfile.open(tmp_path / "image.tar") as tar:
        names = tar.getnames()
    assert names[-1] == "manifest.json" and names[1].endswith("/layer.tar")


def test_the_digest_is_that_of_the_manifest(tmp_path):
    image = testimages.Image.of(testimages.tar_of({"bin/web": b"x"}, {}), ["/bin/web"], "")
    testimages.publish(tmp_path / "registry", testimages.DIGEST_REPOSITORY, image)
    reference = testimages.digest_reference(tmp_path)
    manifest = tmp_path / "registry" / "v2" / "by-digest" / "manifests" / reference.partition("@")[2]
    assert reference == f"registry.lab.test:5000/by-digest@sha256:{testimages.sha256(manifest.read_bytes())}"


def test_addresses_of_a_node_follow_its_card():
    text = rootfs.network(2)
    assert "MACAddress=52:54:00:99:00:12\n" in text and "Address=10.99.0.12/24\n" in text


def test_what_only_some_tests_ask_for_leaves_the_others_alone():
    # A key is made of the files that a recipe names: gVisor's are its own.
    for recipe in (binaries.RECIPE, [Path(debs.__file__), Path(rootfs.__file__)]):
        assert not [path for path in recipe if re.search("gvisor|dockerd", path.read_text(encoding="utf-8").lower())]
