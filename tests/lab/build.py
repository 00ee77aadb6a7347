"""From nothing to provisioned nodes that run the workloads: done once, then kept as a snapshot in the cache."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from . import controlplane, provision, qemu, ssh
from .artefacts import Artefacts
from .parallel import each
from .paths import LAB, clusters_dir, run_dir
from .say import step

if TYPE_CHECKING:
    from .cluster import Cluster

SNAPSHOT = "ready"
# Everyone who restores the snapshot pays for what is still going on in it.
QUIET_S = 20


def build(cluster: Cluster, built: Artefacts) -> None:
    profile = cluster.profile
    for vm in cluster.vms:
        qemu.new_disk(vm.disk, built.disk, built.disk_format)
    with step("booting the nodes, starting the control plane", "1.5 min emulated"):
        for vm in cluster.vms:
            vm.start()
        controlplane.make_identity(cluster.bin, profile)
        controlplane.start(cluster.bin)
        each(lambda n: ssh.wait(n, 420), cluster.numbers)
    with step("making them Kubernetes nodes (files, images, services)", "2 min"):
        each(lambda n: provision.provision(n, profile, built.images), cluster.numbers)
    with step("waiting for the nodes to be Ready", "1 min"):
        cluster.wait_nodes(600)
        # kubeadm from 1.34 on keeps it on the node.
        for n in cluster.numbers if profile.source_runtime == "dockershim" else ():
            annotation = "kubeadm.alpha.kubernetes.io/cri-socket=/var/run/dockershim.sock"
            cluster.kubectl("annotate", "--overwrite", "node", f"node{n}", annotation)
    with step("starting the workloads", "2 min"):
        manifests = "".join(path.read_text() for path in sorted((LAB / "workloads").glob("*.yaml")))
        cluster.kubectl("apply", "-f", "-", stdin=manifests.replace("@BY_DIGEST@", built.by_digest))
        cluster.wait_workloads(900)
    with step("taking the snapshot", "50 s"):
        time.sleep(QUIET_S)
        cluster.freeze()
        each(lambda vm: vm.save(SNAPSHOT), cluster.vms)
        each(lambda vm: vm.quit(), cluster.vms)
        _keep(cluster)


def _keep(cluster: Cluster) -> None:
    for old in clusters_dir().glob(f"{cluster.profile.name}-*"):
        shutil.rmtree(old)
    partial = cluster.home.with_suffix(".partial")
    partial.mkdir(mode=0o700, parents=True)
    (run_dir() / "disks").rename(partial / "disks")
    controlplane.state().rename(partial / "state")
    partial.rename(cluster.home)
