# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts what can run side by side; Go programs are slow to start. Their results are asked for by later readers."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._facts import io, packages, systemd
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import cri_dockerd, handlers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ansible_collections.cri.switchover.plugins.module_utils._facts.readers.inspection import Facts, Inspection


def begin(node: "Inspection", _info: "Facts") -> None:
    """Ask systemd about its units and the package manager about its packages."""
    node.begin_units()
    if io.which("dpkg-query"):
        node.begin("packages", ["dpkg-query", "-W", "-f", packages.DPKG_FORMAT])
    elif io.which("rpm"):
        node.begin("packages", ["rpm", "-qa", "--qf", packages.RPM_FORMAT])


def collect_units(node: "Inspection", _info: "Facts") -> None:
    """Wait for systemd's answer, on which the rest depends."""
    node.collect_units()


def begin_versions(node: "Inspection", _info: "Facts") -> None:
    """Ask the programs of the node for their versions."""
    pid = node.kubelet_pid()
    installed = systemd.exec_binary(node.unit(node.kubelet_unit)) or io.which("kubelet")
    # the file behind a running process is the true one, even when a package has replaced it since
    binary = "/proc/%d/exe" % pid if pid else installed
    if binary and os.path.exists(binary):
        hyperkube = pid in node.pids["hyperkube"]
        node.begin("kubelet", [binary] + (["kubelet"] if hyperkube else []) + ["--version"])
    # Docker's version is known from its packages and its API.
    for name in ["crictl"] + [runtime.process for runtime in node.runtimes if runtime.says_version]:
        node.begin(name, [name, "--version"])
    cri_dockerd.begin(node)
    handlers.begin(node)
