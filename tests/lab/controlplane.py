"""etcd, kube-apiserver, kube-controller-manager, kube-scheduler and a kube-proxy, as plain processes in the namespace.

A cluster's identity (certificates, kubeconfigs, etcd's data) is one directory, `state`, and that directory is
what a snapshot of the control plane consists of.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import addresses, netns, procs
from .paths import run_dir
from .profiles import Profile
from .say import LabError

API = f"https://{addresses.GATEWAY}:6443"
START_PATIENCE = 90
# The order they start in; they stop the other way round.
PROCESSES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")


def state() -> Path:
    return run_dir() / "state"


def kubeconfig(user: str = "admin") -> Path:
    return state() / "kubeconfig" / f"{user}.conf"


def pki() -> Path:
    return state() / "pki"


def kubectl(bin_dir: Path, *arguments: str, stdin: str | None = None, check: bool = True, timeout: float = 60) -> str:
    argv = [str(bin_dir / "kubectl"), f"--kubeconfig={kubeconfig()}", *arguments]
    try:
        done = subprocess.run(netns.inside(argv), input=stdin, text=True, capture_output=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise LabError(f"kubectl {' '.join(arguments)}: no answer within {timeout:.0f} s") from None
    if check and done.returncode:
        raise LabError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def make_identity(bin_dir: Path, profile: Profile) -> None:
    """Certificates and kubeconfigs as kubeadm makes them, for the control plane and for every node."""
    state().mkdir(mode=0o700, parents=True)
    (state() / "kubeconfig").mkdir(mode=0o700)
    config = state() / "kubeadm.yaml"
    shims = {"dockershim": "/var/run/dockershim.sock", "cri-dockerd": "unix:///var/run/cri-dockerd.sock"}
    config.write_text(
        f"""---
apiVersion: kubeadm.k8s.io/v1beta3
kind: InitConfiguration
localAPIEndpoint: {{advertiseAddress: {addresses.GATEWAY}, bindPort: 6443}}
nodeRegistration: {{name: lab-control-plane, criSocket: "{shims[profile.source_runtime]}"}}
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: {profile.kubernetes}
certificatesDir: {pki()}
controlPlaneEndpoint: {addresses.GATEWAY}:6443
networking: {{serviceSubnet: {addresses.SERVICE_CIDR}, podSubnet: {addresses.POD_CIDR}}}
"""
    )
    kubeadm = str(bin_dir / "kubeadm")
    netns.run([kubeadm, "init", "phase", "certs", "all", f"--config={config}"])
    users = {
        "admin": ("kubernetes-admin", "system:masters"),
        "controller-manager": ("system:kube-controller-manager", None),
        "scheduler": ("system:kube-scheduler", None),
        "kube-proxy": ("system:kube-proxy", None),
    }
    for number in range(1, profile.nodes + 1):
        users[f"node{number}"] = (f"system:node:node{number}", "system:nodes")
    for user, (client, organisation) in users.items():
        group = [f"--org={organisation}"] if organisation else []
        made = netns.run([kubeadm, "kubeconfig", "user", f"--config={config}", f"--client-name={client}", *group])
        kubeconfig(user).touch(mode=0o600)
        kubeconfig(user).write_text(made.stdout)


def _command_lines(bin_dir: Path) -> dict[str, list[str]]:
    keys = pki()
    return {
        "etcd": [
            shutil.which("etcd") or "etcd",
            f"--data-dir={state() / 'etcd'}",
            "--listen-client-urls=http://127.0.0.1:2379",
            "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:2380",
            "--unsafe-no-fsync",
        ],
        "kube-apiserver": [
            str(bin_dir / "kube-apiserver"),
            f"--advertise-address={addresses.GATEWAY}",
            "--secure-port=6443",
            "--etcd-servers=http://127.0.0.1:2379",
            f"--service-cluster-ip-range={addresses.SERVICE_CIDR}",
            "--allow-privileged=true",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--enable-bootstrap-token-auth=true",
            # Without it `kubectl logs` and `exec` resolve node names by a DNS that the lab does not have.
            "--kubelet-preferred-address-types=InternalIP",
            f"--client-ca-file={keys}/ca.crt",
            f"--tls-cert-file={keys}/apiserver.crt",
            f"--tls-private-key-file={keys}/apiserver.key",
            f"--kubelet-client-certificate={keys}/apiserver-kubelet-client.crt",
            f"--kubelet-client-key={keys}/apiserver-kubelet-client.key",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-key-file={keys}/sa.pub",
            f"--service-account-signing-key-file={keys}/sa.key",
            f"--proxy-client-cert-file={keys}/front-proxy-client.crt",
            f"--proxy-client-key-file={keys}/front-proxy-client.key",
            f"--requestheader-client-ca-file={keys}/front-proxy-ca.crt",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
        ],
        "kube-controller-manager": [
            str(bin_dir / "kube-controller-manager"),
            f"--kubeconfig={kubeconfig('controller-manager')}",
            "--leader-elect=false",
            # Pod networks are static, one /24 per node, as the routes of the namespace are.
            "--allocate-node-cidrs=false",
            "--use-service-account-credentials=true",
            f"--root-ca-file={keys}/ca.crt",
            f"--cluster-signing-cert-file={keys}/ca.crt",
            f"--cluster-signing-key-file={keys}/ca.key",
            f"--service-account-private-key-file={keys}/sa.key",
        ],
        "kube-scheduler": [
            str(bin_dir / "kube-scheduler"),
            f"--kubeconfig={kubeconfig('scheduler')}",
            "--leader-elect=false",
        ],
        # Gives clients inside the namespace the cluster's Services, the way they have them on a node.
        "kube-proxy": [
            str(bin_dir / "kube-proxy"),
            f"--kubeconfig={kubeconfig('kube-proxy')}",
            "--hostname-override=lab-control-plane",
            f"--bind-address={addresses.GATEWAY}",
            f"--cluster-cidr={addresses.POD_CIDR}",
            "--proxy-mode=iptables",
            # These sysctls belong to the machine, not to the namespace.
            "--conntrack-max-per-core=0",
            "--conntrack-min=0",
            "--conntrack-tcp-timeout-established=0",
            "--conntrack-tcp-timeout-close-wait=0",
        ],
    }


def start(bin_dir: Path) -> None:
    lines = _command_lines(bin_dir)
    for name in PROCESSES[:2]:
        procs.start(name, netns.inside(lines[name]))
    _wait_ready(bin_dir)
    for name in PROCESSES[2:]:
        procs.start(name, netns.inside(lines[name]))


def _wait_ready(bin_dir: Path) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while kubectl(bin_dir, "get", "--raw=/readyz", check=False).strip() != "ok":
        for name in PROCESSES[:2]:
            if procs.pid_of(name) is None:
                raise LabError(f"{name} ended right after its start:\n{procs.tail(name)}")
        if time.monotonic() > deadline:
            raise LabError(f"kube-apiserver is not ready after {START_PATIENCE} s:\n{procs.tail('kube-apiserver')}")
        time.sleep(0.2)


def stop() -> None:
    """etcd ends in good order, its data are to be copied; the others hold nothing that could be lost."""
    for name in reversed(PROCESSES):
        procs.stop(name, signal.SIGTERM if name == "etcd" else signal.SIGKILL)
