"""The guests' apt repository: Debian's packages beside those built here from our own binaries."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from .binaries import CRI_TOOLS
from .cache import Log, key_of, made
from .debian import unpacked
from .run import run

# A fixed time, so that equal contents make equal packages.
EPOCH = {"SOURCE_DATE_EPOCH": "1677000000"}
PACKAGING = Path(__file__).resolve().parents[1] / "images" / "packages"
KUBELET_DEPENDS = "iptables, kubernetes-cni, iproute2, socat, util-linux, mount, ebtables, ethtool, conntrack"
CNI_VERSION = "1.1.1"


def repositories(binaries: Path, crictl: Path, pool: Path, version: str, log: Log) -> Path:
    """A directory with `repo` and, holding one higher version of containerd, `repo-newer`."""

    def build(directory: Path) -> None:
        repo = directory / "repo"
        newer = directory / "repo-newer"
        shutil.copytree(pool, repo)
        newer.mkdir()
        release = f"{version.removeprefix('v')}-00"
        scratch = directory / "scratch"

        plugins = unpacked(pool, "containernetworking-plugins", scratch / "plugins") / "usr" / "lib" / "cni"
        cni = {f"opt/cni/bin/{plugin.name}": plugin for plugin in plugins.iterdir()}
        # Upstream's kubeadm also depends on cri-tools; here that is left to the role under test.
        package(repo, "kubernetes-cni", f"{CNI_VERSION}-00", "", cni)
        package(
            repo, "kubelet", release, KUBELET_DEPENDS,
            {
                "usr/bin/kubelet": binaries / "kubelet",
                "lib/systemd/system/kubelet.service": PACKAGING / "kubelet.service",
            },
        )  # fmt: skip
        package(repo, "kubectl", release, "", {"usr/bin/kubectl": binaries / "kubectl"})
        package(
            repo, "kubeadm", release, "kubelet, kubectl, kubernetes-cni",
            {
                "usr/bin/kubeadm": binaries / "kubeadm",
                "etc/systemd/system/kubelet.service.d/10-kubeadm.conf": PACKAGING / "10-kubeadm.conf",
            },
        )  # fmt: skip
        package(repo, "cri-tools", f"{CRI_TOOLS.removeprefix('v')}-00", "", {"usr/bin/crictl": crictl})
        raised(pool, "containerd", "+lab1", newer, scratch / "raised")
        shutil.rmtree(scratch)
        index(repo)
        index(newer)

    inputs = [version, CRI_TOOLS, binaries.parent.name, crictl.parent.parent.name, pool.name, PACKAGING, Path(__file__)]
    return made("apt", key_of(*inputs), build, log, "packages and two apt repositories, about 15 s")


def package(repo: Path, name: str, version: str, depends: str, files: Mapping[str, Path]) -> None:
    """Write a .deb. Uncompressed: the guests fetch faster than they can decompress."""
    root = repo / f".{name}"
    for target, source in files.items():
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, root / target)
        (root / target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)
    control = {
        "Package": name,
        "Version": version,
        "Architecture": "amd64",
        "Maintainer": "cri.switchover lab <lab@example.invalid>",
        "Description": f"{name} as Kubernetes' own packages lay it out",
        **({"Depends": depends} if depends else {}),
    }
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN" / "control").write_text("".join(f"{field}: {value}\n" for field, value in control.items()))
    conffiles = sorted(f"/{target}\n" for target in files if target.startswith("etc/"))
    if conffiles:
        (root / "DEBIAN" / "conffiles").write_text("".join(conffiles))
    for directory in (d for d in [root, *root.rglob("*")] if d.is_dir()):
        directory.chmod(0o755)
    pack(root, repo)
    shutil.rmtree(root)


def raised(pool: Path, name: str, suffix: str, repo: Path, scratch: Path) -> None:
    """Debian's own package again, under a higher version."""
    (deb,) = pool.glob(f"{name}_*.deb")
    run(["dpkg-deb", "--raw-extract", deb, scratch])
    control = scratch / "DEBIAN" / "control"
    lines = control.read_text().splitlines()
    control.write_text("".join(f"{line}{suffix if line.startswith('Version:') else ''}\n" for line in lines))
    pack(scratch, repo)


def pack(root: Path, repo: Path) -> None:
    run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", root, repo], env=EPOCH)


def index(repo: Path) -> None:
    """Packages and Release of a flat repository, with the one hash that apt needs: slow guests check each they see."""
    listing = run(["dpkg-scanpackages", "--multiversion", "--hash", "sha256", "."], cwd=repo).encode()
    (repo / "Packages").write_bytes(listing)
    (repo / "Packages.gz").write_bytes(gzip.compress(listing, mtime=0))
    sums = [f" {hashlib.sha256(f.read_bytes()).hexdigest()} {f.stat().st_size} {f.name}\n" for f in repo.glob("P*")]
    date = run(["date", "--utc", "--rfc-email", "--date=@" + EPOCH["SOURCE_DATE_EPOCH"]])
    (repo / "Release").write_text(f"Origin: lab\nSuite: lab\nDate: {date}SHA256:\n{''.join(sorted(sums))}")
