"""The disk of a node: Debian bookworm with Docker and Kubernetes' packages, as far as all nodes are equal."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from .. import addresses
from .cache import Log, as_root, key_of, made
from .debian import SOURCES, SUITE, sources
from .run import run
from .testimages import REGISTRY

FILES = Path(__file__).resolve().parents[1] / "images" / "node"
NODES = range(1, 10)
SIZE = "12G"
# From Debian while the image is made; what kubelet's package depends on is part of it.
PACKAGES = (
    "systemd-sysv", "udev", "dbus", "kmod", "procps", "openssh-server",
    "grub2-common", "grub-pc-bin", "python3", "python3-apt", "ca-certificates", "curl", "docker.io", "apparmor",
    "iproute2", "iptables", "nftables", "ipset", "conntrack", "ethtool", "socat", "ebtables", "iputils-ping",
)  # fmt: skip
OWN_PACKAGES = ("kubernetes-cni", "kubelet", "kubectl", "kubeadm")
# Timers that would disturb measurements, and logins on consoles that nobody sees.
MASKED = (
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service",
    "fstrim.timer", "logrotate.timer", "systemd-timesyncd.service", "getty@tty1.service", "serial-getty@ttyS0.service",
)  # fmt: skip
# An initrd with what boots this machine, a tenth of the usual size; the emulated CPU unpacks it at every boot.
INITRD = {
    "etc/initramfs-tools/conf.d/lab": "MODULES=list\nCOMPRESS=gzip\n",
    "usr/share/initramfs-tools/modules.d/lab": "virtio_pci\nvirtio_blk\next4\n",
}
# What GRUB is started with, so that it finds the node's own menu; grub-install would want a disk with partitions.
GRUB = "grub-mkimage -O i386-pc -p '(hd0)/boot/grub' -o /boot/grub/core.img biosdisk ext2 linux normal configfile"
# The first boot's menu, without one of grub-mkconfig's yet, which needs the running node.
MAKE_DISK = """\
set -eu
mkdir root
tar --extract --file=rootfs.tar --directory=root --numeric-owner --xattrs --xattrs-include='*' --exclude='./dev/*'
cp root/boot/vmlinuz-* vmlinuz
cp root/boot/initrd.img-* initrd.img
cat root/usr/lib/grub/i386-pc/lnxboot.img root/boot/grub/core.img > grub
cp -r root/usr/lib/grub/i386-pc root/boot/grub/
( . root/etc/default/grub
  cd root/boot
  echo "linux (hd0)/boot/$(echo vmlinuz-*) root=/dev/vda ro $GRUB_CMDLINE_LINUX"
  echo "initrd (hd0)/boot/$(echo initrd.img-*)"
  echo boot ) > root/boot/grub/grub.cfg
rm -f root/etc/hostname
truncate --size=%s disk.raw
# GRUB 2.06 reads no file system with a seed for its checksums, which newer mkfs.ext4 has.
mkfs.ext4 -q -O ^metadata_csum_seed -L node -m 0 -J size=64 \\
    -E lazy_itable_init=1,assume_storage_prezeroed=1 -d root disk.raw
