"""CRI-O, built from the Go module proxy: only for profiles that ask for it.

It stands apart from the other recipes, and touches none of their inputs, so that their keys stay what they are.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ..say import LabError
from . import debian
from .cache import Log, key_of, made
from .golang import COMPONENTS, Module, toolchain
from .run import run

VERSION = "v1.34.0"
MODULE = "github.com/cri-o/cri-o"
# Upstream's own choice for its static binaries (nix/derivation.nix), with OpenPGP in Go instead of by gpgme.
TAGS = (
    "static", "netgo", "osusergo", "seccomp", "apparmor", "selinux", "containers_image_openpgp",
    "containers_image_ostree_stub", "exclude_graphdriver_btrfs", "exclude_graphdriver_devicemapper",
    "libdm_no_deferred_remove",
)  # fmt: skip
BUILT = "2025-09-01T00:00:00Z"
COMPILED_WITH = ("libseccomp-dev",)
RECIPE = [Path(__file__), Path(__file__).with_name("golang.py")]
# What `pkg-config libseccomp` would say of the unpacked package: the machine needs neither.
PKG_CONFIG = """\
#!/bin/sh
case "$1" in
  --cflags) echo "-I{root}/usr/include" ;;
  *) echo "-L{root}/usr/lib/x86_64-linux-gnu -lseccomp" ;;
esac
"""
UPSTREAM = {
    "crio.service": "contrib/systemd/crio.service",
    "10-crio-bridge.conflist": "contrib/cni/10-crio-bridge.conflist",
    "crictl.yaml": "crictl.yaml",
    "crio-umount.conf": "crio-umount.conf",
}


def binaries(log: Log) -> Path:
    """`bin` with crio and pinns, static like upstream's, and `share` with what else upstream packages."""
    wrapper = f"cri-o-{VERSION}"
    headers = debian.packages(log, COMPILED_WITH)

    def build(directory: Path) -> None:
        seccomp = debian.unpacked(headers, "libseccomp-dev", directory / "seccomp")
        module = Module(wrapper, directory / "src", toolchain(log))
        source = Path(module.go("list", "-mod=mod", "-m", "-f", "{{.Dir}}", MODULE).strip())
        (directory / "bin").mkdir()
        compile_crio(module, seccomp, directory / "bin")
        compile_pinns(source, directory / "bin" / "pinns")
        (directory / "share").mkdir()
        for name, path in UPSTREAM.items():
            text = (source / path).read_text().replace("/usr/local/bin", "/usr/bin")
            (directory / "share" / name).write_text(text)
        shutil.rmtree(module.directory)
        shutil.rmtree(seccomp)
        answer = run([directory / "bin" / "crio", "--version"])
        if f"crio version {VERSION.removeprefix('v')}" not in answer.splitlines():
            raise LabError(f"crio was built wrongly: it says {answer.strip()[:200]!r}")

    key = key_of(VERSION, TAGS, COMPONENTS / wrapper, headers.name, *RECIPE)
    return made("cri-o", key, build, log, f"{VERSION} from the Go module proxy, about 5 min on 2 cores")


def compile_crio(module: Module, seccomp: Path, into: Path) -> None:
    command = module.directory / "pkg-config"
    command.write_text(PKG_CONFIG.format(root=seccomp))
    command.chmod(0o755)
    stamp = f"-X {MODULE}/internal/version.buildDate={BUILT}"
    flags = f"-s -w {stamp} -linkmode external -extldflags '-static -lm'"
    options = ["-mod=vendor", "-trimpath", f"-tags={','.join(TAGS)}", "-ldflags", flags, "-o", str(into / "crio")]
    environment = {"CGO_ENABLED": "1", "PKG_CONFIG": str(command)}
    module.go("build", *options, f"{MODULE}/cmd/crio", **environment)


def compile_pinns(source: Path, target: Path) -> None:
    """A small C program in the same module, which pins the namespaces of a pod."""
    files = sorted((source / "pinns" / "src").glob("*.c"))
    run(["gcc", "-std=c99", "-Os", "-Wall", "-Wextra", "-static", "-s", "-o", target, *files])
