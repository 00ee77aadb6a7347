"""Makes a booted Debian guest a node on Docker in kubeadm's layout: one archive, one script, one SSH call."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable
from pathlib import Path

from . import addresses, controlplane, servers, ssh
from .paths import LAB
from .profiles import Profile

FILES = LAB / "node"
# What a node on cri-dockerd has instead, or besides: kubelet's files as kubeadm 1.34 writes them.
CRI_DOCKERD = LAB / "node-cri-dockerd"

# Images come over HTTP: SSH's ciphers crawl under emulation.
SCRIPT = """
set -e
tar -x -C / --no-same-owner
hostname -F /etc/hostname
{first}
systemctl daemon-reload
systemctl enable --quiet --now pod-network.service kube-proxy.service
for image in {images}; do
  python3 -c 'import shutil, sys, urllib.request
shutil.copyfileobj(urllib.request.urlopen(sys.argv[1]), sys.stdout.buffer)' {url}/$image | docker load -q
done
systemctl enable --quiet --now kubelet.service
# as on any node that somebody has looked after
apt-get -q update
"""
INSTALL = """
for name in containerd cri-dockerd; do
  curl -sSf -o /var/tmp/$name.deb {url}/$name.deb
done
DEBIAN_FRONTEND=noninteractive dpkg --install /var/tmp/containerd.deb /var/tmp/cri-dockerd.deb
rm /var/tmp/*.deb
systemctl daemon-reload
systemctl restart containerd.service docker.service
systemctl enable --quiet --now cri-docker.socket cri-docker.service
"""


def folders(profile: Profile) -> list[Path]:
    """Where a node's files are; those of a later one replace those of an earlier."""
    return [FILES, CRI_DOCKERD] if profile.source_runtime == "cri-dockerd" else [FILES]


def _values(number: int, profile: Profile) -> dict[str, str]:
    others = [n for n in range(1, profile.nodes + 1) if n != number]
    settings = {"nodeStatusReportFrequency": "0s", "nodeStatusUpdateFrequency": "0s", **profile.kubelet}
    return {
        "@NODE@": f"node{number}",
        "@CGROUP_DRIVER@": profile.cgroup_driver,
        "@NODE_IP@": addresses.node_ip(number),
        "@POD_CIDR@": addresses.pod_cidr(number),
        "@ROUTES@": "".join(f"ip route replace {addresses.pod_cidr(n)} via {addresses.node_ip(n)};" for n in others),
        "@KUBELET_SETTINGS@": "\n".join(f"{key}: {json.dumps(value)}" for key, value in sorted(settings.items())),
    }


def plain_files(number: int, profile: Profile) -> dict[str, tuple[bytes, int]]:
    """Path on the node -> content and mode, without what belongs to one cluster's identity."""
    found = {}
    pairs = [(top, path) for top in folders(profile) for path in sorted(top.rglob("*"))]
    for top, path in (pair for pair in pairs if pair[1].is_file()):
        text = path.read_text()
        for mark, value in _values(number, profile).items():
            text = text.replace(mark, value)
        # .in: a file with marks in it, or one that tools leave as it is: no YAML for yamllint.
        found[str(path.relative_to(top)).removesuffix(".in")] = (text.encode(), 0o644)
    found["etc/hostname"] = (f"node{number}\n".encode(), 0o644)
    return found


def _files(number: int, profile: Profile) -> dict[str, tuple[bytes, int]]:
    found = plain_files(number, profile)
    secrets = {
        "etc/kubernetes/kubelet.conf": controlplane.kubeconfig(f"node{number}"),
        "etc/kubernetes/kube-proxy.conf": controlplane.kubeconfig("kube-proxy"),
    }
    found |= {name: (path.read_bytes(), 0o600) for name, path in secrets.items()}
    found["etc/kubernetes/pki/ca.crt"] = ((controlplane.pki() / "ca.crt").read_bytes(), 0o644)
    return found


def archive(number: int, profile: Profile) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, (content, mode) in _files(number, profile).items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def provision(number: int, profile: Profile, images: Iterable[Path]) -> None:
    first = []
    if profile.boot == "grub":
        # The menu as the distribution makes it: until now the node has had a single entry.
        first.append("update-grub 2>/dev/null")
    if profile.cgroup_driver != "systemd":
        first.append(f"sed -i s/cgroupdriver=systemd/cgroupdriver={profile.cgroup_driver}/ /etc/docker/daemon.json")
        first.append("systemctl restart docker.service")
    if profile.source_runtime == "cri-dockerd":
        first.append(INSTALL.format(url=f"{servers.URL}/node-packages"))
    names = " ".join(path.name for path in images)
    script = SCRIPT.format(first="\n".join(first), images=names, url=f"{servers.URL}/images")
    ssh.run(number, script, stdin=archive(number, profile), timeout=600)
