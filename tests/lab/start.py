"""`up` and `down`: the lab from nothing, from its snapshot, and gone again."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from . import artefacts, build, controlplane, host, inventory, netns, procs, provision, qemu, servers, ssh
from .cluster import Cluster
from .paths import LAB, cache_dir, run_dir
from .profiles import Profile
from .say import LabError, say, step

# What decides what a provisioned node is like, besides artefacts, profile and virtual hardware.
SOURCES = ("addresses.py", "build.py", "controlplane.py", "provision.py", "workloads")
# A cluster's certificates are valid for a year.
OLDEST_DAYS = 300


def up(profile: Profile) -> Cluster:
    """The cluster of this profile, running: as it is, from its snapshot, or from nothing."""
    host.check(profile)
    running = _running()
    if running and running.profile.name != profile.name:
        # Before anything is built: emulated nodes take both cores.
        say("ending what runs: it is of another profile")
        down()
    built = artefacts.ensure(profile, say)
    cluster = _cluster(profile, built)
    if _is_up(cluster):
        say("the lab is up already")
        return cluster
    if procs.names() or netns.exists():
        say("ending what runs: it is made from older sources, or not whole")
    down()
    shutil.rmtree(cache_dir() / "log", ignore_errors=True)
    if not _usable(cluster.home):
        say("no such cluster in the cache yet: making one (usually 7 min)")
        _prepare(cluster, built)
        build.build(cluster, built)
        down()
    with step("starting the cluster from its snapshot", "30 s"):
        _prepare(cluster, built)
        cluster.start()
        inventory.write(profile)
        cluster.write_note()
    return cluster


def down() -> None:
    """End everything of an earlier start, whole or half, and forget it. Ends nothing else."""
    ssh.forget()
    for name in reversed(procs.names()):
        if name != netns.NAMESPACE_PROCESS:
            procs.stop(name, grace=2)
    netns.destroy()
    shutil.rmtree(run_dir(), ignore_errors=True)


def _cluster(profile: Profile, built: artefacts.Artefacts) -> Cluster:
    accel = qemu.accelerator(built.qemu, built.kernel, built.initrd)
    draft = Cluster(profile, "", built.qemu, built.bin, built.kernel, built.initrd, accel)
    hardware = " ".join(draft.vm(1).hardware())
    sources = [*(LAB / name for name in SOURCES), *provision.folders(profile)]
    inputs = "\n".join((built.key, profile.as_key(), hardware)).encode() + _digest(sources)
    key = hashlib.sha256(inputs).hexdigest()[:12]
    return Cluster(profile, key, built.qemu, built.bin, built.kernel, built.initrd, accel)


def _digest(paths: Iterable[Path]) -> bytes:
    total = hashlib.sha256()
    for top in paths:
        for path in sorted(p for p in ([top] if top.is_file() else top.rglob("*")) if p.is_file()):
            total.update(f"{path.relative_to(LAB)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.digest()


def _prepare(cluster: Cluster, built: artefacts.Artefacts) -> None:
    """Everything around the nodes: directories, network, key, the guests' package and image server."""
    run_dir().mkdir(mode=0o700, parents=True)
    for name in ("acm", "cm", "disks"):
        (run_dir() / name).mkdir(mode=0o700)
    ssh.key().touch(mode=0o600)
    shutil.copyfile(built.ssh_key, ssh.key())
    netns.create(cluster.profile.nodes)
    servers.start(built)


def _usable(home: Path) -> bool:
    return home.is_dir() and time.time() - home.stat().st_mtime < OLDEST_DAYS * 86400


def _running() -> Cluster | None:
    try:
        return Cluster.running()
    except LabError:
        return None


def _is_up(cluster: Cluster) -> bool:
    names = [*controlplane.PROCESSES, *servers.NAMES, *(vm.name for vm in cluster.vms)]
    return _running() == cluster and all(procs.pid_of(name) for name in names)