rm -rf root rootfs.tar
"""


def node_image(repo: Path, kube_proxy: Path, keys: Path, kernel: str, log: Log) -> Path:
    """`disk.raw` (sparse), `vmlinuz`, `initrd.img`, and `grub`, which QEMU can start in their place.

    `kernel` is the Debian release that has it, where that of bookworm itself is too old for what is to be shown.
    """
    lines = SOURCES if kernel == SUITE else SOURCES + sources(kernel)
    packages = (*PACKAGES, f"linux-image-cloud-amd64/{kernel}")

    def build(directory: Path) -> None:
        (directory / "sources.list").write_text(lines)
        with tarfile.open(directory / "early.tar", "w") as early:
            for name, text in INITRD.items():
                add(early, name, text.encode())
        with tarfile.open(directory / "overlay.tar", "w") as overlay:
            for name, (content, permissions) in files(kube_proxy, keys).items():
                add(overlay, name, content, permissions)
        debs = [deb for package in OWN_PACKAGES for deb in repo.glob(f"{package}_*.deb")]
        in_guest = " ".join(f"/var/tmp/{deb.name}" for deb in debs)
        hooks = [
            f"--essential-hook=tar-in {directory}/early.tar /",
            *(f"--customize-hook=upload {deb} /var/tmp/{deb.name}" for deb in debs),
            f'--customize-hook=chroot "$1" dpkg --install {in_guest}',
            f'--customize-hook=chroot "$1" rm {in_guest}',
            '--customize-hook=rm "$1"/etc/ssh/ssh_host_*',
            f"--customize-hook=tar-in {directory}/overlay.tar /",
            '--customize-hook=chroot "$1" update-ca-certificates',
            '--customize-hook=mkdir "$1"/boot/grub',
            f"--customize-hook=chroot $1 {GRUB}",
            '--customize-hook=chroot "$1" grub-editenv /boot/grub/grubenv create',
            '--customize-hook=chroot "$1" systemctl enable systemd-networkd.service',
            f'--customize-hook=chroot "$1" systemctl mask {" ".join(MASKED)}',
            # What only this machine can reach, or mmdebstrap copied from it.
            '--customize-hook=rm "$1"/etc/apt/sources.list.d/*',
            '--customize-hook=cp "$1"/etc/resolv.conf.lab "$1"/etc/resolv.conf && rm "$1"/etc/resolv.conf.lab',
        ]
        mode = "--mode=root" if os.geteuid() == 0 else "--mode=unshare"
        options = [mode, "--variant=minbase", "--architectures=amd64", f"--include={','.join(packages)}", *hooks]
        run(["mmdebstrap", *options, SUITE, "rootfs.tar", "sources.list"], cwd=directory)
        log("node image: file system, about 10 s")
        run([*as_root(), "sh", "-c", MAKE_DISK % SIZE], cwd=directory)
        for name in ("sources.list", "early.tar", "overlay.tar"):
            (directory / name).unlink()

    recipe = [Path(__file__), FILES, lines, repo.parent.name, kube_proxy.parent.parent.name, REGISTRY]
    secrets = [keys / "id_ed25519.pub", keys / "host_ed25519.pub", keys / "ca.crt"]
    return made("node-image", key_of(*recipe, *secrets), build, log, "Debian bookworm by mmdebstrap, about 2 min")


def files(kube_proxy: Path, keys: Path) -> dict[str, tuple[bytes, int]]:
    """Path, content and mode of everything laid over Debian's own files."""
    plain = {f.relative_to(FILES).as_posix(): (f.read_bytes(), 0o644) for f in FILES.rglob("*") if f.is_file()}
    plain["etc/resolv.conf.lab"] = plain.pop("etc/resolv.conf")
    networks = {f"etc/systemd/network/10-node{n}.network": (network(n).encode(), 0o644) for n in NODES}
    return {
        **plain,
        **networks,
        "etc/hosts": (hosts().encode(), 0o644),
        "etc/ssh/ssh_host_ed25519_key": ((keys / "host_ed25519").read_bytes(), 0o600),
        "etc/ssh/ssh_host_ed25519_key.pub": ((keys / "host_ed25519.pub").read_bytes(), 0o644),
        "root/.ssh/authorized_keys": ((keys / "id_ed25519.pub").read_bytes(), 0o600),
        "usr/local/share/ca-certificates/lab.crt": ((keys / "ca.crt").read_bytes(), 0o644),
        "usr/local/bin/kube-proxy": (kube_proxy.read_bytes(), 0o755),
    }


def network(number: int) -> str:
    """The node knows its address by its network card's: the last two digits of both are the same."""
    return (
        f"[Match]\nMACAddress=52:54:00:99:00:1{number}\n\n"
        f"[Network]\nAddress={addresses.node_ip(number)}/24\nGateway={addresses.GATEWAY}\n"
        "LinkLocalAddressing=no\nIPv6AcceptRA=no\n"
    )


def hosts() -> str:
    nodes = "".join(f"{addresses.node_ip(n)} node{n}\n" for n in NODES)
    return f"127.0.0.1 localhost\n{addresses.GATEWAY} lab {REGISTRY.partition(':')[0]}\n{nodes}"


def add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))
