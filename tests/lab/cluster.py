"""The lab's cluster: cold and warm start, snapshots, and what tests do to its nodes."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from . import controlplane, netns, procs, profiles, ssh, waiting
from .build import SNAPSHOT as READY
from .parallel import each
from .paths import clusters_dir, run_dir
from .profiles import Profile
from .qemu import Vm
from .say import LabError, step


@dataclass(frozen=True)
class Cluster:
    profile: Profile
    key: str
    qemu: Path
    bin: Path
    kernel: Path
    initrd: Path
    accel: tuple[str, ...]

    # ---- finding it ------------------------------------------------------------------------------------------

    @classmethod
    def running(cls) -> Cluster:
        """The lab that is up, from the note its start left."""
        try:
            note = json.loads(_note().read_text())
        except (OSError, ValueError):
            raise LabError("the lab is not up: run ./lab up") from None
        return cls(
            profile=profiles.load(note["profile"]),
            key=note["key"],
            qemu=Path(note["qemu"]),
            bin=Path(note["bin"]),
            kernel=Path(note["kernel"]),
            initrd=Path(note["initrd"]),
            accel=tuple(note["accel"]),
        )

    def write_note(self) -> None:
        note = {
            "profile": self.profile.name,
            "key": self.key,
            "qemu": str(self.qemu),
            "bin": str(self.bin),
            "kernel": str(self.kernel),
            "initrd": str(self.initrd),
            "accel": self.accel,
        }
        _note().write_text(json.dumps(note))

    @property
    def home(self) -> Path:
        return clusters_dir() / f"{self.profile.name}-{self.key}"

    @property
    def numbers(self) -> range:
        return range(1, self.profile.nodes + 1)

    def vm(self, number: int) -> Vm:
        if number not in self.numbers:
            raise LabError(f"there is no node{number}; nodes are 1 to {self.profile.nodes}")
        return Vm(number, self.profile, self.qemu, self.kernel, self.initrd, self.accel)

    @property
    def vms(self) -> list[Vm]:
        return [self.vm(n) for n in self.numbers]

    def kubectl(self, *arguments: str, stdin: str | None = None, check: bool = True, timeout: float = 60) -> str:
        return controlplane.kubectl(self.bin, *arguments, stdin=stdin, check=check, timeout=timeout)

    def get(self, *arguments: str) -> list[dict]:
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))["items"]

    # ---- starting --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Continue where the snapshot in the cache was taken, on copies of its disks and of etcd's data."""
        began = time.time()
        shutil.copytree(self.home / "state", controlplane.state())
        # What is restored later lives with the disks in use: the cache may hold another cluster by then.
        shutil.copytree(self.home / "state" / "etcd", _snapshots() / READY)
        each(lambda vm: _copy(self.home / "disks" / vm.disk.name, vm.disk), self.vms)
        each(lambda vm: vm.start(READY), self.vms)
        controlplane.start(self.bin)
        self._thaw(began)

    def freeze(self) -> None:
        """Guests first, etcd after them: no guest may know more than etcd does."""
        each(lambda vm: vm.pause(), self.vms)
        controlplane.stop()

    def _thaw(self, since: float) -> None:
        """The control plane is back before the guests are, so that they do not start with a backoff."""
        each(lambda vm: vm.resume(), self.vms)
        each(self._set_clock, self.numbers)
        self.wait_nodes(180, since)

    def _set_clock(self, number: int) -> None:
        """Guest time stood still; the emulated hardware clock did not."""
        ssh.wait(number, 60)
        ssh.run(number, "date -s @$(cat /sys/class/rtc/rtc0/since_epoch)")

    # ---- waiting ---------------------------------------------------------------------------------------------

    def wait_nodes(self, patience: float, since: float | None = None) -> None:
        """All nodes Ready, on a runtime that answered kubelet, and, where `since` is given, heard of after that moment:
        an old Ready verifies nothing."""
        deadline = time.monotonic() + patience
        while missing := self._not_ready(since):
            if time.monotonic() > deadline:
                raise LabError(f"not Ready after {patience:.0f} s: {', '.join(missing)}")
            time.sleep(1)

    def _not_ready(self, since: float | None) -> list[str]:
        try:
            nodes = {item["metadata"]["name"]: item for item in self.get("nodes")}
            leases = {item["metadata"]["name"]: item for item in self.get("leases", "-n", "kube-node-lease")}
        except LabError as error:
            return [str(error)]
        reports = "nodeStatusReportFrequency" in self.profile.kubelet
        missing = []
        for name in (f"node{n}" for n in self.numbers):
            if name not in nodes:
                missing.append(f"{name} (unknown to the API)")
                continue
            unreported = waiting.unreported(nodes[name])
            heard = [leases.get(name, {}).get("spec", {}).get("renewTime")]
            if reports:
                heard.append(waiting.heartbeat(nodes[name]))
            if unreported:
                missing.append(f"{name} ({'; '.join(unreported)})")
            elif since and not all(stamp and _epoch(stamp) >= int(since) for stamp in heard):
                missing.append(f"{name} (no heartbeat since the start)")
        return missing

    def wait_workloads(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        while missing := self.unready_workloads():
            if time.monotonic() > deadline:
                raise LabError(f"workloads not ready after {patience:.0f} s: {', '.join(missing)}")
            time.sleep(2)

    def unready_workloads(self) -> list[str]:
        missing = []
        for item in self.get("deployments,daemonsets", "-A"):
            status = item["status"]
            if item["kind"] == "Deployment":
                wanted, there = item["spec"]["replicas"], status.get("availableReplicas", 0)
            else:
                wanted, there = self.profile.nodes, status.get("numberReady", 0)
            if there < wanted:
                missing.append(f"{item['kind']} {item['metadata']['name']} ({there} of {wanted})")
        for pod in self.get("pods", "-A"):
            ready = [c["status"] for c in pod["status"].get("conditions", []) if c["type"] == "Ready"]
            if ready != ["True"]:
                missing.append(f"Pod {pod['metadata']['name']}")
        return missing

    # ---- snapshots of the running cluster --------------------------------------------------------------------

    def snapshots(self) -> list[str]:
        return sorted(path.name for path in _snapshots().iterdir())

    def snapshot(self, name: str) -> None:
        if name == READY or not name.isidentifier():
            raise LabError(f"a snapshot may not be called {name!r}: letters, digits and _ only, and not {READY!r}")
        with step(f"taking the snapshot {name!r}", "30 s"):
            self.freeze()
            shutil.rmtree(_snapshots() / name, ignore_errors=True)
            shutil.copytree(controlplane.state() / "etcd", _snapshots() / name)
            each(lambda vm: vm.save(name), self.vms)
            self._continue()

    def restore(self, name: str = READY) -> None:
        if name not in self.snapshots():
            raise LabError(f"no snapshot {name!r}; there are: {', '.join(self.snapshots())}")
        with step(f"restoring the snapshot {name!r}", "25 s"):
            # One that was paused from outside, to spare the processor, would not answer.
            each(lambda vm: procs.resume(vm.name), self.vms)
            self.freeze()
            shutil.rmtree(controlplane.state() / "etcd")
            shutil.copytree(_snapshots() / name, controlplane.state() / "etcd")
            each(lambda vm: vm.load(name), self.vms)
            for n in self.numbers:
                netns.plug(n, True)
            self._continue()

    def _continue(self) -> None:
        ssh.forget()
        netns.drop_connections()
        began = time.time()
        controlplane.start(self.bin)
        self._thaw(began)

    # ---- what tests do to nodes ------------------------------------------------------------------------------

    def power_cut(self, number: int) -> None:
        self.vm(number).power_cut()
        ssh.forget()

    def reboot(self, number: int) -> None:
        """An orderly reboot, begun by the guest itself; returns when the node lets us in again."""
        before = ssh.run(number, BOOT)
        ssh.run(number, "systemctl reboot", check=False)
        ssh.forget()
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            try:
                if ssh.run(number, BOOT, timeout=30) != before:
                    return
            except LabError:
                pass
            time.sleep(1)
        raise LabError(f"node{number} has not come back within 300 s of its reboot")

    def plug(self, number: int, up: bool) -> None:
        self.vm(number)
        netns.plug(number, up)


BOOT = "cat /proc/sys/kernel/random/boot_id"


def _note() -> Path:
    return run_dir() / "cluster.json"


def _snapshots() -> Path:
    return run_dir() / "snapshots"


def _epoch(stamp: str) -> float:
    form = "%Y-%m-%dT%H:%M:%S.%fZ" if "." in stamp else "%Y-%m-%dT%H:%M:%SZ"
    return datetime.strptime(stamp, form).replace(tzinfo=timezone.utc).timestamp()


def _copy(source: Path, target: Path) -> None:
    """As a reflink where the file system can, keeping the holes where it cannot."""
    subprocess.run(["cp", "--reflink=auto", "--sparse=auto", str(source), str(target)], check=True)
