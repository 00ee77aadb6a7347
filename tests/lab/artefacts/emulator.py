"""QEMU from Debian trixie, whatever the host has: without KVM its release 10.0 emulates twice as fast as bookworm's.

It runs by the C library it was built with, from its own directory, and leaves the host as it is.
"""

from __future__ import annotations

from pathlib import Path

from . import debian
from .cache import Log, key_of, made

SUITE = "trixie"
WANTED = ("qemu-system-x86",)
COMMAND = """\
#!/bin/sh
libraries={root}/usr/lib/x86_64-linux-gnu
export QEMU_MODULE_DIR=$libraries/qemu
exec $libraries/ld-linux-x86-64.so.2 --library-path $libraries {root}/usr/bin/qemu-system-x86_64 \\
    -L {root}/usr/share/qemu -L {root}/usr/share/seabios "$@"
"""


def qemu(log: Log) -> Path:
    """The command."""
    key = key_of(SUITE, WANTED, COMMAND, Path(__file__), Path(debian.__file__))

    def build(directory: Path) -> None:
        debian.tree(debian.sources(SUITE), WANTED, directory / "root")
        command = directory / "qemu-system-x86_64"
        command.write_text(COMMAND.format(root=directory.parent / f"qemu-{key}" / "root"))
        command.chmod(0o755)

    return made("qemu", key, build, log, f"from Debian {SUITE}, about 15 s") / "qemu-system-x86_64"
