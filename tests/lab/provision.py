"""Makes a booted Debian guest a dockershim node in kubeadm's layout: one archive, one script, one SSH call."""

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


def _files(number: int, profile: Profile) -> dict[str, tuple[bytes, int]]:
    """Path on the node -> content and mode."""
    found = {}
    for path in sorted(p for p in FILES.rglob("*") if p.is_file()):
        text = path.read_text()
        for mark, value in _values(number, profile).items():
            text = text.replace(mark, value)
        # .in: a file with marks in it, which is no YAML yet.
        found[str(path.relative_to(FILES)).removesuffix(".in")] = (text.encode(), 0o644)
    secrets = {
        "etc/kubernetes/kubelet.conf": controlplane.kubeconfig(f"node{number}"),
        "etc/kubernetes/kube-proxy.conf": controlplane.kubeconfig("kube-proxy"),
    }
    found |= {name: (path.read_bytes(), 0o600) for name, path in secrets.items()}
    found["etc/hostname"] = (f"node{number}\n".encode(), 0o644)
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
    names = " ".join(path.name for path in images)
    script = SCRIPT.format(first="\n".join(first), images=names, url=f"{servers.URL}/images")
    ssh.run(number, script, stdin=archive(number, profile), timeout=600)
