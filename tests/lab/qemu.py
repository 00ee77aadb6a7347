"""Virtual machines: one QEMU per node, its disk an overlay that also carries the snapshots."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import netns, procs
from .paths import cache_dir, run_dir
from .profiles import Profile
from .qmp import Qmp
from .say import LabError, say

# A fifth level of page tables only makes every walk through them longer.
TCG = ("-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max,la57=off")
KVM = ("-accel", "kvm", "-cpu", "max")
KVM_PATIENCE = 25


@dataclass(frozen=True)
class Vm:
    number: int
    profile: Profile
    command: Path
    kernel: Path
    initrd: Path
    accel: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"node{self.number}"

    @property
    def disk(self) -> Path:
        return run_dir() / "disks" / f"{self.name}.qcow2"

    @property
    def console(self) -> Path:
        return procs.log_file(f"{self.name}.console")

    @property
    def _socket(self) -> Path:
        return run_dir() / f"{self.name}.qmp"

    def hardware(self) -> list[str]:
        """What the guest sees: a snapshot fits no other."""
        unified = int(self.profile.cgroup == "v2")
        cmdline = f"root=/dev/vda rw console=ttyS0 net.ifnames=0 systemd.unified_cgroup_hierarchy={unified}"
        arguments = [] if self.profile.boot == "grub" else ["-append", cmdline]
        return [
            "-machine", "q35", *self.accel, "-smp", str(self.profile.vcpus), "-m", str(self.profile.memory_mib),
            "-nodefaults", "-no-user-config", *arguments, "-rtc", "base=utc,clock=host",
            "-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci",
            "-device", f"virtio-net-pci,netdev=net0,mac=52:54:00:99:00:1{self.number},romfile=",
        ]  # fmt: skip

    def start(self, snapshot: str | None = None) -> None:
        """Boot from the disk, or stand paused where a snapshot was taken."""
        argv = [
            str(self.command), "-name", self.name, *self.hardware(),
            "-display", "none", "-serial", f"file:{self.console}",
            *self._boots(),
            # The disk is a throw-away copy: losing it with the host is fine, waiting for the host's disk is not.
            "-drive", f"if=none,id=disk,file={self.disk},format=qcow2,cache=unsafe,discard=unmap",
            "-netdev", f"tap,id=net0,ifname={netns.tap(self.number)},script=no,downscript=no",
            "-qmp", f"unix:{self._socket},server=on,wait=off",
        ]  # fmt: skip
        if snapshot:
            argv += ["-loadvm", snapshot, "-S"]
        self._socket.unlink(missing_ok=True)
        self.console.parent.mkdir(parents=True, exist_ok=True)
        procs.start(self.name, netns.inside(argv))

    def _boots(self) -> list[str]:
        if self.profile.boot == "grub":
            return ["-kernel", str(self.kernel.parent / "grub")]
        return ["-kernel", str(self.kernel), "-initrd", str(self.initrd)]

    def running(self) -> bool:
        return procs.pid_of(self.name) is not None

    def qmp(self) -> Qmp:
        deadline = time.monotonic() + 60
        while True:
            try:
                return Qmp(self._socket)
            except LabError:
                if not self.running():
                    raise LabError(f"{self.name}: QEMU is not running\n{procs.tail(self.name)}") from None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def pause(self) -> None:
        with self.qmp() as qmp:
            qmp("stop")

    def resume(self) -> None:
        with self.qmp() as qmp:
            qmp("cont")

    def save(self, snapshot: str) -> None:
        with self.qmp() as qmp:
            qmp.monitor(f"savevm {snapshot}")

    def load(self, snapshot: str) -> None:
        """Back to a snapshot; paused, as it was taken."""
        with self.qmp() as qmp:
            qmp.monitor(f"loadvm {snapshot}")

    def power_cut(self) -> None:
        """What was not on the disk is lost, and the machine boots."""
        with self.qmp() as qmp:
            qmp("system_reset")

    def quit(self) -> None:
        """End QEMU so that its disk file is whole; the guest sees a power cut."""
        if self.running():
            with self.qmp() as qmp:
                qmp("quit")
            pid = procs.pid_of(self.name)
            if pid and not procs.wait_gone(pid, procs.start_time(pid), 30):
                raise LabError(f"{self.name}: QEMU does not quit")
        procs.stop(self.name)


def new_disk(path: Path, base: Path, base_format: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", base_format, "-b", str(base.resolve()), str(path)], check=True
    )


def accelerator(command: Path, kernel: Path, initrd: Path) -> tuple[str, ...]:
    """KVM only after our kernel has booted under it: /dev/kvm can exist and hang every kernel."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return TCG
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    verdict = cache_dir() / "kvm-verdict"
    mark = f"{boot} {command} {kernel} {os.geteuid()}"
    noted = verdict.read_text().split("\n") if verdict.exists() else []
    if noted[:1] != [mark]:
        say(f"trying whether a kernel boots under KVM here (at most {KVM_PATIENCE} s, once per boot of this machine)")
        noted = [mark, "kvm" if _boots(command, kernel, initrd) else "tcg"]
        verdict.parent.mkdir(parents=True, exist_ok=True)
        verdict.write_text("\n".join(noted))
        works = "KVM works" if noted[1] == "kvm" else "KVM does not work here: nodes are emulated (TCG), far slower"
        say(works)
    return KVM if noted[1] == "kvm" else TCG


def _boots(command: Path, kernel: Path, initrd: Path) -> bool:
    argv = [
        str(command), "-machine", "q35", *KVM, "-smp", "2", "-m", "512", "-nodefaults", "-no-user-config",
        "-display", "none", "-serial", "stdio", "-no-reboot", "-kernel", str(kernel), "-initrd", str(initrd),
        "-append", "console=ttyS0 panic=-1 rdinit=/bin/true",
    ]  # fmt: skip
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=KVM_PATIENCE)
    except subprocess.TimeoutExpired:
        return False
    return b"Run /bin/true as init process" in done.stdout
