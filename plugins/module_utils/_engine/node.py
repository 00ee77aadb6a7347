# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine as this program touches it: its files, and its commands."""

import contextlib
import errno
import os
import signal
import subprocess

from .errors import Failure, shorten
from .live_files import image_of
from .names import STATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple


class Node(object):
    """Files and commands of the machine. `root` is another directory in tests of what happens to files.

    Paths are those of the machine, absolute; path() returns where they really are.
    """

    def __init__(self, root: str = "/") -> None:
        self.root = root

    def path(self, path: str) -> str:
        """Where a path of the machine really is, below root."""
        return os.path.join(self.root, path.lstrip("/"))

    # files

    def read(self, path: str) -> bytes:
        """A file's whole content; OSError as open() raises it."""
        with open(self.path(path), "rb") as stream:
            return stream.read()

    def image_of(self, path: str) -> "Dict[str, Any]":
        """See live_files.image_of()."""
        return image_of(self.path(path), path)

    def write(
        self, path: str, data: bytes, mode: int = 0o600, uid: int = 0, gid: int = 0, label: "Optional[str]" = None
    ) -> None:
        """Replace a file in one go: whole in its old or its new form, whatever happens, once this returns."""
        real = self.path(path)
        self.make_parents(path)
        temporary = self.temporary(path)
        self.forget(temporary)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fchown(stream.fileno(), uid, gid)
                os.fchmod(stream.fileno(), mode)
                if label:
                    write_label(temporary, label)
                os.fsync(stream.fileno())
            os.rename(temporary, real)
        except BaseException:
            self.forget(temporary)
            raise
        sync_directory(os.path.dirname(real))

    def temporary(self, path: str) -> str:
        """Hidden, with a suffix that no *.conf pattern reads; always the same, so that it is found again."""
        directory, name = os.path.split(self.path(path))
        return os.path.join(directory, ".%s.cri-switchover" % name)

    def link(self, path: str, to: str) -> None:
        """A symbolic link at path that leads to `to`, in one go, whatever stood there."""
        self.make_parents(path)
        temporary = self.temporary(path)
        self.forget(temporary)
        os.symlink(to, temporary)
        os.rename(temporary, self.path(path))
        sync_directory(os.path.dirname(self.path(path)))

    def remove(self, path: str) -> None:
        """No file, and no link, at this path any more, not even after a power cut."""
        real = self.path(path)
        if self.forget(real):
            sync_directory(os.path.dirname(real))

    def forget(self, real: str) -> bool:
        """Unlink what is there, without a sync. `real` is a real path. False: there was nothing."""
        try:
            os.unlink(real)
        except OSError as exc:
            if exc.errno not in (errno.ENOENT, errno.ENOTDIR):
                raise
            return False
        return True

    def missing_parents(self, path: str) -> "List[str]":
        """Directories above a path that do not exist, the deepest first."""
        missing = []
        directory = os.path.dirname(path)
        while directory not in ("", "/") and not os.path.isdir(self.path(directory)):
            missing.append(directory)
            directory = os.path.dirname(directory)
        return missing

    def make_parents(self, path: str) -> None:
        """Make the directories above a path that do not exist."""
        for directory in reversed(self.missing_parents(path)):
            os.mkdir(self.path(directory), 0o755)
            if not directory.startswith(STATE):
                # Whatever our umask is: others look for files of theirs there, too.
                os.chmod(self.path(directory), 0o755)
            sync_directory(os.path.dirname(self.path(directory)))

    # commands

    def run(
        self,
        argv: "List[str]",
        timeout: float = 30,
        check: bool = True,
        data: "Optional[str]" = None,
        env: "Optional[Dict[str, str]]" = None,
    ) -> "Tuple[int, str, str]":
        """(rc, stdout, stderr) of a command. Out of time is a failure, always.

        timeout: seconds; check: another rc than 0 is a Failure; data: what it reads from stdin; env: beside our own.
        """
        process = begin(argv, data is not None, env)
        try:
            out, err = process.communicate(data, timeout=timeout)
        except subprocess.TimeoutExpired as exc:
            end_with_all(process)
            raise Failure(
                "CRI-TIMEOUT", "%s gave no answer in %d s" % (" ".join(argv[:6]), timeout), command=argv
            ) from exc
        if check and process.returncode != 0:
            raise Failure(
                "CRI-COMMAND-FAILED",
                "%s ended with %d: %s" % (" ".join(argv[:6]), process.returncode, shorten(err or out)),
                command=argv,
                rc=process.returncode,
            )
        return process.returncode, out, err


def begin(argv: "List[str]", reads: bool, env: "Optional[Dict[str, str]]") -> "subprocess.Popen[str]":
    """A process in a session of its own, with an environment that depends on nobody. reads: it is given a stdin."""
    environment = {"LC_ALL": "C", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    environment.update(env or {})
    try:
        return subprocess.Popen(  # pylint: disable=ansible-bad-function
            argv,
            stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as exc:
        raise Failure("CRI-COMMAND-MISSING", "%s: %s" % (argv[0], exc.strerror), command=argv) from exc


def end_with_all(process: "subprocess.Popen[str]") -> None:
    """Kill a process with all that it has begun: a child of it would hold our end of the pipes."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=5)


def write_label(real: str, label: str) -> None:
    """Set the SELinux label of a file, where the file system knows of labels."""
    try:
        os.setxattr(real, "security.selinux", label.encode("ascii"))
    except OSError as exc:
        if exc.errno not in (errno.ENOTSUP, errno.EPERM):
            raise


def sync_directory(real: str) -> None:
    """What was renamed or unlinked in a directory is so after a power cut, too."""
    descriptor = os.open(real, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
