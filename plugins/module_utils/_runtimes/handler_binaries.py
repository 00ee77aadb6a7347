# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the programs of a runtime handler in their place on a node, each whole and with its checksum verified.

Private to this collection: there is no promise that it stays as it is.
"""

import hashlib
import os
import shutil
import tempfile
from urllib.parse import urlsplit

from ansible.module_utils import urls

from ansible_collections.cri.switchover.plugins.module_utils._common.text import without_urls
from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.module_utils._facts.handlers import program_facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, Dict, List, Optional, Tuple

    # {path, sha512, placed} of a program
    Programs = Dict[str, Dict[str, Any]]

CHUNK = 1 << 20


class HandlerProgramError(Exception):
    """A program cannot be put in its place. ``reason``: a token such as CRI-HANDLERS-CHECKSUM."""

    def __init__(self, reason: str, message: str, **details: "Any") -> None:
        Exception.__init__(self, "%s: %s" % (reason, message))
        self.reason, self.details = reason, details


def place_all(params: "Dict[str, Any]", check_mode: bool) -> "Tuple[Programs, bool]":
    """(programs, changed): every program that is asked for is in its place afterwards.

    ``params``: the parameters of the module handler_binaries. Raises HandlerProgramError, OSError or io.NodeError.
    """
    directory = params["directory"]
    wanted = list(params["files"])
    names = [entry["name"] for entry in wanted] or (params["programs"] if params["package"] else [])
    paths = {name: os.path.join(directory, name) for name in names}
    programs = {name: {"path": paths[name], "sha512": sum_of(paths[name]), "placed": False} for name in names}
    for entry in wanted:
        _refuse_another(entry, programs[entry["name"]])
    missing = [name for name in names if programs[name]["sha512"] is None]
    if check_mode or not missing:
        return programs, bool(missing)
    folder = tempfile.mkdtemp(prefix="cri-switchover-")
    try:
        if params["package"]:
            wanted = from_package(params, folder)
        for entry in wanted:
            if entry["name"] in missing:
                digest = place(entry, paths[entry["name"]], params["timeout"])
                programs[entry["name"]].update(sha512=digest, placed=True)
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    for entry in wanted:
        if entry.get("consume") and os.path.exists(entry["src"]):
            os.unlink(entry["src"])
    return programs, True


def version_of(program: str, programs: "Programs", timeout: int) -> "Optional[str]":
    """The version that a program prints, None where it is absent. Raises HandlerProgramError where it does not run."""
    path = (programs.get(program) or {}).get("path")
    if not path or not os.path.exists(path):
        return None
    code, output, errors = io.run([path, "--version"], timeout)
    if code:
        raise HandlerProgramError(
            "CRI-HANDLERS-BROKEN", "%s --version ended with %d: %s" % (path, code, errors.strip()[-300:]), path=path
        )
    return program_facts(output)["version"]


def sum_of(path: str) -> "Optional[str]":
    """SHA-512 of a file in hexadecimal digits, None where it is absent."""
    try:
        with open(path, "rb") as stream:
            return copied(stream, None)
    except FileNotFoundError:
        return None


def copied(source: "IO[bytes]", target: "Optional[IO[bytes]]") -> str:
    """Copies a stream, unless the target is None; its SHA-512 in hexadecimal digits."""
    digest = hashlib.sha512()
    for chunk in iter(lambda: source.read(CHUNK), b""):
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return digest.hexdigest()


def place(entry: "Dict[str, Any]", path: str, timeout: int) -> str:
    """Writes a program beside its place and renames it, once its checksum is right; its SHA-512.

    ``entry``: {name, sha512, src or url}.
    """
    folder = os.path.dirname(path)
    os.makedirs(folder, 0o755, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".%s-" % entry["name"])
    try:
        with os.fdopen(handle, "wb") as target, opened(entry, timeout) as source:
            try:
                seen = copied(source, target)
            except OSError as error:
                raise HandlerProgramError(
                    "CRI-HANDLERS-FETCH", "%s broke off: %s" % (entry["name"], error), name=entry["name"]
                ) from error
            _refuse_checksum(entry, seen)
            # All may run it: runsc starts itself again as nobody.
            os.fchmod(target.fileno(), 0o755)
            target.flush()
            os.fsync(target.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    return seen


def opened(entry: "Dict[str, Any]", timeout: int) -> "IO[bytes]":
    """The content of a wanted program, to be read. Raises HandlerProgramError."""
    try:
        if entry.get("src"):
            return open(entry["src"], "rb")
        return urls.open_url(entry["url"], timeout=timeout)
    except (OSError, ValueError, urls.ConnectionError) as error:  # URLError is an OSError
        raise HandlerProgramError(
            "CRI-HANDLERS-FETCH",
            "%s cannot be fetched from %s: %s" % (entry["name"], _origin(entry), without_urls(str(error))),
            origin=_origin(entry),
        ) from None


def _origin(entry: "Dict[str, Any]") -> str:
    """Where a program comes from, for messages: a path, or of a URL its host, since it may have credentials."""
    return entry.get("src") or urlsplit(entry["url"]).hostname or "its URL"


def from_package(params: "Dict[str, Any]", folder: str) -> "List[Dict[str, Any]]":
    """The wanted programs of a package of apt, unpacked into a folder: [{name, src}]. None of its scripts runs."""
    package = params["package"]

    def run(*argv: str) -> None:
        code, output, errors = io.run(list(argv), params["timeout"])
        if code:
            raise HandlerProgramError(
                "CRI-HANDLERS-PACKAGE",
                "%s ended with %d: %s" % (" ".join(argv[:4]), code, (errors or output).strip()[-300:]),
                package=package,
            )

    os.chdir(folder)
    run("apt-get", "-o", "APT::Sandbox::User=root", "--quiet", "download", package)
    archives = [name for name in os.listdir(folder) if name.endswith(".deb")]
    if len(archives) != 1:
        raise HandlerProgramError("CRI-HANDLERS-PACKAGE", "apt-get gave no package %s" % package, package=package)
    run("dpkg-deb", "--extract", archives[0], os.path.join(folder, "tree"))
    found: "Dict[str, str]" = {}
    for home, _folders, names in os.walk(os.path.join(folder, "tree")):
        found.update((name, os.path.join(home, name)) for name in names if name in params["programs"])
    missing = [name for name in params["programs"] if name not in found]
    if missing:
        raise HandlerProgramError(
            "CRI-HANDLERS-PACKAGE",
            "package %s (%s) has no %s. Debian's own has only runsc; the gVisor project's has both"
            % (package, archives[0], " and no ".join(missing)),
            package=package,
            missing=missing,
        )
    return [{"name": name, "src": found[name]} for name in params["programs"]]


def _refuse_another(entry: "Dict[str, Any]", program: "Dict[str, Any]") -> None:
    """A program that is there with another checksum is never replaced."""
    if program["sha512"] and program["sha512"] != entry["sha512"].lower():
        raise HandlerProgramError(
            "CRI-HANDLERS-DIFFERS",
            "%s is there with the SHA-512 %s, wanted %s. It is not replaced, for sandboxes may run on it: move it "
            "away, or declare its own checksum" % (program["path"], program["sha512"], entry["sha512"]),
            path=program["path"],
            seen=program["sha512"],
            wanted=entry["sha512"],
        )


def _refuse_checksum(entry: "Dict[str, Any]", seen: str) -> None:
    wanted = entry.get("sha512")
    if wanted and seen != wanted.lower():
        raise HandlerProgramError(
            "CRI-HANDLERS-CHECKSUM",
            "%s from %s has the SHA-512 %s, wanted %s; it was not put in place"
            % (entry["name"], _origin(entry), seen, wanted),
            name=entry["name"],
            seen=seen,
            wanted=wanted,
        )
