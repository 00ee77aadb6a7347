# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads files and runs commands, all bounded in time and size."""

import os
import signal
import subprocess
import tempfile
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Dict, Iterable, List, Optional, Set, Tuple, Union

    _Stream = Union[int, IO[bytes], None]

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin:/snap/bin"


class NodeError(Exception):
    """Something on the node did not answer, or not as it should."""


class NodeTimeout(NodeError):
    """It took too long, and was ended."""


class Command:
    """A command that was started; several may run side by side until their results are asked for.

    Raises NodeError where it does not start.
    """

    def __init__(self, argv: "List[str]") -> None:
        self.argv = argv
        self.process = _start(argv, subprocess.DEVNULL, subprocess.PIPE, subprocess.PIPE)

    def result(self, timeout: float) -> "Tuple[int, str, str]":
        """(exit code, output, errors), at the latest after so many seconds; then it is ended. Raises NodeTimeout."""
        try:
            output, errors = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            kill(self.process)
            raise NodeTimeout("%s gave no answer in %d s" % (" ".join(self.argv), timeout)) from None
        return self.process.returncode, output.decode("utf-8", "replace"), errors.decode("utf-8", "replace")


def _start(argv: "List[str]", stdin: "_Stream", stdout: "_Stream", stderr: "_Stream") -> "subprocess.Popen[bytes]":
    environment = dict(os.environ, LC_ALL="C", LANGUAGE="C", PATH=PATH)
    try:
        return subprocess.Popen(  # pylint: disable=ansible-bad-function
            argv, stdin=stdin, stdout=stdout, stderr=stderr, env=environment, start_new_session=True
        )
    except OSError as error:
        raise NodeError("%s did not start: %s" % (argv[0], error)) from None


def run(argv: "List[str]", timeout: float) -> "Tuple[int, str, str]":
    """(exit code, output, errors) of a command that may take so many seconds. Raises NodeError, NodeTimeout."""
    return Command(argv).result(timeout)


def pipe(first: "List[str]", second: "List[str]", timeout: float) -> "List[Tuple[int, str]]":
    """Run `first | second`; for each (exit code, end of its errors). The output of the second is dropped.

    Raises NodeError where one does not start, and NodeTimeout after so many seconds.
    """
    with tempfile.TemporaryFile() as first_errors, tempfile.TemporaryFile() as second_errors:
        processes: "List[subprocess.Popen[bytes]]" = []
        deadline = time.time() + timeout
        try:
            processes.append(_start(first, subprocess.DEVNULL, subprocess.PIPE, first_errors))
            processes.append(_start(second, processes[0].stdout, subprocess.DEVNULL, second_errors))
            # only the second holds the end to read from now: when it ends, the first does as well
            processes[0].stdout.close()  # type: ignore[union-attr]  # it is a pipe
            for process in reversed(processes):
                process.wait(max(0, deadline - time.time()))
        except subprocess.TimeoutExpired:
            raise NodeTimeout("%s | %s was not done in %d s" % (" ".join(first), " ".join(second), timeout)) from None
        finally:
            for process in processes:
                kill(process)
        texts = []
        for stream in (first_errors, second_errors):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace").strip()[-400:])
        return [(process.returncode, text) for process, text in zip(processes, texts)]


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End a command that still runs, with everything it started, and collect it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
    process.wait()


def which(name: str) -> "Optional[str]":
    """The path of a program in PATH, or None. The PATH of Ansible's own connection may lack the sbin folders."""
    for folder in PATH.split(":"):
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
    return None


def read_bytes(path: str, limit: int = 1 << 20) -> "Optional[bytes]":
    """The first bytes of a file; None when it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read(limit)
    except OSError:
        return None


def read_text(path: str, limit: int = 1 << 20) -> "Optional[str]":
    """The first bytes of a file as text; None when it cannot be read. What is no UTF-8 is replaced."""
    content = read_bytes(path, limit)
    return None if content is None else content.decode("utf-8", "replace")


def read_folder(path: str, suffixes: "Iterable[str]", most: int = 200) -> "Dict[str, str]":
    """{name: text} of the regular files in a folder with one of the suffixes; an empty suffix takes every file."""
    texts: "Dict[str, str]" = {}
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return texts
    for name in names[:most]:
        if name.endswith(tuple(suffixes)) and not name.startswith(".") and os.path.isfile(os.path.join(path, name)):
            text = read_text(os.path.join(path, name))
            if text is not None:
                texts[name] = text
    return texts


def enabled_units(folder: str = "/etc/systemd/system") -> "List[str]":
    """Names of the units that `systemctl enable` has linked to another one, without those that are masked."""
    found: "Set[str]" = set()
    try:
        for name in os.listdir(folder):
            if name.endswith((".wants", ".requires")):
                found.update(os.listdir(os.path.join(folder, name)))
    except OSError:
        pass
    return sorted(unit for unit in found if os.path.realpath(os.path.join(folder, unit)) != "/dev/null")
